//! Stripe's requests and objects, as far as this rail uses them. Amounts are in Stripe's minor units (cents).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::amount::{OrderError, to_minor_units};
use super::saved::SavedCharge;
use crate::rails::{Order, RefundOrder};

/// Metadata key that ties a payment intent or refund to our transaction.
pub const TRANSACTION_ID: &str = "transaction_id";
/// Metadata key that ties a refund to the very order it came from.
pub const REFUND_KEY: &str = "refund_key";

/// `POST /v1/payment_intents`. Derived from the [`Order`] alone, so that a repeat is the same to the byte.
#[derive(Debug, Clone, Serialize)]
pub struct CreatePayment {
    amount: i64,
    currency: String,
    customer: String,
    payment_method: String,
    confirm: bool,
    off_session: bool,
    automatic_payment_methods: AutomaticPaymentMethods,
    metadata: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_data: Option<CreateTransferData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
}

/// Any kind of payment method that never sends a person somewhere else: nobody is there to be sent.
#[derive(Debug, Clone, Serialize)]
struct AutomaticPaymentMethods {
    enabled: bool,
    allow_redirects: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct CreateTransferData {
    destination: String,
}

impl CreatePayment {
    /// What is sent for `order`. Call it when a request comes in, so that a bad amount is refused there.
    ///
    /// # Errors
    /// [`OrderError`]: Stripe could not charge this.
    pub fn from_order(order: &Order) -> Result<CreatePayment, OrderError> {
        let amount = to_minor_units(order.amount)?;
        let customer = order.stripe_customer.clone().ok_or(OrderError::NoCustomer)?;
        let payment_method = order.stripe_payment_method.clone().ok_or(OrderError::NoPaymentMethod)?;
        Ok(CreatePayment {
            amount,
            currency: order.amount.currency.as_str().to_lowercase(),
            customer,
            payment_method,
            confirm: true,
            off_session: true,
            automatic_payment_methods: AutomaticPaymentMethods { enabled: true, allow_redirects: "never" },
            metadata: BTreeMap::from([
                (TRANSACTION_ID, order.transaction_id.to_string()),
                ("merchant", order.merchant.clone()),
            ]),
            transfer_data: order
                .stripe_destination
                .clone()
                .map(|destination| CreateTransferData { destination }),
            description: None,
        })
    }

    /// What is sent for a top-up that an owner has allowed in advance.
    ///
    /// # Errors
    /// [`OrderError`].
    pub(super) fn from_saved(charge: &SavedCharge) -> Result<CreatePayment, OrderError> {
        Ok(CreatePayment {
            amount: super::checkout::payable(charge.amount)?,
            currency: charge.amount.currency.as_str().to_lowercase(),
            customer: charge.customer.clone(),
            payment_method: charge.payment_method.clone(),
            confirm: true,
            off_session: true,
            automatic_payment_methods: AutomaticPaymentMethods { enabled: true, allow_redirects: "never" },
            metadata: BTreeMap::from([(super::checkout::CHECKOUT_ID, charge.checkout_id.clone())]),
            transfer_data: None,
            description: Some("Wallet top-up"),
        })
    }
}

/// `POST /v1/payment_intents/{id}/cancel`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CancelPayment {
    pub(super) cancellation_reason: &'static str,
}

/// `POST /v1/refunds`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CreateRefund {
    amount: i64,
    payment_intent: String,
    metadata: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverse_transfer: Option<bool>,
}

impl CreateRefund {
    /// What is sent for `order`; `transferred` when the money went on to a connected account and must come back.
    pub(super) fn from_order(order: &RefundOrder, transferred: bool) -> Result<CreateRefund, OrderError> {
        Ok(CreateRefund {
            amount: to_minor_units(order.amount)?,
            payment_intent: order.reference.clone(),
            metadata: BTreeMap::from([
                (TRANSACTION_ID, order.transaction_id.to_string()),
                (REFUND_KEY, order.idempotency_key.clone()),
            ]),
            reverse_transfer: transferred.then_some(true),
        })
    }
}

