//! Cards: made, looked at, frozen, cancelled and replaced.

use serde_json::{Value, json};

use super::{Parameters, at, controls, expanded, merged_metadata, missing, only, text};
use crate::stripe::account::{Account, metadata};
use crate::stripe::errors::ApiError;
use crate::stripe::rules::check_metadata;

const PLAYED: [&str; 10] = [
    "type",
    "currency",
    "cardholder",
    "status",
    "spending_controls",
    "lifecycle_controls",
    "replacement_for",
    "replacement_reason",
    "metadata",
    "expand",
];
const UPDATES: [&str; 5] = ["status", "cancellation_reason", "spending_controls", "metadata", "expand"];
/// In which cards are issued.
const CURRENCIES: [&str; 3] = ["usd", "eur", "gbp"];
/// What no answer has unless `expand` asks for it.
const SECRETS: [&str; 2] = ["number", "cvc"];
/// What every number begins with.
const ISSUER: &str = "400000999";

impl Account {
    /// `POST /v1/issuing/cards`.
    pub(in crate::stripe) fn create_card(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &PLAYED)?;
        let wanted = expanded(parameters, &SECRETS)?;
        check_metadata(parameters)?;
        if text(parameters, "type") != Some("virtual") {
            return Err(ApiError::not_played("type"));
        }
        let currency = text(parameters, "currency").unwrap_or_default();
        if !CURRENCIES.contains(&currency) {
            return Err(ApiError::invalid(&format!("Invalid currency: {currency}"), "currency"));
        }
        let holder = text(parameters, "cardholder").ok_or_else(|| missing("cardholder"))?;
        let holder = at(&self.issuing.cardholders, "issuing.cardholder", holder, livemode, "cardholder")?;
        let holder = self.issuing.cardholders[holder].clone();
        let status = text(parameters, "status").unwrap_or("inactive");
        may_be(status, &holder)?;
        let replaced = self.replaced(parameters, &holder, livemode)?;
        let (number, cvc) = self.secrets_of(replaced, text(parameters, "replacement_reason"));
        let id = self.next_id("ic");
        let card = json!({
            "id": id,
            "object": "issuing.card",
            "brand": "Visa",
            "cancellation_reason": null,
            "cardholder": holder,
            "created": now,
            "currency": currency,
            "exp_month": 12,
            "exp_year": 2029,
            "financial_account": null,
            "last4": &number[number.len() - 4..],
            "latest_fraud_warning": null,
            "lifecycle_controls": lifecycle(parameters)?,
            "livemode": livemode,
            "metadata": metadata(parameters),
            "personalization_design": null,
            "replaced_by": null,
            "replacement_for": text(parameters, "replacement_for"),
            "replacement_reason": text(parameters, "replacement_reason"),
            "second_line": null,
            "shipping": null,
            "spending_controls": controls::merged(&Value::Null, parameters, currency)?,
            "status": status,
            "type": "virtual",
            "wallets": null,
        });
        self.issuing.secrets.push((id.clone(), number, cvc));
        self.issuing.cards.push(card.clone());
        self.emit("issuing_card.created", card, now);
        if let Some(replaced) = replaced {
            self.issuing.cards[replaced]["replaced_by"] = Value::from(id.clone());
            self.card_changed(replaced, now);
        }
        if status == "active" {
            self.retire_replaced(&id, now);
        }
        Ok(self.shown_card(self.issuing.cards.len() - 1, &wanted))
    }

    /// The card that a new one stands in for. A lost or stolen one is cancelled first, and gets another number.
    fn replaced(
        &self,
        parameters: &Parameters,
        holder: &Value,
        livemode: bool,
    ) -> Result<Option<usize>, ApiError> {
        let (of, reason) = (text(parameters, "replacement_for"), text(parameters, "replacement_reason"));
        let (of, reason) = match (of, reason) {
            (None, None) => return Ok(None),
            (Some(of), Some(reason)) => (of, reason),
            (Some(_), None) => return Err(missing("replacement_reason")),
            (None, Some(_)) => return Err(missing("replacement_for")),
        };
        let at = at(&self.issuing.cards, "issuing.card", of, livemode, "replacement_for")?;
        let card = &self.issuing.cards[at];
        if card["cardholder"]["id"] != holder["id"] {
            let message = "A replacement belongs to the cardholder of the card before.";
            return Err(ApiError::invalid(message, "cardholder"));
        }
        if !card["replaced_by"].is_null() {
            return Err(ApiError::invalid("This card has been replaced already.", "replacement_for"));
        }
        let gone = matches!(reason, "lost" | "stolen");
        if gone && (card["status"] != "canceled" || card["cancellation_reason"] != reason) {
            let message = format!("Cancel the card with cancellation_reason={reason} before you replace it.");
            return Err(ApiError::invalid(&message, "replacement_for"));
        }
        Ok(Some(at))
    }

    /// A number and a code; a damaged or expired card keeps its number.
    fn secrets_of(&mut self, replaced: Option<usize>, reason: Option<&str>) -> (String, String) {
        self.made += 1;
        let cvc = format!("{:03}", self.made * 7 % 1000);
        let before = replaced.filter(|_| matches!(reason, Some("damaged" | "expired")));
        let known = before.and_then(|at| {
            let id = self.issuing.cards[at]["id"].as_str()?;
            self.issuing.secrets.iter().find(|(card, ..)| card == id).map(|(_, number, _)| number.clone())
        });
        (known.unwrap_or_else(|| with_check_digit(&format!("{ISSUER}{:06}", self.made % 1_000_000))), cvc)
    }

    /// Activating a replacement cancels the card before.
    fn retire_replaced(&mut self, id: &str, now: i64) {
        let before = self.issuing.card(id).map(|card| card["replacement_for"].clone()).unwrap_or_default();
        let open = |card: &Value| card["id"] == before && card["status"] != "canceled";
        if let Some(at) = self.issuing.cards.iter().position(open) {
            self.issuing.cards[at]["status"] = Value::from("canceled");
            self.card_changed(at, now);
        }
    }

    pub(super) fn card_changed(&mut self, at: usize, now: i64) {
        let card = self.issuing.cards[at].clone();
        self.emit("issuing_card.updated", card, now);
    }

    fn shown_card(&self, at: usize, wanted: &[&str]) -> Value {
        let mut card = self.issuing.cards[at].clone();
        if let Some((_, number, cvc)) = self.issuing.secrets.iter().find(|(id, ..)| card["id"] == id.as_str())
        {
            for (name, secret) in [("number", number), ("cvc", cvc)] {
                if wanted.contains(&name) {
                    card[name] = Value::from(secret.as_str());
                }
            }
        }
        card
    }

    /// `GET /v1/issuing/cards/{id}`.
    pub(in crate::stripe) fn retrieve_card(
        &self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        let wanted = expanded(parameters, &SECRETS)?;
        let at = at(&self.issuing.cards, "issuing.card", id, livemode, "id")?;
        Ok(self.shown_card(at, &wanted))
    }

    /// `POST /v1/issuing/cards/{id}`.
    pub(in crate::stripe) fn update_card(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &UPDATES)?;
        let wanted = expanded(parameters, &SECRETS)?;
        check_metadata(parameters)?;
        let at = at(&self.issuing.cards, "issuing.card", id, livemode, "id")?;
        let mut card = self.issuing.cards[at].clone();
        if card["status"] == "canceled" {
            let only_metadata = parameters.keys().all(|name| name == "metadata" || name == "expand");
            if !only_metadata {
                let message = "You cannot update a canceled card.";
                return Err(ApiError::invalid(message, "status").code("card_canceled"));
            }
        }
        let status = text(parameters, "status");
        let reason = text(parameters, "cancellation_reason");
        if reason.is_some() && status != Some("canceled") {
            let message = "cancellation_reason is only for a card that is being canceled.";
            return Err(ApiError::invalid(message, "cancellation_reason"));
        }
        if let Some(status) = status {
            may_be(status, &card["cardholder"])?;
            card["status"] = Value::from(status);
            card["cancellation_reason"] = Value::from(reason);
        }
        let currency = card["currency"].as_str().unwrap_or_default().to_owned();
        card["spending_controls"] = controls::merged(&card["spending_controls"], parameters, &currency)?;
        card["metadata"] = merged_metadata(&card["metadata"], parameters);
        self.issuing.cards[at] = card;
        self.card_changed(at, now);
        if status == Some("active") {
            self.retire_replaced(id, now);
        }
        Ok(self.shown_card(at, &wanted))
    }
}

