//! An agent asks, its owner looks and pays.

use bursar_base::Mode;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{PaidWith, Sequence};
use serde_json::json;

use super::shop::{Shop, session_of};

on_both_engines!(
    an_agent_asks_an_owner_pays_and_the_wallet_is_filled_once_stripe_says_so,
    what_an_agent_writes_is_shown_as_its_claim_and_cannot_act,
    an_agent_asks_three_times_an_hour,
    a_link_is_good_for_its_owner_and_its_day,
    many_presses_lead_to_one_page,
    a_page_that_ended_makes_room_for_another,
    what_is_wrong_is_named,
    without_stripe_it_is_said_which_setting_is_missing,
    owners_see_their_top_ups_in_pages,
    a_top_up_fills_the_wallet_that_the_agent_draws_on,
);

async fn an_agent_asks_an_owner_pays_and_the_wallet_is_filled_once_stripe_says_so(engine: Engine) {
    let shop = Shop::on(engine).await;
    let ask = json!({ "amount_usd": "25.00", "reason": "To rent a GPU" });
    let asked = shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    assert_eq!((&asked["status"], &asked["amount"]), (&json!("asked"), &json!("25.00")));
    let topup = asked["topup_id"].as_str().unwrap();
    let wallet = shop.wallet().await;
    assert_eq!((&wallet["pending_topups"], &wallet["pending_topups_amount"]), (&json!(1), &json!("25.00")));
    let mail = shop.app.mails().wait(&shop.org.owner, "25.00 USD").await;
    assert!(
        mail.text.contains("To rent a GPU") && mail.text.contains("not checked by Bursar"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("0.00 USD"), "what is left is said: {}", mail.text);
    let link = mail.link("/topup/");
    for _ in 0..2 {
        let page = shop.app.open(&link).await;
        assert!(page.header("content-security-policy").contains("form-action 'self' https:"));
        assert!(page.page(200).contains("Add 25.00 USD"));
    }
    assert_eq!(shop.app.sim().requests(), [], "looking asks Stripe for nothing");
    let went = shop.app.press(&link, "").await;
    assert_eq!(went.status, 303);
    let session = session_of(went.header("location"));
    assert_eq!(shop.topup(topup).await["status"], "open");
    assert!(shop.app.sim().pay_session(&session, PaidWith::Card));

    // Coming back from Stripe fills nothing.
    let booked = shop.app.sim().books().sessions[0].clone();
    let back = shop.app.open(&booked.success_url).await.page(200);
    assert!(back.contains("has not confirmed the payment") && !back.contains("<form"), "{back}");
    assert_eq!(shop.balance().await, "0.00");
    shop.deliver(Sequence::InOrder, 1).await;
    assert_eq!(shop.balance().await, "25.00");
    let paid = shop.topup(topup).await;
    assert_eq!(paid["status"], "paid");
    assert!(paid["paid_at"].is_string(), "{paid}");
    assert_eq!(shop.wallet().await["pending_topups"], 0);
    assert!(shop.app.open(&link).await.page(200).contains("The money is in the wallet"));
    assert!(shop.app.press(&link, "").await.page(409).contains("The money is in the wallet"));
    let story = shop.agent.client().get("/wallet/transactions").await.expect(200);
    let line = &story["data"][0];
    assert_eq!(
        (&line["type"], &line["amount"], &line["topup_id"]),
        (&json!("topup"), &json!("25.00"), &json!(topup))
    );
    assert_eq!(line["description"], "To rent a GPU");
    shop.agent.paid("25.00", "shop.example").await;
    let trail = shop.org.trail().await;
    for action in ["topup.requested", "checkout.begun", "wallet.received"] {
        assert_eq!(trail.iter().filter(|found| *found == action).count(), 1, "{action} in {trail:?}");
    }
    shop.app.must_balance().await;
}

async fn what_an_agent_writes_is_shown_as_its_claim_and_cannot_act(engine: Engine) {
    let shop = Shop::on(engine).await;
    let reason = "</p><script>alert(1)</script> see https://evil.example/now";
    let ask = json!({ "amount": "5.00", "reason": reason });
    shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    let mail = shop.app.mails().wait(&shop.org.owner, "5.00 USD").await;
    assert!(!mail.html.contains("<script") && !mail.text.contains("https://evil"), "{}", mail.text);
    let page = shop.app.open(&mail.link("/topup/")).await.page(200);
    assert!(!page.contains("<script") && page.contains("not checked by Bursar"), "{page}");
}

async fn an_agent_asks_three_times_an_hour(engine: Engine) {
    let shop = Shop::on(engine).await;
    let ask = json!({ "amount": "5.00", "reason": "again" });
    for _ in 0..3 {
        shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    }
    let refused = shop.agent.client().post("/wallet/topup-request", &ask).await;
    assert_eq!(refused.header("retry-after"), "3600");
    refused.problem(429, "rate_limited");
    let other = shop.org.agent(json!({})).await;
    other.client().post("/wallet/topup-request", &ask).await.expect(202);
    shop.app.advance(std::time::Duration::from_secs(3600));
    shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    shop.app.mails().wait_for_count(5).await;
}

async fn a_link_is_good_for_its_owner_and_its_day(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("second@acme.example", Role::Owner).await;
    shop.org.member("approver@acme.example", Role::Approver).await;
    let ask = json!({ "amount": "5.00", "reason": "a day" });
    let asked = shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    let first = shop.app.mails().wait(&shop.org.owner, "5.00 USD").await.link("/topup/");
    let second = shop.app.mails().wait("second@acme.example", "5.00 USD").await.link("/topup/");
    shop.app.at_rest().await;
    assert!(shop.app.mails().to("approver@acme.example").is_empty(), "money is the owners' matter");
    assert_ne!(first, second);
    shop.org.remove_member("second@acme.example").await;
    shop.app.open(&second).await.page(404);
    shop.app.press(&second, "").await.page(404);
    shop.app.open(&format!("{first}x")).await.page(404);
    shop.app.open(&format!("{}/v1/topup/%FF", bursar_testkit::app::PUBLIC_URL)).await.page(404);
    shop.app.advance(bursar_base::limits::CHECKOUT_ASKED_FOR);
    assert!(shop.app.open(&first).await.page(200).contains("This has expired"));
    assert!(shop.app.press(&first, "").await.page(409).contains("This has expired"));
    assert_eq!(shop.app.sim().books().sessions, []);
    shop.app.at_rest().await;
    assert_eq!(shop.topup(asked["topup_id"].as_str().unwrap()).await["status"], "expired");
    assert_eq!(shop.wallet().await["pending_topups"], 0);
    assert!(shop.org.trail().await.contains(&"checkout.ended".to_owned()));
}

async fn many_presses_lead_to_one_page(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("second@acme.example", Role::Owner).await;
    let ask = json!({ "amount": "5.00", "reason": "one page" });
    shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    let links = [
        shop.app.mails().wait(&shop.org.owner, "5.00 USD").await.link("/topup/"),
        shop.app.mails().wait("second@acme.example", "5.00 USD").await.link("/topup/"),
    ];
    let presses = (0..8).map(|i| shop.app.press(&links[i % 2], ""));
    let answers = futures_util::future::join_all(presses).await;
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 303 | 503)), "{answers:?}");
    for link in &links {
        assert_eq!(shop.app.press(link, "").await.status, 303);
    }
    let sessions = shop.app.sim().books().sessions;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
}

