//! Events that Stripe sends: the signature is checked over the bytes as they came, then they are read into types.
//!
//! Events come more than once and in any order, and say what was, not what is. So the caller drops those whose id it
//! has seen, and asks [`super::StripeRail`] for the present state before money is booked.

use std::fmt;

use bursar_base::TimeUs;
use bursar_base::limits::WEBHOOK_TOLERANCE;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use super::checkout::Session;
use super::types::{Charge, Dispute, PaymentIntent, Refund, TRANSACTION_ID};

/// The secret of one webhook endpoint (`whsec_…`). Never shown by `Debug`.
#[derive(Clone)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// Takes the secret as Stripe shows it, `whsec_` included.
    pub fn new(text: impl Into<String>) -> WebhookSecret {
        WebhookSecret(text.into())
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(hidden)")
    }
}

/// Why an event was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The header has another form than `t=…,v1=…`.
    #[error("the Stripe-Signature header is malformed")]
    Header,
    /// No `v1` signature matches.
    #[error("no signature matches the body")]
    Signature,
    /// Signed too long ago, or in the future: a replay, or a wrong clock.
    #[error("the signature's time is too far from now")]
    Time,
    /// Signed by Stripe, but not of the form that was expected.
    #[error("the event cannot be read: {0}")]
    Body(String),
}

/// Checks a `Stripe-Signature` header over the body exactly as it came.
///
/// # Errors
/// [`WebhookError::Header`], [`WebhookError::Signature`] or [`WebhookError::Time`]: more than
/// [`WEBHOOK_TOLERANCE`] between the signature and `now`, either way.
pub fn verify(body: &[u8], header: &str, secret: &WebhookSecret, now: TimeUs) -> Result<(), WebhookError> {
    let mut time = None;
    let mut signatures = Vec::new();
    for (name, value) in header.split(',').filter_map(|part| part.trim().split_once('=')) {
        match name {
            "t" => time = Some(value),
            "v1" => signatures.push(value),
            _ => {}
        }
    }
    let time = time.ok_or(WebhookError::Header)?;
    let seconds: i64 = time.parse().map_err(|_| WebhookError::Header)?;
    if signatures.is_empty() {
        return Err(WebhookError::Header);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()).map_err(|_| WebhookError::Signature)?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let matches = |signature: &str| {
        let bytes = hex::decode(signature).unwrap_or_default();
        mac.clone().verify_slice(&bytes).is_ok()
    };
    if !signatures.into_iter().any(matches) {
        return Err(WebhookError::Signature);
    }
    let signed_at = TimeUs::from_seconds(seconds);
    if now.since(signed_at).max(signed_at.since(now)) > WEBHOOK_TOLERANCE {
        return Err(WebhookError::Time);
    }
    Ok(())
}

/// An event, read.
#[derive(Debug, Clone)]
pub struct Event {
    /// `evt_…`; the same for every delivery of the event.
    pub id: String,
    /// Such as `payment_intent.succeeded`.
    pub kind: String,
    /// When it happened, by Stripe's clock; no order can be derived from it.
    pub created: TimeUs,
    /// Whether it is about real money.
    pub livemode: bool,
    /// What it is about.
    pub about: About,
}

/// What an event is about, as it was when it happened.
#[derive(Debug, Clone)]
pub enum About {
    /// `payment_intent.succeeded`.
    PaymentSucceeded(Box<PaymentIntent>),
    /// `payment_intent.payment_failed`. Not a certain no: the intent can still be paid until it is cancelled.
    PaymentFailed(Box<PaymentIntent>),
    /// `payment_intent.canceled`.
    PaymentCanceled(Box<PaymentIntent>),
    /// `payment_intent.processing`.
    PaymentProcessing(Box<PaymentIntent>),
    /// `charge.refunded`; the charge says how much in all.
    ChargeRefunded(Box<Charge>),
    /// `refund.created`, `refund.updated` or `refund.failed`.
    Refund(Box<Refund>),
    /// `charge.dispute.created`.
    DisputeOpened(Box<Dispute>),
    /// `charge.dispute.closed`; its status says who won.
    DisputeClosed(Box<Dispute>),
    /// `checkout.session.completed`, `….async_payment_succeeded`, `….async_payment_failed` or `….expired`. The same
    /// session comes with several of them.
    Checkout(Box<Session>),
    /// `issuing_card.created` or `….updated`: the id of the card (`ic_…`).
    Card(String),
    /// Any other event, carried through as it came.
    Other(Value),
}

