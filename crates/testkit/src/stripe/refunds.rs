//! Refunds, and the lists of everything.

use serde_json::Value;

use super::account::{Account, Parameters, expands, metadata};
use super::books::BookedRefund;
use super::errors::ApiError;
use super::objects;
use super::rules::check_metadata;

/// Parameters of `POST /v1/refunds` that the simulator plays.
const PLAYED: [&str; 6] = ["amount", "charge", "payment_intent", "metadata", "reason", "reverse_transfer"];

impl Account {
    /// `POST /v1/refunds`, ending in `status`.
    pub(super) fn create_refund(
        &mut self,
        parameters: &Parameters,
        status: &'static str,
        now: i64,
    ) -> Result<Value, ApiError> {
        if let Some(other) = parameters.keys().find(|name| !PLAYED.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        check_metadata(parameters)?;
        let at = self.refundable_charge(parameters)?;
        let charge = &self.books.charges[at];
        let left = charge.amount - charge.amount_refunded;
        let amount = parameters.get("amount").and_then(Value::as_i64).unwrap_or(left);
        if left == 0 {
            let message = format!("Charge {} has already been refunded.", charge.id);
            return Err(ApiError::invalid(&message, "").code("charge_already_refunded"));
        }
        if amount < 1 {
            return Err(
                ApiError::invalid("Invalid positive integer", "amount").code("parameter_invalid_integer")
            );
        }
        if amount > left {
            let message =
                format!("Refund amount ({amount}) is greater than what is left of the charge ({left}).");
            return Err(ApiError::invalid(&message, "amount"));
        }
        let reverse_transfer = parameters.get("reverse_transfer").and_then(Value::as_bool).unwrap_or(false);
        if reverse_transfer && charge.destination.is_none() {
            let message = "The charge has no transfer that could be reversed.";
            return Err(ApiError::invalid(message, "reverse_transfer"));
        }
        let mut refund = BookedRefund {
            id: String::new(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            status,
            amount,
            currency: charge.currency.clone(),
            created: now,
            reverse_transfer,
            metadata: metadata(parameters),
        };
        refund.id = self.next_id("re");
        let shown = objects::refund(&refund);
        let (id, currency) = (refund.id.clone(), refund.currency.clone());
        self.books.refunds.push(refund);
        self.emit("refund.created", shown.clone(), now);
        if status != "failed" {
            self.add_line("refund", -amount, &id, &currency, now);
            self.books.charges[at].amount_refunded += amount;
            self.emit_charge("charge.refunded", at, now);
        }
        Ok(shown)
    }

    fn refundable_charge(&self, parameters: &Parameters) -> Result<usize, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let (intent, charge) = (text("payment_intent"), text("charge"));
        if intent.is_some() == charge.is_some() {
            let message = "Exactly one of charge and payment_intent must be given.";
            return Err(ApiError::invalid(message, "").code("parameter_missing"));
        }
        if let Some(id) = charge {
            let at = self.books.charges.iter().position(|charge| charge.id == id && charge.paid);
            return at.ok_or_else(|| ApiError::missing("charge", id, "charge"));
        }
        let id = intent.unwrap_or_default();
        self.index(id).map_err(|_| ApiError::missing("payment_intent", id, "payment_intent"))?;
        let at = self.books.charges.iter().position(|charge| charge.payment_intent == id && charge.paid);
        let message = "This PaymentIntent has no successful charge to refund.";
        at.ok_or_else(|| ApiError::invalid(message, "payment_intent"))
    }

    /// Ends a refund that was pending.
    pub(super) fn finish_refund(&mut self, id: &str, succeeds: bool, now: i64) -> bool {
        let Some(refund) =
            self.books.refunds.iter_mut().find(|refund| refund.id == id && refund.status == "pending")
        else {
            return false;
        };
        refund.status = if succeeds { "succeeded" } else { "failed" };
        let (shown, charge, amount) = (objects::refund(refund), refund.charge.clone(), refund.amount);
        let currency = refund.currency.clone();
        if !succeeds {
            self.add_line("refund_failure", amount, id, &currency, now);
        }
        if !succeeds && let Some(charge) = self.books.charges.iter_mut().find(|known| known.id == charge) {
            charge.amount_refunded -= amount;
        }
        self.emit("refund.updated", shown.clone(), now);
        if !succeeds {
            self.emit("refund.failed", shown, now);
        }
        true
    }

    /// `GET /v1/refunds/{id}`.
    pub(super) fn retrieve_refund(&self, id: &str, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let refund = self.books.refunds.iter().find(|refund| refund.id == id);
        refund.map(objects::refund).ok_or_else(|| ApiError::missing("refund", id, "id"))
    }

    /// `GET /v1/refunds`.
    pub(super) fn list_refunds(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        if let Some(id) = text("payment_intent") {
            self.index(id).map_err(|_| ApiError::missing("payment_intent", id, "payment_intent"))?;
        }
        let fits = |refund: &&BookedRefund| {
            text("payment_intent").is_none_or(|id| refund.payment_intent == id)
                && text("charge").is_none_or(|id| refund.charge == id)
                && created_fits(parameters, refund.created)
        };
        let newest_first: Vec<(&str, Value)> = self
            .books
            .refunds
            .iter()
            .rev()
            .filter(fits)
            .map(|r| (r.id.as_str(), objects::refund(r)))
            .collect();
        page(newest_first, parameters, "/v1/refunds")
    }

    /// `GET /v1/payment_intents`.
    pub(super) fn list_payments(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        let expand = expands(parameters, "data.latest_charge")?;
        let customer = parameters.get("customer").and_then(Value::as_str);
        if let Some(customer) = customer.filter(|id| !self.customers.contains_key(*id)) {
            return Err(ApiError::missing("customer", customer, "customer"));
        }
        let mut newest_first = Vec::new();
        for (at, intent) in self.books.intents.iter().enumerate().rev() {
            let whose = customer.is_none() || intent.customer.as_deref() == customer;
            if whose && created_fits(parameters, intent.created) {
                newest_first.push((intent.id.as_str(), self.shown(at, expand)));
            }
        }
        page(newest_first, parameters, "/v1/payment_intents")
    }

    /// `GET /v1/customers/{id}`.
    pub(super) fn retrieve_customer(
        &self,
        id: &str,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let deleted = self.customers.get(id).ok_or_else(|| ApiError::missing("customer", id, "id"))?;
        let made = self.saved.customers.iter().find(|customer| customer.id == id && !deleted);
        Ok(made.map_or_else(|| objects::customer(id, *deleted, now), super::saved_objects::customer))
    }
}

pub(super) fn created_fits(parameters: &Parameters, created: i64) -> bool {
    match parameters.get("created") {
        None => true,
        Some(Value::Number(exactly)) => exactly.as_i64() == Some(created),
        Some(range) => {
            let bound = |name: &str| range[name].as_i64();
            bound("gte").is_none_or(|from| created >= from)
                && bound("gt").is_none_or(|from| created > from)
                && bound("lte").is_none_or(|to| created <= to)
                && bound("lt").is_none_or(|to| created < to)
        }
    }
}

pub(super) fn page(
    newest_first: Vec<(&str, Value)>,
    parameters: &Parameters,
    url: &str,
) -> Result<Value, ApiError> {
    let limit = parameters.get("limit").and_then(Value::as_i64).unwrap_or(10);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| {
        ApiError::invalid("limit must be between 1 and 100", "limit").code("parameter_invalid_integer")
    })?;
    for cursor in ["ending_before", "customer_account"] {
        if parameters.contains_key(cursor) {
            return Err(ApiError::not_played(cursor));
        }
    }
    let start = match parameters.get("starting_after").and_then(Value::as_str) {
        None => 0,
        Some(id) => match newest_first.iter().position(|(known, _)| *known == id) {
            Some(at) => at + 1,
            None => return Err(ApiError::missing("object", id, "starting_after")),
        },
    };
    let has_more = newest_first.len() > start + limit;
    let data = newest_first.into_iter().skip(start).take(limit).map(|(_, object)| object).collect();
    Ok(objects::page(data, has_more, url))
}
