//! The account's balance, line by line, and the disputes about charges.
//!
//! A line is written by whatever moves money, and never changed: what a test does to one ([`StripeSim::tamper_with_line`])
//! is what nobody can do at Stripe.
//!
//! [`StripeSim::tamper_with_line`]: super::StripeSim::tamper_with_line

use serde::Serialize;
use serde_json::{Value, json};

use super::account::{Account, Parameters, expands};
use super::errors::ApiError;
use super::objects;
use super::refunds::{created_fits, page};

/// A line of the balance. Amounts are cents; what leaves is negative.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedLine {
    /// `txn_…`.
    pub id: String,
    /// Stripe's type, such as `charge`.
    pub kind: &'static str,
    /// How much.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// What it comes from: a charge, a refund or a dispute.
    pub source: String,
    /// Seconds since the epoch.
    pub created: i64,
}

/// A dispute on the books. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedDispute {
    /// `du_…`.
    pub id: String,
    /// The charge in question.
    pub charge: String,
    /// Its intent.
    pub payment_intent: String,
    /// Stripe's word, such as `needs_response`.
    pub status: &'static str,
    /// Seconds since the epoch.
    pub created: i64,
}

impl Account {
    /// Writes a line.
    pub(super) fn add_line(
        &mut self,
        kind: &'static str,
        amount: i64,
        source: &str,
        currency: &str,
        now: i64,
    ) {
        let id = self.next_id("txn");
        let (source, currency) = (source.to_owned(), currency.to_owned());
        self.books.balance.push(BookedLine { id, kind, amount, currency, source, created: now });
    }

    /// Opens a dispute (`won` is `None`) or closes it.
    pub(super) fn dispute(&mut self, charge: usize, won: Option<bool>, now: i64) {
        self.books.charges[charge].disputed = true;
        let of = self.books.charges[charge].clone();
        let (kind, status) = match won {
            None => ("charge.dispute.created", "needs_response"),
            Some(true) => ("charge.dispute.closed", "won"),
            Some(false) => ("charge.dispute.closed", "lost"),
        };
        let id = objects::dispute_id(&of);
        let known = self.books.disputes.iter().position(|dispute| dispute.id == id);
        match known {
            Some(at) => self.books.disputes[at].status = status,
            None => {
                let (charge, payment_intent) = (of.id.clone(), of.payment_intent.clone());
                let dispute = BookedDispute { id: id.clone(), charge, payment_intent, status, created: now };
                self.books.disputes.push(dispute);
                self.add_line("adjustment", -of.amount, &id, &of.currency, now);
            }
        }
        if won == Some(true) {
            self.add_line("adjustment", of.amount, &id, &of.currency, now);
        }
        let object = objects::dispute(&of, status, now);
        self.emit(kind, object, now);
    }

    /// `GET /v1/disputes`.
    pub(super) fn list_charge_disputes(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        if let Some(id) = text("payment_intent") {
            self.index(id).map_err(|_| ApiError::missing("payment_intent", id, "payment_intent"))?;
        }
        let mut newest_first = Vec::new();
        for dispute in self.books.disputes.iter().rev() {
            let fits = text("payment_intent").is_none_or(|id| dispute.payment_intent == id)
                && text("charge").is_none_or(|id| dispute.charge == id)
                && created_fits(parameters, dispute.created);
            let charge = self.books.charges.iter().find(|charge| charge.id == dispute.charge);
            if let (true, Some(charge)) = (fits, charge) {
                let object = objects::dispute(charge, dispute.status, dispute.created);
                newest_first.push((dispute.id.as_str(), object));
            }
        }
        page(newest_first, parameters, "/v1/disputes")
    }

    /// `GET /v1/balance_transactions`.
    pub(super) fn list_balance(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        let expand = expands(parameters, "data.source")?;
        if let Some(other) = ["payout"].into_iter().find(|name| parameters.contains_key(*name)) {
            return Err(ApiError::not_played(other));
        }
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let mut newest_first = Vec::new();
        for line in self.books.balance.iter().rev() {
            let fits = text("type").is_none_or(|kind| line.kind == kind)
                && text("source").is_none_or(|id| line.source == id)
                && text("currency").is_none_or(|currency| line.currency == currency)
                && created_fits(parameters, line.created);
            if fits {
                newest_first.push((line.id.as_str(), self.shown_line(line, expand)));
            }
        }
        page(newest_first, parameters, "/v1/balance_transactions")
    }

    fn shown_line(&self, line: &BookedLine, expand: bool) -> Value {
        let source = if expand { self.source_of(line) } else { Value::from(line.source.as_str()) };
        let category = match (line.kind, line.amount < 0) {
            ("adjustment", true) => "dispute",
            ("adjustment", false) => "dispute_reversal",
            (kind, _) => kind,
        };
        json!({
            "id": line.id,
            "object": "balance_transaction",
            "amount": line.amount,
            "available_on": line.created,
            "balance_type": "payments",
            "created": line.created,
            "currency": line.currency,
            "description": null,
            "exchange_rate": null,
            "fee": 0,
            "fee_details": [],
            "net": line.amount,
            "reporting_category": category,
            "source": source,
            "status": "available",
            "type": line.kind,
        })
    }

    fn source_of(&self, line: &BookedLine) -> Value {
        let books = &self.books;
        if let Some(charge) = books.charges.iter().find(|charge| charge.id == line.source)
            && let Some(of) = books.intents.iter().find(|intent| intent.id == charge.payment_intent)
        {
            return objects::charge(charge, of);
        }
        if let Some(refund) = books.refunds.iter().find(|refund| refund.id == line.source) {
            return objects::refund(refund);
        }
        let dispute = books.disputes.iter().find(|dispute| dispute.id == line.source);
        let charge =
            dispute.and_then(|dispute| books.charges.iter().find(|known| known.id == dispute.charge));
        match (dispute, charge) {
            (Some(dispute), Some(charge)) => objects::dispute(charge, dispute.status, dispute.created),
            _ => Value::Null,
        }
    }

    /// Loses a line.
    pub(super) fn lose_line(&mut self, id: &str) -> bool {
        if id.starts_with("ipi_") {
            return self.lose_issued(id);
        }
        let before = self.books.balance.len();
        self.books.balance.retain(|line| line.id != id);
        self.books.balance.len() < before
    }

    /// Changes the amount of a line.
    pub(super) fn tamper_with_line(&mut self, id: &str, amount: i64) -> bool {
        if id.starts_with("ipi_") {
            return self.tamper_with_issued(id, "amount", Value::from(amount));
        }
        let found = self.books.balance.iter_mut().find(|line| line.id == id);
        found.is_some_and(|line| {
            line.amount = amount;
            true
        })
    }
}
