//! Stripe Issuing: cardholders, cards, and what merchants do with them.
//!
//! What merchants do is driven by Stripe's own test helpers (`/v1/test_helpers/issuing/…`), and where Stripe has none by
//! the admin routes. As at Stripe: the status of card and cardholder and the card's spending controls are looked at
//! first; then `issuing_authorization.request` goes to the endpoint, which has two seconds; where nobody is asked the
//! authorisation is approved; where the answer is late or no answer, the account's setting decides. Captures, forced
//! ones above all, ask nobody.
//!
//! The two modes see nothing of each other: a test key finds no live card. The number of a card is in no event and in no
//! answer that did not ask for it by `expand`.

mod ask;
mod authorizations;
mod cardholders;
mod cards;
mod controls;
mod disputes;
mod lists;
mod merchants;
mod transactions;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::account::{Account, Parameters};
use super::errors::ApiError;
use super::faults::Operation;
use super::webhooks::SimEvent;
use lists::Listed;

pub(super) use ask::{again, asked};

/// Everything that was issued, and what became of it. Objects are as Stripe shows them, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssuingBooks {
    /// `ich_…`.
    pub cardholders: Vec<Value>,
    /// `ic_…`, without their numbers.
    pub cards: Vec<Value>,
    /// `iauth_…`.
    pub authorizations: Vec<Value>,
    /// `ipi_…`.
    pub transactions: Vec<Value>,
    /// `idp_…`.
    pub disputes: Vec<Value>,
    /// What the balance for Issuing says of it.
    pub balance: Vec<BalanceLine>,
    /// What was answered to each request for an authorisation.
    pub answers: Vec<SimAnswer>,
    /// Numbers and codes by card; they leave only where `expand` asks for them.
    #[serde(skip)]
    secrets: Vec<(String, String, String)>,
    #[serde(skip)]
    requests: Vec<(String, SimEvent)>,
    /// What of a capture was given back, in cents.
    #[serde(skip)]
    refunded: BTreeMap<String, i64>,
    #[serde(skip)]
    pub(super) rules: Rules,
}

/// How the account is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Rules {
    /// Whether the endpoint is told of `issuing_authorization.request`.
    pub(super) asks: bool,
    /// What becomes of an authorisation whose answer is late, or none.
    pub(super) approves_late: bool,
}

impl Default for IssuingBooks {
    fn default() -> IssuingBooks {
        IssuingBooks {
            cardholders: Vec::new(),
            cards: Vec::new(),
            authorizations: Vec::new(),
            transactions: Vec::new(),
            disputes: Vec::new(),
            balance: Vec::new(),
            answers: Vec::new(),
            secrets: Vec::new(),
            requests: Vec::new(),
            refunded: BTreeMap::new(),
            rules: Rules { asks: true, approves_late: false },
        }
    }
}

impl IssuingBooks {
    /// An authorisation as it is now.
    pub fn authorization(&self, id: &str) -> Option<&Value> {
        self.authorizations.iter().find(|known| known["id"] == id)
    }

    /// A card as it is now.
    pub fn card(&self, id: &str) -> Option<&Value> {
        self.cards.iter().find(|known| known["id"] == id)
    }

    /// What left by a card less what came back, in cents: its transactions.
    pub fn spent(&self, card: &str) -> i64 {
        let of = self.transactions.iter().filter(|known| known["card"] == card);
        -of.filter_map(|known| known["amount"].as_i64()).sum::<i64>()
    }
}

/// A line of the balance for Issuing: what is held, let go of, paid and given back. Amounts are cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceLine {
    /// `txn_…`.
    pub id: String,
    /// Stripe's word, such as `issuing_transaction`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Less than zero is money that left, or is held.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// What it belongs to.
    pub source: String,
    /// Seconds since the epoch.
    pub created: i64,
}

/// What was answered to a request for an authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimAnswer {
    /// `iauth_…`.
    pub authorization: String,
    /// What Stripe calls it: `webhook_approved`, `webhook_declined`, `webhook_error` or `webhook_timeout`.
    pub reason: &'static str,
    /// What is wrong with it, where something is.
    pub error: Option<String>,
    /// The HTTP status; 0 for no answer.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Account {
    fn balance_line(&mut self, kind: &'static str, amount: i64, source: &Value, now: i64) -> Value {
        let id = self.next_id("txn");
        let text = |name: &str| source[name].as_str().unwrap_or_default().to_owned();
        let (currency, source) = (text("currency"), text("id"));
        let object = json!({
            "id": id,
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "issuing",
            "created": now,
            "currency": currency,
            "description": null,
            "exchange_rate": null,
            "fee": 0,
            "fee_details": [],
            "net": amount,
            "reporting_category": kind,
            "source": source,
            "status": "available",
            "type": kind,
        });
        self.issuing.balance.push(BalanceLine { id, kind, amount, currency, source, created: now });
        object
    }
}

