//! What follows a freeze elsewhere: pages at Stripe, and payments that are there already.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Org, PATIENCE, TestApp, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, PaidWith};
use serde_json::{Value, json};

use super::switch::{acknowledged, part};

on_both_engines!(
    pages_are_closed_and_none_is_opened,
    a_page_that_stripe_does_not_close_is_tried_until_it_does,
    a_page_that_was_on_its_way_is_shown_to_nobody,
    what_is_at_a_rail_stays_as_it_is_and_is_listed,
    cards_are_frozen_here_at_once_and_at_stripe_until_it_says_so,
);

async fn begin(org: &Org) -> String {
    let new = json!({ "amount": "25.00" });
    let begun = org.admin().post("/dashboard/wallet/topups", &new).await.expect(201);
    begun["checkout_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

async fn press(org: &Org) -> Value {
    org.admin().post("/dashboard/freeze", &json!({ "reason": "stop" })).await.expect(200)
}

async fn pages_are_closed_and_none_is_opened(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let session = begin(&org).await;
    let link = json!({ "amount": "5.00", "description": "a book" });
    let made = agent.client().post("/payments/create-link", &link).await.expect(201);
    let stopped = acknowledged(&org, &press(&org).await).await;
    assert_eq!((&part(&stopped, "pages")["found"], &part(&stopped, "pages")["left"]), (&json!(1), &json!(0)));
    assert!(!app.sim().pay_session(&session, PaidWith::Card), "the page is closed");
    agent.client().post("/payments/create-link", &link).await.problem(409, "org_frozen");
    let ask = json!({ "amount": "5.00", "reason": "books" });
    agent.client().post("/wallet/topup-request", &ask).await.problem(409, "org_frozen");
    let topup = json!({ "amount": "25.00" });
    org.admin().post("/dashboard/wallet/topups", &topup).await.problem(409, "org_frozen");
    let id = made["payment_link_id"].as_str().unwrap();
    app.client().post_form(&format!("/pay/{id}"), &[]).await.page(409);
    assert_eq!(app.sim().books().sessions.len(), 1);
    org.admin().post("/dashboard/unfreeze", &json!({ "reason": "go on" })).await.expect(200);
    assert_eq!(app.client().post_form(&format!("/pay/{id}"), &[]).await.status, 303);
    app.must_balance().await;
}

async fn a_page_that_stripe_does_not_close_is_tried_until_it_does(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    let session = begin(&org).await;
    for _ in 0..3 {
        app.sim().fail_next(Operation::ExpireSession, Fault::DropBefore);
    }
    let pressed = press(&org).await;
    let path = format!("/dashboard/freeze/{}", pressed["freeze_id"].as_str().unwrap());
    let tried = eventually(PATIENCE, || async {
        let now = org.admin().get(&path).await.expect(200);
        part(&now, "pages")["note"].is_string().then_some(now)
    });
    let tried = tried.await.expect("it says why");
    assert_eq!(
        (&tried["status"], &part(&tried, "pages")["status"]),
        (&json!("still_trying"), &json!("still_trying"))
    );
    assert!(app.sim().books().sessions[0].status == "open");
    let closed = eventually(PATIENCE, || async {
        app.advance(Duration::from_secs(10));
        let now = org.admin().get(&path).await.expect(200);
        (now["status"] == "acknowledged").then_some(now)
    });
    let closed = closed.await.expect("it goes on trying");
    assert_eq!(part(&closed, "pages")["note"], Value::Null);
    assert!(!app.sim().pay_session(&session, PaidWith::Card));
    app.must_balance().await;
}

async fn a_page_that_was_on_its_way_is_shown_to_nobody(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    app.sim().fail_next(Operation::CreateSession, Fault::HoldAfter);
    let (admin, body) = (org.admin(), json!({ "amount": "25.00" }));
    let asking = tokio::spawn(async move { admin.post("/dashboard/wallet/topups", &body).await });
    eventually(PATIENCE, || async { (app.sim().held() == 1).then_some(()) }).await.expect("Stripe is asked");
    let pressed = press(&org).await;
    app.sim().release();
    asking.await.unwrap().problem(409, "org_frozen");
    assert_eq!(part(&acknowledged(&org, &pressed).await, "pages")["left"], 0);
    app.must_balance().await;
}

async fn cards_are_frozen_here_at_once_and_at_stripe_until_it_says_so(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "per_tx": "40.00" })).await;
    let holder = json!({
        "type": "individual", "name": "Ann Owner", "email": "ann@acme.example", "first_name": "Ann",
        "last_name": "Owner", "terms_accepted_at": "2026-09-21T10:00:00Z", "terms_accepted_from": "203.0.113.7",
        "address": { "line1": "1 Main St", "city": "Austin", "state": "TX", "postal_code": "78701", "country": "US" },
    });
    org.admin().put("/dashboard/cardholder", &holder).await.expect(200);
    let body = json!({ "agent_id": agent.id });
    let card = org.admin().post("/dashboard/cards", &body).await.expect(201);
    let (id, stripe_id) = (card["card_id"].as_str().unwrap(), card["stripe_card_id"].as_str().unwrap());
    for _ in 0..2 {
        app.sim().fail_next(Operation::UpdateCard, Fault::DropBefore);
    }
    let pressed = press(&org).await;
    assert_eq!((&part(&pressed, "cards")["found"], &part(&pressed, "cards")["left"]), (&json!(1), &json!(1)));
    assert_eq!(org.admin().get(&format!("/dashboard/cards/{id}")).await.expect(200)["status"], "frozen");
    let path = format!("/dashboard/freeze/{}", pressed["freeze_id"].as_str().unwrap());
    let stopped = eventually(PATIENCE, || async {
        app.advance(Duration::from_secs(10));
        let now = org.admin().get(&path).await.expect(200);
        (now["status"] == "acknowledged").then_some(now)
    });
    let stopped = stopped.await.expect("Stripe is told until it acknowledges");
    assert_eq!((&part(&stopped, "cards")["done"], &part(&stopped, "cards")["left"]), (&json!(1), &json!(0)));
    assert_eq!(app.sim().issuing().card(stripe_id).unwrap()["status"], "inactive");
    // Under the freeze no card is made, and none goes on.
    org.admin().post("/dashboard/cards", &body).await.problem(409, "org_frozen");
    let unfreeze = format!("/dashboard/cards/{id}/unfreeze");
    org.admin().post_empty(&unfreeze).await.problem(409, "org_frozen");
    app.must_balance().await;
}

async fn what_is_at_a_rail_stays_as_it_is_and_is_listed(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    org.pays_with("pm_card_visa").await;
    let agent = org.free_agent().await;
    app.sim().fail_next(Operation::CreatePayment, Fault::HoldAfter);
    let asked = agent.pay("12.34", "shop.example").await.expect(200);
    eventually(PATIENCE, || async { (app.sim().held() == 1).then_some(()) })
        .await
        .expect("the rail is called");
    let stopped = acknowledged(&org, &press(&org).await).await;
    assert_eq!((&stopped["status"], &stopped["at_rail"]), (&json!("acknowledged"), &json!(1)));
    let listed = &stopped["at_rail_payments"][0];
    assert_eq!(
        (&listed["transaction_id"], &listed["status"]),
        (&asked["transaction_id"], &json!("executing"))
    );
    assert_eq!((&listed["amount"], &listed["agent_id"]), (&json!("12.34"), &json!(agent.id)));
    app.sim().release();
    let paid = agent.settled(asked["transaction_id"].as_str().unwrap()).await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("12.34")));
    app.must_balance().await;
}
