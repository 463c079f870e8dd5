//! The `stripe` rail through HTTP, and reconciliation after answers that never came, on both engines.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation};
use serde_json::json;

on_both_engines!(
    a_payment_is_charged_and_our_books_are_theirs,
    a_decline_of_the_bank_fails_the_payment_and_frees_the_budget,
    a_charge_that_wants_the_cardholder_is_cancelled_there_and_voided_here,
    a_payment_whose_answer_never_came_is_settled_by_reconciliation,
    a_payment_that_never_arrived_is_known_to_be_none_after_a_day,
    a_payees_connected_account_gets_the_money,
    less_than_a_cent_is_refused_before_anything_is_held,
    a_refund_is_made_there_and_booked_here,
    a_test_org_reaches_no_live_account,
);

struct Shop {
    app: TestApp,
    org: Org,
    agent: Agent,
}

impl Shop {
    async fn on(engine: Engine, payment_method: &str) -> Shop {
        Shop::with(TestApp::on(engine).stripe().start().await, payment_method).await
    }

    async fn with(app: TestApp, payment_method: &str) -> Shop {
        let org = app.org().await;
        org.pays_with(payment_method).await;
        let agent = org.agent(json!({ "daily": "1000.00" })).await;
        Shop { app, org, agent }
    }

    async fn reconcile(&self) -> bursar_spend::reconcile::Report {
        bursar_spend::reconcile::run(&self.app.spend(), None, &mut |_| {}).await.unwrap()
    }

    /// What the simulator charged for a payment, in cents; never twice.
    fn charged(&self, id: &str) -> i64 {
        let books = self.app.sim().books();
        assert_eq!(books.charged_twice(), Vec::<String>::new());
        books.paid_cents(id)
    }
}

async fn a_payment_is_charged_and_our_books_are_theirs(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("12.34")));
    assert!(paid["stripe_charge_id"].as_str().unwrap().starts_with("ch_"));
    assert_eq!(shop.charged(id_of(&paid)), 1234);
    // A direct rail touches no wallet, but its windows count.
    let listed = shop.org.listed(&shop.agent).await;
    assert_eq!((&listed["available"], &listed["daily"]["used"]), (&json!("10000.00"), &json!("12.34")));
    let report = shop.reconcile().await;
    assert!(report.is_clean() && report.compared == 1, "{report}");
    shop.app.must_balance().await;
}

async fn a_decline_of_the_bank_fails_the_payment_and_frees_the_budget(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_chargeDeclinedInsufficientFunds").await;
    let failed = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!((&failed["status"], &failed["reason"]), (&json!("failed"), &json!("insufficient_funds")));
    assert_eq!(shop.charged(id_of(&failed)), 0);
    assert_eq!(shop.agent.used_today().await, "0.00");
    assert!(shop.reconcile().await.is_clean());
    shop.app.must_balance().await;
}

async fn a_charge_that_wants_the_cardholder_is_cancelled_there_and_voided_here(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_authenticationRequired").await;
    let failed = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!((&failed["status"], &failed["reason"]), (&json!("failed"), &json!("authentication_required")));
    assert_eq!(shop.app.sim().books().intents[0].status, "canceled");
    assert_eq!(shop.agent.used_today().await, "0.00");
    shop.app.must_balance().await;
}

async fn a_payment_whose_answer_never_came_is_settled_by_reconciliation(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    assert_eq!(shop.agent.used_today().await, "12.34");
    shop.app.restart().await;
    let report = shop.reconcile().await;
    assert_eq!(report.asked.len(), 1, "{report}");
    let paid = shop.agent.payment(id_of(&unknown)).await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("12.34")));
    assert_eq!(shop.charged(id_of(&unknown)), 1234);
    assert!(shop.reconcile().await.is_clean());
    shop.app.must_balance().await;
}

async fn a_payment_that_never_arrived_is_known_to_be_none_after_a_day(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropBefore);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    shop.reconcile().await;
    assert_eq!(shop.agent.payment(id_of(&unknown)).await["status"], "unknown");
    shop.app.advance(Duration::from_secs(24 * 60 * 60 + 1));
    shop.reconcile().await;
    let failed = shop.agent.payment(id_of(&unknown)).await;
    assert_eq!((&failed["status"], &failed["reason"]), (&json!("failed"), &json!("never_arrived")));
    assert_eq!(shop.charged(id_of(&unknown)), 0);
    shop.app.must_balance().await;
}

async fn a_payees_connected_account_gets_the_money(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    shop.org.payee("shop.example", Some("books"), Some("acct_demo")).await;
    let paid = shop.agent.paid("12.34", "www.shop.example").await;
    assert_eq!((&paid["status"], &paid["category"]), (&json!("completed"), &json!("books")));
    assert_eq!(shop.app.sim().books().intents[0].destination.as_deref(), Some("acct_demo"));
}

async fn less_than_a_cent_is_refused_before_anything_is_held(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let before = shop.app.row_counts().await;
    shop.agent.pay("12.345", "shop.example").await.problem(422, "amount_too_fine");
    let mut on_sandbox = shop.agent.request("0.000001", "shop.example");
    assert_eq!(shop.app.row_counts().await, before);
    // Other rails move less.
    on_sandbox["rail"] = json!("sandbox");
    shop.agent.ask(&on_sandbox).await.expect(200);
    assert_eq!(shop.app.sim().requests().len(), 0);
}

async fn a_refund_is_made_there_and_booked_here(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    let path = format!("/dashboard/transactions/{}/refund", id_of(&paid));
    // The answer to the first attempt is lost; its repeat gives nothing more back.
    shop.app.sim().fail_next(Operation::CreateRefund, Fault::DropAfter);
    shop.org.admin().post(&path, &json!({ "amount": "2.34", "idempotency_key": "r1" })).await.expect(202);
    let part = bursar_testkit::app::eventually(bursar_testkit::app::PATIENCE, || async {
        shop.app.advance(Duration::from_secs(2));
        let payment = shop.org.payment(id_of(&paid)).await;
        Some(payment).filter(|payment| payment["refunded_amount"] == "2.34")
    });
    assert_eq!(part.await.expect("the refund is booked")["status"], "completed");
    shop.org.admin().post_empty(&path).await.expect(202);
    shop.org.payment_at(id_of(&paid), "refunded").await;
    assert_eq!(shop.app.sim().books().refunded_cents(id_of(&paid)), 1234);
    assert_eq!(shop.app.sim().books().refunds.len(), 2);
    assert!(shop.reconcile().await.is_clean());
    shop.app.must_balance().await;
}

async fn a_test_org_reaches_no_live_account(engine: Engine) {
    let app = TestApp::on(engine).stripe().setting("BURSAR_STRIPE_KEY", "sk_live_simulated").start().await;
    let shop = Shop::with(app, "pm_card_visa").await;
    let failed = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!((&failed["status"], &failed["reason"]), (&json!("failed"), &json!("rail_unavailable")));
    assert_eq!(shop.app.sim().requests(), []);
    assert_eq!(shop.agent.used_today().await, "0.00");
    shop.app.must_balance().await;
}
