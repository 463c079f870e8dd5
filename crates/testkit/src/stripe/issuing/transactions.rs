//! Transactions: what was captured, with an authorisation or without, and what was given back.

use serde_json::{Value, json};

use super::merchants::merchant;
use super::{Parameters, at, expanded, integer, only, text};
use crate::stripe::account::Account;
use crate::stripe::errors::ApiError;

impl Account {
    /// `POST /v1/test_helpers/issuing/authorizations/{id}/capture`: in part, whole or over; it closes the authorisation
    /// unless told not to. A closed one is captured only where `late` says that a merchant does what it should not.
    pub(in crate::stripe) fn capture_authorization(
        &mut self,
        id: &str,
        parameters: &Parameters,
        (livemode, late): (bool, bool),
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &["capture_amount", "close_authorization", "expand"])?;
        expanded(parameters, &[])?;
        let at = self.authorization_at(id, livemode, "id")?;
        if !late {
            self.must_be_open(at)?;
        }
        let held = self.issuing.authorizations[at]["amount"].as_i64().unwrap_or_default();
        let cents = integer(parameters, "capture_amount").unwrap_or(held);
        if cents < 1 {
            return Err(ApiError::invalid("Invalid positive integer", "capture_amount"));
        }
        let close = parameters.get("close_authorization") != Some(&Value::Bool(false));
        let is_open = self.issuing.authorizations[at]["status"] == "pending";
        if is_open {
            let left = if close { 0 } else { (held - cents).max(0) };
            self.hold(at, left, now);
            if close {
                self.issuing.authorizations[at]["status"] = Value::from("closed");
            }
        }
        let of = self.issuing.authorizations[at].clone();
        let card = of["card"]["id"].clone();
        self.transact("capture", -cents, &card, &of["merchant_data"], &of["id"], now);
        Ok(self.tell(at, "issuing_authorization.updated", now))
    }

    /// `POST /v1/test_helpers/issuing/transactions/create_force_capture` and `…/create_unlinked_refund`: no
    /// authorisation is asked for.
    pub(in crate::stripe) fn transact_unlinked(
        &mut self,
        kind: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &["amount", "card", "currency", "merchant_data", "expand"])?;
        expanded(parameters, &[])?;
        let card = text(parameters, "card").unwrap_or_default();
        let card = at(&self.issuing.cards, "issuing.card", card, livemode, "card")?;
        let card = self.issuing.cards[card].clone();
        if parameters.get("currency").is_some_and(|given| *given != card["currency"]) {
            return Err(ApiError::invalid("The currency is that of the card.", "currency"));
        }
        let cents = integer(parameters, "amount").filter(|cents| *cents > 0);
        let cents = cents.ok_or_else(|| ApiError::invalid("Invalid positive integer", "amount"))?;
        let signed = if kind == "capture" { -cents } else { cents };
        Ok(self.transact(kind, signed, &card["id"], &merchant(parameters)?, &Value::Null, now))
    }

    /// `POST /v1/test_helpers/issuing/transactions/{id}/refund`: linked to what was captured, in part or whole.
    pub(in crate::stripe) fn refund_issued(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &["refund_amount", "expand"])?;
        expanded(parameters, &[])?;
        let at = at(&self.issuing.transactions, "issuing.transaction", id, livemode, "id")?;
        let of = self.issuing.transactions[at].clone();
        if of["type"] != "capture" {
            return Err(ApiError::invalid("Only a capture can be refunded.", ""));
        }
        let captured = -of["amount"].as_i64().unwrap_or_default();
        let cents = integer(parameters, "refund_amount").unwrap_or(captured);
        let before = self.issuing.refunded.entry(id.to_owned()).or_default();
        if cents < 1 || *before + cents > captured {
            let message = format!("At most {} can be refunded.", captured - *before);
            return Err(ApiError::invalid(&message, "refund_amount"));
        }
        *before += cents;
        Ok(self.transact("refund", cents, &of["card"], &of["merchant_data"], &of["authorization"], now))
    }

    fn transact(
        &mut self,
        kind: &str,
        amount: i64,
        card: &Value,
        merchant: &Value,
        authorization: &Value,
        now: i64,
    ) -> Value {
        let id = self.next_id("ipi");
        let known = card.as_str().and_then(|id| self.issuing.card(id)).cloned().unwrap_or_default();
        let mut transaction = json!({
            "id": id,
            "object": "issuing.transaction",
            "amount": amount,
            "amount_details": { "atm_fee": null, "cashback_amount": null },
            "authorization": authorization,
            "balance_transaction": null,
            "card": card,
            "cardholder": known["cardholder"]["id"],
            "created": now,
            "currency": known["currency"],
            "dispute": null,
            "livemode": known["livemode"],
            "merchant_amount": amount,
            "merchant_currency": known["currency"],
            "merchant_data": merchant,
            "metadata": {},
            "network_data": null,
            "token": null,
            "treasury": null,
            "type": kind,
            "wallet": null,
        });
        let line = self.balance_line("issuing_transaction", amount, &transaction, now);
        transaction["balance_transaction"] = line["id"].clone();
        self.issuing.transactions.push(transaction.clone());
        let of = self.issuing.authorizations.iter_mut().find(|known| known["id"] == *authorization);
        if let Some(listed) = of.and_then(|known| known["transactions"].as_array_mut()) {
            listed.push(transaction.clone());
        }
        self.emit("issuing_transaction.created", transaction.clone(), now);
        transaction
    }

    /// Notes a dispute on the transaction that it is about.
    pub(super) fn mark_disputed(&mut self, transaction: &str, dispute: &str, now: i64) {
        for list in self
            .issuing
            .authorizations
            .iter_mut()
            .filter_map(|known| known["transactions"].as_array_mut())
            .chain([&mut self.issuing.transactions])
        {
            for known in list.iter_mut().filter(|known| known["id"] == transaction) {
                known["dispute"] = Value::from(dispute);
            }
        }
        if let Some(known) = self.issuing.transactions.iter().find(|known| known["id"] == transaction) {
            let object = known.clone();
            self.emit("issuing_transaction.updated", object, now);
        }
    }

    /// Changes a field of a transaction where transactions are listed; its authorisation goes on naming what was right.
    pub(in crate::stripe) fn tamper_with_issued(&mut self, id: &str, field: &str, value: Value) -> bool {
        let found = self.issuing.transactions.iter_mut().find(|known| known["id"] == id);
        found.is_some_and(|known| {
            known[field] = value;
            true
        })
    }

    /// Loses a transaction.
    pub(in crate::stripe) fn lose_issued(&mut self, id: &str) -> bool {
        let before = self.issuing.transactions.len();
        self.issuing.transactions.retain(|known| known["id"] != id);
        self.issuing.transactions.len() < before
    }

    /// `GET /v1/issuing/transactions/{id}`.
    pub(in crate::stripe) fn retrieve_issued(
        &self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let at = at(&self.issuing.transactions, "issuing.transaction", id, livemode, "id")?;
        Ok(self.issuing.transactions[at].clone())
    }
}
