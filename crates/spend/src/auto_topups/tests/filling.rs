//! A wallet falls below its floor, and is filled: once, within the month's cap, and taken out of again.

use std::time::Duration;

use bursar_base::{TimeUs, limits};
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, TestApp, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, SavedAs, Sequence};
use serde_json::{Value, json};

use super::{PATH, balance_of, rule};
use crate::payment_methods::Shop;

on_both_engines!(
    a_wallet_below_its_floor_is_filled_without_anybody,
    an_orgs_wallet_is_filled_too_and_held_money_counts_as_gone,
    many_payments_at_once_and_a_second_process_charge_once_at_a_time_within_the_cap,
    money_that_takes_days_is_credited_once_it_is_there,
    refunds_and_disputes_take_it_out_again,
    a_month_ends_by_the_orgs_calendar,
    reconciliation_books_what_nobody_told,
);

async fn a_wallet_below_its_floor_is_filled_without_anybody(engine: Engine) {
    let shop = Shop::on(engine).await;
    let method = shop.chargeable(SavedAs::Card).await;
    let set = shop.set(&rule("20.00", "50.00", "500.00")).await;
    assert_eq!((&set["status"], &set["payment_method_id"]), (&json!("active"), &json!(method)));
    shop.filled("50.00").await;
    shop.app.at_rest().await;
    let topup = shop.topup_at("paid").await;
    assert_eq!((&topup["automatic"], &topup["amount"]), (&json!(true), &json!("50.00")));
    let charge = &shop.app.sim().books().intents[0];
    assert_eq!((charge.amount, charge.status), (5_000, "succeeded"));
    let customer = shop.app.sim().made_customers()[0].clone();
    assert_eq!(charge.customer, Some(customer));
    let asked = shop.app.sim().requests();
    let asked = asked.iter().find(|request| request.target == "/v1/payment_intents").unwrap();
    assert!(asked.body.contains("off_session=true") && asked.idempotency_key.is_some(), "{asked:?}");
    // At the floor there is enough.
    shop.agent.paid("30.00", "shop.example").await;
    shop.app.at_rest().await;
    assert_eq!((shop.balance().await, shop.charged().0), ("20.00".to_owned(), 1));
    shop.agent.paid("0.01", "shop.example").await;
    shop.filled("69.99").await;
    shop.deliver(Sequence::Shuffled(5), 3).await;
    assert_eq!((shop.balance().await, shop.charged()), ("69.99".to_owned(), (2, 10_000)));
    assert_eq!(shop.rule().await["used_this_month"], "100.00");
    for (action, times) in
        [("auto_topup.set", 1), ("topup.requested", 2), ("wallet.received", 2), ("topup.failed", 0)]
    {
        assert_eq!(shop.count(action).await, times, "{action}");
    }
    let story = shop.agent.client().get("/wallet/transactions").await.expect(200);
    assert_eq!(story["data"][0]["type"], "topup");
    assert_eq!(shop.org.admin().delete(&shop.own()).await.status, 204);
    shop.org.admin().get(&shop.own()).await.problem(404, "not_found");
    shop.agent.paid("69.99", "shop.example").await;
    shop.app.at_rest().await;
    assert_eq!(shop.charged().0, 2);
    shop.app.must_balance().await;
}

async fn an_orgs_wallet_is_filled_too_and_held_money_counts_as_gone(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.chargeable(SavedAs::Card).await;
    let sharing = shop.org.agent(json!({ "daily": "10000.00", "approve_above": "1.00" })).await;
    shop.org.admin().put(PATH, &rule("9000.00", "100.00", "100.00")).await.expect(200);
    shop.app.at_rest().await;
    assert_eq!(shop.charged().0, 0, "there is enough");
    sharing.pending("2000.00", "shop.example").await;
    let filled = || async { (balance_of(&sharing).await == "8100.00").then_some(()) };
    eventually(PATIENCE, filled).await.expect("what is held is gone");
    assert_eq!(shop.topup_at("paid").await["agent_id"], Value::Null);
    let waits = || async {
        let rule = shop.org.admin().get(PATH).await.expect(200);
        (rule["status"] == "waiting").then_some(())
    };
    eventually(PATIENCE, waits).await.expect("the month's cap is used up");
    assert_eq!(shop.charged(), (1, 10_000));
    shop.app.must_balance().await;
}

async fn many_payments_at_once_and_a_second_process_charge_once_at_a_time_within_the_cap(engine: Engine) {
    let shop = Shop::on(engine).await;
    let second: Option<TestApp> = match engine {
        Engine::Postgres => Some(shop.app.second().await),
        Engine::Sqlite => None,
    };
    shop.chargeable(SavedAs::Card).await;
    shop.set(&rule("20.00", "10.00", "70.00")).await;
    shop.filled("20.00").await;
    for _ in 0..12 {
        // Slowly enough for the circuit breaker.
        shop.app.advance(Duration::from_secs(61));
        let agent = &shop.agent;
        let pays = (0..6).map(|i| {
            let app = second.as_ref().filter(|_| i % 2 == 1).unwrap_or(&shop.app);
            let body = agent.request("2.00", "shop.example");
            async move { app.agent(agent).post("/payment-request", &body).await }
        });
        futures_util::future::join_all(pays).await;
        shop.app.at_rest().await;
    }
    let waits = || async { (shop.rule().await["status"] == "waiting").then_some(()) };
    eventually(PATIENCE, waits).await.expect("the month's cap is used up");
    shop.deliver(Sequence::Shuffled(9), 2).await;
    assert_eq!(shop.charged(), (7, 7_000));
    assert_eq!(shop.app.sim().books().charged_twice(), Vec::<String>::new());
    assert_eq!(shop.rule().await["used_this_month"], "70.00");
    shop.app.must_balance().await;
}

