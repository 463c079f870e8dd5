//! The `sandbox` rail: pretend money, in process, prepaid.
//!
//! The merchant chooses what happens; every other merchant is paid. It has no books of its own: the same order always
//! has the same outcome, so repeating one is safe.
//!
//! | merchant | what happens |
//! |---|---|
//! | `declines.test` | a certain no |
//! | `never-answers.test` | no certain answer, ever: a human resolves it |
//! | `answers-late.test` | no certain answer; looking it up finds that it was paid |
//! | `answers-twice.test` | paid, and said so again a moment later |
//! | `succeeds-after-void.test` | a certain no, and a moment later it was paid all the same |
//! | `captures-more.test` | paid a quarter more than was held |
//! | `captures-part.test` | paid half of what was held |

use std::time::Duration;

use async_trait::async_trait;
use bursar_base::{Money, TimeUs};
use bursar_money::policies::merchant_key;

use super::{Answer, Order, Rail, RefundOrder};

/// How long after the first word a second one comes.
const SECOND_WORD_AFTER: Duration = Duration::from_secs(1);

/// Pretend money.
#[derive(Debug, Clone, Copy, Default)]
pub struct SandboxRail;

fn paid(order: &Order, micros: i64) -> Answer {
    let amount = Money { micros, ..order.amount };
    Answer::Paid { amount, reference: format!("sandbox_{}", order.transaction_id), charge: None }
}

fn unknown(order: &Order, why: &str) -> Answer {
    Answer::Unknown { why: why.to_owned(), reference: Some(format!("sandbox_{}", order.transaction_id)) }
}

fn refused(code: &str) -> Answer {
    Answer::Refused { code: code.to_owned(), message: "the sandbox refuses".to_owned(), reference: None }
}

#[async_trait]
impl Rail for SandboxRail {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn may_repeat(&self, _order: &Order, _now: TimeUs) -> bool {
        true
    }

    async fn pay(&self, order: &Order) -> Answer {
        let micros = order.amount.micros;
        match merchant_key(&order.merchant).as_str() {
            "declines.test" => refused("sandbox_declined"),
            "succeeds-after-void.test" => refused("sandbox_declined"),
            "never-answers.test" => unknown(order, "the sandbox never answers this merchant"),
            "answers-late.test" => unknown(order, "the sandbox answers this merchant late"),
            "captures-more.test" => paid(order, micros.saturating_add(micros / 4)),
            // At least one micro: nothing at all would be no payment.
            "captures-part.test" => paid(order, (micros / 2).max(1)),
            _ => paid(order, micros),
        }
    }

    async fn look_up(&self, order: &Order) -> Answer {
        match merchant_key(&order.merchant).as_str() {
            "answers-late.test" => paid(order, order.amount.micros),
            _ => self.pay(order).await,
        }
    }

    fn second_word(&self, order: &Order) -> Option<(Duration, Answer)> {
        let word = || Some((SECOND_WORD_AFTER, paid(order, order.amount.micros)));
        match merchant_key(&order.merchant).as_str() {
            "answers-twice.test" | "succeeds-after-void.test" => word(),
            _ => None,
        }
    }

    async fn refund(&self, order: &RefundOrder) -> Answer {
        Answer::Paid {
            amount: order.amount,
            reference: format!("sandbox_{}", order.idempotency_key),
            charge: None,
        }
    }
}
