//! Intents through HTTP, on both engines.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    looking_says_what_a_purchase_would_get_and_writes_nothing,
    what_is_reserved_is_paid_by_the_purchase_that_names_it,
    a_human_is_asked_about_an_intent_and_then_the_purchase_passes,
    a_purchase_that_differs_is_refused_and_owners_get_a_case,
    what_nobody_buys_is_given_up,
    what_is_wrong_is_named,
);

async fn house(engine: Engine, limits: Value) -> (TestApp, Org, Agent) {
    let app = TestApp::on(engine).start().await;
    let org = app.org().await;
    let agent = org.agent(limits).await;
    (app, org, agent)
}

async fn intend(agent: &Agent, body: &Value) -> Value {
    agent.client().post("/wallet/intent", body).await.expect(200)
}

fn wish(amount: &str, key: &str) -> Value {
    json!({ "amount": amount, "merchant": "shop.example", "purpose": "a lamp", "tolerance": "2.00",
        "reserve_minutes": 10, "idempotency_key": key })
}

fn purchase(intent: &Value, amount: &str, key: &str) -> Value {
    json!({ "amount": amount, "merchant": "Shop.example", "intent_id": intent["intent_id"], "idempotency_key": key })
}

async fn looking_says_what_a_purchase_would_get_and_writes_nothing(engine: Engine) {
    let (app, _, agent) = house(engine, json!({ "daily": "50.00", "approve_above": "20.00" })).await;
    app.at_rest().await;
    let before = app.row_counts().await;
    for (amount, decision, reason) in [
        ("20.00", "allowed", json!(null)),
        ("20.01", "needs_approval", json!(null)),
        ("50.01", "declined", json!("daily_exceeded")),
    ] {
        let told = intend(&agent, &json!({ "amount_usd": amount, "merchant": "shop.example" })).await;
        assert_eq!((&told["decision"], &told["reason"]), (&json!(decision), &reason), "{amount}");
        assert_eq!((&told["intent_id"], &told["status"]), (&json!(null), &json!(null)));
        assert_eq!(
            (&told["balance"], &told["limits"]["daily"]["left"]),
            (&json!("10000.00"), &json!("50.00"))
        );
        assert_eq!((&told["at_most"], &told["at_least"]), (&json!(amount), &json!(amount)));
        assert!(!told["rules"].as_array().unwrap().is_empty());
    }
    assert_eq!(app.row_counts().await, before);
}

async fn what_is_reserved_is_paid_by_the_purchase_that_names_it(engine: Engine) {
    let (app, _, agent) = house(engine, json!({ "daily": "25.00" })).await;
    let told = intend(&agent, &wish("20.00", "lamp")).await;
    assert_eq!((&told["decision"], &told["status"]), (&json!("allowed"), &json!("approved")));
    assert_eq!((&told["at_most"], &told["at_least"]), (&json!("22.00"), &json!("18.00")));
    assert_eq!((&told["balance"], &told["limits"]["daily"]["left"]), (&json!("9978.00"), &json!("3.00")));
    let again = intend(&agent, &wish("20.00", "lamp")).await;
    assert_eq!((&again["intent_id"], &again["idempotent"]), (&told["intent_id"], &json!(true)));
    // Nobody pays it, and nothing else fits beside it.
    app.at_rest().await;
    assert_eq!(agent.payment(told["intent_id"].as_str().unwrap()).await["status"], "approved");
    agent.pay("5.00", "other.example").await.problem(402, "daily_exceeded");
    let bought = agent.ask(&purchase(&told, "21.50", "lamp-2")).await.expect(200);
    let paid = agent.settled(bought["transaction_id"].as_str().unwrap()).await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("21.50")));
    assert_eq!(agent.used_today().await, "21.50");
    agent.ask(&purchase(&told, "21.50", "lamp-3")).await.problem(409, "intent_over");
    app.must_balance().await;
}

async fn a_human_is_asked_about_an_intent_and_then_the_purchase_passes(engine: Engine) {
    let (app, org, agent) = house(engine, json!({ "daily": "50.00", "approve_above": "5.00" })).await;
    let told = intend(&agent, &wish("20.00", "lamp")).await;
    assert_eq!((&told["decision"], &told["status"]), (&json!("needs_approval"), &json!("pending")));
    agent.ask(&purchase(&told, "20.00", "early")).await.problem(409, "intent_pending");
    let mail = app.mails().wait(&org.owner, "22.00").await;
    app.press(&mail.link("/approve/"), "").await.page(200);
    let id = told["intent_id"].as_str().unwrap();
    assert_eq!(org.payment(id).await["status"], "approved");
    let bought = agent.ask(&purchase(&told, "20.00", "early")).await.expect(200);
    assert_eq!(agent.settled(bought["transaction_id"].as_str().unwrap()).await["status"], "completed");
    app.at_rest().await;
    assert_eq!(app.mails().to(&org.owner).len(), 1, "nobody is asked twice");
    app.must_balance().await;
}

