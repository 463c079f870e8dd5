//! Lists: filters and pages, newest first.

use serde_json::Value;

use super::{Parameters, expanded};
use crate::stripe::account::Account;
use crate::stripe::errors::ApiError;
use crate::stripe::objects;
use crate::stripe::refunds::created_fits;

/// A kind of object that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stripe) enum Listed {
    /// `GET /v1/issuing/cardholders`.
    Cardholders,
    /// `GET /v1/issuing/cards`.
    Cards,
    /// `GET /v1/issuing/authorizations`.
    Authorizations,
    /// `GET /v1/issuing/transactions`.
    Transactions,
    /// `GET /v1/issuing/disputes`.
    Disputes,
}

/// What every list takes.
const PAGING: [&str; 5] = ["created", "limit", "starting_after", "ending_before", "expand"];

impl Listed {
    /// What it is filtered by, where the object has the same name for it.
    fn filters(self) -> &'static [&'static str] {
        match self {
            Listed::Cardholders => &["email", "phone_number", "status", "type"],
            Listed::Cards => &["cardholder", "last4", "status", "type"],
            Listed::Authorizations => &["card", "cardholder", "status"],
            Listed::Transactions => &["card", "cardholder", "type"],
            Listed::Disputes => &["status", "transaction"],
        }
    }

    fn path(self) -> &'static str {
        match self {
            Listed::Cardholders => "/v1/issuing/cardholders",
            Listed::Cards => "/v1/issuing/cards",
            Listed::Authorizations => "/v1/issuing/authorizations",
            Listed::Transactions => "/v1/issuing/transactions",
            Listed::Disputes => "/v1/issuing/disputes",
        }
    }
}

impl Account {
    /// A page of a list.
    pub(in crate::stripe) fn list_issued(
        &self,
        listed: Listed,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let filters = listed.filters();
        if let Some(other) = parameters
            .keys()
            .find(|name| !PAGING.contains(&name.as_str()) && !filters.contains(&name.as_str()))
        {
            return Err(ApiError::not_played(other));
        }
        let all = match listed {
            Listed::Cardholders => &self.issuing.cardholders,
            Listed::Cards => &self.issuing.cards,
            Listed::Authorizations => &self.issuing.authorizations,
            Listed::Transactions => &self.issuing.transactions,
            Listed::Disputes => &self.issuing.disputes,
        };
        let fits = |object: &Value| {
            let is = |name: &str| match parameters.get(name) {
                None => true,
                Some(wanted) => object[name] == *wanted || object[name]["id"] == *wanted,
            };
            object["livemode"] == livemode
                && created_fits(parameters, object["created"].as_i64().unwrap_or_default())
                && filters.iter().all(|name| is(name))
        };
        let found: Vec<&Value> = all.iter().rev().filter(|object| fits(object)).collect();
        page(&found, parameters, listed.path())
    }
}

fn page(newest_first: &[&Value], parameters: &Parameters, path: &str) -> Result<Value, ApiError> {
    let limit = parameters.get("limit").and_then(Value::as_i64).unwrap_or(10);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
        ApiError::invalid("limit must be between 1 and 100", "limit").code("parameter_invalid_integer")
    })?;
    let of = |name: &str| -> Result<Option<usize>, ApiError> {
        let Some(id) = parameters.get(name) else { return Ok(None) };
        let found = newest_first.iter().position(|known| known["id"] == *id);
        let missing = || ApiError::missing("object", id.as_str().unwrap_or_default(), name);
        found.map(Some).ok_or_else(missing)
    };
    let (from, to) = match (of("starting_after")?, of("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "Only one of starting_after and ending_before is taken.";
            return Err(ApiError::invalid(message, "ending_before"));
        }
        (None, Some(before)) => (before.saturating_sub(limit), before),
        (after, None) => {
            let from = after.map_or(0, |after| after + 1);
            (from, (from + limit).min(newest_first.len()))
        }
    };
    let backwards = parameters.contains_key("ending_before");
    let has_more = if backwards { from > 0 } else { to < newest_first.len() };
    let data = newest_first.get(from..to).unwrap_or_default().iter().map(|known| (*known).clone()).collect();
    Ok(objects::page(data, has_more, path))
}
