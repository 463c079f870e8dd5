//! The circuit breaker: too many new requests freeze an agent, and only a human lets it go on.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Answer, Org, PATIENCE, TestApp, eventually, id_of};
use bursar_testkit::on_both_engines;
use futures_util::future::join_all;
use serde_json::json;

on_both_engines!(
    the_twenty_first_new_request_within_a_minute_freezes_the_agent_and_tells_the_owners,
    repeats_dry_runs_and_polls_do_not_count,
    requests_a_minute_apart_do_not_count_together,
    a_policy_sets_a_breaker_of_its_own,
    a_setting_sets_the_breaker_of_all_others,
    unfreezing_begins_the_count_anew,
    requests_at_once_trip_it_at_exactly_the_same_number,
);

async fn start(engine: Engine) -> (TestApp, Org, Agent) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "1000.00", "approve_above": "100.00" })).await;
    (app, org, agent)
}

async fn ask_times(agent: &Agent, times: usize) {
    for _ in 0..times {
        agent.pay("1.00", "shop.example").await.expect(200);
    }
}

async fn the_twenty_first_new_request_within_a_minute_freezes_the_agent_and_tells_the_owners(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    org.member("anna@acme.example", bursar_identity::members::Role::Approver).await;
    let pending = agent.pending("150.00", "shop.example").await;
    ask_times(&agent, 19).await;
    let frozen = agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    let detail = frozen["detail"].as_str().unwrap();
    for said in [
        "circuit breaker",
        "20 in 60 s",
        "BURSAR_BREAKER_REQUESTS and BURSAR_BREAKER_SECONDS",
        "owner can unfreeze",
    ] {
        assert!(detail.contains(said), "{said}: {detail}");
    }
    let next = agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    assert!(next["detail"].as_str().unwrap().contains("owner"), "{next:#}");
    let listed = org.listed(&agent).await;
    assert_eq!(listed["status"], "frozen");
    assert!(listed["frozen_reason"].as_str().unwrap().contains("circuit breaker"), "{listed:#}");
    // What waited is withdrawn.
    assert_eq!(org.payment_at(id_of(&pending), "cancelled").await["posted_amount"], "0.00");
    let mail = app.mails().wait(&org.owner, "frozen").await;
    for said in ["20", "60", "BURSAR_BREAKER_REQUESTS", "unfreeze"] {
        assert!(mail.text.contains(said), "{said}: {}", mail.text);
        assert!(mail.html_words().contains(said), "{said}: {}", mail.html_words());
    }
    app.at_rest().await;
    let to_anna = app.mails().to("anna@acme.example");
    assert!(to_anna.iter().all(|mail| !mail.subject.contains("frozen")), "{to_anna:#?}");
    app.must_balance().await;
}

async fn repeats_dry_runs_and_polls_do_not_count(engine: Engine) {
    let (_app, org, agent) = start(engine).await;
    ask_times(&agent, 19).await;
    let body = agent.request("1.00", "shop.example");
    let first = agent.ask(&body).await.expect(200);
    for _ in 0..25 {
        agent.ask(&body).await.expect(200);
        agent.payment(id_of(&first)).await;
        let dry = agent.request("1.00", "shop.example");
        // A dry run says what the 21st would be, and trips nothing.
        let would = agent.client().post("/payment-request?dry_run=true", &dry).await;
        would.problem(402, "agent_frozen");
    }
    assert_eq!(org.listed(&agent).await["status"], "active");
    agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    assert_eq!(org.listed(&agent).await["status"], "frozen");
}

async fn requests_a_minute_apart_do_not_count_together(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    ask_times(&agent, 20).await;
    app.advance(Duration::from_secs(61));
    ask_times(&agent, 20).await;
    assert_eq!(org.listed(&agent).await["status"], "active");
}

async fn a_policy_sets_a_breaker_of_its_own(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    agent.policy(&json!({ "daily": "1000.00", "breaker": { "requests": 3, "seconds": 10 } })).await;
    ask_times(&agent, 3).await;
    app.advance(Duration::from_secs(11));
    ask_times(&agent, 3).await;
    let frozen = agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    assert!(frozen["detail"].as_str().unwrap().contains("by the policy's `breaker`)"), "{frozen:#}");
    let mail = app.mails().wait(&org.owner, "frozen").await;
    assert!(mail.text.contains("breaker (in the agent's policy)"), "{}", mail.text);
}

async fn a_setting_sets_the_breaker_of_all_others(engine: Engine) {
    let setup =
        TestApp::on(engine).setting("BURSAR_BREAKER_REQUESTS", "2").setting("BURSAR_BREAKER_SECONDS", "5");
    let app = setup.start().await;
    let agent = app.org().await.free_agent().await;
    ask_times(&agent, 2).await;
    agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
}

async fn unfreezing_begins_the_count_anew(engine: Engine) {
    let (_app, org, agent) = start(engine).await;
    ask_times(&agent, 20).await;
    agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    let path = format!("/dashboard/agents/{}/unfreeze", agent.id);
    agent.client().post_empty(&path).await.problem(403, "forbidden");
    let body = org.admin().post(&path, &json!({ "reason": "a big order" })).await.expect(200);
    assert_eq!((&body["status"], &body["frozen_reason"]), (&json!("active"), &json!(null)));
    ask_times(&agent, 20).await;
    agent.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    let trail = org.trail().await;
    let count = |action: &str| trail.iter().filter(|found| *found == action).count();
    assert_eq!((count("agent.frozen"), count("agent.unfrozen")), (2, 1), "{trail:?}");
}

async fn requests_at_once_trip_it_at_exactly_the_same_number(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let answers = join_all((0..40).map(|_| agent.pay("1.00", "shop.example"))).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
    assert_eq!((count(200), count(402)), (20, 20));
    let says = |answer: &&Answer| answer.json()["detail"].as_str().unwrap_or("").contains("circuit breaker");
    let tripped = answers.iter().filter(says).count();
    assert_eq!(tripped, 1);
    let counted = eventually(PATIENCE, || async {
        let mails = app.mails().to(&org.owner);
        Some(mails).filter(|mails| !mails.is_empty())
    });
    counted.await.unwrap();
    app.at_rest().await;
    assert_eq!(app.mails().to(&org.owner).len(), 1, "one freeze is one mail");
    app.must_balance().await;
}
