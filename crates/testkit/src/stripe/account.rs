//! One Stripe account: its books, customers and events, and what operations do to them. No clock, no network.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::books::{BookedCharge, BookedIntent, Books};
use super::cards::{Outcome, of_magic};
use super::errors::ApiError;
use super::issuing::IssuingBooks;
use super::objects;
use super::webhooks::SimEvent;

/// Typed parameters, as [`super::parameters::check`] gives them.
pub(super) type Parameters = Map<String, Value>;

/// The account.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) books: Books,
    pub(super) issuing: IssuingBooks,
    /// By id; `true` once deleted.
    pub(super) customers: BTreeMap<String, bool>,
    /// Payment methods beside the magic ones: whose they are and what they do.
    pub(super) payment_methods: BTreeMap<String, (String, Outcome)>,
    pub(super) connected: BTreeSet<String>,
    pub(super) events: Vec<SimEvent>,
    pub(super) made: u64,
    /// Connected accounts that clients made, and the links to their pages.
    pub(super) onboarding: super::connect::Onboarding,
    /// Customers and payment methods that clients made.
    pub(super) saved: super::saved::Saved,
    /// Financial accounts of version 2, oldest first.
    pub(super) financial: Vec<Value>,
    /// What the addresses of its pages begin with.
    pub(super) pages_at: String,
}

