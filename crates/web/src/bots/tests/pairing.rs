//! Pairing codes: a bot that a member read one out to belongs to the org at once.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Org, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_paired_bot_is_active_at_once,
    a_code_is_good_once_and_for_ten_minutes,
    wrong_codes_stop_the_guessing,
    viewers_make_no_codes,
);

async fn code_of(org: &Org) -> String {
    let made = org.admin().post_empty("/dashboard/pairing-codes").await.expect(201);
    made["pairing_code"].as_str().unwrap().to_owned()
}

fn form(name: &str, code: &str) -> Value {
    json!({ "bot_name": name, "owner_email": "ana@example.com", "pairing_code": code })
}

async fn a_paired_bot_is_active_at_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let code = code_of(&org).await;
    let made = app.client().post("/bots/register", &form("Reader", &code)).await.expect(201);
    assert_eq!((&made["status"], &made["claim_token"]), (&json!("active"), &json!(null)));
    let client = app.client().with_key(made["api_key"].as_str().unwrap());
    assert_eq!(client.get("/bots/status").await.expect(200)["org_id"], json!(org.id));
    let pay =
        json!({ "amount": "1.00", "merchant": "shop.example", "purpose": "a book", "idempotency_key": "1" });
    let asked = client.post("/payment-request", &pay).await.expect(202);
    assert_eq!(asked["status"], "pending");
    let trail = org.trail().await;
    for action in ["pairing.code_made", "agent.registered", "agent.claimed", "key.created", "policy.set"] {
        assert!(trail.iter().any(|found| found == action), "{action} is missing: {trail:?}");
    }
    app.must_balance().await;
}

async fn a_code_is_good_once_and_for_ten_minutes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let code = code_of(&org).await;
    let calls = ["One", "Two"].map(|name| {
        let (client, body) = (app.client(), form(name, &code));
        async move { client.post("/bots/register", &body).await.status.as_u16() }
    });
    let mut answers = futures_util::future::join_all(calls).await;
    answers.sort_unstable();
    assert!(answers == [201, 400] || answers == [201, 409], "{answers:?}");
    let late = code_of(&org).await;
    app.advance(Duration::from_secs(10 * 60));
    app.client().post("/bots/register", &form("Three", &late)).await.problem(400, "invalid_pairing_code");
    assert_eq!(app.row_counts().await["agents"], 1);
}

async fn wrong_codes_stop_the_guessing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let code = code_of(&org).await;
    for guess in (0..31).map(|n| format!("{:06}", n)).filter(|guess| *guess != code).take(30) {
        app.client().post("/bots/register", &form("Eve", &guess)).await.problem(400, "invalid_pairing_code");
    }
    app.client().post("/bots/register", &form("Eve", &code)).await.problem(400, "invalid_pairing_code");
    app.advance(Duration::from_secs(10 * 60));
    let code = code_of(&org).await;
    app.client().post("/bots/register", &form("Reader", &code)).await.expect(201);
}

async fn viewers_make_no_codes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("val@acme.example", bursar_identity::members::Role::Viewer).await;
    let val = app.sign_in("val@acme.example").await;
    val.browser.post_empty("/dashboard/pairing-codes").await.problem(403, "forbidden");
    let owner = app.sign_in(&org.owner).await;
    owner.browser.post_empty("/dashboard/pairing-codes").await.expect(201);
}
