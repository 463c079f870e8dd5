//! Payment links through HTTP, on both engines, against the simulator of Stripe.

use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PUBLIC_URL, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{PaidWith, Sequence};
use serde_json::{Value, json};

on_both_engines!(
    somebody_pays_a_link_and_the_agent_has_the_money,
    what_the_payee_writes_cannot_act,
    ten_links_an_hour,
    a_link_expires_after_a_day,
    what_is_wrong_is_named_and_nobody_elses_links_are_shown,
);

async fn shop(engine: Engine) -> (TestApp, Org, Agent) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    let agent = org.new_agent(&json!({ "name": "Seller", "own_wallet": true })).await;
    (app, org, agent)
}

async fn made(agent: &Agent, body: &Value) -> Value {
    agent.client().post("/payments/create-link", body).await.expect(201)
}

fn text<'a>(link: &'a Value, name: &str) -> &'a str {
    link[name].as_str().unwrap()
}

async fn somebody_pays_a_link_and_the_agent_has_the_money(engine: Engine) {
    let (app, _, agent) = shop(engine).await;
    let new =
        json!({ "amount_usd": "12.00", "description": "One report", "payer_email": "ann@buyer.example" });
    let link = made(&agent, &new).await;
    assert_eq!((text(&link, "status"), text(&link, "amount")), ("active", "12.00"));
    let (id, url) = (text(&link, "payment_link_id"), text(&link, "url"));
    assert!(url.starts_with(PUBLIC_URL) && url.ends_with(id), "{url}");
    let page = app.open(url).await.page(200);
    for words in ["One report", "12.00 USD", "Acme", "Seller", "Says the payee"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(app.sim().requests(), [], "looking asks Stripe for nothing");
    let went = app.press(url, "").await;
    assert_eq!(went.status, 303);
    let again = app.press(url, "").await;
    assert_eq!(
        went.header("location"),
        again.header("location"),
        "one page, however often the button is pressed"
    );
    let session = app.sim().books().sessions[0].clone();
    assert_eq!(
        (session.customer_email.as_deref(), session.name.as_str()),
        (Some("ann@buyer.example"), "One report")
    );
    assert!(app.sim().pay_session(&session.id, PaidWith::Card));
    assert!(app.open(&session.success_url).await.page(200).contains("has not confirmed"));
    let statuses = app.sim().deliver_new(Sequence::Reversed, 2).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let wallet = agent.client().get("/wallet/check").await.expect(200);
    assert_eq!((&wallet["balance"], &wallet["pending_topups"]), (&json!("12.00"), &json!(0)));
    let link = agent.client().get(&format!("/payments/links/{id}")).await.expect(200);
    assert_eq!(text(&link, "status"), "paid");
    assert!(link["paid_at"].is_string());
    let story = agent.client().get("/wallet/transactions").await.expect(200);
    let line = &story["data"][0];
    assert_eq!(
        (text(line, "type"), text(line, "amount"), text(line, "payment_link_id")),
        ("payment_link", "12.00", id)
    );
    assert_eq!(text(line, "description"), "One report");
    assert!(app.press(url, "").await.page(409).contains("Paid"));
    app.must_balance().await;
}

async fn what_the_payee_writes_cannot_act(engine: Engine) {
    let (app, _, agent) = shop(engine).await;
    let description = "<form action=https://evil.example><script>alert(1)</script>";
    let link = made(&agent, &json!({ "amount": "1.00", "description": description })).await;
    let page = app.open(text(&link, "url")).await;
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let page = page.page(200);
    assert!(!page.contains("<script") && page.matches("<form").count() == 1, "{page}");
}

async fn ten_links_an_hour(engine: Engine) {
    let (app, _, agent) = shop(engine).await;
    let new = json!({ "amount": "1.00", "description": "x" });
    for _ in 0..10 {
        made(&agent, &new).await;
    }
    let refused = agent.client().post("/payments/create-link", &new).await;
    assert_eq!(refused.header("retry-after"), "3600");
    refused.problem(429, "rate_limited");
    app.advance(std::time::Duration::from_secs(3600));
    made(&agent, &new).await;
}

async fn a_link_expires_after_a_day(engine: Engine) {
    let (app, _, agent) = shop(engine).await;
    let link = made(&agent, &json!({ "amount": "1.00", "description": "x" })).await;
    app.advance(bursar_base::limits::CHECKOUT_ASKED_FOR);
    assert!(app.open(text(&link, "url")).await.page(200).contains("This has expired"));
    app.press(text(&link, "url"), "").await.page(409);
    let path = format!("/payments/links/{}", text(&link, "payment_link_id"));
    assert_eq!(text(&agent.client().get(&path).await.expect(200), "status"), "expired");
    app.at_rest().await;
    assert_eq!(app.sim().books().sessions, []);
    app.must_balance().await;
}

async fn what_is_wrong_is_named_and_nobody_elses_links_are_shown(engine: Engine) {
    let (app, org, agent) = shop(engine).await;
    for (wrong, field) in [
        (json!({ "description": "x" }), "amount"),
        (json!({ "amount": "0.10", "description": "x" }), "amount"),
        (json!({ "amount": "1.00", "description": "" }), "description"),
        (json!({ "amount": "1.00", "description": "x".repeat(501) }), "description"),
        (json!({ "amount": "1.00", "description": "x", "payer_email": "nobody" }), "payer_email"),
    ] {
        agent.client().post("/payments/create-link", &wrong).await.names(field);
    }
    let link = made(&agent, &json!({ "amount": "1.00", "description": "x" })).await;
    let path = format!("/payments/links/{}", text(&link, "payment_link_id"));
    let other = org.agent(json!({})).await;
    other.client().get(&path).await.problem(404, "not_found");
    let stranger = app.new_org("Other", "owner@other.example", Mode::Test, "UTC").await;
    stranger.agent(json!({})).await.client().get(&path).await.problem(404, "not_found");
    app.client().get(&path).await.problem(401, "missing_credentials");
    agent.client().get("/payments/links/link_x").await.problem(404, "not_found");
    app.open(&format!("{PUBLIC_URL}/v1/pay/link_0123")).await.page(404);
    app.press(&format!("{PUBLIC_URL}/v1/pay/link_0123"), "").await.page(404);
}
