//! Version 2 of the API: financial accounts of money management. Strict: without the header of the preview there is nothing,
//! a form is no JSON, and a list takes `limit` and `page` alone.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::account::{Account, Parameters};
use super::errors::ApiError;
use super::forms::{self, Form};
use super::parameters::table;
use super::server::Incoming;

/// What every path of version 2 begins with.
const PREFIX: &str = "/v2/";
/// Most of one page.
const LIMIT_MAX: usize = 20;

/// Whether a path is of version 2.
pub(super) fn is_v2(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The version that previews are asked in: that of the day, as a preview.
fn preview() -> String {
    let day = table().api_version.split('.').next().unwrap_or_default();
    format!("{day}.preview")
}

/// What is wrong with a request before it is known what it is for.
pub(super) fn check(request: &Incoming) -> Result<(), ApiError> {
    if request.header("Stripe-Version") != Some(preview().as_str()) {
        let message = "This is a preview: send its version in the header Stripe-Version.";
        return Err(ApiError::invalid(message, "").code("unsupported_api_version"));
    }
    let json = request.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
    if request.method == Method::POST && !json {
        return Err(ApiError::invalid("Requests of version 2 are application/json.", ""));
    }
    if request.method == Method::GET && !request.body.is_empty() {
        return Err(ApiError::invalid("A GET has no body.", ""));
    }
    Ok(())
}

/// The parameters of a list.
pub(super) fn parameters(query: &str) -> Result<Parameters, ApiError> {
    let form = forms::parse(query.as_bytes());
    let form = form.map_err(|key| ApiError::invalid(&format!("Malformed: {key}"), &key))?;
    let mut known = Map::new();
    for (name, value) in form {
        let invalid = || ApiError::invalid(&format!("Invalid parameter: {name}"), &name);
        match (name.as_str(), value) {
            ("limit", Form::Text(text)) => {
                let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                known.insert(name.clone(), json!(limit.ok_or_else(invalid)?));
            }
            ("page", Form::Text(text)) => {
                let from = text.strip_prefix("page_").and_then(|from| from.parse::<usize>().ok());
                known.insert(name.clone(), json!(from.ok_or_else(invalid)?));
            }
            _ => return Err(invalid()),
        }
    }
    Ok(known)
}

impl Account {
    /// `GET /v2/money_management/financial_accounts`.
    pub(super) fn list_financial_accounts(&self, parameters: &Parameters, livemode: bool) -> Value {
        let number = |name: &str| parameters.get(name).and_then(Value::as_u64);
        let number = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
        let (from, limit) = (number("page").unwrap_or(0), number("limit").unwrap_or(LIMIT_MAX));
        let all: Vec<&Value> = self.financial.iter().filter(|known| known["livemode"] == livemode).collect();
        let to = (from + limit).min(all.len());
        let path = "/v2/money_management/financial_accounts";
        let next = (to < all.len()).then(|| format!("{path}?limit={limit}&page=page_{to}"));
        json!({
            "data": all.get(from..to).unwrap_or_default(),
            "next_page_url": next,
            "previous_page_url": null,
        })
    }

    /// Opens one with so much in it: currency, what is available and what is on its way in, in cents.
    pub(super) fn add_financial_account(&mut self, id: &str, balances: &[(&str, i64, i64)], now: &str) {
        let sums = |of: fn(&(&str, i64, i64)) -> i64| -> Value {
            let amount = |b: &(&str, i64, i64)| (b.0.to_owned(), json!({ "value": of(b), "currency": b.0 }));
            Value::Object(balances.iter().map(amount).collect())
        };
        let currencies: Vec<&str> = balances.iter().map(|(currency, ..)| *currency).collect();
        self.financial.push(json!({
            "id": id,
            "object": "v2.money_management.financial_account",
            "balance": {
                "available": sums(|b| b.1),
                "inbound_pending": sums(|b| b.2),
                "outbound_pending": sums(|_| 0),
            },
            "country": "us",
            "created": now,
            "display_name": id,
            "livemode": false,
            "metadata": {},
            "status": "open",
            "storage": { "holds_currencies": currencies },
            "type": "storage",
        }));
    }
}
