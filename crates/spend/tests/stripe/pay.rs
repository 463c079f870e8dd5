//! Payments that Stripe answers.

use bursar_base::{Currency, Mode, Money};
use bursar_spend::rails::stripe::{API_VERSION, ApiKey, CreatePayment, OrderError};
use bursar_spend::rails::{Answer, Order, Rail};
use bursar_testkit::stripe::{Fault, Operation, Outcome};

use super::*;

#[tokio::test]
async fn a_payment_says_what_was_charged_and_where() {
    let bench = Bench::new().await;
    let order = Order { stripe_destination: Some("acct_demo".to_owned()), ..bench.order() };
    let answer = bench.rail.pay(&order).await;
    let books = bench.books();
    let charge = &books.charges[0];
    let expected = Answer::Paid {
        amount: Money::usd_micros(12_340_000),
        reference: books.intents[0].id.clone(),
        charge: Some(charge.id.clone()),
    };
    assert_eq!(answer, expected);
    assert_eq!(charge.amount, 1_234);
    assert_eq!(charge.destination.as_deref(), Some("acct_demo"));
    assert_eq!(books.intents[0].metadata["transaction_id"], order.transaction_id.as_str());
    assert_eq!(books.intents[0].metadata["merchant"], order.merchant);
}

#[tokio::test]
async fn a_repeat_is_the_same_to_the_byte_and_charges_nothing_more() {
    let bench = Bench::new().await;
    let order = bench.order();
    let first = bench.rail.pay(&order).await;
    bench.clock.advance(22 * HOUR);
    assert_eq!(bench.rail.pay(&order).await, first);
    let requests = bench.sim.requests();
    assert_eq!(requests[0], requests[1]);
    assert_eq!(requests[0].idempotency_key.as_deref(), Some(order.transaction_id.as_str()));
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn declines_carry_the_banks_reason_and_leave_nothing_to_be_paid_later() {
    for (payment_method, code) in [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ] {
        let bench = Bench::new().await;
        let order = bench.order_with(payment_method);
        let answer = bench.rail.pay(&order).await;
        assert_eq!(refusal(&answer), code);
        assert_eq!(bench.status_of_only_intent(), "canceled", "{payment_method}");
        assert_eq!(bench.charged(&order), 0);
        assert_eq!(bench.rail.pay(&order).await, answer, "the kept answer is stale, but ends the same");
    }
}

#[tokio::test]
async fn a_payment_that_wants_a_person_is_cancelled_before_it_is_refused() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::Payment { outcome: Outcome::RequiresAction });
    assert_eq!(refusal(&bench.rail.pay(&order).await), "authentication_required");
    assert_eq!(bench.status_of_only_intent(), "canceled");
}

#[tokio::test]
async fn without_confirmation_of_the_cancel_it_stays_unknown() {
    for fault in
        [Fault::ErrorBefore, Fault::RateLimited, Fault::DropBefore, Fault::DropAfter, Fault::CutAfter]
    {
        let bench = Bench::new().await;
        let order = bench.order_with("pm_card_chargeDeclined");
        bench.sim.fail_next(Operation::CancelPayment, fault.clone());
        let answer = bench.rail.pay(&order).await;
        let reference = unknown(&answer).1.map(str::to_owned);
        assert_eq!(reference.as_deref(), Some(bench.books().intents[0].id.as_str()), "{fault:?}");

        let later = Order { reference, ..order };
        assert_eq!(refusal(&bench.rail.look_up(&later).await), "generic_decline", "{fault:?}");
        assert_eq!(bench.status_of_only_intent(), "canceled");
    }
}

