//! The `stripe` rail through HTTP, and reconciliation after answers that never came, on both engines.

#[path = "tests/cards.rs"]
mod cards;

use std::time::Duration;

use bursar_spend::rails::stripe::TRANSACTION_ID;
use bursar_spend::reconcile::Booked;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Sequence};
use serde_json::{Value, json};

on_both_engines!(
    a_payment_is_charged_and_our_books_are_theirs,
    a_decline_of_the_bank_fails_the_payment_and_frees_the_budget,
    a_charge_that_wants_the_cardholder_is_cancelled_there_and_voided_here,
    a_payment_whose_answer_never_came_is_settled_by_reconciliation,
    a_payment_that_never_arrived_is_known_to_be_none_after_a_day,
    a_success_after_a_void_is_booked_when_its_news_was_lost,
    what_stripe_charged_above_the_ledger_is_booked,
    a_second_payment_for_one_transaction_is_booked_and_stays_a_difference,
    a_refund_made_at_stripe_is_booked_when_its_news_was_lost,
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

/// A payment that Stripe made, whose answer was lost, and that a human settled by what they believed.
async fn settled_by_hand(shop: &Shop, resolution: &Value) -> Value {
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    let path = format!("/dashboard/transactions/{}/resolve", id_of(&unknown));
    shop.org.admin().post(&path, resolution).await.expect(200)
}

/// What became of it, and that hearing of it twice more changes nothing.
async fn booked_once(shop: &Shop, id: &str, what: &str, before: &str, now: &str) -> Value {
    let report = shop.reconcile().await;
    let booked = Booked {
        transaction_id: id.parse().unwrap(),
        what: what.to_owned(),
        before: before.to_owned(),
        now: now.to_owned(),
    };
    assert_eq!(report.booked, [booked], "{report}");
    assert!(report.to_string().contains(&format!("booked: {what}: {id}: {before} -> {now}")), "{report}");
    shop.app.at_rest().await;
    let (rows, trail) = (shop.app.row_counts().await, shop.org.trail().await);
    assert_eq!(shop.reconcile().await.booked, []);
    let statuses = shop.app.sim().deliver_new(Sequence::InOrder, 1).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    shop.app.at_rest().await;
    let mut rows_now = shop.app.row_counts().await;
    rows_now.insert("stripe_events".to_owned(), rows["stripe_events"]);
    assert_eq!((rows_now, shop.org.trail().await), (rows, trail));
    shop.app.must_balance().await;
    shop.org.payment(id).await
}

async fn a_success_after_a_void_is_booked_when_its_news_was_lost(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let failed =
        settled_by_hand(&shop, &json!({ "outcome": "failed", "evidence": "the shop says no" })).await;
    assert_eq!((&failed["status"], shop.agent.used_today().await.as_str()), (&json!("failed"), "0.00"));
    let booked = booked_once(&shop, id_of(&failed), "paid", "0.00", "12.34").await;
    assert_eq!((&booked["status"], &booked["posted_amount"]), (&json!("failed"), &json!("12.34")));
    assert!(booked["stripe_charge_id"].as_str().unwrap().starts_with("ch_"));
    assert_eq!(shop.agent.used_today().await, "12.34");
    assert!(shop.org.trail().await.contains(&"payment.captured".to_owned()));
    let mail = shop.app.mails().wait(&shop.org.owner, "12.34 USD").await;
    assert!(mail.text.contains("nothing was approved and held"), "{}", mail.text);
    assert!(shop.reconcile().await.is_clean());
}

async fn what_stripe_charged_above_the_ledger_is_booked(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let resolution = json!({ "outcome": "completed", "amount": "10.00", "evidence": "the receipt says 10" });
    let completed = settled_by_hand(&shop, &resolution).await;
    assert_eq!(completed["posted_amount"], "10.00");
    let booked = booked_once(&shop, id_of(&completed), "paid", "10.00", "12.34").await;
    assert_eq!((&booked["status"], &booked["posted_amount"]), (&json!("completed"), &json!("12.34")));
    assert_eq!(shop.agent.used_today().await, "12.34");
    assert!(shop.reconcile().await.is_clean());
}

async fn a_second_payment_for_one_transaction_is_booked_and_stays_a_difference(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    let form = format!(
        "amount=1000&currency=usd&customer=cus_demo&payment_method=pm_card_visa&confirm=true&off_session=true\
         &automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never\
         &metadata[{TRANSACTION_ID}]={}",
        id_of(&paid)
    );
    assert_eq!(shop.app.sim().post("/v1/payment_intents", &form).await, 200);
    let booked = booked_once(&shop, id_of(&paid), "paid", "12.34", "22.34").await;
    assert_eq!((&booked["status"], &booked["posted_amount"]), (&json!("completed"), &json!("22.34")));
    let report = shop.reconcile().await;
    let what: Vec<&str> = report.differences.iter().map(|difference| difference.what.as_str()).collect();
    assert_eq!(what, ["charged more than once"], "{report}");
}

async fn a_refund_made_at_stripe_is_booked_when_its_news_was_lost(engine: Engine) {
    let shop = Shop::on(engine, "pm_card_visa").await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    let intent = shop.app.sim().books().intents[0].id.clone();
    let form = format!("payment_intent={intent}&amount=234");
    assert_eq!(shop.app.sim().post("/v1/refunds", &form).await, 200);
    shop.app.sim().fail_next(Operation::ListRefunds, Fault::DropBefore);
    let report = shop.reconcile().await;
    assert_eq!((report.booked.len(), report.problems.len(), report.differences.len()), (0, 1, 1), "{report}");
    let booked = booked_once(&shop, id_of(&paid), "refunded", "0.00", "2.34").await;
    assert_eq!((&booked["status"], &booked["refunded_amount"]), (&json!("completed"), &json!("2.34")));
    assert!(shop.reconcile().await.is_clean());
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