async fn a_purchase_that_differs_is_refused_and_owners_get_a_case(engine: Engine) {
    let (app, org, agent) = house(engine, json!({ "daily": "50.00" })).await;
    let told = intend(&agent, &wish("20.00", "lamp")).await;
    for (amount, key) in [("22.01", "more"), ("17.99", "less")] {
        agent.ask(&purchase(&told, amount, key)).await.problem(409, "intent_differs");
    }
    let cases = org.admin().get("/dashboard/cases").await.expect(200);
    assert_eq!(cases["data"].as_array().unwrap().len(), 1, "one intent is one case: {cases:#}");
    let case = &cases["data"][0];
    assert_eq!((&case["kind"], &case["status"]), (&json!("intent_drift"), &json!("open")));
    assert_eq!(case["agent_id"], agent.id);
    let mail = app.mails().wait(&org.owner, "something else than it had intended").await;
    assert!(mail.text.contains("18.00 to 22.00 USD at shop[.]example"), "{}", mail.text);
    // It can be bought all the same, as it was intended.
    agent.ask(&purchase(&told, "22.00", "right")).await.expect(200);
    app.at_rest().await;
    app.must_balance().await;
}

async fn what_nobody_buys_is_given_up(engine: Engine) {
    let (app, _, agent) = house(engine, json!({ "daily": "25.00" })).await;
    let told = intend(&agent, &wish("20.00", "lamp")).await;
    let id = told["intent_id"].as_str().unwrap();
    app.advance(Duration::from_secs(600));
    let ended = agent.settled(id).await;
    assert_eq!((&ended["status"], &ended["reason"]), (&json!("cancelled"), &json!("execute_by_passed")));
    agent.ask(&purchase(&told, "20.00", "late")).await.problem(409, "intent_over");
    assert_eq!(intend(&agent, &wish("20.00", "lamp")).await["decision"], "declined", "it is over");
    let other = intend(&agent, &wish("20.00", "lamp again")).await;
    let path = format!("/transactions/{}/cancel", other["intent_id"].as_str().unwrap());
    agent.client().post_empty(&path).await.expect(200);
    assert_eq!(agent.used_today().await, "0.00");
    app.must_balance().await;
}

async fn what_is_wrong_is_named(engine: Engine) {
    let (_, org, agent) = house(engine, json!({ "daily": "25.00" })).await;
    let with = |name: &str, value: Value| {
        let mut body = wish("20.00", "lamp");
        body[name] = value;
        body
    };
    for (field, value) in [
        ("tolerance", json!("20.00")),
        ("tolerance", json!("-1")),
        ("reserve_minutes", json!(0)),
        ("reserve_minutes", json!(31)),
        ("amount", json!("0")),
        ("merchant", json!("")),
        ("idempotency_key", json!("")),
    ] {
        agent.client().post("/wallet/intent", &with(field, value)).await.names(field);
    }
    let mut keyless = wish("20.00", "lamp");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    agent.client().post("/wallet/intent", &keyless).await.names("idempotency_key");
    agent.client().post("/wallet/intent", &with("rail", json!("card"))).await.problem(409, "no_card");
    let told = intend(&agent, &wish("20.00", "lamp")).await;
    let longer = with("reserve_minutes", json!(20));
    agent.client().post("/wallet/intent", &longer).await.problem(422, "idempotency_conflict");
    agent
        .ask(&json!({ "amount": "20.00", "merchant": "shop.example", "idempotency_key": "lamp" }))
        .await
        .problem(422, "idempotency_conflict");
    let stranger = org.agent(json!({ "daily": "25.00" })).await;
    stranger.ask(&purchase(&told, "20.00", "theirs")).await.problem(404, "not_found");
    let malformed =
        json!({ "amount": "1.00", "merchant": "shop.example", "intent_id": "lamp", "idempotency_key": "x" });
    agent.ask(&malformed).await.names("intent_id");
}
