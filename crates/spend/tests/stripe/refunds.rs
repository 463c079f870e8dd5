//! Money given back.

use bursar_base::Money;
use bursar_spend::rails::{Answer, Order, Rail, RefundOrder};
use bursar_testkit::stripe::{Fault, Operation};

use super::*;

async fn paid(bench: &Bench, order: &Order) -> RefundOrder {
    let Answer::Paid { reference, .. } = bench.rail.pay(order).await else { panic!("not paid") };
    RefundOrder {
        transaction_id: order.transaction_id.clone(),
        reference,
        amount: Money::usd_micros(2_340_000),
        idempotency_key: format!("{}-refund-1", order.transaction_id),
    }
}

#[tokio::test]
async fn parts_and_the_rest_go_back_once_each() {
    let bench = Bench::new().await;
    let order = bench.order();
    let part = paid(&bench, &order).await;
    let answer = bench.rail.refund(&part).await;
    let books = bench.books();
    let expected = Answer::Paid {
        amount: Money::usd_micros(2_340_000),
        reference: books.refunds[0].id.clone(),
        charge: Some(books.charges[0].id.clone()),
    };
    assert_eq!(answer, expected);
    assert_eq!(bench.rail.look_up_refund(&part).await, expected);

    let rest =
        RefundOrder { amount: Money::usd_micros(10_000_000), idempotency_key: "second".into(), ..part };
    assert!(is_paid(&bench.rail.refund(&rest).await));
    assert_eq!(bench.books().refunded_cents(order.transaction_id.as_str()), 1_234);
    let more = RefundOrder { idempotency_key: "third".into(), ..rest };
    assert_eq!(refusal(&bench.rail.refund(&more).await), "charge_already_refunded");
}

#[tokio::test]
async fn a_refund_is_made_once_however_often_and_late_it_is_repeated() {
    for fault in [
        Fault::DropAfter,
        Fault::CutAfter,
        Fault::ErrorAfter,
        Fault::GarbageAfter,
        Fault::SlowBefore { millis: SLOW_MILLIS },
    ] {
        let bench = Bench::new().await;
        let order = bench.order();
        let refund = paid(&bench, &order).await;
        unknown(&bench.rail.look_up_refund(&refund).await);
        bench.sim.fail_next(Operation::CreateRefund, fault.clone());
        unknown(&bench.rail.refund(&refund).await);
        until("refunded though nobody heard", || !bench.books().refunds.is_empty()).await;
        bench.clock.advance(60 * HOUR);
        assert!(is_paid(&bench.rail.look_up_refund(&refund).await), "{fault:?}");
        assert!(is_paid(&bench.rail.refund(&refund).await), "{fault:?}");
        assert_eq!(bench.books().refunds.len(), 1, "{fault:?}");
        assert_eq!(bench.books().refunded_cents(order.transaction_id.as_str()), 234);
    }
}

#[tokio::test]
async fn refunds_that_stripe_does_not_start_may_be_tried_later() {
    let bench = Bench::new().await;
    let order = bench.order();
    let refund = paid(&bench, &order).await;
    for (operation, fault) in [
        (Operation::RetrievePayment, Fault::ErrorBefore),
        (Operation::ListRefunds, Fault::DropBefore),
        (Operation::CreateRefund, Fault::RateLimited),
        (Operation::CreateRefund, Fault::InUse),
        (Operation::CreateRefund, Fault::Unauthorized),
    ] {
        bench.sim.fail_next(operation, fault.clone());
        assert!(is_later(&bench.rail.refund(&refund).await), "{fault:?}");
    }
    assert_eq!(bench.books().refunds, []);
    assert!(is_paid(&bench.rail.refund(&refund).await));
}

#[tokio::test]
async fn a_pending_refund_is_unknown_until_it_ends() {
    for succeeds in [true, false] {
        let bench = Bench::new().await;
        let order = bench.order();
        let refund = paid(&bench, &order).await;
        bench.sim.fail_next(Operation::CreateRefund, Fault::RefundPending);
        let id = unknown(&bench.rail.refund(&refund).await).1.unwrap().to_owned();
        unknown(&bench.rail.look_up_refund(&refund).await);
        assert!(bench.sim.finish_refund(&id, succeeds));
        let answer = bench.rail.look_up_refund(&refund).await;
        assert_eq!(is_paid(&answer), succeeds, "{answer:?}");
        let back = if succeeds { 234 } else { 0 };
        assert_eq!(bench.books().refunded_cents(order.transaction_id.as_str()), back);
        let now = bench.rail.retrieve_refund(&id).await.unwrap();
        assert_eq!(now.status.as_deref(), Some(if succeeds { "succeeded" } else { "failed" }));
    }
}

#[tokio::test]
async fn refunds_that_cannot_be_are_refused() {
    let bench = Bench::new().await;
    let order = bench.order();
    let refund = paid(&bench, &order).await;
    let tiny = RefundOrder { amount: Money::usd_micros(1), ..refund.clone() };
    assert_eq!(refusal(&bench.rail.refund(&tiny).await), "amount_not_whole_cents");
    let too_much = RefundOrder { amount: Money::usd_micros(12_350_000), ..refund.clone() };
    assert_eq!(refusal(&bench.rail.refund(&too_much).await), "invalid_request_error");
    let anothers = RefundOrder { transaction_id: bench.order().transaction_id, ..refund.clone() };
    assert_eq!(refusal(&bench.rail.refund(&anothers).await), "reference_mismatch");
    bench.sim.fail_next(Operation::CreateRefund, Fault::RefundFails);
    let fails = RefundOrder { idempotency_key: "fails".into(), ..refund };
    assert_eq!(refusal(&bench.rail.refund(&fails).await), "unknown");
    assert_eq!(bench.books().refunded_cents(order.transaction_id.as_str()), 0);
}

#[tokio::test]
async fn what_went_on_to_a_connected_account_is_taken_back_there() {
    let bench = Bench::new().await;
    let order = Order { stripe_destination: Some("acct_demo".into()), ..bench.order() };
    let refund = paid(&bench, &order).await;
    assert!(is_paid(&bench.rail.refund(&refund).await));
    assert!(bench.books().refunds[0].reverse_transfer);
}