/// Whether a card may be so: not active while something is wanted of its holder.
fn may_be(status: &str, holder: &Value) -> Result<(), ApiError> {
    let wanted = holder["requirements"]["past_due"].as_array().is_some_and(|fields| !fields.is_empty());
    if status == "active" && wanted {
        let message =
            format!("The cardholder has outstanding requirements: {}.", holder["requirements"]["past_due"]);
        return Err(ApiError::invalid(&message, "status").code("outstanding_requirements"));
    }
    Ok(())
}

fn lifecycle(parameters: &Parameters) -> Result<Value, ApiError> {
    let Some(count) = parameters.get("lifecycle_controls") else { return Ok(Value::Null) };
    let count = count["cancel_after"]["payment_count"].as_i64().unwrap_or_default();
    if count < 1 {
        let field = "lifecycle_controls[cancel_after][payment_count]";
        return Err(ApiError::invalid("Invalid positive integer", field).code("parameter_invalid_integer"));
    }
    Ok(json!({ "cancel_after": { "payment_count": count } }))
}

/// A number with the digit at its end that card numbers have.
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits.bytes().rev().enumerate().fold(0, |sum, (at, byte)| {
        let digit = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
        sum + digit / 10 + digit % 10
    });
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_the_check_that_shops_make() {
        assert_eq!(with_check_digit("424242424242424"), "4242424242424242");
        assert_eq!(with_check_digit("401288888888188"), "4012888888881881");
    }
}
