//! What a look-up may conclude, and when.

use bursar_base::limits::STRIPE_REPEAT_WITHIN;
use bursar_spend::rails::{Order, Rail};
use bursar_testkit::stripe::{Fault, Operation, Outcome};

use super::*;

#[tokio::test]
async fn repeats_end_an_hour_before_stripe_forgets() {
    let bench = Bench::new().await;
    let order = bench.order();
    let now = order.first_attempt_at;
    assert!(bench.rail.may_repeat(&order, now));
    assert!(bench.rail.may_repeat(&order, now.plus(STRIPE_REPEAT_WITHIN - Duration::from_micros(1))));
    assert!(!bench.rail.may_repeat(&order, now.plus(STRIPE_REPEAT_WITHIN)));
    assert!(bench.rail.may_repeat(&order, now.minus(HOUR / 2)), "clocks differ a little");
    assert!(!bench.rail.may_repeat(&order, now.minus(2 * HOUR)), "this clock cannot be trusted");
}

#[tokio::test]
async fn after_25_hours_a_lost_answer_is_found_and_not_paid_again() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::DropAfter);
    unknown(&bench.rail.pay(&order).await);
    bench.clock.advance(25 * HOUR);
    assert!(is_paid(&bench.rail.pay(&order).await), "paying turned into a look-up");
    assert!(is_paid(&bench.rail.look_up(&order).await));
    assert_eq!(bench.charged(&order), 1_234);
}

#[tokio::test]
async fn absence_is_a_no_only_when_nothing_can_be_on_its_way() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::DropBefore);
    unknown(&bench.rail.pay(&order).await);
    for _ in 0..2 {
        unknown(&bench.rail.look_up(&order).await);
        bench.clock.advance(Duration::from_secs(23 * 60 * 60 + 59 * 60));
        unknown(&bench.rail.look_up(&order).await);
        bench.clock.set(START);
    }
    bench.clock.advance(24 * HOUR);
    assert_eq!(refusal(&bench.rail.look_up(&order).await), "never_arrived");
    assert_eq!(refusal(&bench.rail.pay(&order).await), "never_arrived");
    assert_eq!(bench.books().intents, []);
}

#[tokio::test]
async fn another_accounts_empty_list_proves_nothing() {
    let bench = Bench::new().await;
    let order = Order { stripe_customer: Some("cus_of_another_account".into()), ..bench.order() };
    bench.clock.advance(48 * HOUR);
    unknown(&bench.rail.look_up(&order).await);

    let order = bench.order();
    bench.clock.advance(48 * HOUR);
    bench.sim.delete_customer("cus_demo");
    assert!(unknown(&bench.rail.look_up(&order).await).0.contains("deleted"));
}

#[tokio::test]
async fn a_look_up_that_fails_is_unknown() {
    let faults = [
        Fault::DropBefore,
        Fault::CutAfter,
        Fault::ErrorBefore,
        Fault::RateLimited,
        Fault::Unauthorized,
        Fault::GarbageAfter,
        Fault::SlowAfter { millis: SLOW_MILLIS },
    ];
    let bench = Bench::new().await;
    let order = bench.order();
    bench.clock.advance(48 * HOUR);
    let known = Order { reference: Some("pi_known".into()), ..order.clone() };
    for fault in faults {
        bench.sim.fail_next(Operation::ListPayments, fault.clone());
        unknown(&bench.rail.look_up(&order).await);
        bench.sim.fail_next(Operation::RetrieveCustomer, fault.clone());
        unknown(&bench.rail.look_up(&order).await);
        bench.sim.fail_next(Operation::RetrievePayment, fault.clone());
        assert_eq!(unknown(&bench.rail.look_up(&known).await).1, Some("pi_known"), "{fault:?}");
    }
    assert_eq!(unknown(&bench.rail.look_up(&known).await).1, Some("pi_known"), "404 is no no");
    let nobody = rail("http://127.0.0.1:1", &bench.clock);
    unknown(&nobody.look_up(&order).await);
}

#[tokio::test]
async fn a_look_up_follows_every_page() {
    let bench = Bench::new().await;
    let order = bench.order();
    bench.sim.fail_next(Operation::CreatePayment, Fault::DropAfter);
    unknown(&bench.rail.pay(&order).await);
    for _ in 0..205 {
        bench.rail.pay(&bench.order()).await;
    }
    assert!(is_paid(&bench.rail.look_up(&order).await));
    let lists = bench.sim.requests().iter().filter(|request| request.target.contains('?')).count();
    assert_eq!(lists, 3);
}

#[tokio::test]
async fn a_look_up_cancels_what_could_still_be_charged() {
    let bench = Bench::new().await;
    for (outcome, code) in [
        (Outcome::RequiresAction, "authentication_required"),
        (Outcome::declined("lost_card"), "lost_card"),
        (Outcome::AuthenticationError, "authentication_required"),
    ] {
        let order = bench.order();
        bench.sim.fail_next(Operation::CreatePayment, Fault::Payment { outcome });
        bench.sim.fail_next(Operation::CancelPayment, Fault::DropBefore);
        unknown(&bench.rail.pay(&order).await);
        let answer = bench.rail.look_up(&order).await;
        assert_eq!(refusal(&answer), code);
        assert_eq!(bench.books().intents.last().unwrap().status, "canceled");
        assert_eq!(bench.charged(&order), 0);
    }
}

#[tokio::test]
async fn two_payments_of_one_transaction_are_a_matter_for_people() {
    let bench = Bench::new().await;
    let order = bench.order();
    assert!(is_paid(&bench.rail.pay(&order).await));
    // Only a client whose clock was wrong by more than a day comes to this.
    bench.sim.advance(25 * HOUR);
    assert!(is_paid(&bench.rail.pay(&order).await));
    assert_eq!(bench.books().charged_twice(), [order.transaction_id.to_string()]);
    assert!(unknown(&bench.rail.look_up(&order).await).0.contains("several"));
}
