//! What a payment request is answered with, and what becomes of it.

use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    a_payment_within_policy_is_approved_and_then_paid,
    a_payment_over_a_limit_is_declined_with_the_limit_what_is_used_and_what_was_asked,
    a_payment_that_needs_a_human_waits,
    a_dry_run_says_what_would_be_and_writes_nothing,
    a_wallet_that_is_empty_pays_nothing,
    an_agent_without_limits_asks_for_everything,
    everything_works_the_same_under_the_older_path,
    cents_and_amounts_are_the_same_request,
    a_live_org_has_no_pretend_money_to_spend,
    what_is_no_path_or_no_method_is_said_in_a_problem,
);

async fn a_payment_within_policy_is_approved_and_then_paid(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "per_tx": "50.00" })).await;
    let mut body = agent.request("12.50", "shop.example");
    body["context"] = json!({ "order": [1, 2] });
    body["category"] = json!("books");
    let asked = agent.ask(&body).await.expect(200);
    assert_eq!((&asked["amount"], &asked["rail"]), (&json!("12.50"), &json!("sandbox")));
    assert_eq!(asked["idempotent"], false);
    let paid = agent.settled(id_of(&asked)).await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("12.50")));
    assert!(paid["completed_at"].is_string(), "{paid:#}");
    for field in ["merchant", "purpose", "context", "idempotency_key"] {
        assert_eq!(paid[field], body[field]);
    }
    assert_eq!((&paid["claimed_category"], &paid["category"]), (&json!("books"), &json!(null)));
    let listed = org.listed(&agent).await;
    assert_eq!((&listed["daily"]["used"], &listed["available"]), (&json!("12.50"), &json!("9987.50")));
    let trail = org.trail().await;
    for action in ["payment.approved", "payment.completed"] {
        assert!(trail.contains(&action.to_owned()), "{trail:?}");
    }
    app.must_balance().await;
}

async fn a_payment_over_a_limit_is_declined_with_the_limit_what_is_used_and_what_was_asked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "30.00", "per_tx": "25.00" })).await;
    let too_large = agent.pay("25.01", "shop.example").await.problem(402, "per_tx_exceeded");
    assert_eq!((&too_large["limit"], &too_large["asked"]), (&json!("25.00"), &json!("25.01")));
    assert_eq!(too_large["transaction"]["status"], "declined");
    agent.paid("20.00", "shop.example").await;
    let too_much = agent.pay("10.01", "shop.example").await.problem(402, "daily_exceeded");
    assert_eq!((&too_much["limit"], &too_much["used"]), (&json!("30.00"), &json!("20.00")));
    assert_eq!((&too_much["asked"], &too_much["reason"]), (&json!("10.01"), &json!("daily_exceeded")));
    let declined = agent.payment(id_of(&too_much)).await;
    assert_eq!(declined["reason"], "daily_exceeded");
    assert_eq!(declined["decision"].as_array().unwrap().last().unwrap()["verdict"], "decline");
    assert_eq!(agent.used_today().await, "20.00");
    app.must_balance().await;
}

async fn a_payment_that_needs_a_human_waits(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    // The threshold itself is still within it.
    agent.paid("10.00", "shop.example").await;
    let pending = agent.pending("10.01", "shop.example").await;
    assert_eq!(pending["approval"]["deadline"], "2026-09-22T14:13:20Z");
    assert_eq!(agent.used_today().await, "20.01");
    assert_eq!(org.listed(&agent).await["available"], "9979.99");
}

async fn a_dry_run_says_what_would_be_and_writes_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "per_tx": "50.00", "approve_above": "20.00" })).await;
    let before = app.row_counts().await;
    let path = "/payment-request?dry_run=true";
    for (amount, status, verdict) in [("5.00", 200, "approved"), ("20.01", 202, "pending")] {
        let body = agent.request(amount, "shop.example");
        let would = agent.client().post(path, &body).await.expect(status);
        assert_eq!((&would["status"], &would["dry_run"]), (&json!(verdict), &json!(true)));
    }
    let body = agent.request("50.01", "shop.example");
    let problem = agent.client().post(path, &body).await.problem(402, "per_tx_exceeded");
    assert_eq!((&problem["dry_run"], &problem["limit"]), (&json!(true), &json!("50.00")));
    assert_eq!(app.row_counts().await, before);
    // The key was not used up: the same body can still be asked for in earnest.
    agent.ask(&body).await.problem(402, "per_tx_exceeded");
    assert_eq!(agent.used_today().await, "0.00");
}

async fn a_wallet_that_is_empty_pays_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent =
        org.new_agent(&json!({ "name": "Own", "own_wallet": true, "limits": { "daily": "100.00" } })).await;
    let declined = agent.pay("1.00", "shop.example").await.problem(402, "insufficient_funds");
    assert_eq!((&declined["limit"], &declined["asked"]), (&json!("0.00"), &json!("1.00")));
    assert_eq!(org.listed(&agent).await["wallet"], "own");
}

async fn an_agent_without_limits_asks_for_everything(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    agent.pending("0.01", "shop.example").await;
}

async fn everything_works_the_same_under_the_older_path(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    for client in [agent.client().below("/api/v1"), agent.signing().below("/api/v1")] {
        let asked = client.post("/payment-request", &agent.request("3.00", "shop.example")).await.expect(200);
        let path = format!("/transactions/{}?wait=30&until=settled", id_of(&asked));
        assert_eq!(client.get(&path).await.expect(200)["status"], "completed");
    }
    let list = org.admin().below("/api/v1").get("/dashboard/transactions").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
}

async fn cents_and_amounts_are_the_same_request(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let decimal = agent.request("12.50", "shop.example");
    let mut cents = decimal.clone();
    cents.as_object_mut().unwrap().remove("amount");
    cents["amount_cents"] = json!(1250);
    let first = agent.ask(&decimal).await.expect(200);
    let second = agent.ask(&cents).await.expect(200);
    assert_eq!(id_of(&first), id_of(&second));
    assert_eq!(second["idempotent"], true);
}

async fn a_live_org_has_no_pretend_money_to_spend(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Real", "owner@real.example", Mode::Live, "UTC").await;
    let agent = org.free_agent().await;
    assert!(agent.key.starts_with("bur_live_"));
    agent.pay("1.00", "shop.example").await.names("rail");
    let mut body = agent.request("1.00", "shop.example");
    body["rail"] = json!("sandbox");
    agent.ask(&body).await.problem(402, "rail_blocked");
}

async fn what_is_no_path_or_no_method_is_said_in_a_problem(engine: Engine) {
    let app = TestApp::start(engine).await;
    app.client().get("/nowhere").await.problem(404, "not_found");
    app.client().below("").get("/nowhere").await.problem(404, "not_found");
    app.client()
        .call(http::Method::DELETE, "/payment-request")
        .send()
        .await
        .problem(405, "method_not_allowed");
    let page =
        app.client().below("").call(http::Method::GET, "/nowhere").header("accept", "text/html").send().await;
    page.page(404);
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        assert_eq!(app.client().below("").get(path).await.status, 200, "{path}");
    }
}
