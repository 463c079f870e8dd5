//! One key is one payment, for ever.

use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use futures_util::future::join_all;
use http::Method;
use serde_json::json;

on_both_engines!(
    a_repeat_gets_the_current_state_and_pays_nothing_more,
    the_same_key_for_another_payment_is_refused,
    the_key_may_come_as_a_header,
    a_decline_is_final_for_its_key,
    what_never_reached_a_decision_uses_no_key_up,
    one_key_fifty_times_at_once_is_one_payment,
    keys_of_two_agents_have_nothing_to_do_with_each_other,
    a_repeat_survives_a_restart,
);

async fn a_repeat_gets_the_current_state_and_pays_nothing_more(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let body = agent.request("7.00", "shop.example");
    let first = agent.ask(&body).await.expect(200);
    assert_eq!(first["idempotent"], false);
    agent.settled(id_of(&first)).await;
    let again = agent.ask(&body).await.expect(200);
    assert_eq!((&again["idempotent"], &again["status"]), (&json!(true), &json!("completed")));
    assert_eq!(id_of(&again), id_of(&first));
    assert_eq!(agent.used_today().await, "7.00");
    assert_eq!(org.listed(&agent).await["available"], "9993.00");
    app.must_balance().await;
}

async fn the_same_key_for_another_payment_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let body = agent.request("7.00", "shop.example");
    agent.ask(&body).await.expect(200);
    for (field, value) in [
        ("amount", json!("7.01")),
        ("merchant", json!("other.example")),
        ("purpose", json!("something else")),
        ("context", json!({ "a": 1 })),
        ("category", json!("books")),
        ("rail", json!("sandbox")),
    ] {
        let mut other = body.clone();
        other[field] = value;
        agent.ask(&other).await.problem(422, "idempotency_conflict");
    }
    assert_eq!(agent.used_today().await, "7.00");
}

async fn the_key_may_come_as_a_header(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let mut body = agent.request("7.00", "shop.example");
    let key = body["idempotency_key"].as_str().unwrap().to_owned();
    let first = agent.ask(&body).await.expect(200);
    body.as_object_mut().unwrap().remove("idempotency_key");
    let call = agent.client().call(Method::POST, "/payment-request").json(&body);
    let again = call.clone().header("idempotency-key", &key).send().await.expect(200);
    assert_eq!(id_of(&again), id_of(&first));
    call.send().await.names("idempotency_key");
    body["idempotency_key"] = json!("another");
    let call = agent.client().call(Method::POST, "/payment-request").json(&body);
    call.header("idempotency-key", &key).send().await.names("idempotency_key");
}

async fn a_decline_is_final_for_its_key(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "per_tx": "5.00" })).await;
    let body = agent.request("7.00", "shop.example");
    let first = agent.ask(&body).await.problem(402, "per_tx_exceeded");
    agent.policy(&json!({ "per_transaction": "50.00" })).await;
    let again = agent.ask(&body).await.problem(402, "per_tx_exceeded");
    assert_eq!(id_of(&again), id_of(&first));
    assert_eq!(again["transaction"]["idempotent"], true);
    agent.paid("7.00", "shop.example").await;
}

async fn what_never_reached_a_decision_uses_no_key_up(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let good = agent.request("7.00", "shop.example");
    let mut bad = good.clone();
    bad["amount"] = json!("seven");
    agent.ask(&bad).await.names("amount");
    app.client().post("/payment-request", &good).await.problem(401, "missing_credentials");
    org.admin().post("/payment-request", &good).await.problem(403, "forbidden");
    assert_eq!(agent.ask(&good).await.expect(200)["idempotent"], false);
}

async fn one_key_fifty_times_at_once_is_one_payment(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let body = agent.request("7.00", "shop.example");
    let answers = join_all((0..50).map(|_| agent.ask(&body))).await;
    let answers: Vec<_> = answers.iter().map(|answer| answer.expect(200)).collect();
    assert!(answers.iter().all(|answer| id_of(answer) == id_of(&answers[0])));
    assert_eq!(answers.iter().filter(|answer| answer["idempotent"] == false).count(), 1);
    agent.settled(id_of(&answers[0])).await;
    assert_eq!(agent.used_today().await, "7.00");
    assert_eq!(org.listed(&agent).await["available"], "9993.00");
    app.must_balance().await;
}

async fn keys_of_two_agents_have_nothing_to_do_with_each_other(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (one, two) = (org.free_agent().await, org.free_agent().await);
    let body = one.request("7.00", "shop.example");
    let (first, second) = (one.ask(&body).await.expect(200), two.ask(&body).await.expect(200));
    assert_ne!(id_of(&first), id_of(&second));
    assert_eq!(second["idempotent"], false);
}

async fn a_repeat_survives_a_restart(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let body = agent.request("7.00", "shop.example");
    let first = agent.ask(&body).await.expect(200);
    app.restart().await;
    let again = agent.ask(&body).await.expect(200);
    assert_eq!((id_of(&again), &again["idempotent"]), (id_of(&first), &json!(true)));
    assert_eq!(agent.settled(id_of(&first)).await["status"], "completed");
    app.must_balance().await;
}
