//! Top-ups: an agent asks its owners for money by mail, or an owner fills a wallet at once.
//!
//! Invariants: the link in the mail is signed, bound to the top-up and to the member it was sent to, and good as long as
//! the top-up can be paid. Opening it changes nothing. How the money comes in is [`crate::checkouts`]' alone.

pub mod api;
pub mod links;
pub mod service;

use bursar_base::TimeUs;
use serde::Serialize;

use crate::checkouts::Checkout;

/// A top-up as people and programs see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TopupBody {
    /// Its id.
    pub topup_id: String,
    /// `asked` (nobody opened Stripe's page yet), `open`, `processing` (paid in a way that takes days, or
    /// charged and not yet certain), `paid`, `failed` or `expired`.
    pub status: String,
    /// How much.
    pub amount: String,
    /// Of what.
    pub currency: String,
    /// The agent whose wallet it is for; absent for the org's own.
    pub agent_id: Option<String>,
    /// An agent's reason, or an owner's words.
    pub reason: String,
    /// Until when it can be paid.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// Whether it was charged to a saved payment method because the wallet fell below its floor.
    pub automatic: bool,
    /// Why an automatic one was refused, such as `card_declined`.
    pub failure: Option<String>,
    /// When the money came in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<TimeUs>,
}

impl TopupBody {
    /// As it is at `now`.
    pub fn new(c: &Checkout, now: TimeUs) -> TopupBody {
        TopupBody {
            topup_id: c.id.clone(),
            status: c.status_at(now).as_str().to_owned(),
            amount: c.amount.decimal(),
            currency: c.amount.currency.to_string(),
            agent_id: c.agent_id.as_ref().map(ToString::to_string),
            reason: c.words.clone(),
            expires_at: c.expires,
            created_at: c.created,
            automatic: c.automatic.is_some(),
            failure: c.failure.clone(),
            paid_at: c.paid,
        }
    }
}