async fn money_that_takes_days_is_credited_once_it_is_there(engine: Engine) {
    for (comes, told) in [(true, true), (true, false), (false, true)] {
        let shop = Shop::on(engine).await;
        shop.chargeable(SavedAs::BankAccount).await;
        shop.set(&rule("20.00", "50.00", "100.00")).await;
        shop.topup_at("processing").await;
        shop.app.at_rest().await;
        for _ in 0..4 {
            shop.app.advance(Duration::from_secs(24 * 60 * 60));
            shop.app.at_rest().await;
        }
        assert_eq!(shop.topups().await.len(), 1, "no time ends it, and none comes beside it");
        let intent = shop.app.sim().books().intents[0].id.clone();
        assert!(shop.app.sim().finish(&intent, comes));
        if told {
            shop.deliver(Sequence::Reversed, 2).await;
        } else {
            shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        }
        if comes {
            shop.filled("50.00").await;
        } else {
            shop.paused().await;
            assert_eq!(shop.balance().await, "0.00");
        }
        shop.app.must_balance().await;
    }
}

async fn refunds_and_disputes_take_it_out_again(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        shop.chargeable(SavedAs::Card).await;
        shop.set(&rule("20.00", "50.00", "50.00")).await;
        shop.filled("50.00").await;
        let books = shop.app.sim().books();
        let refund = format!("payment_intent={}&amount=300", books.intents[0].id);
        assert_eq!(shop.app.sim().post("/v1/refunds", &refund).await, 200);
        shop.deliver(sequence, 2).await;
        assert_eq!(shop.balance().await, "47.00");
        assert!(shop.app.sim().dispute(&books.charges[0].id, None));
        shop.deliver(sequence, 2).await;
        assert_eq!(shop.balance().await, "-3.00");
        shop.app.mails().wait(&shop.org.owner, "took back 50.00 USD").await;
        assert!(shop.app.sim().dispute(&books.charges[0].id, Some(true)));
        shop.deliver(sequence, 2).await;
        assert_eq!((shop.balance().await, shop.charged().0), ("47.00".to_owned(), 1));
        shop.app.must_balance().await;
    }
}

async fn a_month_ends_by_the_orgs_calendar(engine: Engine) {
    // October begins in Auckland 13 hours before it does in UTC.
    let shop = Shop::in_zone(engine, "Pacific/Auckland").await;
    shop.chargeable(SavedAs::Card).await;
    let set = shop.set(&rule("20.00", "50.00", "99.99")).await;
    assert_eq!(set["month_ends_at"], "2026-09-30T11:00:00Z");
    shop.filled("50.00").await;
    shop.agent.paid("50.00", "shop.example").await;
    let waits = || async { (shop.rule().await["status"] == "waiting").then_some(()) };
    eventually(PATIENCE, waits).await.expect("another 50.00 does not fit");
    shop.app.clock().set(TimeUs::parse_rfc3339("2026-09-30T10:59:59Z").unwrap());
    shop.app.at_rest().await;
    assert_eq!((shop.balance().await, shop.charged().0), ("0.00".to_owned(), 1));
    shop.app.clock().set(TimeUs::parse_rfc3339("2026-09-30T11:00:00Z").unwrap());
    shop.filled("50.00").await;
    assert_eq!(shop.rule().await["used_this_month"], "50.00");
    shop.app.must_balance().await;
}

async fn reconciliation_books_what_nobody_told(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.chargeable(SavedAs::Card).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    shop.set(&rule("20.00", "50.00", "50.00")).await;
    shop.topup_at("processing").await;
    let there = || async { (shop.charged().0 == 1).then_some(()) };
    eventually(PATIENCE, there).await.expect("Stripe has it");
    shop.app.at_rest().await;
    let reconcile = || async {
        let report = bursar_spend::reconcile::run(&shop.app.spend(), None, &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
        report.checkouts
    };
    let booked = reconcile().await;
    assert_eq!(booked[0].now, "paid, 0.00 given back");
    assert_eq!(shop.balance().await, "50.00");
    let intent = shop.app.sim().books().intents[0].id.clone();
    assert_eq!(shop.app.sim().post("/v1/refunds", &format!("payment_intent={intent}&amount=300")).await, 200);
    assert_eq!(reconcile().await[0].now, "paid, 3.00 given back");
    assert_eq!(reconcile().await, []);
    shop.app.must_balance().await;
}
