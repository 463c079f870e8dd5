//! The Stripe rail against the simulator: every row of the table in its documentation, and what the books then say.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

mod faults;
mod lookups;
mod pay;
mod reconcile;
mod refunds;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{Clock, ManualClock, Money, SeededRng, TimeUs, TransactionId};
use bursar_spend::rails::stripe::{ApiKey, StripeRail};
use bursar_spend::rails::{Answer, Order};
use bursar_testkit::stripe::{Books, StripeSim};

const START: TimeUs = TimeUs(1_790_000_000_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Shorter than the slow answers of the simulator.
const SHORT: Duration = Duration::from_millis(400);
const SLOW_MILLIS: u64 = 900;
/// How long a test waits for what must happen in another task.
const PATIENCE: Duration = Duration::from_secs(10);

/// The simulator, a rail that talks to it, and one clock for both.
struct Bench {
    sim: StripeSim,
    rail: StripeRail,
    clock: ManualClock,
    rng: SeededRng,
}

impl Bench {
    async fn new() -> Bench {
        let clock = ManualClock::new(START);
        let sim = StripeSim::start_at(([127, 0, 0, 1], 0).into(), Arc::new(clock.clone())).await.unwrap();
        let rail = rail(&sim.url(), &clock);
        Bench { sim, rail, clock, rng: SeededRng::new(7) }
    }

    /// 12.34 dollars with a card that works; the first attempt is now.
    fn order(&self) -> Order {
        Order {
            transaction_id: TransactionId::new(self.clock.now(), &self.rng),
            amount: Money::usd_micros(12_340_000),
            merchant: "Café & Söhne <b>".to_owned(),
            first_attempt_at: self.clock.now(),
            reference: None,
            stripe_customer: Some("cus_demo".to_owned()),
            stripe_payment_method: Some("pm_card_visa".to_owned()),
            stripe_destination: None,
        }
    }

    fn order_with(&self, payment_method: &str) -> Order {
        Order { stripe_payment_method: Some(payment_method.to_owned()), ..self.order() }
    }

    fn books(&self) -> Books {
        self.sim.books()
    }

    /// What was charged for the order, in cents; and that nothing was charged twice.
    fn charged(&self, order: &Order) -> i64 {
        let books = self.books();
        assert_eq!(books.charged_twice(), Vec::<String>::new());
        books.paid_cents(order.transaction_id.as_str())
    }

    fn status_of_only_intent(&self) -> &'static str {
        let books = self.books();
        assert_eq!(books.intents.len(), 1, "{books:?}");
        books.intents[0].status
    }
}

/// Waits until something is so, with a limit.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited in vain: {what}");
}

fn rail(url: &str, clock: &ManualClock) -> StripeRail {
    let key = ApiKey::parse("sk_test_simulated").unwrap();
    StripeRail::with_timeout(url, key, Arc::new(clock.clone()), SHORT).unwrap()
}

fn refusal(answer: &Answer) -> &str {
    match answer {
        Answer::Refused { code, .. } => code,
        other => panic!("not refused: {other:?}"),
    }
}

fn unknown(answer: &Answer) -> (&str, Option<&str>) {
    match answer {
        Answer::Unknown { why, reference } => (why, reference.as_deref()),
        other => panic!("not unknown: {other:?}"),
    }
}

fn is_paid(answer: &Answer) -> bool {
    matches!(answer, Answer::Paid { .. })
}

fn is_later(answer: &Answer) -> bool {
    matches!(answer, Answer::TryLater { .. })
}