impl Event {
    /// Our transaction, where the object carries its id. Disputes do not: find them by [`Event::payment_intent`].
    pub fn transaction_id(&self) -> Option<&str> {
        match &self.about {
            About::PaymentSucceeded(intent)
            | About::PaymentFailed(intent)
            | About::PaymentCanceled(intent)
            | About::PaymentProcessing(intent) => intent.transaction_id(),
            About::ChargeRefunded(charge) => charge.metadata.get(TRANSACTION_ID).map(String::as_str),
            About::Refund(refund) => refund.metadata.as_ref()?.get(TRANSACTION_ID).map(String::as_str),
            About::DisputeOpened(_)
            | About::DisputeClosed(_)
            | About::Checkout(_)
            | About::Card(_)
            | About::Other(_) => None,
        }
    }

    /// The payment intent (`pi_…`) that the event is about; our [`crate::rails::Order::reference`].
    pub fn payment_intent(&self) -> Option<&str> {
        match &self.about {
            About::PaymentSucceeded(intent)
            | About::PaymentFailed(intent)
            | About::PaymentCanceled(intent)
            | About::PaymentProcessing(intent) => Some(&intent.id),
            About::ChargeRefunded(charge) => charge.payment_intent.as_deref(),
            About::Refund(refund) => refund.payment_intent.as_deref(),
            About::DisputeOpened(dispute) | About::DisputeClosed(dispute) => {
                dispute.payment_intent.as_deref()
            }
            About::Checkout(session) => session.payment_intent_id(),
            About::Card(_) | About::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    livemode: bool,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Checks the signature, then reads the event.
///
/// # Errors
/// Those of [`verify`], and [`WebhookError::Body`] where a signed event has not the form of its type.
pub fn read(body: &[u8], header: &str, secret: &WebhookSecret, now: TimeUs) -> Result<Event, WebhookError> {
    verify(body, header, secret, now)?;
    let malformed = |e: serde_json::Error| WebhookError::Body(e.to_string());
    let envelope: Envelope = serde_json::from_slice(body).map_err(malformed)?;
    let object = envelope.data.object;
    let about = match envelope.kind.as_str() {
        "payment_intent.succeeded" => About::PaymentSucceeded(typed(object)?),
        "payment_intent.payment_failed" => About::PaymentFailed(typed(object)?),
        "payment_intent.canceled" => About::PaymentCanceled(typed(object)?),
        "payment_intent.processing" => About::PaymentProcessing(typed(object)?),
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => About::Checkout(typed(object)?),
        "charge.refunded" => About::ChargeRefunded(typed(object)?),
        "refund.created" | "refund.updated" | "refund.failed" => About::Refund(typed(object)?),
        "charge.dispute.created" => About::DisputeOpened(typed(object)?),
        "charge.dispute.closed" => About::DisputeClosed(typed(object)?),
        "issuing_card.created" | "issuing_card.updated" => {
            About::Card(object["id"].as_str().unwrap_or_default().to_owned())
        }
        _ => About::Other(object),
    };
    let created = TimeUs::from_seconds(envelope.created);
    Ok(Event { id: envelope.id, kind: envelope.kind, created, livemode: envelope.livemode, about })
}

fn typed<T: serde::de::DeserializeOwned>(object: Value) -> Result<Box<T>, WebhookError> {
    serde_json::from_value(object).map(Box::new).map_err(|e| WebhookError::Body(e.to_string()))
}
