//! Stripe's balance and the disputes about charges, as far as they are compared with our ledger.

use bursar_base::{Money, TimeUs};
use serde::Deserialize;

use super::client::StripeError;
use super::lists::Listed;
use super::pay::PAGE_SIZE;
use super::types::{Charge, Dispute, ListQuery, Refund};
use super::{StripeRail, from_minor_units};

/// A line of the balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedLine {
    /// `txn_…`.
    pub id: String,
    /// Stripe's type, such as `charge`.
    pub kind: String,
    /// How much; what leaves is negative.
    pub amount: Money,
    /// What it comes from.
    pub source: Source,
    /// When, by Stripe's clock.
    pub created: TimeUs,
}

/// What a line comes from. Amounts are in micros of the line's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Money that came in.
    Charge {
        /// `ch_…`.
        id: String,
        /// `pi_…`.
        payment_intent: Option<String>,
    },
    /// Money that went back, or came back again where that failed.
    Refund {
        /// All of the refund.
        amount: i64,
        /// `pi_…`.
        payment_intent: Option<String>,
    },
    /// Money that a bank took back, or gave back.
    Dispute {
        /// All that is disputed.
        amount: i64,
        /// `pi_…`.
        payment_intent: Option<String>,
    },
    /// Anything else: fees, payouts, cards.
    Other,
}

impl Source {
    /// The payment (`pi_…`) that it is about.
    pub fn payment_intent(&self) -> Option<&str> {
        match self {
            Source::Charge { payment_intent, .. }
            | Source::Refund { payment_intent, .. }
            | Source::Dispute { payment_intent, .. } => payment_intent.as_deref(),
            Source::Other => None,
        }
    }

    /// The charge (`ch_…`), where it is one.
    pub fn charge(&self) -> Option<&str> {
        match self {
            Source::Charge { id, .. } => Some(id),
            Source::Refund { .. } | Source::Dispute { .. } | Source::Other => None,
        }
    }
}

/// A line as Stripe writes it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    amount: i64,
    currency: String,
    created: i64,
    source: Option<serde_json::Value>,
}

impl StripeRail {
    /// Every line of the balance written at `since` or later, by Stripe's clock, newest first; the list is followed to its
    /// end.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read: half a list is no list.
    pub async fn balance_since(&self, since: TimeUs) -> Result<Vec<BookedLine>, StripeError> {
        let lines: Vec<Line> = self.all_since("/v1/balance_transactions", since, Some("data.source")).await?;
        lines.into_iter().map(booked).collect()
    }

    /// What banks have taken back of a payment (`pi_…`) by now, in micros: every dispute that is not won. An inquiry takes
    /// nothing.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn disputed_in_all(&self, payment: &str) -> Result<i64, StripeError> {
        let query =
            ListQuery { payment_intent: Some(payment.to_owned()), limit: PAGE_SIZE, ..ListQuery::default() };
        let page = self.client.list_disputes(&query).await?;
        if page.has_more {
            return Err(StripeError::NoAnswer(format!("{payment} has more disputes than can be read")));
        }
        let mut total = 0_i64;
        for dispute in page.data.iter().filter(|dispute| dispute.takes_money()) {
            let amount = from_minor_units(dispute.amount, &dispute.currency);
            total = amount
                .and_then(|amount| total.checked_add(amount.micros))
                .ok_or_else(|| StripeError::NoAnswer(format!("{} has an amount that is none", dispute.id)))?;
        }
        Ok(total)
    }
}

impl Listed for Line {
    fn id(&self) -> &str {
        &self.id
    }
}

fn booked(line: Line) -> Result<BookedLine, StripeError> {
    let none = |id: &str| StripeError::NoAnswer(format!("{id} has an amount that is none"));
    let amount = from_minor_units(line.amount.abs(), &line.currency).ok_or_else(|| none(&line.id))?;
    let amount = Money { micros: amount.micros * line.amount.signum(), ..amount };
    let source = match line.source {
        Some(source) => source_of(source).ok_or_else(|| none(&line.id))?,
        None => Source::Other,
    };
    let created = TimeUs::from_seconds(line.created);
    Ok(BookedLine { id: line.id, kind: line.kind, amount, source, created })
}

/// `None` for one of ours whose amount is none.
fn source_of(source: serde_json::Value) -> Option<Source> {
    let object = source.get("object").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let micros = |amount: i64, currency: &str| from_minor_units(amount, currency).map(|amount| amount.micros);
    Some(match object.as_str() {
        "charge" => {
            let charge: Charge = serde_json::from_value(source).ok()?;
            Source::Charge { id: charge.id, payment_intent: charge.payment_intent }
        }
        "refund" => {
            let refund: Refund = serde_json::from_value(source).ok()?;
            let amount = micros(refund.amount, &refund.currency)?;
            Source::Refund { amount, payment_intent: refund.payment_intent }
        }
        "dispute" => {
            let dispute: Dispute = serde_json::from_value(source).ok()?;
            let amount = micros(dispute.amount, &dispute.currency)?;
            Source::Dispute { amount, payment_intent: dispute.payment_intent }
        }
        _ => Source::Other,
    })
}
