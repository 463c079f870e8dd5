//! Giving money back, and settling by evidence what no rail can.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, eventually, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_payment_is_given_back_whole,
    a_payment_is_given_back_in_parts_and_never_more_than_was_paid,
    a_repeat_of_a_refund_gives_nothing_more,
    what_was_not_paid_is_not_given_back,
    a_refund_frees_the_wallet_and_no_window,
    an_unknown_payment_is_settled_by_evidence,
    an_unknown_payment_holds_its_money_whatever_happens,
);

async fn refund(org: &Org, id: &str, body: &Value) -> Value {
    org.admin().post(&format!("/dashboard/transactions/{id}/refund"), body).await.expect(202)
}

async fn refunded(org: &Org, id: &str, amount: &str) -> Value {
    let look =
        || async { Some(org.payment(id).await).filter(|payment| payment["refunded_amount"] == amount) };
    match eventually(PATIENCE, look).await {
        Some(payment) => payment,
        None => panic!("{amount} were not given back: {:#}", org.payment(id).await),
    }
}

async fn start(engine: Engine) -> (TestApp, Org, Agent) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    (app, org, agent)
}

async fn a_payment_is_given_back_whole(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let paid = agent.paid("40.00", "shop.example").await;
    let path = format!("/dashboard/transactions/{}/refund", id_of(&paid));
    let asked = org.admin().post_empty(&path).await.expect(202);
    assert_eq!(asked["refunds"][0]["amount"], "40.00");
    let back = org.payment_at(id_of(&paid), "refunded").await;
    assert_eq!(
        (&back["refunded_amount"], &back["refunds"][0]["status"]),
        (&json!("40.00"), &json!("completed"))
    );
    assert_eq!(org.listed(&agent).await["available"], "10000.00");
    org.admin().post_empty(&path).await.problem(422, "refund_too_large");
    app.must_balance().await;
}

async fn a_payment_is_given_back_in_parts_and_never_more_than_was_paid(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let paid = agent.paid("40.00", "shop.example").await;
    let id = id_of(&paid);
    refund(&org, id, &json!({ "amount": "15.00", "reason": "damaged" })).await;
    let part = refunded(&org, id, "15.00").await;
    assert_eq!((&part["status"], &part["refunds"][0]["reason"]), (&json!("completed"), &json!("damaged")));
    let path = format!("/dashboard/transactions/{id}/refund");
    for body in [json!({ "amount": "25.01" }), json!({ "amount_cents": 2501 })] {
        org.admin().post(&path, &body).await.problem(422, "refund_too_large");
    }
    for (body, field) in [
        (json!({ "amount": "0" }), "amount"),
        (json!({ "amount": "-1.00" }), "amount"),
        (json!({ "amount_cents": 0 }), "amount_cents"),
        (json!({ "amount": "1.00", "amount_cents": 100 }), "amount"),
        (json!({ "amount": 1.5 }), "amount"),
    ] {
        org.admin().post(&path, &body).await.names(field);
    }
    refund(&org, id, &json!({ "amount_cents": 2500 })).await;
    assert_eq!(refunded(&org, id, "40.00").await["status"], "refunded");
    app.must_balance().await;
}

async fn a_repeat_of_a_refund_gives_nothing_more(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let paid = agent.paid("40.00", "shop.example").await;
    let id = id_of(&paid);
    let body = json!({ "amount": "15.00", "idempotency_key": "back-1" });
    for _ in 0..3 {
        refund(&org, id, &body).await;
    }
    let back = refunded(&org, id, "15.00").await;
    assert_eq!(back["refunds"].as_array().unwrap().len(), 1);
    refund(&org, id, &body).await;
    let other = json!({ "amount": "16.00", "idempotency_key": "back-1" });
    let path = format!("/dashboard/transactions/{id}/refund");
    org.admin().post(&path, &other).await.problem(422, "idempotency_conflict");
    assert_eq!(org.payment(id).await["refunded_amount"], "15.00");
    app.must_balance().await;
}

async fn what_was_not_paid_is_not_given_back(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let failed = agent.paid("40.00", "declines.test").await;
    let declined = agent.pay("100.01", "shop.example").await.problem(402, "daily_exceeded");
    for payment in [&failed, &declined] {
        let path = format!("/dashboard/transactions/{}/refund", id_of(payment));
        org.admin().post_empty(&path).await.problem(409, "wrong_status");
    }
    app.must_balance().await;
}

async fn a_refund_frees_the_wallet_and_no_window(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let paid = agent.paid("100.00", "shop.example").await;
    refund(&org, id_of(&paid), &json!({})).await;
    org.payment_at(id_of(&paid), "refunded").await;
    assert_eq!(agent.used_today().await, "100.00");
    agent.pay("0.01", "shop.example").await.problem(402, "daily_exceeded");
    app.must_balance().await;
}

async fn an_unknown_payment_is_settled_by_evidence(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let cases = [
        (json!({ "outcome": "completed", "evidence": "the receipt 17" }), "completed", "10.00"),
        (
            json!({ "outcome": "completed", "amount": "9.00", "evidence": "the receipt 18" }),
            "completed",
            "9.00",
        ),
        (json!({ "outcome": "failed", "evidence": "the shop wrote back" }), "failed", "0.00"),
    ];
    for (body, status, posted) in cases {
        let unknown = agent.paid("10.00", "never-answers.test").await;
        assert_eq!(unknown["status"], "unknown");
        let path = format!("/dashboard/transactions/{}/resolve", id_of(&unknown));
        org.admin().post(&path, &json!({ "outcome": "completed", "evidence": " " })).await.names("evidence");
        org.admin().post(&path, &json!({ "outcome": "lost", "evidence": "x" })).await.names("outcome");
        agent.client().post(&path, &body).await.problem(403, "forbidden");
        let resolved = org.admin().post(&path, &body).await.expect(200);
        assert_eq!((&resolved["status"], &resolved["posted_amount"]), (&json!(status), &json!(posted)));
        assert_eq!(resolved["approval"]["reason"], body["evidence"]);
        org.admin().post(&path, &body).await.problem(409, "wrong_status");
    }
    assert_eq!(agent.used_today().await, "19.00");
    assert!(org.trail().await.contains(&"payment.resolved".to_owned()));
    app.must_balance().await;
}

async fn an_unknown_payment_holds_its_money_whatever_happens(engine: Engine) {
    let (app, org, agent) = start(engine).await;
    let unknown = agent.paid("10.00", "never-answers.test").await;
    agent.freeze().await;
    let path = format!("/transactions/{}/cancel", id_of(&unknown));
    org.admin().post_empty(&path).await.problem(409, "wrong_status");
    app.advance(std::time::Duration::from_secs(60 * 24 * 60 * 60));
    agent.unfreeze().await;
    let listed = org.listed(&agent).await;
    assert_eq!((&listed["lifetime"]["used"], &listed["available"]), (&json!("10.00"), &json!("9990.00")));
    assert_eq!(org.payment(id_of(&unknown)).await["status"], "unknown");
    app.must_balance().await;
}
