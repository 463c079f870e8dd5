//! Authorisations: begun, decided, added to, taken back and ended.

use serde_json::{Value, json};

use super::merchants::merchant;
use super::{Parameters, at, controls, expanded, integer, only, text};
use crate::stripe::account::Account;
use crate::stripe::errors::ApiError;

const PLAYED: [&str; 9] = [
    "card",
    "amount",
    "currency",
    "merchant_amount",
    "merchant_currency",
    "merchant_data",
    "authorization_method",
    "is_amount_controllable",
    "expand",
];

/// What was decided about a request, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) approved: bool,
    pub(super) reason: &'static str,
    pub(super) message: Option<String>,
    /// What the answer wants written on the authorisation.
    pub(super) metadata: Option<Value>,
}

impl Verdict {
    pub(super) fn new(approved: bool, reason: &'static str) -> Verdict {
        Verdict { approved, reason, message: None, metadata: None }
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Begun {
    /// Where the authorisation stands in its list.
    pub(super) at: usize,
    /// How much is asked for, in cents.
    pub(super) cents: i64,
    /// What needs nobody's answer.
    pub(super) verdict: Option<Verdict>,
}

impl Account {
    pub(super) fn authorization_at(&self, id: &str, livemode: bool, param: &str) -> Result<usize, ApiError> {
        at(&self.issuing.authorizations, "issuing.authorization", id, livemode, param)
    }

    /// `POST /v1/test_helpers/issuing/authorizations`, up to the question.
    pub(super) fn begin_authorization(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Begun, ApiError> {
        only(parameters, &PLAYED)?;
        expanded(parameters, &[])?;
        if parameters.get("is_amount_controllable") == Some(&Value::Bool(true)) {
            return Err(ApiError::not_played("is_amount_controllable"));
        }
        let card = text(parameters, "card").unwrap_or_default();
        let card = at(&self.issuing.cards, "issuing.card", card, livemode, "card")?;
        let card = self.issuing.cards[card].clone();
        let currency = card["currency"].clone();
        if parameters.get("currency").is_some_and(|given| *given != currency) {
            return Err(ApiError::invalid("The currency is that of the card.", "currency"));
        }
        let cents = match (integer(parameters, "amount"), integer(parameters, "merchant_amount")) {
            (Some(cents), _) | (None, Some(cents)) if cents >= 0 => cents,
            _ => return Err(ApiError::invalid("Invalid non-negative integer", "amount")),
        };
        let abroad = text(parameters, "merchant_currency").map(Value::from);
        let authorization = json!({
            "id": self.next_id("iauth"),
            "object": "issuing.authorization",
            "amount": 0,
            "amount_details": null,
            "approved": false,
            "authorization_method": text(parameters, "authorization_method").unwrap_or("online"),
            "balance_transactions": [],
            "card": card,
            "card_presence": "not_present",
            "cardholder": card["cardholder"]["id"],
            "created": now,
            "currency": currency,
            "fleet": null,
            "fraud_challenges": null,
            "fuel": null,
            "livemode": livemode,
            "merchant_amount": 0,
            "merchant_currency": abroad.unwrap_or_else(|| currency.clone()),
            "merchant_data": merchant(parameters)?,
            "metadata": {},
            "network_data": null,
            "pending_request": null,
            "request_history": [],
            "status": "pending",
            "token": null,
            "transactions": [],
            "treasury": null,
            "verification_data": {
                "address_line1_check": "not_provided",
                "address_postal_code_check": "not_provided",
                "authentication_exemption": null,
                "cvc_check": "match",
                "expiry_check": "match",
                "postal_code": null,
                "three_d_secure": null,
            },
            "verified_by_fraud_challenge": null,
            "wallet": null,
        });
        self.issuing.authorizations.push(authorization);
        Ok(self.ask_about(self.issuing.authorizations.len() - 1, cents, now))
    }

    /// `POST /v1/test_helpers/issuing/authorizations/{id}/increment`, up to the question.
    pub(super) fn begin_increment(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Begun, ApiError> {
        only(parameters, &["increment_amount", "is_amount_controllable", "expand"])?;
        expanded(parameters, &[])?;
        let at = self.authorization_at(id, livemode, "id")?;
        self.must_be_open(at)?;
        let cents = integer(parameters, "increment_amount").unwrap_or_default();
        if cents < 1 {
            return Err(ApiError::invalid("Invalid positive integer", "increment_amount"));
        }
        Ok(self.ask_about(at, cents, now))
    }

    pub(super) fn must_be_open(&self, at: usize) -> Result<(), ApiError> {
        let known = &self.issuing.authorizations[at];
        if known["approved"] == true && known["status"] == "pending" && known["pending_request"].is_null() {
            return Ok(());
        }
        let message = format!("This authorization is not open: its status is {}.", known["status"]);
        Err(ApiError::invalid(&message, "").code("authorization_not_open"))
    }

    /// Notes what is asked for, and decides what Stripe decides by itself.
    fn ask_about(&mut self, at: usize, cents: i64, now: i64) -> Begun {
        let known = &mut self.issuing.authorizations[at];
        let (currency, merchant_currency) = (known["currency"].clone(), known["merchant_currency"].clone());
        known["pending_request"] = json!({
            "amount": cents,
            "amount_details": null,
            "currency": currency,
            "is_amount_controllable": false,
            "merchant_amount": cents,
            "merchant_currency": merchant_currency,
            "network_risk_score": null,
        });
        let (card, category) = (known["card"]["id"].clone(), known["merchant_data"]["category"].clone());
        let card = card.as_str().and_then(|id| self.issuing.card(id)).cloned().unwrap_or_default();
        let category = category.as_str().unwrap_or_default();
        let refused = |reason| Some(Verdict::new(false, reason));
        let verdict = if card["status"] == "canceled" {
            refused("card_canceled")
        } else if card["status"] != "active" {
            refused("card_inactive")
        } else if card["cardholder"]["status"] != "active" {
            refused("cardholder_inactive")
        } else if !card["cardholder"]["requirements"]["disabled_reason"].is_null() {
            refused("cardholder_verification_required")
        } else if !controls::allow(&self.issuing, &card, category, cents, now) {
            refused("spending_controls")
        } else if !self.issuing.rules.asks {
            Some(Verdict::new(true, "card_active"))
        } else {
            None
        };
        self.issuing.authorizations[at]["card"] = card;
        Begun { at, cents, verdict }
    }

    /// Does as was decided, and tells of it.
    pub(super) fn decide(&mut self, begun: &Begun, verdict: &Verdict, now: i64) -> Value {
        let Begun { at, cents, .. } = *begun;
        let known = &mut self.issuing.authorizations[at];
        let is_first = known["request_history"].as_array().is_none_or(Vec::is_empty);
        let request = json!({
            "amount": cents,
            "amount_details": null,
            "approved": verdict.approved,
            "authorization_code": verdict.approved.then_some("000000"),
            "created": now,
            "currency": known["currency"],
            "merchant_amount": cents,
            "merchant_currency": known["merchant_currency"],
            "network_risk_score": null,
            "reason": verdict.reason,
            "reason_message": verdict.message,
            "requested_at": now,
        });
        if let Some(history) = known["request_history"].as_array_mut() {
            history.push(request);
        }
        known["pending_request"] = Value::Null;
        for (key, value) in verdict.metadata.iter().filter_map(Value::as_object).flatten() {
            known["metadata"][key] = value.clone();
        }
        if verdict.approved {
            known["approved"] = Value::Bool(true);
            let amount = known["amount"].as_i64().unwrap_or_default() + cents;
            self.hold(at, amount, now);
            self.count_payment(at, cents, now);
        } else if is_first {
            known["amount"] = Value::from(cents);
            known["merchant_amount"] = Value::from(cents);
            known["status"] = Value::from("closed");
        }
        self.tell(
            at,
            if is_first { "issuing_authorization.created" } else { "issuing_authorization.updated" },
            now,
        )
    }

    /// Lets an authorisation hold so much from now on.
    pub(super) fn hold(&mut self, at: usize, amount: i64, now: i64) {
        let known = &mut self.issuing.authorizations[at];
        let before = known["amount"].as_i64().unwrap_or_default();
        known["amount"] = Value::from(amount);
        known["merchant_amount"] = Value::from(amount);
        let kind =
            if amount > before { "issuing_authorization_hold" } else { "issuing_authorization_release" };
        if amount != before {
            let source = known.clone();
            let line = self.balance_line(kind, before - amount, &source, now);
            if let Some(lines) = self.issuing.authorizations[at]["balance_transactions"].as_array_mut() {
                lines.push(line);
            }
        }
    }

    /// A card that ends after so many payments ends.
    fn count_payment(&mut self, at: usize, cents: i64, now: i64) {
        let card = self.issuing.authorizations[at]["card"]["id"].clone();
        let Some(card) = self.issuing.cards.iter().position(|known| known["id"] == card) else { return };
        let most = self.issuing.cards[card]["lifecycle_controls"]["cancel_after"]["payment_count"].as_i64();
        let id = &self.issuing.cards[card]["id"];
        let approved = self.issuing.authorizations.iter().filter(|known| {
            known["card"]["id"] == *id
                && known["approved"] == true
                && known["request_history"][0]["amount"] != 0
        });
        let made = i64::try_from(approved.count()).unwrap_or(i64::MAX);
        if cents > 0
            && most.is_some_and(|most| made >= most)
            && self.issuing.cards[card]["status"] != "canceled"
        {
            self.issuing.cards[card]["status"] = Value::from("canceled");
            self.card_changed(card, now);
        }
    }

    pub(super) fn tell(&mut self, at: usize, kind: &str, now: i64) -> Value {
        let object = self.issuing.authorizations[at].clone();
        self.emit(kind, object.clone(), now);
        object
    }

    /// `GET /v1/issuing/authorizations/{id}`.
    pub(in crate::stripe) fn retrieve_authorization(
        &self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        Ok(self.issuing.authorizations[self.authorization_at(id, livemode, "id")?].clone())
    }

    /// `POST /v1/test_helpers/issuing/authorizations/{id}/reverse`: in part, or all of it.
    pub(in crate::stripe) fn reverse_authorization(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let at = self.authorization_at(id, livemode, "id")?;
        self.must_be_open(at)?;
        let held = self.issuing.authorizations[at]["amount"].as_i64().unwrap_or_default();
        let cents = integer(parameters, "reverse_amount").unwrap_or(held);
        if cents < 1 || cents > held {
            let message = format!("At most {held} can be reversed.");
            return Err(ApiError::invalid(&message, "reverse_amount"));
        }
        self.hold(at, held - cents, now);
        if cents == held {
            self.issuing.authorizations[at]["status"] = Value::from("reversed");
        }
        Ok(self.tell(at, "issuing_authorization.updated", now))
    }

    /// `POST /v1/test_helpers/issuing/authorizations/{id}/expire`: what was held is let go of; the amount stays as what
    /// may still be captured late.
    pub(in crate::stripe) fn expire_authorization(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let at = self.authorization_at(id, livemode, "id")?;
        self.must_be_open(at)?;
        let held = self.issuing.authorizations[at]["amount"].as_i64().unwrap_or_default();
        self.hold(at, 0, now);
        let known = &mut self.issuing.authorizations[at];
        known["status"] = Value::from("expired");
        known["amount"] = Value::from(held);
        known["merchant_amount"] = Value::from(held);
        Ok(self.tell(at, "issuing_authorization.updated", now))
    }
}
