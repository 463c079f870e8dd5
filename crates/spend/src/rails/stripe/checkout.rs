//! Stripe's Checkout: pages on which a person pays.
//!
//! A session is what such a page shows. It is made under an idempotency key and from figures that are on record, so
//! that a repeat makes no second one. Money counts as come in only when the session says that it is *paid*.

use std::collections::BTreeMap;

use bursar_base::{Money, TimeUs};
use serde::{Deserialize, Serialize};

use super::amount::{OrderError, to_minor_units};
use super::client::StripeError;
use super::types::{Charge, Expandable, PaymentIntent};
use super::{StripeRail, from_minor_units};

/// Metadata key that ties a session, its payment intent and its charge to our checkout.
pub const CHECKOUT_ID: &str = "bursar_checkout";
/// Metadata key that says the how manyth page of our checkout a session is.
pub const ATTEMPT: &str = "bursar_attempt";
/// Least of a US dollar, and of most currencies, that Stripe takes, in minor units.
const LEAST_MINOR_UNITS: i64 = 50;

/// What a page is to be made for.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Our id of what is paid.
    pub checkout_id: String,
    /// The how manyth page it is.
    pub attempt: i64,
    /// How much.
    pub amount: Money,
    /// What the page calls it.
    pub name: String,
    /// Filled in for the payer.
    pub payer_email: Option<String>,
    /// Until when it can be paid; between 30 minutes and 24 hours from now.
    pub expires: TimeUs,
    /// Where people go when they have paid, or begun to.
    pub success_url: String,
    /// Where people go who do not want to.
    pub cancel_url: String,
    /// Makes a repeat harmless.
    pub idempotency_key: String,
}

/// Why a page cannot be made for a sum. Known before anything is sent.
///
/// # Errors
/// [`OrderError`].
pub fn payable(amount: Money) -> Result<i64, OrderError> {
    let minor_units = to_minor_units(amount)?;
    if minor_units < LEAST_MINOR_UNITS { Err(OrderError::TooSmall) } else { Ok(minor_units) }
}

/// `POST /v1/checkout/sessions`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CreateSession {
    mode: &'static str,
    client_reference_id: String,
    success_url: String,
    cancel_url: String,
    expires_at: i64,
    line_items: [LineItem; 1],
    metadata: BTreeMap<&'static str, String>,
    payment_intent_data: PaymentIntentData,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_email: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct LineItem {
    quantity: i64,
    price_data: PriceData,
}

#[derive(Debug, Clone, Serialize)]
struct PriceData {
    currency: String,
    unit_amount: i64,
    product_data: ProductData,
}

#[derive(Debug, Clone, Serialize)]
struct ProductData {
    name: String,
}

#[derive(Debug, Clone, Serialize)]
struct PaymentIntentData {
    description: String,
    metadata: BTreeMap<&'static str, String>,
}

impl CreateSession {
    fn of(new: &NewSession) -> Result<CreateSession, OrderError> {
        let metadata =
            BTreeMap::from([(CHECKOUT_ID, new.checkout_id.clone()), (ATTEMPT, new.attempt.to_string())]);
        Ok(CreateSession {
            mode: "payment",
            client_reference_id: new.checkout_id.clone(),
            success_url: new.success_url.clone(),
            cancel_url: new.cancel_url.clone(),
            expires_at: new.expires.seconds(),
            line_items: [LineItem {
                quantity: 1,
                price_data: PriceData {
                    currency: new.amount.currency.as_str().to_lowercase(),
                    unit_amount: payable(new.amount)?,
                    product_data: ProductData { name: new.name.clone() },
                },
            }],
            metadata: metadata.clone(),
            payment_intent_data: PaymentIntentData { description: new.name.clone(), metadata },
            customer_email: new.payer_email.clone(),
        })
    }
}

/// `GET /v1/checkout/sessions/{id}`: what became of its payment is wanted too.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RetrieveSession {
    expand: [&'static str; 1],
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// Nobody has gone through with it yet.
    Open,
    /// Somebody has; the payment may still be under way.
    Complete,
    /// Nobody has in time. Final.
    Expired,
    /// A status this version does not know.
    #[serde(other)]
    Unrecognised,
}

