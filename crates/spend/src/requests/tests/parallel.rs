//! Many requests at once against a budget for a few.

use std::time::Instant;

use bursar_base::limits;
use bursar_store::{Engine, Tx};
use bursar_testkit::app::{Answer, Org, TestApp};
use bursar_testkit::on_both_engines;
use futures_util::future::join_all;
use serde_json::{Value, json};

on_both_engines!(
    a_hot_agent_gets_exactly_what_its_day_allows,
    many_agents_get_exactly_what_their_wallet_holds,
);

/// More than any test here asks for.
const NO_BREAKER: (&str, &str) = ("BURSAR_BREAKER_REQUESTS", "100000");
const ASKED: usize = 40;

fn admitted(answers: &[Answer], otherwise: &str) -> usize {
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        refused.problem(402, otherwise);
    }
    answers.iter().filter(|answer| answer.status == 200).count()
}

/// A session that is not ours, such as a console that somebody left open, with the org's head.
async fn locked(app: &TestApp, org: &Org) -> Tx {
    let mut console = app.spend().identity.db.write().await.unwrap();
    console.execute("SET LOCAL idle_in_transaction_session_timeout = 0", &[]).await.unwrap();
    let lock = "SELECT * FROM heads WHERE org_id = $1 FOR UPDATE";
    console.rows(lock, &[org.id.as_str().into()]).await.unwrap();
    console
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_that_stay_locked_cost_everybody_a_503_at_once_and_nothing_else_on_postgres() {
    let app = TestApp::on(Engine::Postgres).setting(NO_BREAKER.0, NO_BREAKER.1).start().await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    app.at_rest().await;
    let before = app.row_counts().await;
    let console = locked(&app, &org).await;
    let began = Instant::now();
    let bodies: Vec<Value> = (0..ASKED).map(|_| agent.request("1.00", "shop.example")).collect();
    for answer in join_all(bodies.iter().map(|body| agent.ask(body))).await {
        let problem = answer.problem(503, "busy");
        assert!(problem["detail"].as_str().unwrap().contains("nothing was done"), "{problem:#}");
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
    // Whoever came first waited alone, the others behind them together; one by one they would wait for minutes.
    let waited = began.elapsed();
    assert!(waited >= limits::DATABASE_LOCK_WAIT && waited < 3 * limits::DATABASE_LOCK_WAIT, "{waited:?}");
    let frozen = org.admin().post_empty(&format!("/dashboard/agents/{}/freeze", agent.id)).await;
    frozen.problem(503, "busy");
    drop(console);
    assert_eq!(app.row_counts().await, before);
    for answer in join_all(bodies.iter().map(|body| agent.ask(body))).await {
        assert_eq!(answer.expect(200)["idempotent"], false);
    }
    app.must_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_decided_in_one_batch_with_locked_books_only_waits_along_on_postgres() {
    let app = TestApp::on(Engine::Postgres).setting(NO_BREAKER.0, NO_BREAKER.1).start().await;
    let (org, neighbour) = (app.org().await, app.org().await);
    let (agent, other) = (org.free_agent().await, neighbour.free_agent().await);
    app.at_rest().await;
    let console = locked(&app, &org).await;
    for round in 0..2 {
        let began = Instant::now();
        let asked =
            (0..ASKED).map(|turn| if turn % 2 == 0 { &agent } else { &other }.pay("1.00", "shop.example"));
        for (turn, answer) in join_all(asked).await.iter().enumerate() {
            if turn % 2 == 0 {
                answer.problem(503, "busy");
            } else {
                answer.expect(200);
            }
        }
        // Nobody waits again for what is known to be locked.
        assert!(round == 0 || began.elapsed() < limits::DATABASE_LOCK_WAIT, "{:?}", began.elapsed());
    }
    drop(console);
    agent.pay("1.00", "shop.example").await.expect(200);
    app.must_balance().await;
}

async fn a_hot_agent_gets_exactly_what_its_day_allows(engine: Engine) {
    let app = TestApp::on(engine).setting(NO_BREAKER.0, NO_BREAKER.1).start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "17.99" })).await;
    let answers = join_all((0..ASKED).map(|_| agent.pay("1.00", "shop.example"))).await;
    assert_eq!(admitted(&answers, "daily_exceeded"), 17);
    assert_eq!(agent.used_today().await, "17.00");
    app.must_balance().await;
}

async fn many_agents_get_exactly_what_their_wallet_holds(engine: Engine) {
    let app = TestApp::on(engine).setting(NO_BREAKER.0, NO_BREAKER.1).start().await;
    let org = app.org().await;
    let agents = join_all((0..8).map(|_| org.agent(json!({ "per_tx": "1000.00" })))).await;
    let asked = (0..ASKED).map(|turn| agents[turn % agents.len()].pay("777.00", "shop.example"));
    let answers = join_all(asked).await;
    assert_eq!(admitted(&answers, "insufficient_funds"), 12, "10,000.00 hold twelve times 777.00");
    assert_eq!(org.listed(&agents[0]).await["available"], "676.00");
    app.must_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_over_one_postgresql_admit_exactly_what_the_day_allows() {
    let app = TestApp::on(Engine::Postgres).setting(NO_BREAKER.0, NO_BREAKER.1).start().await;
    let second = app.second().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "17.99" })).await;
    let clients = [app.agent(&agent), second.agent(&agent)];
    let bodies: Vec<_> = (0..ASKED).map(|_| agent.request("1.00", "shop.example")).collect();
    let asked =
        bodies.iter().enumerate().map(|(turn, body)| clients[turn % 2].post("/payment-request", body));
    let answers = join_all(asked).await;
    assert_eq!(admitted(&answers, "daily_exceeded"), 17);
    assert_eq!(agent.used_today().await, "17.00");
    second.must_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_at_two_processes_at_once_is_one_payment() {
    let app = TestApp::start(Engine::Postgres).await;
    let second = app.second().await;
    let agent = app.org().await.free_agent().await;
    let body = agent.request("7.00", "shop.example");
    let clients = [app.agent(&agent), second.agent(&agent)];
    let answers = join_all((0..50).map(|turn| clients[turn % 2].post("/payment-request", &body))).await;
    let fresh = answers.iter().filter(|answer| answer.expect(200)["idempotent"] == false).count();
    assert_eq!(fresh, 1);
    assert_eq!(agent.used_today().await, "7.00");
    app.must_balance().await;
}
