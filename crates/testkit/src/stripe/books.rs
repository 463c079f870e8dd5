//! The simulator's own books: what was really charged and given back, whatever was answered.

use std::collections::BTreeMap;

use serde::Serialize;

use super::balance::{BookedDispute, BookedLine};

/// A payment intent on the books. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedIntent {
    /// `pi_…`.
    pub id: String,
    /// Stripe's word, such as `succeeded`.
    pub status: &'static str,
    /// What it asks for.
    pub amount: i64,
    /// What it brought.
    pub amount_received: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// Seconds since the epoch, by the simulator's clock.
    pub created: i64,
    /// When it was cancelled.
    pub canceled_at: Option<i64>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// Who paid.
    pub customer: Option<String>,
    /// With what.
    pub payment_method: Option<String>,
    /// The connected account that the money goes on to.
    pub destination: Option<String>,
    /// What the client calls it.
    pub description: Option<String>,
    /// What the client wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// Its last charge, failed ones included.
    pub latest_charge: Option<String>,
    /// Whether real money would move.
    pub livemode: bool,
    #[serde(skip)]
    pub(super) last_payment_error: Option<serde_json::Value>,
}

/// A charge on the books. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedCharge {
    /// `ch_…`.
    pub id: String,
    /// The intent it belongs to.
    pub payment_intent: String,
    /// The client's transaction, from the intent's metadata.
    pub transaction_id: Option<String>,
    /// Whether money moved; failed charges are on the books too.
    pub paid: bool,
    /// What was charged.
    pub amount: i64,
    /// What was given back.
    pub amount_refunded: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// The connected account that got the money.
    pub destination: Option<String>,
    /// Whether it is or was disputed.
    pub disputed: bool,
    /// Why it failed.
    pub failure_code: Option<String>,
}

/// A page on which somebody can pay. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedSession {
    /// `cs_…`.
    pub id: String,
    /// `open`, `complete` or `expired`.
    pub status: &'static str,
    /// `unpaid` or `paid`.
    pub payment_status: &'static str,
    /// What it asks for.
    pub amount_total: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// What is sold.
    pub name: String,
    /// The client's own name for it.
    pub client_reference_id: Option<String>,
    /// Who is to pay.
    pub customer: Option<String>,
    /// Filled in for the payer.
    pub customer_email: Option<String>,
    /// Where who has paid goes.
    pub success_url: String,
    /// Where who does not want to goes.
    pub cancel_url: Option<String>,
    /// Seconds since the epoch.
    pub created: i64,
    /// When it ends.
    pub expires_at: i64,
    /// Whether real money would move.
    pub livemode: bool,
    /// Its payment, once somebody has tried.
    pub payment_intent: Option<String>,
    /// What the client wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// What the client wants written on the payment.
    pub payment_metadata: BTreeMap<String, String>,
    /// And what it is to be called there.
    pub payment_description: Option<String>,
}

/// A refund on the books. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedRefund {
    /// `re_…`.
    pub id: String,
    /// What it gives back of.
    pub charge: String,
    /// The intent of that charge.
    pub payment_intent: String,
    /// `pending`, `succeeded` or `failed`.
    pub status: &'static str,
    /// How much.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// Whether the transfer to the connected account was taken back too.
    pub reverse_transfer: bool,
    /// What the client wrote on it.
    pub metadata: BTreeMap<String, String>,
}

/// Everything on the books, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Books {
    /// Payment intents.
    pub intents: Vec<BookedIntent>,
    /// Charges, failed ones included.
    pub charges: Vec<BookedCharge>,
    /// Refunds.
    pub refunds: Vec<BookedRefund>,
    /// Pages on which somebody can pay.
    pub sessions: Vec<BookedSession>,
    /// Disputes.
    pub disputes: Vec<BookedDispute>,
    /// The balance, line by line.
    pub balance: Vec<BookedLine>,
}

impl Books {
    /// The charges by which money really moved, by the client's transaction.
    pub fn paid_by_transaction(&self) -> BTreeMap<String, Vec<&BookedCharge>> {
        let mut by_transaction: BTreeMap<String, Vec<&BookedCharge>> = BTreeMap::new();
        for charge in self.charges.iter().filter(|charge| charge.paid) {
            by_transaction.entry(charge.transaction_id.clone().unwrap_or_default()).or_default().push(charge);
        }
        by_transaction
    }

    /// The charges by which money really moved for one transaction.
    pub fn paid(&self, transaction_id: &str) -> Vec<&BookedCharge> {
        let of =
            |charge: &&BookedCharge| charge.paid && charge.transaction_id.as_deref() == Some(transaction_id);
        self.charges.iter().filter(of).collect()
    }

    /// What was charged for one transaction, in cents.
    pub fn paid_cents(&self, transaction_id: &str) -> i64 {
        self.paid(transaction_id).iter().map(|charge| charge.amount).sum()
    }

    /// What was given back for one transaction, in cents; refunds that failed do not count.
    pub fn refunded_cents(&self, transaction_id: &str) -> i64 {
        self.paid(transaction_id).iter().map(|charge| charge.amount_refunded).sum()
    }

    /// Transactions that were charged more than once; must be empty.
    pub fn charged_twice(&self) -> Vec<String> {
        let twice = self.paid_by_transaction().into_iter().filter(|(_, charges)| charges.len() > 1);
        twice.map(|(transaction_id, _)| transaction_id).collect()
    }
}
