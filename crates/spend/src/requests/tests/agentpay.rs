//! The faults of AgentPay that are known, each under its name.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{PUBLIC_URL, TestApp, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::Operation;
use futures_util::future::join_all;
use serde_json::json;

on_both_engines!(
    e_mailed_links_were_get_while_routes_were_post_only,
    what_a_human_approved_never_counted_against_the_day,
    failures_never_released_a_reservation,
    timed_out_was_never_set,
    the_merchant_was_dropped,
    no_hmac,
    the_payment_intent_was_never_confirmed,
    default_idempotency_keys_contained_the_clock,
);

async fn e_mailed_links_were_get_while_routes_were_post_only(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let mail = app.mails().wait(&org.owner, "5.00").await;
    // A click is a GET. It must lead to a page, and the page's own form must decide.
    let page = app.open(&mail.link("/v1/approve/")).await.page(200);
    let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(agent.payment(id_of(&pending)).await["status"], "pending");
    app.press(&format!("{PUBLIC_URL}{action}"), "").await.page(200);
    assert_eq!(agent.settled(id_of(&pending)).await["status"], "completed");
}

async fn what_a_human_approved_never_counted_against_the_day(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "50.00", "approve_above": "20.00" })).await;
    let pending = agent.pending("40.00", "shop.example").await;
    // It counts from the moment it is asked for …
    agent.pay("10.01", "shop.example").await.problem(402, "daily_exceeded");
    // By its link: 40.00 is 80 % of the day, and that is told, too.
    let mail = app.mails().wait(&org.owner, "/v1/approve/").await;
    app.press(&mail.link("/v1/approve/"), "").await.page(200);
    agent.settled(id_of(&pending)).await;
    // … and once more does not make it more.
    assert_eq!(agent.used_today().await, "40.00");
    let declined = agent.pay("10.01", "shop.example").await.problem(402, "daily_exceeded");
    assert_eq!(declined["used"], "40.00");
    agent.paid("10.00", "shop.example").await;
}

async fn failures_never_released_a_reservation(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "10.00" })).await;
    for _ in 0..3 {
        let failed = agent.paid("10.00", "declines.test").await;
        assert_eq!((&failed["status"], &failed["reason"]), (&json!("failed"), &json!("sandbox_declined")));
        let listed = org.listed(&agent).await;
        assert_eq!((&listed["daily"]["used"], &listed["available"]), (&json!("0.00"), &json!("10000.00")));
    }
    agent.paid("10.00", "shop.example").await;
    app.must_balance().await;
}

async fn timed_out_was_never_set(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "lifetime": "10.00", "approve_above": "1.00" })).await;
    let body = agent.request("10.00", "shop.example");
    let pending = agent.ask(&body).await.expect(202);
    app.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert_eq!(agent.payment(id_of(&pending)).await["status"], "pending");
    app.advance(Duration::from_secs(1));
    assert_eq!(agent.settled(id_of(&pending)).await["status"], "timed_out");
    agent.ask(&body).await.problem(402, "timed_out");
    agent.pending("10.00", "shop.example").await;
}

async fn the_merchant_was_dropped(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let pending = agent.pending("5.00", "Café Zürich").await;
    assert_eq!(org.payment(id_of(&pending)).await["merchant"], "Café Zürich");
    let listed = org.admin().get("/dashboard/transactions").await.expect(200);
    assert_eq!(listed["data"][0]["merchant"], "Café Zürich");
    let mail = app.mails().wait(&org.owner, "Café Zürich").await;
    assert!(app.open(&mail.link("/v1/approve/")).await.page(200).contains("Café Zürich"));
}

async fn no_hmac(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "10.00" })).await;
    agent.policy(&json!({ "daily": "10.00", "require_signature": true })).await;
    let body = agent.request("5.00", "shop.example");
    agent.ask(&body).await.problem(401, "signature_required");
    agent.signing().post("/payment-request", &body).await.expect(200);
}

async fn the_payment_intent_was_never_confirmed(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    org.pays_with("pm_card_visa").await;
    let agent = org.free_agent().await;
    let paid = agent.paid("12.34", "shop.example").await;
    assert_eq!((&paid["status"], &paid["rail"]), (&json!("completed"), &json!("stripe")));
    let books = app.sim().books();
    assert_eq!((books.intents[0].status, books.intents[0].amount_received), ("succeeded", 1234));
    assert_eq!(paid["stripe_charge_id"].as_str(), books.intents[0].latest_charge.as_deref());
    let creations = app.sim().requests();
    let created = creations.iter().find(|request| request.target == "/v1/payment_intents").unwrap();
    assert!(created.body.contains("confirm=true"), "{}", created.body);
    assert_eq!(Operation::CreatePayment.name(), "POST /v1/payment_intents");
}

async fn default_idempotency_keys_contained_the_clock(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    // A client that tries again later, with the key it chose first, pays once.
    let body = agent.request("5.00", "shop.example");
    let first = agent.ask(&body).await.expect(200);
    agent.settled(id_of(&first)).await;
    app.advance(Duration::from_secs(40 * 24 * 60 * 60));
    let again = join_all((0..3).map(|_| agent.ask(&body))).await;
    for answer in again {
        assert_eq!(id_of(&answer.expect(200)), id_of(&first));
    }
    // And a request without a key is not given one in silence.
    let mut without = body.clone();
    without.as_object_mut().unwrap().remove("idempotency_key");
    agent.ask(&without).await.names("idempotency_key");
}
