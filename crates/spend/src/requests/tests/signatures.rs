//! Signed requests (RFC 9421).

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    a_signed_request_is_taken,
    a_signature_is_taken_once,
    a_signature_is_not_taken_again_after_a_restart,
    a_signature_holds_for_this_body_and_path_alone,
    a_signature_holds_for_five_minutes,
    a_key_and_a_signature_together_are_refused,
    a_policy_can_demand_signatures,
    what_owners_change_takes_a_signature_once_too,
);

async fn start(engine: Engine) -> (TestApp, Org, Agent) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    (app, org, agent)
}

async fn a_signed_request_is_taken(engine: Engine) {
    let (_app, _org, agent) = start(engine).await;
    let client = agent.signing();
    let asked = client.post("/payment-request", &agent.request("1.00", "shop.example")).await.expect(200);
    let path = format!("/transactions/{}?wait=30&until=settled", id_of(&asked));
    assert_eq!(client.get(&path).await.expect(200)["status"], "completed");
    let dry = agent.request("1.00", "shop.example");
    client.post("/payment-request?dry_run=true", &dry).await.expect(200);
}

async fn a_signature_is_taken_once(engine: Engine) {
    let (app, _org, agent) = start(engine).await;
    let body = agent.request("1.00", "shop.example");
    let call = agent.signing().call(Method::POST, "/payment-request").json(&body).seal();
    call.send().await.expect(200);
    let before = app.row_counts().await["nonces"];
    call.send().await.problem(401, "nonce_used");
    assert_eq!(app.row_counts().await["nonces"], before);
    // The same payment under a fresh signature is a repeat.
    assert_eq!(agent.signing().post("/payment-request", &body).await.expect(200)["idempotent"], true);
    assert_eq!(agent.used_today().await, "1.00");
}

async fn a_signature_is_not_taken_again_after_a_restart(engine: Engine) {
    let (app, _org, agent) = start(engine).await;
    let call = agent.signing().call(Method::POST, "/payment-request");
    let call = call.json(&agent.request("1.00", "shop.example")).seal();
    call.send().await.expect(200);
    app.restart().await;
    app.advance(Duration::from_secs(4 * 60));
    call.send().await.problem(401, "nonce_used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_is_not_taken_again_by_another_process() {
    let (app, org, agent) = start(Engine::Postgres).await;
    let second = app.second().await;
    let call = agent.signing().call(Method::POST, "/payment-request");
    let call = call.json(&agent.request("1.00", "shop.example")).seal();
    call.send().await.expect(200);
    call.to(&second.client()).send().await.problem(401, "nonce_used");
    let freeze = org.signing().call(Method::POST, &format!("/dashboard/agents/{}/freeze", agent.id)).seal();
    freeze.send().await.expect(200);
    freeze.to(&second.client()).send().await.problem(401, "nonce_used");
}

async fn a_signature_holds_for_this_body_and_path_alone(engine: Engine) {
    let (app, _org, agent) = start(engine).await;
    let before = app.row_counts().await;
    let body = agent.request("1.00", "shop.example");
    let sealed = agent.signing().call(Method::POST, "/payment-request").json(&body).seal();
    let mut more = body.clone();
    more["amount"] = json!("999.00");
    let tampered = sealed.clone().bytes(more.to_string()).send().await;
    assert_eq!(tampered.status, 401, "{}", tampered.text());
    let wrong_key = app.client().signing(&agent.key_id, "bur_test_wrong");
    let refused = wrong_key.post("/payment-request", &body).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    let nobody = app.client().signing("key_nobody", &agent.key);
    nobody.post("/payment-request", &body).await.problem(401, "invalid_key");
    for (name, value) in [("signature", "sig=:AAAA:"), ("signature", "x"), ("signature-input", "sig=()")] {
        let refused = sealed.clone().header(name, value).send().await;
        assert_eq!(refused.status, 401, "{}", refused.text());
    }
    assert_eq!(app.row_counts().await, before);
    sealed.send().await.expect(200);
}

async fn a_signature_holds_for_five_minutes(engine: Engine) {
    let (app, _org, agent) = start(engine).await;
    let call = agent.signing().call(Method::POST, "/payment-request");
    let call = call.json(&agent.request("1.00", "shop.example")).seal();
    app.advance(Duration::from_secs(5 * 60 + 1));
    let late = call.send().await;
    assert_eq!(late.status, 401, "{}", late.text());
    assert_eq!(agent.used_today().await, "0.00");
}

async fn a_key_and_a_signature_together_are_refused(engine: Engine) {
    let (_app, _org, agent) = start(engine).await;
    let call = agent.signing().call(Method::POST, "/payment-request");
    let call = call.json(&agent.request("1.00", "shop.example")).seal();
    let both = call.header("authorization", &format!("Bearer {}", agent.key));
    both.send().await.problem(401, "two_credentials");
}

async fn a_policy_can_demand_signatures(engine: Engine) {
    let (_app, _org, agent) = start(engine).await;
    agent.policy(&json!({ "daily": "100.00", "require_signature": true })).await;
    let body = agent.request("1.00", "shop.example");
    agent.ask(&body).await.problem(401, "signature_required");
    assert_eq!(agent.signing().post("/payment-request", &body).await.expect(200)["idempotent"], false);
}

async fn what_owners_change_takes_a_signature_once_too(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let paid = agent.paid("5.00", "shop.example").await;
    let (id, transaction) = (&agent.id, id_of(&paid));
    for (method, path, body, status) in [
        (Method::POST, "/dashboard/agents".to_owned(), json!({ "name": "Twin" }), 201),
        (Method::PUT, format!("/dashboard/agents/{id}/limits"), json!({ "daily_limit": "99.00" }), 200),
        (Method::PUT, format!("/dashboard/agents/{id}/policy"), json!({ "daily": "98.00" }), 200),
        (Method::POST, format!("/dashboard/agents/{id}/freeze"), json!({}), 200),
        (Method::POST, format!("/dashboard/agents/{id}/unfreeze"), json!({}), 200),
        (
            Method::POST,
            format!("/dashboard/transactions/{transaction}/refund"),
            json!({ "amount": "1.00" }),
            202,
        ),
    ] {
        let call = org.signing().call(method, &path).json(&body).seal();
        call.send().await.expect(status);
        app.at_rest().await;
        let before = app.row_counts().await;
        call.send().await.problem(401, "nonce_used");
        assert_eq!(app.row_counts().await, before, "{path}");
    }
}
