//! Transactions: one payment request and all that becomes of it.
//!
//! Invariant: a status changes only by one of the arrows in [`transition`], under the org's lock, and every change has
//! its audit entry and its transfers in the same database transaction.

mod intent;
pub mod sql;
mod status;
pub mod transition;
mod view;

use std::collections::BTreeMap;

use bursar_base::{AgentId, CardId, Currency, KeyId, Money, OrgId, PayeeId, TimeUs, TransactionId};
use serde::{Deserialize, Serialize};

pub use intent::intent_hash;
pub use sql::ALL as STATEMENTS;
pub use status::Status;
pub use view::{Filter, Page, RefundView, by_reference, find, list, pending, refunds_of, unsettled};
pub(crate) use view::{decision_json, from_row, other_payments_json, pay_with_json};

use crate::holds::WindowKind;
use crate::ledger::AccountId;
use crate::policies::{Check, RailName, Reason};

/// One payment request and all that became of it. Amounts in micros of `currency`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Its id.
    pub id: TransactionId,
    /// Who pays.
    pub org_id: OrgId,
    /// Who asked.
    pub agent_id: AgentId,
    /// The number of this decision among the agent's own, from 1.
    pub number: i64,
    /// The audit entry that it began with.
    pub seq: i64,
    /// The key that was used; none where a card stands for it.
    pub key_id: Option<KeyId>,
    /// The card that was used at a till.
    pub card_id: Option<CardId>,
    /// Chosen by the agent; unique for it, for ever.
    pub idempotency_key: String,
    /// Hash of the normalised request.
    pub fingerprint: String,
    /// What was asked for.
    pub amount_micros: i64,
    /// Of what.
    pub currency: Currency,
    /// As the agent wrote it.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// The payee it resolved to.
    pub payee_id: Option<PayeeId>,
    /// By the payee or the card network.
    pub category: Option<String>,
    /// By the agent: a claim.
    pub claimed_category: Option<String>,
    /// By the agent: a claim.
    pub purpose: String,
    /// The agent's own JSON.
    pub context: Option<String>,
    /// How it is paid.
    pub rail: RailName,
    /// The policy it was decided by; 0 is none.
    pub policy_version: i64,
    /// Every rule that was looked at.
    pub checks: Vec<Check>,
    /// Where the money comes from.
    pub debit: AccountId,
    /// Where it goes.
    pub credit: AccountId,
    /// The day it was held in.
    pub day_start: TimeUs,
    /// The week it was held in.
    pub week_start: TimeUs,
    /// The month it was held in.
    pub month_start: TimeUs,
    /// When it was decided.
    pub created: TimeUs,
    /// Where it stands.
    pub status: Status,
    /// Why it was declined, failed or cancelled: a [`Reason`], or the rail's own code.
    pub reason: Option<String>,
    /// Until when a human may decide, or the rail may be called.
    pub deadline: Option<TimeUs>,
    /// Still held.
    pub held_micros: i64,
    /// Paid.
    pub posted_micros: i64,
    /// Given back.
    pub refunded_micros: i64,
    /// Taken back by a bank.
    pub disputed_micros: i64,
    /// When the rail was first called.
    pub attempt: Option<TimeUs>,
    /// What the rail was first called with. A repeat must be the same to the letter.
    pub pay_with: Option<PayWith>,
    /// The rail's own id of the payment.
    pub rail_reference: Option<String>,
    /// Payments beyond the one that was ordered: micros by the rail's own id. Nobody authorised them.
    pub other_payments: BTreeMap<String, i64>,
    /// The rail's id of the charge.
    pub charge_id: Option<String>,
    /// Who approved, declined, cancelled or resolved it.
    pub decided_by: Option<String>,
    /// What they said.
    pub decided_reason: Option<String>,
    /// When.
    pub decided: Option<TimeUs>,
    /// When it was paid.
    pub completed: Option<TimeUs>,
    /// When its row changed last.
    pub updated: TimeUs,
    /// Set on a reservation, which waits for its purchase instead of being paid by a job: by how many micros the
    /// amounts may differ.
    pub tolerance_micros: Option<i64>,
}

/// Where [`Transaction::other_payments`] of a card purchase counts what was captured without being held.
pub const UNHELD: &str = "unheld";

/// Where a direct rail takes the money from and sends it to, frozen with the first attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayWith {
    /// Stripe customer of the org (`cus_…`).
    pub customer: Option<String>,
    /// Stripe payment method of the org (`pm_…`).
    pub payment_method: Option<String>,
    /// Connected account of the payee (`acct_…`).
    pub destination: Option<String>,
}

impl Transaction {
    /// What was asked for.
    pub fn amount(&self) -> Money {
        Money { micros: self.amount_micros, currency: self.currency }
    }

    /// The calendar windows it was held in, by their starts.
    pub fn windows(&self) -> [(WindowKind, TimeUs); 3] {
        [
            (WindowKind::Day, self.day_start),
            (WindowKind::Week, self.week_start),
            (WindowKind::Month, self.month_start),
        ]
    }

    /// Whether it is a reservation that a purchase of this much can take up, now or once a human has said yes.
    pub fn awaits(&self, micros: i64, now: TimeUs) -> bool {
        let open = matches!(self.status, Status::Pending | Status::Approved);
        let fits =
            self.tolerance_micros.is_some_and(|by| self.amount_micros.abs_diff(micros) <= by.unsigned_abs());
        open && fits && self.deadline.is_none_or(|deadline| now < deadline)
    }

    /// The reason as one of the closed list, when it was declined.
    pub fn decline_reason(&self) -> Option<Reason> {
        if self.status != Status::Declined {
            return None;
        }
        self.reason.as_deref().and_then(Reason::parse)
    }
}