async fn a_page_that_ended_makes_room_for_another(engine: Engine) {
    let shop = Shop::on(engine).await;
    let ask = json!({ "amount": "5.00", "reason": "another" });
    shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    let link = shop.app.mails().wait(&shop.org.owner, "5.00 USD").await.link("/topup/");
    let first = session_of(shop.app.press(&link, "").await.header("location"));
    shop.app.sim().post(&format!("/v1/checkout/sessions/{first}/expire"), "").await;
    let second = session_of(shop.app.press(&link, "").await.header("location"));
    assert_ne!(first, second);
    assert!(shop.app.sim().pay_session(&second, PaidWith::Card));
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.balance().await, "5.00");
    shop.app.must_balance().await;
}

async fn what_is_wrong_is_named(engine: Engine) {
    let shop = Shop::on(engine).await;
    for (wrong, field) in [
        (json!({ "reason": "x" }), "amount"),
        (json!({ "amount": "1.00", "amount_usd": "1.00", "reason": "x" }), "amount"),
        (json!({ "amount": "0.49", "reason": "x" }), "amount"),
        (json!({ "amount_usd": "1.001", "reason": "x" }), "amount_usd"),
        (json!({ "amount_usd": "-1", "reason": "x" }), "amount_usd"),
        (json!({ "amount": "1000000.00", "reason": "x" }), "amount"),
        (json!({ "amount": "1.00", "reason": " " }), "reason"),
        (json!({ "amount": "1.00", "reason": "x".repeat(1_001) }), "reason"),
        (json!({ "amount": "1.00" }), "reason"),
        (json!({ "amount": "1.00", "reason": "x", "currency": "dollars" }), "currency"),
    ] {
        shop.agent.client().post("/wallet/topup-request", &wrong).await.names(field);
    }
    let euros = json!({ "amount": "1.00", "reason": "x", "currency": "EUR" });
    shop.agent.client().post("/wallet/topup-request", &euros).await.problem(422, "currency_mismatch");
    let nobody = json!({ "amount": "1.00", "agent_id": "agt_1" });
    shop.org.admin().post("/dashboard/wallet/topups", &nobody).await.names("agent_id");
    let stranger = shop.app.new_org("Other", "owner@other.example", Mode::Test, "UTC").await;
    let theirs = json!({ "amount": "1.00", "agent_id": shop.agent.id });
    stranger.admin().post("/dashboard/wallet/topups", &theirs).await.names("agent_id");
    shop.agent.client().post("/dashboard/wallet/topups", &theirs).await.problem(403, "forbidden");
    shop.agent.client().get("/dashboard/wallet/topups").await.problem(403, "forbidden");
    let ask = json!({ "amount": "1.00", "reason": "x" });
    shop.org.admin().post("/wallet/topup-request", &ask).await.problem(403, "forbidden");
    assert_eq!(shop.app.sim().requests(), []);
    assert_eq!(shop.app.row_counts().await["checkouts"], 0);
}

