//! What an object or an error of Stripe's means for an order. Pure: no calls are made here.

use bursar_base::{Currency, TimeUs};

use super::amount::from_minor_units;
use super::client::{Refusal, StripeError};
use super::types::{ErrorBody, IntentStatus, PaymentIntent, TRANSACTION_ID};
use crate::rails::{Answer, Order};

/// What a payment intent is found and judged by.
#[derive(Debug, Clone)]
pub(super) struct Sought {
    /// The metadata key under which our id stands on it.
    pub(super) tag: &'static str,
    /// Our id of what it pays.
    pub(super) id: String,
    /// What it must have charged in.
    pub(super) currency: Currency,
    /// Its id (`pi_…`), where it is known.
    pub(super) reference: Option<String>,
    /// Whom it charges (`cus_…`).
    pub(super) customer: Option<String>,
    /// When the first attempt was committed.
    pub(super) first_attempt_at: TimeUs,
}

impl From<&Order> for Sought {
    fn from(order: &Order) -> Sought {
        Sought {
            tag: TRANSACTION_ID,
            id: order.transaction_id.to_string(),
            currency: order.amount.currency,
            reference: order.reference.clone(),
            customer: order.stripe_customer.clone(),
            first_attempt_at: order.first_attempt_at,
        }
    }
}

impl Sought {
    /// Whether an intent carries our id.
    pub(super) fn is_about(&self, intent: &PaymentIntent) -> bool {
        intent.metadata.get(self.tag).is_some_and(|id| *id == self.id)
    }
}

/// What is known of an order once its intent has been seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Said and done, or not to be known by looking at this intent.
    Settled(Answer),
    /// Not charged, but it still could be: it has to be cancelled before it is a no.
    Open,
}

/// Why nothing was charged: the rail's code, and words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) code: String,
    pub(super) message: String,
}

/// The bank's reason where there is one (`insufficient_funds`), else Stripe's code.
pub(super) fn why(error: &ErrorBody) -> Why {
    let declined = error.code.as_deref() == Some("card_declined");
    let code = error
        .decline_code
        .as_deref()
        .filter(|_| declined)
        .or(error.code.as_deref())
        .or(error.kind.as_deref());
    let message = error.message.clone().unwrap_or_else(|| "Stripe refused the payment.".to_owned());
    Why { code: code.unwrap_or("refused").to_owned(), message }
}

/// Why an intent that brought nothing brought nothing.
pub(super) fn why_of(intent: &PaymentIntent) -> Why {
    match &intent.last_payment_error {
        Some(error) => why(error),
        None if intent.status == IntentStatus::RequiresAction => Why {
            code: "authentication_required".to_owned(),
            message: "The bank wants the cardholder to confirm, and nobody is there to do it.".to_owned(),
        },
        None => Why {
            code: "payment_intent_canceled".to_owned(),
            message: "The payment was cancelled at Stripe before anything was charged.".to_owned(),
        },
    }
}

/// What `intent` says about `order`.
pub(super) fn verdict(order: &Sought, intent: &PaymentIntent) -> Verdict {
    let reference = Some(intent.id.clone());
    let unknown =
        |why: &str| Verdict::Settled(Answer::Unknown { why: why.to_owned(), reference: reference.clone() });
    if !order.is_about(intent) {
        let reference = order.reference.clone();
        let why = format!("{} does not belong to {}", intent.id, order.id);
        return Verdict::Settled(Answer::Unknown { why, reference });
    }
    match intent.status {
        IntentStatus::Succeeded => match from_minor_units(intent.amount_received, &intent.currency) {
            Some(amount) if amount.currency == order.currency && amount.micros > 0 => {
                let charge = intent.charge_id().map(str::to_owned);
                Verdict::Settled(Answer::Paid { amount, reference: intent.id.clone(), charge })
            }
            _ => unknown("paid, but not an amount of the order's currency"),
        },
        IntentStatus::Canceled if intent.amount_received == 0 => {
            Verdict::Settled(refused(intent, why_of(intent)))
        }
        IntentStatus::Canceled => unknown("cancelled, and yet something was received"),
        IntentStatus::Processing => unknown("Stripe is still processing the payment"),
        IntentStatus::RequiresPaymentMethod
        | IntentStatus::RequiresConfirmation
        | IntentStatus::RequiresAction
        | IntentStatus::RequiresCapture => Verdict::Open,
        IntentStatus::Unrecognised => unknown("the payment has a status this version does not know"),
    }
}

/// A certain no about `intent`.
pub(super) fn refused(intent: &PaymentIntent, why: Why) -> Answer {
    Answer::Refused { code: why.code, message: why.message, reference: Some(intent.id.clone()) }
}

/// What an error without an intent means for the request that got it. `first` is whether no earlier request for the
/// same order can have got through under other settings.
pub(super) fn without_intent(error: &StripeError, first: bool) -> Answer {
    let unknown = || Answer::Unknown { why: error.to_string(), reference: None };
    let try_later = || Answer::TryLater { why: error.to_string() };
    let refusal = match error {
        StripeError::NotSent(_) => return try_later(),
        StripeError::NoAnswer(_) => return unknown(),
        StripeError::Refused(refusal) => refusal.as_ref(),
    };
    let code = refusal.error.code.as_deref();
    let no = || {
        let Why { code, message } = why(&refusal.error);
        Answer::Refused { code, message, reference: None }
    };
    match refusal.status {
        400 | 409 if refusal.error.kind.as_deref() == Some("idempotency_error") && !in_use(refusal) => {
            tracing::error!(
                request = refusal.request_id,
                "a repeat to Stripe differed from its first request"
            );
            unknown()
        }
        409 if in_use(refusal) => try_later(),
        429 if code != Some("lock_timeout") => try_later(),
        401 | 403 => try_later(),
        400 | 404 if code == Some("resource_missing") => {
            if first {
                no()
            } else {
                unknown()
            }
        }
        400 => no(),
        _ => unknown(),
    }
}

fn in_use(refusal: &Refusal) -> bool {
    refusal.error.code.as_deref() == Some("idempotency_key_in_use")
}
