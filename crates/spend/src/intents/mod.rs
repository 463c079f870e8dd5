//! Intents: an agent says what it is about to buy, is told whether it may, and can have the money reserved meanwhile.
//!
//! Invariants: looking is a dry run of the very decision that the purchase would get. A reservation is an approved
//! transaction that no job pays: a payment request that names it, or the agent's card at that merchant, takes it up, once
//! and within its tolerance. What differs from it is no purchase of it; owners hear of that as a case.

pub mod api;
pub mod service;

use bursar_base::{TimeUs, TransactionId};
use serde::Serialize;

use crate::requests::body::CheckBody;
use crate::wallet::SpendingLimits;

/// What would become of a purchase, or what was reserved for it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IntentBody {
    /// `allowed`, `needs_approval` or `declined`.
    pub decision: String,
    /// Why not; of a reservation that is over, why it is.
    pub reason: Option<String>,
    /// Every rule that was looked at.
    pub rules: Vec<CheckBody>,
    /// To be named in the purchase; only where something is, or was, reserved.
    #[schema(value_type = Option<String>)]
    pub intent_id: Option<TransactionId>,
    /// Where the reservation stands: `pending` while a human is asked, `approved` while it can be taken up.
    pub status: Option<String>,
    /// Until when a human can decide, or the purchase can be made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<TimeUs>,
    /// The most that the purchase may be: the amount and its tolerance.
    pub at_most: String,
    /// The least.
    pub at_least: String,
    /// Of all amounts.
    pub currency: String,
    /// As written.
    pub merchant: String,
    /// Whether the same was asked for before.
    pub idempotent: bool,
    /// What can be spent from the wallet now, what is reserved taken off.
    pub balance: String,
    /// The limits, and what is left of them now.
    pub limits: SpendingLimits,
}
