//! What Stripe keeps for later: customers and their payment methods.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::account::{Account, Parameters, expands, metadata};
use super::cards::Outcome;
use super::errors::ApiError;
use super::refunds::{created_fits, page};
use super::rules::check_metadata;
use super::saved_objects as objects;
use super::setups::BookedSetup;

/// Parameters of `POST /v1/customers` that the simulator plays.
const CUSTOMER_PLAYED: [&str; 4] = ["description", "email", "metadata", "name"];

/// What clients made, beside what is known from the start.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) customers: Vec<BookedCustomer>,
    pub(super) methods: Vec<BookedMethod>,
    pub(super) setups: Vec<BookedSetup>,
}

/// A customer that a client made.
#[derive(Debug, Clone)]
pub(super) struct BookedCustomer {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) livemode: bool,
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// A payment method that somebody saved on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedMethod {
    /// `pm_…`.
    pub id: String,
    /// `card` or `us_bank_account`.
    pub kind: &'static str,
    /// Whose it is; nobody's once it was detached.
    pub customer: Option<String>,
    /// Its last four digits.
    pub last4: &'static str,
    /// A card's last month, 1 to 12.
    pub exp_month: i64,
    /// And its year.
    pub exp_year: i64,
    /// Seconds since the epoch.
    pub created: i64,
    /// Whether real money would move.
    pub livemode: bool,
    /// What charging it does.
    pub outcome: Outcome,
}

/// Whether a session is to save a payment method.
pub(super) fn is_setup(parameters: &Parameters) -> bool {
    parameters.get("mode").and_then(Value::as_str) == Some("setup")
}

impl Account {
    /// `POST /v1/customers`.
    pub(super) fn create_customer(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        if let Some(other) = parameters.keys().find(|name| !CUSTOMER_PLAYED.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        check_metadata(parameters)?;
        let texts = ["description", "email", "name"].into_iter();
        let texts =
            texts.filter_map(|name| Some((name, parameters.get(name)?.as_str()?.to_owned()))).collect();
        let id = self.next_id("cus");
        self.customers.insert(id.clone(), false);
        let customer = BookedCustomer { id, created: now, livemode, texts, metadata: metadata(parameters) };
        let object = objects::customer(&customer);
        self.saved.customers.push(customer);
        self.emit("customer.created", object.clone(), now);
        Ok(object)
    }

    /// `GET /v1/customers`.
    pub(super) fn list_customers(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        if let Some(other) = parameters.keys().find(|name| ["email", "test_clock"].contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        let alive = |customer: &&BookedCustomer| self.customers.get(&customer.id) == Some(&false);
        let newest_first = self.saved.customers.iter().rev().filter(alive);
        let fitting = newest_first.filter(|customer| created_fits(parameters, customer.created));
        let rows = fitting.map(|customer| (customer.id.as_str(), objects::customer(customer))).collect();
        page(rows, parameters, "/v1/customers")
    }

    /// Deletes a customer, as somebody does in Stripe's own dashboard.
    pub(super) fn delete_customer(&mut self, id: &str, now: i64) {
        self.customers.insert(id.to_owned(), true);
        let of: Vec<String> = self
            .saved
            .methods
            .iter()
            .filter(|method| method.customer.as_deref() == Some(id))
            .map(|method| method.id.clone())
            .collect();
        for method in of {
            self.detach(&method, now);
        }
        if let Some(customer) = self.saved.customers.iter().find(|customer| customer.id == id) {
            let object = objects::customer(customer);
            self.emit("customer.deleted", object, now);
        }
    }

    fn method_at(&self, id: &str) -> Result<usize, ApiError> {
        let at = self.saved.methods.iter().position(|method| method.id == id);
        at.ok_or_else(|| ApiError::missing("PaymentMethod", id, "id"))
    }

    /// That a payment method that was saved on a page is still its customer's.
    pub(super) fn must_be_attached(&self, id: &str) -> Result<(), ApiError> {
        match self.method_at(id) {
            Ok(at) if self.saved.methods[at].customer.is_none() => {
                let message =
                    "The provided PaymentMethod was detached from its Customer. It may not be used again.";
                Err(ApiError::invalid(message, "payment_method"))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// `GET /v1/payment_methods/{id}`.
    pub(super) fn retrieve_method(&self, id: &str, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        Ok(objects::method(&self.saved.methods[self.method_at(id)?]))
    }

    /// `POST /v1/payment_methods/{id}/detach`.
    pub(super) fn detach_method(
        &mut self,
        id: &str,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let at = self.method_at(id)?;
        if self.saved.methods[at].customer.is_none() {
            let message =
                "The payment method you provided is not attached to a customer so detachment is impossible.";
            return Err(ApiError::invalid(message, ""));
        }
        self.detach(id, now);
        Ok(objects::method(&self.saved.methods[at]))
    }

    fn detach(&mut self, id: &str, now: i64) {
        let Ok(at) = self.method_at(id) else { return };
        self.saved.methods[at].customer = None;
        self.payment_methods.remove(id);
        let object = objects::method(&self.saved.methods[at]);
        self.emit("payment_method.detached", object, now);
    }

    /// A bank account was verified, and is its customer's now.
    pub(super) fn attach_again(&mut self, id: &str, customer: &str) {
        if let Ok(at) = self.method_at(id) {
            let method = &mut self.saved.methods[at];
            method.customer = Some(customer.to_owned());
            let saved = (customer.to_owned(), method.outcome.clone());
            self.payment_methods.insert(id.to_owned(), saved);
        }
    }

    /// Puts a payment method on the books as its customer's.
    pub(super) fn attach(&mut self, method: BookedMethod, now: i64) {
        if let Some(customer) = &method.customer {
            let saved = (customer.clone(), method.outcome.clone());
            self.payment_methods.insert(method.id.clone(), saved);
        }
        let object = objects::method(&method);
        self.saved.methods.push(method);
        self.emit("payment_method.attached", object, now);
    }

    /// What a card's bank tells Stripe: another end.
    pub(super) fn renew_card(&mut self, id: &str, exp_month: i64, exp_year: i64, now: i64) -> bool {
        let Ok(at) = self.method_at(id) else { return false };
        let method = &mut self.saved.methods[at];
        (method.exp_month, method.exp_year) = (exp_month, exp_year);
        let object = objects::method(method);
        self.emit("payment_method.automatically_updated", object, now);
        true
    }
}
