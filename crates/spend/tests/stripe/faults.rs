//! Answers that go wrong, and what the books say afterwards.

use bursar_spend::rails::{Order, Rail};
use bursar_testkit::stripe::{Fault, Operation};

use super::*;

#[tokio::test]
async fn faults_after_the_charge_are_unknown_and_a_repeat_finds_it() {
    for fault in [
        Fault::DropAfter,
        Fault::CutAfter,
        Fault::GarbageAfter,
        Fault::SlowAfter { millis: SLOW_MILLIS },
        Fault::SlowBefore { millis: SLOW_MILLIS },
    ] {
        let bench = Bench::new().await;
        let order = bench.order();
        bench.sim.fail_next(Operation::CreatePayment, fault.clone());
        unknown(&bench.rail.pay(&order).await);
        until("charged though nobody heard", || bench.charged(&order) == 1_234).await;
        let mut answer = bench.rail.pay(&order).await;
        while is_later(&answer) {
            answer = bench.rail.pay(&order).await; // the first is still running there
        }
        assert!(is_paid(&answer), "{fault:?}: {answer:?}");
        assert_eq!(bench.charged(&order), 1_234, "{fault:?}");
    }
}

#[tokio::test]
async fn a_kept_500_is_not_the_truth_but_a_look_up_is() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::ErrorAfter);
    unknown(&bench.rail.pay(&order).await);
    let again = bench.rail.pay(&order).await;
    assert!(unknown(&again).0.contains("replayed"), "{again:?}");
    assert!(is_paid(&bench.rail.look_up(&order).await));
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn faults_before_the_charge_are_unknown_too_unless_stripe_says_it_did_nothing() {
    for fault in [Fault::DropBefore, Fault::BadGateway, Fault::ErrorBefore, Fault::LockTimeout] {
        let bench = Bench::new().await;
        let order = bench.order();
        bench.sim.fail_next(Operation::CreatePayment, fault.clone());
        unknown(&bench.rail.pay(&order).await);
        assert_eq!(bench.charged(&order), 0, "{fault:?}");
    }
    for fault in [Fault::RateLimited, Fault::InUse, Fault::Unauthorized, Fault::Forbidden] {
        let bench = Bench::new().await;
        let order = bench.order();
        bench.sim.fail_next(Operation::CreatePayment, fault.clone());
        let answer = bench.rail.pay(&order).await;
        assert!(is_later(&answer), "{fault:?}: {answer:?}");
        assert_eq!(bench.charged(&order), 0, "{fault:?}");
        assert!(is_paid(&bench.rail.pay(&order).await), "{fault:?}");
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let bench = Bench::new().await;
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let rail = rail(&format!("http://127.0.0.1:{port}"), &bench.clock);
    let answer = rail.pay(&bench.order()).await;
    assert!(is_later(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_repeat_while_the_first_is_running_is_told_to_wait() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::SlowAfter { millis: 300 });
    let second = async {
        until("the first is charged", || bench.charged(&order) == 1_234).await;
        bench.rail.pay(&order).await
    };
    let (first, second) = tokio::join!(bench.rail.pay(&order), second);
    assert!(is_paid(&first), "{first:?}");
    assert!(is_later(&second), "{second:?}");
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn a_repeat_that_differs_is_unknown_and_charges_nothing() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.rail.pay(&order).await;
    let other = Order { stripe_payment_method: Some("pm_card_mastercard".into()), ..order.clone() };
    let answer = bench.rail.pay(&other).await;
    assert!(unknown(&answer).0.contains("idempotency_error"), "{answer:?}");
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn twenty_at_once_charge_once() {
    let bench = Bench::new().await;
    let order = bench.order();
    let answers = futures_util::future::join_all((0..20).map(|_| bench.rail.pay(&order))).await;
    assert!(answers.iter().all(|answer| is_paid(answer) || is_later(answer)), "{answers:?}");
    assert_eq!(bench.charged(&order), 1_234);
}