/// Whether the money is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// It is.
    Paid,
    /// Not yet.
    Unpaid,
    /// There is none to pay.
    NoPaymentRequired,
    /// A status this version does not know.
    #[serde(other)]
    Unrecognised,
}

/// A session.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// `cs_…`.
    pub id: String,
    /// What we called it.
    pub client_reference_id: Option<String>,
    /// Where it stands.
    pub status: Option<SessionStatus>,
    /// Whether the money is there.
    pub payment_status: PaymentStatus,
    /// What is paid, in minor units.
    pub amount_total: Option<i64>,
    /// Three letters in lower case.
    pub currency: Option<String>,
    /// Whether real money moves.
    pub livemode: bool,
    /// The page, while it can be paid.
    pub url: Option<String>,
    /// Its payment, once somebody has begun one.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

impl Session {
    /// Our checkout, where we made this session.
    pub fn checkout_id(&self) -> Option<&str> {
        let written = self.metadata.as_ref().and_then(|metadata| metadata.get(CHECKOUT_ID));
        written.map(String::as_str).or(self.client_reference_id.as_deref())
    }

    /// The how manyth page of our checkout it is.
    pub fn attempt(&self) -> Option<i64> {
        self.metadata.as_ref()?.get(ATTEMPT)?.parse().ok()
    }

    /// The id of its payment (`pi_…`).
    pub fn payment_intent_id(&self) -> Option<&str> {
        match self.payment_intent.as_ref()? {
            Expandable::Id(id) => Some(id),
            Expandable::Object(intent) => Some(&intent.id),
        }
    }

    /// Its payment, where that was asked for too.
    pub fn payment(&self) -> Option<&PaymentIntent> {
        match self.payment_intent.as_ref()? {
            Expandable::Id(_) => None,
            Expandable::Object(intent) => Some(intent),
        }
    }

    /// What is paid; `None` for what is no amount.
    pub fn total(&self) -> Option<Money> {
        from_minor_units(self.amount_total?, self.currency.as_deref()?)
    }
}

/// Why there is no page.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    /// Stripe could not charge this.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Stripe did not answer, or refused.
    #[error(transparent)]
    Stripe(#[from] StripeError),
}

impl StripeRail {
    /// Makes a page. The same again, under the same key, is the same page.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn create_session(&self, new: &NewSession) -> Result<Session, SessionError> {
        let form = CreateSession::of(new)?;
        Ok(self.client.create_session(&form, &new.idempotency_key).await?)
    }

    /// A session as it is now, with its payment.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn session(&self, id: &str) -> Result<Session, StripeError> {
        self.client.retrieve_session(id, &RetrieveSession { expand: ["payment_intent"] }).await
    }

    /// Ends a page that nobody has paid on. One that is paid or has ended is left as it is.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn expire_session(&self, id: &str) -> Result<Session, StripeError> {
        match self.client.expire_session(id).await {
            Err(StripeError::Refused(refusal)) if refusal.status == 400 => self.session(id).await,
            other => other,
        }
    }

    /// A payment as it is now, with its charge; `None` when the account has no such payment.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn payment_with_charge(
        &self,
        id: &str,
    ) -> Result<Option<(PaymentIntent, Option<Charge>)>, StripeError> {
        let intent = match self.client.retrieve_payment_with_charge(id).await {
            Err(StripeError::Refused(refusal)) if refusal.status == 404 => return Ok(None),
            other => other?,
        };
        let charge = match &intent.latest_charge {
            Some(Expandable::Object(charge)) => Some(Charge::clone(charge)),
            Some(Expandable::Id(_)) | None => None,
        };
        Ok(Some((intent, charge)))
    }

    /// Where the pages of its sessions are, besides at every `https:` address: what a form that leads there must be
    /// allowed to.
    pub fn pages_at(&self) -> Option<&str> {
        self.client.base().starts_with("http:").then(|| self.client.base())
    }
}
