//! Freezing and unfreezing by a human.

use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    a_freeze_withdraws_what_waits_and_allows_nothing_new,
    an_unfrozen_agent_may_spend_again,
    freezing_twice_is_freezing_once,
);

async fn a_freeze_withdraws_what_waits_and_allows_nothing_new(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, other) =
        (org.agent(json!({ "daily": "100.00", "approve_above": "1.00" })).await, org.agent(json!({})).await);
    let pending = [agent.pending("10.00", "a.example").await, agent.pending("20.00", "b.example").await];
    let others = other.pending("30.00", "c.example").await;
    let mail = app.mails().wait(&org.owner, "20.00").await;
    let path = format!("/dashboard/agents/{}/freeze", agent.id);
    let frozen = org.admin().post(&path, &json!({ "reason": "it behaves oddly" })).await.expect(200);
    assert_eq!((&frozen["status"], &frozen["frozen_reason"]), (&json!("frozen"), &json!("it behaves oddly")));
    agent.pay("0.50", "shop.example").await.problem(402, "agent_frozen");
    for payment in &pending {
        let ended = org.payment_at(id_of(payment), "cancelled").await;
        assert_eq!(ended["posted_amount"], "0.00");
    }
    let listed = org.listed(&agent).await;
    assert_eq!((&listed["daily"]["used"], &listed["available"]), (&json!("0.00"), &json!("9970.00")));
    assert_eq!(other.payment(id_of(&others)).await["status"], "pending");
    // A yes that comes later changes nothing.
    app.press(&mail.link("/v1/approve/"), "").await.page(409);
    let told = app.mails().wait(&org.owner, "frozen").await;
    assert!(told.text.contains("it behaves oddly"), "{}", told.text);
    app.must_balance().await;
}

async fn an_unfrozen_agent_may_spend_again(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    agent.freeze().await;
    agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    assert_eq!(agent.unfreeze().await["status"], "active");
    agent.paid("1.00", "shop.example").await;
}

async fn freezing_twice_is_freezing_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    tokio::join!(agent.freeze(), agent.freeze());
    agent.freeze().await;
    agent.unfreeze().await;
    agent.unfreeze().await;
    let trail = org.trail().await;
    let count = |action: &str| trail.iter().filter(|found| *found == action).count();
    assert_eq!((count("agent.frozen"), count("agent.unfrozen")), (1, 1), "{trail:?}");
    app.mails().wait(&org.owner, "frozen").await;
    app.at_rest().await;
    assert_eq!(app.mails().all().len(), 1);
}