async fn without_stripe_it_is_said_which_setting_is_missing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let ask = json!({ "amount": "1.00", "reason": "x" });
    let refused = agent.client().post("/wallet/topup-request", &ask).await.problem(409, "no_stripe");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("BURSAR_STRIPE_KEY") && detail.contains("sk_test_"), "{detail}");
    let new = json!({ "amount": "1.00" });
    org.admin().post("/dashboard/wallet/topups", &new).await.problem(409, "no_stripe");

    let shop = Shop::on(engine).await;
    let live = shop.app.new_org("Live", "owner@live.example", Mode::Live, "UTC").await;
    let refused = live.admin().post("/dashboard/wallet/topups", &new).await.problem(409, "no_stripe");
    assert!(refused["detail"].as_str().unwrap().contains("sk_live_"), "{refused}");
    assert_eq!(shop.app.row_counts().await["checkouts"], 0);
}

async fn owners_see_their_top_ups_in_pages(engine: Engine) {
    let shop = Shop::on(engine).await;
    let mut made = Vec::new();
    for amount in ["1.00", "2.00", "3.00"] {
        made.push(shop.begin(amount).await.0);
        shop.app.advance(std::time::Duration::from_millis(2));
    }
    made.reverse();
    let page = shop.org.admin().get("/dashboard/wallet/topups?limit=2").await.expect(200);
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["topup_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&page), made[..2]);
    let next = format!("/dashboard/wallet/topups?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(ids(&shop.org.admin().get(&next).await.expect(200)), made[2..]);
    let stranger = shop.app.new_org("Other", "owner@other.example", Mode::Test, "UTC").await;
    assert_eq!(stranger.admin().get("/dashboard/wallet/topups").await.expect(200)["data"], json!([]));
    shop.org.admin().get("/dashboard/wallet/topups?cursor=x").await.names("cursor");
}

async fn a_top_up_fills_the_wallet_that_the_agent_draws_on(engine: Engine) {
    let shop = Shop::on(engine).await;
    let sharing = shop.org.agent(json!({ "daily": "10.00" })).await;
    let new = json!({ "amount": "7.00", "agent_id": sharing.id });
    let begun = shop.org.admin().post("/dashboard/wallet/topups", &new).await.expect(201);
    let session = session_of(begun["checkout_url"].as_str().unwrap());
    assert_eq!(sharing.client().get("/wallet/check").await.expect(200)["pending_topups"], 1);
    assert_eq!(shop.wallet().await["pending_topups"], 0, "its own wallet is another one");
    assert!(shop.app.sim().pay_session(&session, PaidWith::Card));
    let to_the_org = json!({ "amount": "2.00" });
    let begun = shop.org.admin().post("/dashboard/wallet/topups", &to_the_org).await.expect(201);
    let session = session_of(begun["checkout_url"].as_str().unwrap());
    assert!(shop.app.sim().pay_session(&session, PaidWith::Card));
    shop.deliver(Sequence::InOrder, 1).await;
    assert_eq!(sharing.client().get("/wallet/check").await.expect(200)["balance"], "10009.00");
    assert_eq!(shop.balance().await, "0.00");
    shop.app.must_balance().await;
}
