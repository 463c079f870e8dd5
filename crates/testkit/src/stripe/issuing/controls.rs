//! Spending controls of cards: what they may be, and whether they let an authorisation pass.

use serde_json::{Value, json};

use super::{IssuingBooks, Parameters};
use crate::stripe::errors::ApiError;

/// The lists that are played.
const LISTS: [&str; 2] = ["allowed_categories", "blocked_categories"];
/// The lists that are there and empty.
const UNPLAYED: [&str; 4] = [
    "allowed_card_presences",
    "allowed_merchant_countries",
    "blocked_card_presences",
    "blocked_merchant_countries",
];
/// What one day has, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// The controls after a request: what it gives replaces what was there, an empty value unsets it, the rest stays.
pub(super) fn merged(before: &Value, parameters: &Parameters, currency: &str) -> Result<Value, ApiError> {
    let given = parameters.get("spending_controls").and_then(Value::as_object);
    let mut after = json!({});
    for name in UNPLAYED {
        if given.is_some_and(|given| given.contains_key(name)) {
            return Err(ApiError::not_played(&format!("spending_controls[{name}]")));
        }
        after[name] = Value::Null;
    }
    for name in LISTS {
        let now = given.and_then(|given| given.get(name)).unwrap_or(&before[name]);
        after[name] = if now.as_array().is_some_and(Vec::is_empty) { Value::Null } else { now.clone() };
    }
    if !after["allowed_categories"].is_null() && !after["blocked_categories"].is_null() {
        let message = "allowed_categories and blocked_categories cannot both be set.";
        return Err(ApiError::invalid(message, "spending_controls"));
    }
    let limits = given.and_then(|given| given.get("spending_limits")).unwrap_or(&before["spending_limits"]);
    let limits = limits.as_array().cloned().unwrap_or_default();
    let mut shown = Vec::new();
    for (index, limit) in limits.iter().enumerate() {
        let field = format!("spending_controls[spending_limits][{index}][amount]");
        let amount = limit["amount"].as_i64().unwrap_or_default();
        if amount < 1 {
            return Err(
                ApiError::invalid("Invalid positive integer", &field).code("parameter_invalid_integer")
            );
        }
        let categories = limit["categories"].clone();
        shown.push(json!({ "amount": amount, "categories": categories, "interval": limit["interval"] }));
    }
    after["spending_limits_currency"] = Value::from((!shown.is_empty()).then_some(currency));
    after["spending_limits"] = Value::from(shown);
    Ok(after)
}

/// Whether a card's controls let `cents` more pass at a merchant of this category.
pub(super) fn allow(books: &IssuingBooks, card: &Value, category: &str, cents: i64, now: i64) -> bool {
    let controls = &card["spending_controls"];
    let has = |name: &str| controls[name].as_array().map(|list| list.iter().any(|known| known == category));
    if has("allowed_categories") == Some(false) || has("blocked_categories") == Some(true) {
        return false;
    }
    let limits = controls["spending_limits"].as_array().map(Vec::as_slice).unwrap_or_default();
    limits.iter().all(|limit| {
        let within =
            |category: &Value| limit["categories"].as_array().is_none_or(|only| only.contains(category));
        if !within(&Value::from(category)) {
            return true;
        }
        let used = match limit["interval"].as_str().unwrap_or_default() {
            "per_authorization" => 0,
            interval => spent_since(books, card, begin(interval, now), &within),
        };
        used + cents <= limit["amount"].as_i64().unwrap_or_default()
    })
}

/// What is held and was captured by a card since then. What was given back counts all the same.
fn spent_since(books: &IssuingBooks, card: &Value, since: i64, within: &dyn Fn(&Value) -> bool) -> i64 {
    let counts = |object: &Value| {
        object["created"].as_i64().is_some_and(|created| created >= since)
            && within(&object["merchant_data"]["category"])
    };
    let held = books.authorizations.iter().filter(|known| {
        known["card"]["id"] == card["id"] && known["approved"] == true && known["status"] == "pending"
    });
    let held: i64 = held.filter(|known| counts(known)).filter_map(|known| known["amount"].as_i64()).sum();
    let captured =
        books.transactions.iter().filter(|known| known["card"] == card["id"] && known["type"] == "capture");
    let captured: i64 =
        captured.filter(|known| counts(known)).filter_map(|known| known["amount"].as_i64()).sum();
    held - captured
}

/// When the interval began that `now` is in; all of them begin at midnight UTC, weeks on Sundays.
fn begin(interval: &str, now: i64) -> i64 {
    let day = now.div_euclid(DAY);
    match interval {
        "daily" => day * DAY,
        // The first of January 1970 was a Thursday.
        "weekly" => (day - (day + 4).rem_euclid(7)) * DAY,
        "monthly" | "yearly" => first_of(day, interval == "yearly") * DAY,
        _ => i64::MIN,
    }
}

/// The first day of a day's month or year, both counted from 1970.
fn first_of(day: i64, of_year: bool) -> i64 {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let (mut first, mut year) = (0, 1970);
    while first + 365 + i64::from(leap(year)) <= day {
        first += 365 + i64::from(leap(year));
        year += 1;
    }
    if of_year {
        return first;
    }
    for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        let days = days + i64::from(month == 1 && leap(year));
        if first + days > day {
            break;
        }
        first += days;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_begin_at_midnight_utc() {
        // Monday 2026-09-21, 14:13:20.
        let now = 1_790_000_000;
        let midnight = 1_789_948_800;
        assert_eq!(begin("daily", now), midnight);
        assert_eq!(begin("weekly", now), midnight - DAY);
        assert_eq!(begin("monthly", now), midnight - 20 * DAY);
        assert_eq!(begin("yearly", now), 1_767_225_600);
        assert_eq!(begin("all_time", now), i64::MIN);
    }
}