#[tokio::test]
async fn who_pays_while_we_cancel_has_paid() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::Payment { outcome: Outcome::RequiresAction });
    bench.sim.fail_next(Operation::CancelPayment, Fault::SlowBefore { millis: 150 });
    let paying = bench.rail.pay(&order);
    let person = async {
        until("the bank asks", || bench.books().intents.iter().any(|i| i.status == "requires_action")).await;
        assert!(bench.sim.finish(&bench.books().intents[0].id, true));
    };
    let (answer, ()) = tokio::join!(paying, person);
    assert!(is_paid(&answer), "{answer:?}");
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn a_payment_on_its_way_ends_when_stripe_says_so() {
    for succeeds in [true, false] {
        let bench = Bench::new().await;
        let order = bench.order_with("pm_usBankAccount_success");
        let reference = unknown(&bench.rail.pay(&order).await).1.map(str::to_owned);
        assert!(reference.is_some());
        let later = Order { reference: reference.clone(), ..order };
        unknown(&bench.rail.look_up(&later).await);
        bench.clock.advance(72 * HOUR);
        bench.sim.finish(reference.as_deref().unwrap(), succeeds);
        let answer = bench.rail.look_up(&later).await;
        if succeeds {
            assert!(is_paid(&answer));
            assert_eq!(bench.charged(&later), 1_234);
        } else {
            assert_eq!(refusal(&answer), "generic_decline");
            assert_eq!(bench.status_of_only_intent(), "canceled");
        }
    }
}

#[tokio::test]
async fn what_stripe_cannot_charge_is_never_sent() {
    let bench = Bench::new().await;
    let usd = |micros| Order { amount: Money::usd_micros(micros), ..bench.order() };
    let yen = Money { micros: 500_000_000, currency: Currency::parse("JPY").unwrap() };
    for (order, error) in [
        (usd(12_345), OrderError::NotWholeCents),
        (usd(5_000), OrderError::NotWholeCents),
        (usd(0), OrderError::NotPositive),
        (usd(-10_000), OrderError::NotPositive),
        (usd(1_000_000_000_000), OrderError::TooLarge),
        (Order { amount: yen, ..bench.order() }, OrderError::Currency),
        (Order { stripe_customer: None, ..bench.order() }, OrderError::NoCustomer),
        (Order { stripe_payment_method: None, ..bench.order() }, OrderError::NoPaymentMethod),
    ] {
        assert_eq!(CreatePayment::from_order(&order).unwrap_err(), error);
        assert_eq!(refusal(&bench.rail.pay(&order).await), error.code());
    }
    assert_eq!(bench.sim.requests(), []);
}

#[tokio::test]
async fn invalid_requests_are_refused_with_stripes_code() {
    let bench = Bench::new().await;
    let cents = Order { amount: Money::usd_micros(490_000), ..bench.order() };
    assert_eq!(refusal(&bench.rail.pay(&cents).await), "amount_too_small");
    assert_eq!(refusal(&bench.rail.pay(&bench.order_with("pm_nobody")).await), "resource_missing");
    let unknown_payee = Order { stripe_destination: Some("acct_nobody".into()), ..bench.order() };
    assert_eq!(refusal(&bench.rail.pay(&unknown_payee).await), "resource_missing");
    bench.sim.add_payment_method("pm_theirs", "cus_second", Outcome::Succeeds);
    assert_eq!(refusal(&bench.rail.pay(&bench.order_with("pm_theirs")).await), "invalid_request_error");
    assert_eq!(bench.books().intents, []);
}

#[tokio::test]
async fn a_missing_customer_is_no_certain_no_on_a_repeat() {
    let bench = Bench::new().await;
    let order = Order { stripe_customer: Some("cus_gone".into()), ..bench.order() };
    assert_eq!(refusal(&bench.rail.pay(&order).await), "resource_missing");
    bench.clock.advance(HOUR);
    unknown(&bench.rail.pay(&order).await);
}

#[tokio::test]
async fn a_known_reference_is_asked_about_and_never_paid_again() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.rail.pay(&order).await;
    let known = Order { reference: Some(bench.books().intents[0].id.clone()), ..order };
    assert!(is_paid(&bench.rail.pay(&known).await));
    assert_eq!(bench.sim.requests()[1].method, "GET");

    let anothers = Order { transaction_id: bench.order().transaction_id, ..known };
    assert!(unknown(&bench.rail.pay(&anothers).await).0.contains("does not belong to"));
}

#[tokio::test]
async fn the_key_tells_its_mode_and_is_never_shown() {
    let bench = Bench::new().await;
    assert_eq!(bench.rail.mode(), Mode::Test);
    assert_eq!(bench.rail.name(), "stripe");
    assert!(!format!("{:?}", bench.rail).contains("sk_test_simulated"));
    assert!(
        StripeRail::new("http://stripe.example", ApiKey::parse("sk_live_1").unwrap(), Arc::new(bench.clock))
            .is_err()
    );
    assert_eq!(API_VERSION, "2026-10-28.endive");
}
