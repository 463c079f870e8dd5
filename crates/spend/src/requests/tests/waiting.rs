//! Waiting for a payment, and withdrawing one.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    a_wait_ends_when_a_human_decides,
    a_wait_for_the_settled_payment_goes_on_until_it_is,
    a_wait_that_is_over_says_how_things_stand,
    a_wait_without_end_is_refused,
    an_agent_withdraws_what_waits_for_a_human,
    what_is_paid_cannot_be_withdrawn,
    an_owner_withdraws_with_a_reason,
);

async fn a_wait_ends_when_a_human_decides(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let mail = app.mails().wait(&org.owner, "5.00").await;
    let (client, path) = (agent.client(), format!("/transactions/{}?wait=30", id_of(&pending)));
    let waiting = tokio::spawn(async move { client.get(&path).await.expect(200) });
    app.press(&mail.link("/v1/decline/"), "").await.page(200);
    assert_eq!(waiting.await.unwrap()["status"], "declined");
}

async fn a_wait_for_the_settled_payment_goes_on_until_it_is(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let mail = app.mails().wait(&org.owner, "5.00").await;
    let (client, path) = (agent.client(), format!("/transactions/{}?wait=30&until=settled", id_of(&pending)));
    let waiting = tokio::spawn(async move { client.get(&path).await.expect(200) });
    app.press(&mail.link("/v1/approve/"), "").await.page(200);
    assert_eq!(waiting.await.unwrap()["status"], "completed");
}

async fn a_wait_that_is_over_says_how_things_stand(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    for query in ["wait=0", "wait=1&until=decided", "wait=1&until=settled"] {
        let path = format!("/transactions/{}?{query}", id_of(&pending));
        assert_eq!(agent.client().get(&path).await.expect(200)["status"], "pending");
    }
}

async fn a_wait_without_end_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    for (query, field) in
        [("wait=61", "wait"), ("wait=-1", "wait"), ("wait=x", "wait"), ("until=never", "until")]
    {
        let path = format!("/transactions/{}?{query}", id_of(&pending));
        agent.client().get(&path).await.names(field);
    }
}

async fn an_agent_withdraws_what_waits_for_a_human(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "10.00", "approve_above": "1.00" })).await;
    let pending = agent.pending("8.00", "shop.example").await;
    let path = format!("/transactions/{}/cancel", id_of(&pending));
    let cancelled = agent.client().post_empty(&path).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(agent.used_today().await, "0.00");
    let again = agent.client().post_empty(&path).await.problem(409, "wrong_status");
    assert_eq!(again["transaction_status"], "cancelled");
    // What was held is free again.
    agent.pending("10.00", "shop.example").await;
    app.must_balance().await;
}

async fn what_is_paid_cannot_be_withdrawn(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let paid = agent.paid("5.00", "shop.example").await;
    let path = format!("/transactions/{}/cancel", id_of(&paid));
    for client in [agent.client(), org.admin()] {
        client.post_empty(&path).await.problem(409, "wrong_status");
    }
    assert_eq!(org.listed(&agent).await["available"], "9995.00");
}

async fn an_owner_withdraws_with_a_reason(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let path = format!("/transactions/{}/cancel", id_of(&pending));
    org.admin().post(&path, &json!({ "reason": "x".repeat(1_001) })).await.names("reason");
    org.admin().post(&path, &json!({ "why": "no" })).await.names("why");
    let cancelled = org.admin().post(&path, &json!({ "reason": "not this shop" })).await.expect(200);
    assert_eq!(cancelled["approval"]["reason"], "not this shop");
    app.advance(Duration::from_secs(2 * 24 * 60 * 60));
    assert_eq!(org.payment(id_of(&pending)).await["status"], "cancelled");
}
