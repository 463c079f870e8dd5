//! Stripe's books, read whole.

use bursar_base::Money;
use bursar_spend::rails::stripe::IntentStatus;
use bursar_spend::rails::{Answer, Rail, RefundOrder};
use bursar_testkit::stripe::{Fault, Operation};

use super::*;

#[tokio::test]
async fn every_payment_since_a_time_is_listed_with_what_came_in_and_went_back() {
    let bench = Bench::new().await;
    let before = bench.order();
    bench.rail.pay(&before).await;
    bench.clock.advance(HOUR);
    let since = bench.clock.now();
    let order = bench.order();
    let Answer::Paid { reference, charge, .. } = bench.rail.pay(&order).await else { panic!("not paid") };
    let refund = RefundOrder {
        transaction_id: order.transaction_id.clone(),
        reference: reference.clone(),
        amount: Money::usd_micros(1_000_000),
        idempotency_key: "one".into(),
    };
    bench.rail.refund(&refund).await;
    bench.sim.dispute(charge.as_deref().unwrap(), None);
    let declined = bench.order_with("pm_card_chargeDeclined");
    bench.rail.pay(&declined).await;
    for _ in 0..150 {
        bench.rail.pay(&bench.order()).await;
    }

    let payments = bench.rail.payments_since(since).await.unwrap();
    assert_eq!(payments.len(), 152);
    let ours = payments.last().unwrap();
    assert_eq!(ours.transaction_id.as_ref(), Some(&order.transaction_id));
    assert_eq!((ours.received, ours.refunded), (order.amount, Money::usd_micros(1_000_000)));
    assert_eq!((&ours.reference, &ours.charge, ours.disputed), (&reference, &charge, true));
    assert_eq!((ours.status, ours.created), (IntentStatus::Succeeded, since));
    let no = payments
        .iter()
        .find(|known| known.transaction_id.as_ref() == Some(&declined.transaction_id))
        .unwrap();
    assert_eq!((no.status, no.received.micros), (IntentStatus::Canceled, 0));

    let received: i64 = payments.iter().map(|payment| payment.received.cents().unwrap()).sum();
    let books = bench.books();
    let charged: i64 = books.charges.iter().filter(|charge| charge.paid).map(|charge| charge.amount).sum();
    assert_eq!(received + 1_234, charged, "all but the payment before");
}

#[tokio::test]
async fn half_a_list_is_no_list() {
    let bench = Bench::new().await;
    for _ in 0..101 {
        bench.rail.pay(&bench.order()).await;
    }
    bench.sim.fail_next(Operation::ListPayments, Fault::Pass);
    bench.sim.fail_next(Operation::ListPayments, Fault::ErrorBefore);
    assert!(bench.rail.payments_since(START).await.is_err());
}
