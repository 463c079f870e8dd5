//! What keys may do, and how they end.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    an_admin_key_spends_nothing,
    an_agents_key_sees_no_dashboard,
    a_key_without_the_scope_spends_nothing,
    nobody_reaches_what_is_another_orgs,
    an_agent_sees_no_other_agents_payments,
    a_revoked_key_is_refused_at_once,
    a_rotated_key_works_until_its_overlap_is_over,
    what_is_no_key_is_refused_without_saying_why,
);

async fn an_admin_key_spends_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let body = agent.request("1.00", "shop.example");
    for client in [org.admin(), org.signing()] {
        client.post("/payment-request", &body).await.problem(403, "forbidden");
    }
}

async fn an_agents_key_sees_no_dashboard(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let paid = agent.paid("1.00", "shop.example").await;
    app.at_rest().await;
    let before = app.row_counts().await;
    let (id, transaction) = (&agent.id, id_of(&paid));
    for (method, path, body) in [
        (Method::GET, "/dashboard/transactions".to_owned(), json!(null)),
        (Method::GET, "/dashboard/agents".to_owned(), json!(null)),
        (Method::POST, "/dashboard/agents".to_owned(), json!({ "name": "Twin" })),
        (Method::PUT, format!("/dashboard/agents/{id}/limits"), json!({ "daily_limit": "9999.00" })),
        (Method::GET, format!("/dashboard/agents/{id}/policy"), json!(null)),
        (Method::PUT, format!("/dashboard/agents/{id}/policy"), json!({})),
        (Method::POST, format!("/dashboard/agents/{id}/freeze"), json!({})),
        (Method::POST, format!("/dashboard/agents/{id}/unfreeze"), json!({})),
        (Method::POST, format!("/dashboard/transactions/{transaction}/refund"), json!({})),
    ] {
        for client in [agent.client(), agent.signing()] {
            client.call(method.clone(), &path).json(&body).send().await.problem(403, "forbidden");
        }
    }
    assert_eq!(app.row_counts().await, before);
}

async fn a_key_without_the_scope_spends_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let (_, key) = org.key(&agent, "read").await;
    let reading = app.client().with_key(&key);
    let body = agent.request("1.00", "shop.example");
    reading.post("/payment-request", &body).await.problem(403, "forbidden");
    let paid = agent.ask(&body).await.expect(200);
    reading.get(&format!("/transactions/{}", id_of(&paid))).await.expect(200);
}

async fn nobody_reaches_what_is_another_orgs(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ours, theirs) = (app.org().await, app.org().await);
    let (agent, stranger) = (ours.agent(json!({})).await, theirs.free_agent().await);
    let pending = agent.pending("1.00", "shop.example").await;
    let (id, transaction) = (&agent.id, id_of(&pending));
    app.at_rest().await;
    let before = app.row_counts().await;
    for (method, path) in [
        (Method::GET, format!("/transactions/{transaction}")),
        (Method::POST, format!("/transactions/{transaction}/cancel")),
    ] {
        for client in [theirs.admin(), stranger.client()] {
            client.call(method.clone(), &path).send().await.problem(404, "not_found");
        }
    }
    for (method, path, body) in [
        (Method::POST, format!("/dashboard/transactions/{transaction}/refund"), json!({})),
        (
            Method::POST,
            format!("/dashboard/transactions/{transaction}/resolve"),
            json!({ "outcome": "failed", "evidence": "x" }),
        ),
        (Method::GET, format!("/dashboard/agents/{id}/policy"), json!({})),
        (Method::PUT, format!("/dashboard/agents/{id}/policy"), json!({})),
        (Method::PUT, format!("/dashboard/agents/{id}/limits"), json!({})),
        (Method::POST, format!("/dashboard/agents/{id}/freeze"), json!({})),
        (Method::POST, format!("/dashboard/agents/{id}/unfreeze"), json!({})),
    ] {
        theirs.admin().call(method, &path).json(&body).send().await.problem(404, "not_found");
    }
    assert_eq!(app.row_counts().await, before);
    assert_eq!(agent.payment(transaction).await["status"], "pending");
}

async fn an_agent_sees_no_other_agents_payments(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (one, two) = (org.agent(json!({})).await, org.free_agent().await);
    let pending = one.pending("1.00", "shop.example").await;
    let path = format!("/transactions/{}", id_of(&pending));
    two.client().get(&path).await.problem(404, "not_found");
    two.client().post_empty(&format!("{path}/cancel")).await.problem(404, "not_found");
}

async fn a_revoked_key_is_refused_at_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let paid = agent.paid("1.00", "shop.example").await;
    org.revoke(&agent.key_id).await;
    agent.pay("1.00", "shop.example").await.problem(401, "invalid_key");
    let path = format!("/transactions/{}", id_of(&paid));
    for client in [agent.client(), agent.signing()] {
        client.get(&path).await.problem(401, "invalid_key");
        let body = agent.request("1.00", "shop.example");
        client.post("/payment-request", &body).await.problem(401, "invalid_key");
    }
    assert_eq!(agent.used_today().await, "1.00");
}

async fn a_rotated_key_works_until_its_overlap_is_over(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let (_, new) = org.rotate(&agent.key_id, Duration::from_secs(60 * 60)).await;
    let rotated = app.client().with_key(&new);
    rotated.post("/payment-request", &agent.request("1.00", "shop.example")).await.expect(200);
    agent.pay("1.00", "shop.example").await.expect(200);
    app.advance(Duration::from_secs(60 * 60));
    agent.pay("1.00", "shop.example").await.problem(401, "invalid_key");
    rotated.post("/payment-request", &agent.request("1.00", "shop.example")).await.expect(200);
}

async fn what_is_no_key_is_refused_without_saying_why(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let unknown = bursar_http::credentials::ApiKey::from_random(bursar_base::Mode::Test, &"a".repeat(43));
    let mistyped = agent.key.replace("bur_test_", "bur_live_");
    let body = agent.request("1.00", "shop.example");
    for key in [unknown.reveal(), &mistyped, "x", "", &agent.key[..20]] {
        let answer = app.client().with_key(key).post("/payment-request", &body).await;
        answer.problem(401, "invalid_key");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let call = app.client().call(Method::POST, "/payment-request").json(&body);
    call.header("authorization", "Basic eDp5").send().await.problem(401, "invalid_key");
}
