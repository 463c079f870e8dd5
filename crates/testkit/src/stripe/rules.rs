//! What Stripe demands of a request beyond the types of its parameters.

use serde_json::Value;

use super::account::Parameters;
use super::errors::ApiError;

/// Parameters of `POST /v1/payment_intents` that the simulator plays. Stripe has more.
const PLAYED: [&str; 12] = [
    "amount",
    "currency",
    "customer",
    "payment_method",
    "confirm",
    "off_session",
    "automatic_payment_methods",
    "metadata",
    "transfer_data",
    "expand",
    "payment_method_types",
    "description",
];
/// Currencies that the simulated account takes, with Stripe's least amount of each.
const CURRENCIES: [(&str, i64); 5] = [("usd", 50), ("eur", 50), ("gbp", 30), ("jpy", 50), ("cad", 50)];

pub(super) fn check_create(parameters: &Parameters) -> Result<(), ApiError> {
    if let Some(other) = parameters.keys().find(|name| !PLAYED.contains(&name.as_str())) {
        return Err(ApiError::not_played(other));
    }
    check_amount(parameters)?;
    check_metadata(parameters)?;
    let flag = |name: &str| parameters.get(name).and_then(Value::as_bool).unwrap_or(false);
    let confirm = flag("confirm");
    if parameters.contains_key("off_session") && !confirm {
        return Err(ApiError::invalid(
            "off_session is only for a payment that is confirmed now.",
            "off_session",
        ));
    }
    if confirm && !parameters.contains_key("payment_method") {
        let message = "A payment cannot be confirmed without a payment method.";
        return Err(ApiError::invalid(message, "").code("payment_intent_unexpected_state"));
    }
    let automatic = parameters.get("automatic_payment_methods");
    if automatic.is_some() && parameters.contains_key("payment_method_types") {
        let message = "Only one of automatic_payment_methods and payment_method_types is taken.";
        return Err(ApiError::invalid(message, "").code("parameters_exclusive"));
    }
    let never_leaves =
        automatic.is_some_and(|set| set["enabled"] == true && set["allow_redirects"] == "never");
    if confirm && !never_leaves && !parameters.contains_key("payment_method_types") {
        let message = "This payment could need a redirect: give return_url, or set allow_redirects to never.";
        return Err(ApiError::invalid(message, "return_url"));
    }
    Ok(())
}

fn check_amount(parameters: &Parameters) -> Result<(), ApiError> {
    let amount = parameters.get("amount").and_then(Value::as_i64).unwrap_or_default();
    let currency = parameters.get("currency").and_then(Value::as_str).unwrap_or_default();
    check_price(amount, currency)
}

/// A currency; its least amount.
pub(super) fn check_currency(currency: &str) -> Result<i64, ApiError> {
    let known = CURRENCIES.iter().find(|(known, _)| *known == currency);
    known
        .map(|(_, least)| *least)
        .ok_or_else(|| ApiError::invalid(&format!("Invalid currency: {currency}"), "currency"))
}

/// A sum and its currency.
pub(super) fn check_price(amount: i64, currency: &str) -> Result<(), ApiError> {
    let least = check_currency(currency)?;
    if amount < 1 {
        return Err(ApiError::invalid("Invalid positive integer", "amount").code("parameter_invalid_integer"));
    }
    if amount > 99_999_999 {
        return Err(
            ApiError::invalid("Amount must be no more than 99999999", "amount").code("amount_too_large")
        );
    }
    if amount < least {
        return Err(
            ApiError::invalid(&format!("Amount must be at least {least}"), "amount").code("amount_too_small")
        );
    }
    Ok(())
}

/// At most 50 keys of 40 characters and values of 500.
pub(super) fn check_metadata(parameters: &Parameters) -> Result<(), ApiError> {
    let Some(metadata) = parameters.get("metadata").and_then(Value::as_object) else {
        return Ok(());
    };
    if metadata.len() > 50 {
        return Err(ApiError::invalid("Metadata can have at most 50 keys.", "metadata"));
    }
    for (key, value) in metadata {
        let long_value = value.as_str().is_some_and(|value| value.chars().count() > 500);
        if key.chars().count() > 40 || long_value {
            return Err(ApiError::invalid(
                "A metadata key or value is too long.",
                &format!("metadata[{key}]"),
            ));
        }
    }
    Ok(())
}