impl Account {
    pub(super) fn next_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_sim{:010}", self.made)
    }

    pub(super) fn index(&self, intent: &str) -> Result<usize, ApiError> {
        let at = self.books.intents.iter().position(|known| known.id == intent);
        at.ok_or_else(|| ApiError::missing("payment_intent", intent, "id"))
    }

    /// The intent as JSON, its latest charge in full where `expand` asks for it under `prefix`.
    pub(super) fn shown(&self, at: usize, expand: bool) -> Value {
        let intent = &self.books.intents[at];
        let charge = intent.latest_charge.as_ref().filter(|_| expand);
        objects::intent(
            intent,
            charge.and_then(|id| self.books.charges.iter().find(|charge| charge.id == *id)),
        )
    }

    pub(super) fn emit(&mut self, kind: &str, object: Value, now: i64) {
        let id = self.next_id("evt");
        self.events.push(SimEvent::new(id, kind, object, now));
    }

    pub(super) fn emit_intent(&mut self, kind: &str, at: usize, now: i64) {
        let object = self.shown(at, false);
        self.emit(kind, object, now);
    }

    pub(super) fn emit_charge(&mut self, kind: &str, charge: usize, now: i64) {
        let charge = &self.books.charges[charge];
        if let Some(of) = self.books.intents.iter().find(|intent| intent.id == charge.payment_intent) {
            let object = objects::charge(charge, of);
            self.emit(kind, object, now);
        }
    }

    /// What charging this payment method does.
    fn outcome_of(&self, payment_method: &str, customer: Option<&str>) -> Result<Outcome, ApiError> {
        if let Some(outcome) = of_magic(payment_method) {
            return Ok(outcome);
        }
        self.must_be_attached(payment_method)?;
        let missing = || ApiError::missing("PaymentMethod", payment_method, "payment_method");
        let (owner, outcome) = self.payment_methods.get(payment_method).ok_or_else(missing)?;
        if Some(owner.as_str()) != customer {
            let message = format!(
                "The payment method {payment_method} does not belong to the customer of this payment."
            );
            return Err(ApiError::invalid(&message, "payment_method"));
        }
        Ok(outcome.clone())
    }

    pub(super) fn known_customer(&self, id: &str) -> Result<(), ApiError> {
        match self.customers.get(id) {
            Some(false) => Ok(()),
            _ => Err(ApiError::missing("customer", id, "customer")),
        }
    }

    /// `POST /v1/payment_intents`. `forced` overrules what the payment method would do.
    pub(super) fn create_payment(
        &mut self,
        parameters: &Parameters,
        forced: Option<Outcome>,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        let (intent, payment_method) = self.new_intent(parameters, livemode, now)?;
        let confirm = parameters.get("confirm").and_then(Value::as_bool).unwrap_or(false);
        let outcome = match (&payment_method, forced) {
            (Some(_), Some(outcome)) => Some(outcome),
            (Some(method), None) => Some(self.outcome_of(method, intent.customer.as_deref())?),
            (None, _) => None,
        };
        let expand = expands(parameters, "latest_charge")?;
        self.books.intents.push(intent);
        let at = self.books.intents.len() - 1;
        self.emit_intent("payment_intent.created", at, now);
        if let (true, Some(outcome)) = (confirm, outcome) {
            self.confirm(at, outcome, now)?;
        }
        Ok(self.shown(at, expand))
    }

    fn new_intent(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<(BookedIntent, Option<String>), ApiError> {
        super::rules::check_create(parameters)?;
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
        let customer = text("customer");
        if let Some(customer) = &customer {
            self.known_customer(customer)?;
        }
        let destination = parameters.get("transfer_data").and_then(|data| data["destination"].as_str());
        if let Some(destination) = destination.filter(|to| !self.connected.contains(*to)) {
            return Err(ApiError::missing("destination", destination, "transfer_data[destination]"));
        }
        let payment_method = text("payment_method");
        let intent = BookedIntent {
            id: self.next_id("pi"),
            status: if payment_method.is_some() {
                "requires_confirmation"
            } else {
                "requires_payment_method"
            },
            amount: parameters.get("amount").and_then(Value::as_i64).unwrap_or_default(),
            amount_received: 0,
            currency: text("currency").unwrap_or_default(),
            created: now,
            canceled_at: None,
            cancellation_reason: None,
            customer,
            payment_method: payment_method.clone(),
            destination: destination.map(str::to_owned),
            description: text("description"),
            metadata: metadata(parameters),
            latest_charge: None,
            livemode,
            last_payment_error: None,
        };
        Ok((intent, payment_method))
    }

    /// Confirms a payment; an error is a decline, with the intent in it.
    fn confirm(&mut self, at: usize, outcome: Outcome, now: i64) -> Result<(), ApiError> {
        match outcome {
            Outcome::Succeeds => self.succeed(at, now),
            Outcome::SucceedsThenDisputed => {
                self.succeed(at, now);
                let last = self.books.charges.len() - 1;
                self.dispute(last, None, now);
            }
            Outcome::Processing => {
                self.books.intents[at].status = "processing";
                self.emit_intent("payment_intent.processing", at, now);
            }
            Outcome::RequiresAction => {
                self.books.intents[at].status = "requires_action";
                self.emit_intent("payment_intent.requires_action", at, now);
            }
            Outcome::AuthenticationError => {
                return Err(self.fail(at, "authentication_required", Some("authentication_required"), now));
            }
            Outcome::Declines { code, decline_code } => {
                return Err(self.fail(at, &code, decline_code.as_deref(), now));
            }
        }
        Ok(())
    }

    pub(super) fn succeed(&mut self, at: usize, now: i64) {
        let charge = self.add_charge(at, None, now);
        let intent = &mut self.books.intents[at];
        intent.status = "succeeded";
        intent.amount_received = intent.amount;
        intent.last_payment_error = None;
        let (id, amount, currency) = {
            let charge = &self.books.charges[charge];
            (charge.id.clone(), charge.amount, charge.currency.clone())
        };
        self.add_line("charge", amount, &id, &currency, now);
        self.emit_charge("charge.succeeded", charge, now);
        self.emit_intent("payment_intent.succeeded", at, now);
    }

    pub(super) fn fail(&mut self, at: usize, code: &str, decline_code: Option<&str>, now: i64) -> ApiError {
        let charge = self.add_charge(at, Some(code), now);
        let mut error = ApiError::new(402, "card_error", "The simulated bank refused the payment.")
            .code(code)
            .with("charge", self.books.charges[charge].id.as_str());
        if let Some(decline_code) = decline_code {
            error = error.with("decline_code", decline_code);
        }
        let intent = &mut self.books.intents[at];
        intent.status = "requires_payment_method";
        intent.payment_method = None;
        intent.last_payment_error = Some(error.object().clone().into());
        self.emit_charge("charge.failed", charge, now);
        self.emit_intent("payment_intent.payment_failed", at, now);
        error.with("payment_intent", self.shown(at, false))
    }

    fn add_charge(&mut self, at: usize, failure_code: Option<&str>, now: i64) -> usize {
        let id = self.next_id("ch");
        let intent = &mut self.books.intents[at];
        intent.latest_charge = Some(id.clone());
        self.books.charges.push(BookedCharge {
            id,
            payment_intent: intent.id.clone(),
            transaction_id: ours(&intent.metadata),
            paid: failure_code.is_none(),
            amount: intent.amount,
            amount_refunded: 0,
            currency: intent.currency.clone(),
            created: now,
            destination: intent.destination.clone(),
            disputed: false,
            failure_code: failure_code.map(str::to_owned),
        });
        self.books.charges.len() - 1
    }

    /// `POST /v1/payment_intents/{id}/cancel`.
    pub(super) fn cancel_payment(
        &mut self,
        id: &str,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        let at = self.index(id)?;
        let expand = expands(parameters, "latest_charge")?;
        let status = self.books.intents[at].status;
        if !matches!(status, "requires_payment_method" | "requires_confirmation" | "requires_action") {
            let message =
                format!("You cannot cancel this PaymentIntent because it has a status of {status}.");
            let error = ApiError::invalid(&message, "").code("payment_intent_unexpected_state");
            return Err(error.with("payment_intent", self.shown(at, false)));
        }
        let intent = &mut self.books.intents[at];
        intent.status = "canceled";
        intent.canceled_at = Some(now);
        intent.cancellation_reason =
            parameters.get("cancellation_reason").and_then(Value::as_str).map(str::to_owned);
        self.emit_intent("payment_intent.canceled", at, now);
        Ok(self.shown(at, expand))
    }
}

/// What the client calls what it charged: a transaction, or a checkout.
fn ours(metadata: &BTreeMap<String, String>) -> Option<String> {
    metadata.get("transaction_id").or_else(|| metadata.get("bursar_checkout")).cloned()
}

/// The metadata of a request; empty values unset, so they are left out.
pub(super) fn metadata(parameters: &Parameters) -> BTreeMap<String, String> {
    let given = parameters.get("metadata").and_then(Value::as_object);
    let pairs = given.into_iter().flatten().filter_map(|(key, value)| Some((key, value.as_str()?)));
    pairs.filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.clone(), value.to_owned())).collect()
}

/// Whether `expand` names `field`; anything else in it is refused, for nothing else is played.
pub(super) fn expands(parameters: &Parameters, field: &str) -> Result<bool, ApiError> {
    let wanted = parameters.get("expand").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match wanted.iter().find(|name| name.as_str() != Some(field)) {
        Some(name) => {
            Err(ApiError::invalid(&format!("This property cannot be expanded ({name})."), "expand"))
        }
        None => Ok(!wanted.is_empty()),
    }
}