/// Does what asks nobody.
pub(super) fn execute(
    account: &mut Account,
    operation: Operation,
    (id, parameters): (&str, &Parameters),
    livemode: bool,
    now: i64,
) -> Result<Value, ApiError> {
    match operation {
        Operation::ListCardholders => account.list_issued(Listed::Cardholders, parameters, livemode),
        Operation::CreateCardholder => account.create_cardholder(parameters, livemode, now),
        Operation::RetrieveCardholder => account.retrieve_cardholder(id, parameters, livemode),
        Operation::UpdateCardholder => account.update_cardholder(id, parameters, livemode, now),
        Operation::ListCards => account.list_issued(Listed::Cards, parameters, livemode),
        Operation::CreateCard => account.create_card(parameters, livemode, now),
        Operation::RetrieveCard => account.retrieve_card(id, parameters, livemode),
        Operation::UpdateCard => account.update_card(id, parameters, livemode, now),
        Operation::ListAuthorizations => account.list_issued(Listed::Authorizations, parameters, livemode),
        Operation::RetrieveAuthorization => account.retrieve_authorization(id, parameters, livemode),
        Operation::ListIssuedTransactions => account.list_issued(Listed::Transactions, parameters, livemode),
        Operation::RetrieveIssuedTransaction => account.retrieve_issued(id, parameters, livemode),
        Operation::ListDisputes => account.list_issued(Listed::Disputes, parameters, livemode),
        Operation::CreateDispute => account.create_dispute(parameters, livemode, now),
        Operation::RetrieveDispute => account.retrieve_dispute(id, parameters, livemode),
        Operation::SubmitDispute => account.submit_dispute(id, parameters, livemode, now),
        Operation::CaptureAuthorization => {
            account.capture_authorization(id, parameters, (livemode, false), now)
        }
        Operation::ExpireAuthorization => account.expire_authorization(id, parameters, livemode, now),
        Operation::ReverseAuthorization => account.reverse_authorization(id, parameters, livemode, now),
        Operation::ForceCapture => account.transact_unlinked("capture", parameters, livemode, now),
        Operation::UnlinkedRefund => account.transact_unlinked("refund", parameters, livemode, now),
        Operation::RefundIssued => account.refund_issued(id, parameters, livemode, now),
        _ => Err(ApiError::new(404, "invalid_request_error", "Unrecognized request URL.")),
    }
}

/// Where an object stands in its list, for a key of this mode.
fn at(list: &[Value], what: &str, id: &str, livemode: bool, param: &str) -> Result<usize, ApiError> {
    let found = list.iter().position(|known| known["id"] == id);
    match found {
        Some(at) if list.get(at).is_some_and(|known| known["livemode"] == livemode) => Ok(at),
        Some(_) | None => Err(ApiError::missing(what, id, param)),
    }
}

/// Refuses parameters that Stripe takes and nobody plays here.
fn only(parameters: &Parameters, played: &[&str]) -> Result<(), ApiError> {
    let other = parameters.keys().find(|name| !played.contains(&name.as_str()));
    other.map_or(Ok(()), |name| Err(ApiError::not_played(name)))
}

/// What `expand` names; anything but `fields` is refused.
fn expanded<'a>(parameters: &'a Parameters, fields: &[&str]) -> Result<Vec<&'a str>, ApiError> {
    let wanted = parameters.get("expand").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
    match named.iter().find(|name| !fields.contains(*name)) {
        Some(name) => {
            Err(ApiError::invalid(&format!("This property cannot be expanded ({name})."), "expand"))
        }
        None => Ok(named),
    }
}

fn missing(name: &str) -> ApiError {
    ApiError::invalid(&format!("Missing required param: {name}."), name).code("parameter_missing")
}

fn integer(parameters: &Parameters, name: &str) -> Option<i64> {
    parameters.get(name).and_then(Value::as_i64)
}

fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

/// Metadata as it is kept after an update: given keys are set, empty ones unset.
fn merged_metadata(before: &Value, parameters: &Parameters) -> Value {
    let mut merged = before.as_object().cloned().unwrap_or_default();
    match parameters.get("metadata") {
        Some(Value::Object(given)) => {
            for (key, value) in given {
                if value == "" {
                    merged.remove(key);
                } else {
                    merged.insert(key.clone(), value.clone());
                }
            }
        }
        Some(_) => merged.clear(),
        None => {}
    }
    json!(merged)
}
