//! The ways money leaves, behind one trait.
//!
//! Invariant: a rail is only called after its attempt has been committed, and never inside a database transaction.
//! A rail never guesses: whatever is not a certain yes or a certain no is [`Answer::Unknown`].

pub mod sandbox;
pub mod stripe;

use std::time::Duration;

use async_trait::async_trait;
use bursar_base::{Money, TimeUs, TransactionId};
use bursar_money::funnel::RailOutcome;
use bursar_money::transactions::Transaction;

/// What a rail is asked to pay.
#[derive(Debug, Clone)]
pub struct Order {
    /// The transaction that is paid; the rail's idempotency key is made from it.
    pub transaction_id: TransactionId,
    /// What was held, which is the most that may be charged.
    pub amount: Money,
    /// Who is paid, as the agent named it.
    pub merchant: String,
    /// When the first attempt was committed. Bounds how long a repeat is safe.
    pub first_attempt_at: TimeUs,
    /// The rail's own id of the payment, where an earlier attempt learned it.
    pub reference: Option<String>,
    /// Stripe customer of the org (`cus_…`), where it has one.
    pub stripe_customer: Option<String>,
    /// Stripe payment method of the org (`pm_…`), where it has one.
    pub stripe_payment_method: Option<String>,
    /// The payee's connected account (`acct_…`); without one the operator's own account is paid.
    pub stripe_destination: Option<String>,
}

/// What a rail is asked to give back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// The completed transaction.
    pub transaction_id: TransactionId,
    /// The rail's own id of the payment.
    pub reference: String,
    /// How much goes back.
    pub amount: Money,
    /// Makes a repeat of this very refund harmless; unique per refund.
    pub idempotency_key: String,
}

/// What a rail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A certain yes.
    Paid {
        /// What was really charged; may differ from what was ordered.
        amount: Money,
        /// The rail's own id of the payment.
        reference: String,
        /// The rail's id of the charge itself, where it has one (`ch_…`).
        charge: Option<String>,
    },
    /// A certain no: nothing was charged and nothing will be.
    Refused {
        /// The rail's code, such as `card_declined`.
        code: String,
        /// What a person may read.
        message: String,
        /// The rail's own id of the payment, where one was made.
        reference: Option<String>,
    },
    /// No certain answer. The hold stays until asking, or a human, settles it.
    Unknown {
        /// What happened, for the audit trail.
        why: String,
        /// The rail's own id of the payment, where one is known.
        reference: Option<String>,
    },
    /// Nothing left this process, and the same order may be tried again later (rate limit, conflict, connection refused).
    TryLater {
        /// What happened.
        why: String,
    },
}

/// A way money leaves.
#[async_trait]
pub trait Rail: Send + Sync + std::fmt::Debug {
    /// The name in requests and ledger accounts.
    fn name(&self) -> &'static str;

    /// Whether the same order may be sent again at `now` without paying twice.
    fn may_repeat(&self, order: &Order, now: TimeUs) -> bool;

    /// Pays.
    async fn pay(&self, order: &Order) -> Answer;

    /// Asks what became of an order, without paying anything.
    async fn look_up(&self, order: &Order) -> Answer;

    /// What the rail will say on its own later, and after how long: a rail in process has no webhooks to send.
    fn second_word(&self, _order: &Order) -> Option<(Duration, Answer)> {
        None
    }

    /// Gives money back.
    async fn refund(&self, order: &RefundOrder) -> Answer;
}

impl Order {
    /// The order that pays a transaction: only of what was frozen with its first attempt, so that every repeat is the same
    /// to the letter.
    pub fn of(t: &Transaction) -> Order {
        let with = t.pay_with.clone().unwrap_or_default();
        Order {
            transaction_id: t.id.clone(),
            amount: t.amount(),
            merchant: t.merchant.clone(),
            first_attempt_at: t.attempt.unwrap_or(t.created),
            reference: t.rail_reference.clone(),
            stripe_customer: with.customer,
            stripe_payment_method: with.payment_method,
            stripe_destination: with.destination,
        }
    }
}

impl Answer {
    /// What is booked of it; `None` where there is nothing to book yet.
    pub fn outcome(self) -> Option<RailOutcome> {
        Some(match self {
            Answer::Paid { amount, reference, charge } => {
                RailOutcome::Paid { micros: amount.micros, reference: Some(reference), charge }
            }
            Answer::Refused { code, reference, .. } => RailOutcome::Refused { code, reference },
            Answer::Unknown { why, reference } => RailOutcome::Unknown { why, reference },
            Answer::TryLater { .. } => return None,
        })
    }
}
