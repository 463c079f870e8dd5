//! Freezing and unfreezing by a human.

use std::time::Duration;

use bursar_base::{Clock as _, TimeUs};
use bursar_store::Engine;
use bursar_testkit::app::{Roles, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    a_freeze_withdraws_what_waits_and_allows_nothing_new,
    an_unfrozen_agent_may_spend_again,
    freezing_twice_is_freezing_once,
    the_mail_about_a_freeze_says_the_same_whenever_it_is_sent,
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

/// What waits is withdrawn one by one behind the freeze, so the mail may come before it, meanwhile or after.
async fn the_mail_about_a_freeze_says_the_same_whenever_it_is_sent(engine: Engine) {
    let mut said = Vec::new();
    for waiting in 0..3 {
        let app = TestApp::on(engine).roles(Roles { api: true, worker: false }).start().await;
        let org = app.org().await;
        let agent = org.agent(json!({ "daily": "100.00", "approve_above": "1.00" })).await;
        for _ in 0..waiting {
            agent.pending("10.00", "a.example").await;
        }
        let frozen_at = app.clock().now();
        agent.freeze().await;
        app.advance(Duration::from_secs(3 * 60));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let workers = tokio::spawn(bursar_spend::worker::run(app.spend(), stopped));
        let mail = app.mails().wait(&org.owner, "is frozen").await;
        stop.send_replace(true);
        workers.await.unwrap();
        let own = ["agt_", "key_", "Frozen on"];
        let words = |line: &&str| !own.iter().any(|part| line.contains(part));
        said.push(mail.text.lines().filter(words).collect::<Vec<_>>().join("\n"));
        let minute = |at: TimeUs| at.to_string()[11..16].to_owned();
        assert!(mail.text.contains(&minute(frozen_at)), "{frozen_at} is not in {}", mail.text);
    }
    assert!(said[0].contains("that has not been sent is cancelled"), "{}", said[0]);
    assert!(said.iter().all(|text| *text == said[0]), "{said:#?}");
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
