//! Who cards are issued to.

use serde_json::{Value, json};

use super::{Parameters, at, expanded, merged_metadata, missing, only, text};
use crate::stripe::account::{Account, metadata};
use crate::stripe::errors::ApiError;
use crate::stripe::rules::check_metadata;

const PLAYED: [&str; 9] =
    ["type", "name", "email", "phone_number", "billing", "individual", "status", "metadata", "expand"];
const UPDATES: [&str; 7] = ["email", "phone_number", "billing", "individual", "status", "metadata", "expand"];
/// Longest name: what fits on a card, in characters.
const NAME_CHARS_MAX: usize = 24;

impl Account {
    /// `POST /v1/issuing/cardholders`.
    pub(in crate::stripe) fn create_cardholder(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &PLAYED)?;
        expanded(parameters, &[])?;
        check_metadata(parameters)?;
        let name = text(parameters, "name").unwrap_or_default();
        check_name(name)?;
        check_contact(parameters)?;
        let kind = text(parameters, "type").unwrap_or("individual");
        let individual = parameters.get("individual").map(|given| individual(given, &Value::Null));
        if kind == "company" && individual.is_some() {
            return Err(ApiError::invalid("A company has no individual.", "individual"));
        }
        let mut object = json!({
            "id": self.next_id("ich"),
            "object": "issuing.cardholder",
            "billing": billing(parameters),
            "company": (kind == "company").then(|| json!({ "tax_id_provided": false })),
            "created": now,
            "email": text(parameters, "email"),
            "individual": individual,
            "livemode": livemode,
            "metadata": metadata(parameters),
            "name": name,
            "phone_number": text(parameters, "phone_number"),
            "preferred_locales": [],
            "spending_controls": null,
            "status": text(parameters, "status").unwrap_or("active"),
            "type": kind,
        });
        object["requirements"] = requirements(&object);
        self.issuing.cardholders.push(object.clone());
        self.emit("issuing_cardholder.created", object.clone(), now);
        Ok(object)
    }

    /// `GET /v1/issuing/cardholders/{id}`.
    pub(in crate::stripe) fn retrieve_cardholder(
        &self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let at = at(&self.issuing.cardholders, "issuing.cardholder", id, livemode, "id")?;
        Ok(self.issuing.cardholders[at].clone())
    }

    /// `POST /v1/issuing/cardholders/{id}`.
    pub(in crate::stripe) fn update_cardholder(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &UPDATES)?;
        expanded(parameters, &[])?;
        check_metadata(parameters)?;
        check_contact(parameters)?;
        let at = at(&self.issuing.cardholders, "issuing.cardholder", id, livemode, "id")?;
        let object = &mut self.issuing.cardholders[at];
        for name in ["email", "phone_number", "status"] {
            if let Some(given) = text(parameters, name) {
                object[name] = Value::from(given);
            }
        }
        if parameters.contains_key("billing") {
            object["billing"] = billing(parameters);
        }
        if let Some(given) = parameters.get("individual") {
            if object["type"] == "company" {
                return Err(ApiError::invalid("A company has no individual.", "individual"));
            }
            object["individual"] = individual(given, &object["individual"]);
        }
        object["metadata"] = merged_metadata(&object["metadata"], parameters);
        object["requirements"] = requirements(object);
        let object = object.clone();
        for card in &mut self.issuing.cards {
            if card["cardholder"]["id"] == id {
                card["cardholder"] = object.clone();
            }
        }
        self.emit("issuing_cardholder.updated", object.clone(), now);
        Ok(object)
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(ApiError::invalid("Invalid name: it may have at most 24 characters.", "name"));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "/ -&:().'".contains(c)) {
        return Err(ApiError::invalid("Invalid name: it has characters that no card can show.", "name"));
    }
    Ok(())
}

fn check_contact(parameters: &Parameters) -> Result<(), ApiError> {
    if text(parameters, "email").is_some_and(|email| !email.contains('@')) {
        return Err(ApiError::invalid("Invalid email address", "email").code("email_invalid"));
    }
    let international = |number: &str| {
        let digits = number.strip_prefix('+').unwrap_or_default();
        (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if text(parameters, "phone_number").is_some_and(|number| !international(number)) {
        return Err(ApiError::invalid("Invalid phone number: use the form of E.164.", "phone_number"));
    }
    let address = parameters.get("billing").map(|billing| &billing["address"]);
    let country = address.and_then(|address| address["country"].as_str());
    if country.is_some_and(|code| code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase())) {
        let field = "billing[address][country]";
        return Err(ApiError::invalid("Country codes have two letters.", field).code("country_code_invalid"));
    }
    if country == Some("US") && address.is_some_and(|address| address["state"].is_null()) {
        return Err(missing("billing[address][state]"));
    }
    Ok(())
}

fn billing(parameters: &Parameters) -> Value {
    let given = parameters.get("billing").map(|billing| billing["address"].clone()).unwrap_or_default();
    let text = |name: &str| given[name].as_str();
    json!({ "address": {
        "city": text("city"),
        "country": text("country"),
        "line1": text("line1"),
        "line2": text("line2"),
        "postal_code": text("postal_code"),
        "state": text("state"),
    } })
}

fn individual(given: &Value, before: &Value) -> Value {
    let of = |name: &str| if given[name].is_null() { before[name].clone() } else { given[name].clone() };
    let terms = &given["card_issuing"]["user_terms_acceptance"];
    let card_issuing = if terms.is_null() {
        before["card_issuing"].clone()
    } else {
        let terms = json!({ "date": terms["date"], "ip": terms["ip"], "user_agent": terms["user_agent"] });
        json!({ "user_terms_acceptance": terms })
    };
    json!({
        "card_issuing": card_issuing,
        "dob": of("dob"),
        "first_name": of("first_name"),
        "last_name": of("last_name"),
        "verification": { "document": null },
    })
}

/// What is still wanted before a card of theirs can be active.
fn requirements(object: &Value) -> Value {
    let mut past_due = Vec::new();
    if object["type"] == "individual" {
        let individual = &object["individual"];
        for name in ["first_name", "last_name"] {
            if individual[name].is_null() {
                past_due.push(format!("individual.{name}"));
            }
        }
        let terms = &individual["card_issuing"]["user_terms_acceptance"];
        let american = object["billing"]["address"]["country"] == "US";
        for name in ["date", "ip"] {
            if american && terms[name].is_null() {
                past_due.push(format!("individual.card_issuing.user_terms_acceptance.{name}"));
            }
        }
    }
    let disabled_reason = (!past_due.is_empty()).then_some("requirements.past_due");
    json!({ "disabled_reason": disabled_reason, "past_due": past_due })
}
