//! Payment links: an agent makes a page on which somebody pays into its wallet.
//!
//! Invariants: what the agent writes is shown as what the payee says. A link is paid once, and can be paid for a day;
//! how the money comes in is [`crate::checkouts`]' alone.

pub mod api;

use bursar_base::TimeUs;
use serde::Serialize;

use crate::Spend;
use crate::checkouts::{Checkout, Status};

/// A payment link as its agent sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LinkBody {
    /// Its id.
    pub payment_link_id: String,
    /// The page to send to who is to pay.
    pub url: String,
    /// `active`, `processing` (paid in a way that takes days), `paid`, `failed` or `expired`.
    pub status: String,
    /// How much.
    pub amount: String,
    /// Of what.
    pub currency: String,
    /// What for.
    pub description: String,
    /// Filled in for the payer.
    pub payer_email: Option<String>,
    /// Until when it can be paid.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When the money came in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<TimeUs>,
}

impl LinkBody {
    /// As it is at `now`.
    pub fn new(spend: &Spend, c: &Checkout, now: TimeUs) -> LinkBody {
        let status = match c.status_at(now) {
            Status::Asked | Status::Open => "active",
            other => other.as_str(),
        };
        LinkBody {
            payment_link_id: c.id.clone(),
            url: url(spend, &c.id),
            status: status.to_owned(),
            amount: c.amount.decimal(),
            currency: c.amount.currency.to_string(),
            description: c.words.clone(),
            payer_email: c.payer_email.clone(),
            expires_at: c.expires,
            created_at: c.created,
            paid_at: c.paid,
        }
    }
}

/// The address of a link's page. Its id is the secret: 74 random bits, and nobody lists those of others.
pub fn url(spend: &Spend, id: &str) -> String {
    format!("{}/v1/pay/{id}", spend.settings.public_url)
}
