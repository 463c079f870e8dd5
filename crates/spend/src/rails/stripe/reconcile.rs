//! What Stripe has on its books, for comparing with our ledger.

use bursar_base::{Money, TimeUs, TransactionId};

use super::StripeRail;
use super::amount::from_minor_units;
use super::checkout::CHECKOUT_ID;
use super::client::StripeError;
use super::lists::Listed;
use super::types::{Expandable, IntentStatus, PaymentIntent};

/// One payment as Stripe's books have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedPayment {
    /// `pi_…`.
    pub reference: String,
    /// Our transaction; `None` for payments that something else made with the same account.
    pub transaction_id: Option<TransactionId>,
    /// Our checkout, for what was paid into a wallet on a page of Stripe's.
    pub checkout_id: Option<String>,
    /// Where it stands.
    pub status: IntentStatus,
    /// What came in; zero unless it succeeded.
    pub received: Money,
    /// What went back of it so far.
    pub refunded: Money,
    /// The charge (`ch_…`), where one was made.
    pub charge: Option<String>,
    /// Whether the cardholder's bank disputes it or did.
    pub disputed: bool,
    /// When the intent was made, by Stripe's clock.
    pub created: TimeUs,
}

impl StripeRail {
    /// Every payment intent made at `since` or later, by Stripe's clock, newest first; the list is followed to its end.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read: half a list is no list.
    pub async fn payments_since(&self, since: TimeUs) -> Result<Vec<BookedPayment>, StripeError> {
        let intents: Vec<PaymentIntent> =
            self.all_since("/v1/payment_intents", since, Some("data.latest_charge")).await?;
        intents.iter().map(booked).collect()
    }
}

impl Listed for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
}

fn booked(intent: &PaymentIntent) -> Result<BookedPayment, StripeError> {
    let money = |minor_units| {
        from_minor_units(minor_units, &intent.currency)
            .ok_or_else(|| StripeError::NoAnswer(format!("{} has an amount that is none", intent.id)))
    };
    let charge = match &intent.latest_charge {
        Some(Expandable::Object(charge)) => Some(charge.as_ref()),
        _ => None,
    };
    Ok(BookedPayment {
        reference: intent.id.clone(),
        transaction_id: intent.transaction_id().and_then(|id| TransactionId::parse(id).ok()),
        checkout_id: intent.metadata.get(CHECKOUT_ID).cloned(),
        status: intent.status,
        received: money(intent.amount_received)?,
        refunded: money(charge.map_or(0, |charge| charge.amount_refunded))?,
        charge: intent.charge_id().map(str::to_owned),
        disputed: charge.is_some_and(|charge| charge.disputed),
        created: TimeUs::from_seconds(intent.created),
    })
}