/// The query of every list: newest first.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ListQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<CreatedFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payment_intent: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) expand: Vec<&'static str>,
    pub(super) limit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) starting_after: Option<String>,
}

/// Created at this second or later.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CreatedFrom {
    pub(super) gte: i64,
}

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// Where a payment intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentStatus {
    /// The payment method failed; another could be tried.
    RequiresPaymentMethod,
    /// Not confirmed yet.
    RequiresConfirmation,
    /// A person would have to do something, such as 3-D Secure.
    RequiresAction,
    /// Authorised, not captured.
    RequiresCapture,
    /// On its way; may still end either way, even days later.
    Processing,
    /// Charged. Final.
    Succeeded,
    /// Will never be charged. Final.
    Canceled,
    /// A status this version does not know.
    #[serde(other)]
    Unrecognised,
}

/// An object, or only its id where it was not expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// Only the id.
    Id(String),
    /// The whole object.
    Object(Box<T>),
}

/// A payment intent.
#[derive(Debug, Clone, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`.
    pub id: String,
    /// Where it stands.
    pub status: IntentStatus,
    /// What it asks for.
    pub amount: i64,
    /// What it brought.
    pub amount_received: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// Whether real money moves.
    pub livemode: bool,
    /// The last charge made for it, declined ones included.
    pub latest_charge: Option<Expandable<Charge>>,
    /// Why the last attempt failed.
    pub last_payment_error: Option<ErrorBody>,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Present where the money goes on to a connected account.
    pub transfer_data: Option<serde_json::Value>,
}

impl PaymentIntent {
    /// Our transaction, where we made this intent.
    pub fn transaction_id(&self) -> Option<&str> {
        self.metadata.get(TRANSACTION_ID).map(String::as_str)
    }

    /// The id of the latest charge (`ch_…`).
    pub fn charge_id(&self) -> Option<&str> {
        match self.latest_charge.as_ref()? {
            Expandable::Id(id) => Some(id),
            Expandable::Object(charge) => Some(&charge.id),
        }
    }
}

/// A charge.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// `ch_…`.
    pub id: String,
    /// What was charged.
    pub amount: i64,
    /// What went back.
    pub amount_refunded: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// The intent it belongs to.
    pub payment_intent: Option<String>,
    /// Copied by Stripe from the intent.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Whether the cardholder's bank took it back.
    #[serde(default)]
    pub disputed: bool,
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// What goes back.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// The charge it gives back.
    pub charge: Option<String>,
    /// The intent it gives back.
    pub payment_intent: Option<String>,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
    pub status: Option<String>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

impl Refund {
    /// The key of the order this refund came from, where we made it.
    pub fn refund_key(&self) -> Option<&str> {
        self.metadata.as_ref()?.get(REFUND_KEY).map(String::as_str)
    }
}

/// A dispute: the cardholder's bank takes the money back.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    /// `dp_…` or `du_…`.
    pub id: String,
    /// What is disputed.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// The charge in question.
    pub charge: String,
    /// The intent in question.
    pub payment_intent: Option<String>,
    /// Such as `needs_response`, `won` or `lost`.
    pub status: String,
    /// Such as `fraudulent`.
    pub reason: String,
}

impl Dispute {
    /// Whether a bank has the money: a won one gave it back, and an inquiry has not taken it.
    pub fn takes_money(&self) -> bool {
        self.status != "won" && !self.status.starts_with("warning_")
    }
}

/// A customer.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// `cus_…`.
    pub id: String,
    /// Whether it was deleted; then nothing else is known of it.
    #[serde(default)]
    pub deleted: bool,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What Stripe says when it refuses.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ErrorBody {
    /// `card_error`, `invalid_request_error`, `idempotency_error` or `api_error`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Such as `card_declined`.
    pub code: Option<String>,
    /// Why the bank declined, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The parameter that is wrong.
    pub param: Option<String>,
    /// The intent as the failure left it.
    pub payment_intent: Option<Box<PaymentIntent>>,
}
