//! Disputes about what was captured: written, handed in, won or lost.

use serde_json::{Value, json};

use super::{Parameters, at, expanded, integer, merged_metadata, missing, only, text};
use crate::stripe::account::{Account, metadata};
use crate::stripe::errors::ApiError;
use crate::stripe::rules::check_metadata;

impl Account {
    /// `POST /v1/issuing/disputes`.
    pub(in crate::stripe) fn create_dispute(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        only(parameters, &["transaction", "amount", "evidence", "metadata", "expand"])?;
        expanded(parameters, &[])?;
        check_metadata(parameters)?;
        let of = text(parameters, "transaction").ok_or_else(|| missing("transaction"))?;
        let of = at(&self.issuing.transactions, "issuing.transaction", of, livemode, "transaction")?;
        let of = self.issuing.transactions[of].clone();
        if of["type"] != "capture" || !of["dispute"].is_null() {
            let message = "Only a capture that is not disputed yet can be disputed.";
            return Err(ApiError::invalid(message, "transaction"));
        }
        let captured = -of["amount"].as_i64().unwrap_or_default();
        let amount = integer(parameters, "amount").unwrap_or(captured);
        if amount < 1 || amount > captured {
            return Err(ApiError::invalid("The amount is more than was captured.", "amount"));
        }
        let given = parameters.get("evidence").cloned().unwrap_or_default();
        let reason = given["reason"].as_str().unwrap_or("other").to_owned();
        let mut evidence = json!({ "reason": reason });
        for name in REASONS {
            evidence[name] = given[name].clone();
        }
        let dispute = json!({
            "id": self.next_id("idp"),
            "object": "issuing.dispute",
            "amount": amount,
            "balance_transactions": [],
            "created": now,
            "currency": of["currency"],
            "evidence": evidence,
            "livemode": livemode,
            "metadata": metadata(parameters),
            "status": "unsubmitted",
            "transaction": of["id"],
            "treasury": null,
        });
        self.issuing.disputes.push(dispute.clone());
        self.emit("issuing_dispute.created", dispute.clone(), now);
        let (transaction, id) = (of["id"].as_str(), dispute["id"].as_str());
        self.mark_disputed(transaction.unwrap_or_default(), id.unwrap_or_default(), now);
        Ok(dispute)
    }

    /// `POST /v1/issuing/disputes/{id}/submit`.
    pub(in crate::stripe) fn submit_dispute(
        &mut self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        check_metadata(parameters)?;
        let at = at(&self.issuing.disputes, "issuing.dispute", id, livemode, "id")?;
        let dispute = &mut self.issuing.disputes[at];
        if dispute["status"] != "unsubmitted" {
            return Err(ApiError::invalid("This dispute has been submitted.", ""));
        }
        let reason = dispute["evidence"]["reason"].as_str().unwrap_or_default().to_owned();
        if dispute["evidence"][&reason]["explanation"].is_null() {
            return Err(missing(&format!("evidence[{reason}][explanation]")));
        }
        dispute["metadata"] = merged_metadata(&dispute["metadata"], parameters);
        dispute["status"] = Value::from("submitted");
        let dispute = dispute.clone();
        self.emit("issuing_dispute.submitted", dispute.clone(), now);
        Ok(dispute)
    }

    /// `GET /v1/issuing/disputes/{id}`.
    pub(in crate::stripe) fn retrieve_dispute(
        &self,
        id: &str,
        parameters: &Parameters,
        livemode: bool,
    ) -> Result<Value, ApiError> {
        expanded(parameters, &[])?;
        let at = at(&self.issuing.disputes, "issuing.dispute", id, livemode, "id")?;
        Ok(self.issuing.disputes[at].clone())
    }

    /// How the network decides about a dispute that was handed in. `false` when there is none such.
    pub(in crate::stripe) fn end_dispute(&mut self, id: &str, won: bool, now: i64) -> bool {
        let open = |known: &Value| known["id"] == id && known["status"] == "submitted";
        let Some(at) = self.issuing.disputes.iter().position(open) else { return false };
        let status = if won { "won" } else { "lost" };
        self.issuing.disputes[at]["status"] = Value::from(status);
        if won {
            let dispute = self.issuing.disputes[at].clone();
            let cents = dispute["amount"].as_i64().unwrap_or_default();
            let line = self.balance_line("issuing_dispute", cents, &dispute, now);
            self.issuing.disputes[at]["balance_transactions"] = json!([line]);
            let dispute = self.issuing.disputes[at].clone();
            self.emit("issuing_dispute.funds_reinstated", dispute, now);
        } else {
            self.issuing.disputes[at]["loss_reason"] = Value::from("other");
        }
        let dispute = self.issuing.disputes[at].clone();
        self.emit("issuing_dispute.closed", dispute, now);
        true
    }
}

/// What a dispute can be about; the evidence has a part for each.
const REASONS: [&str; 8] = [
    "canceled",
    "duplicate",
    "fraudulent",
    "merchandise_not_as_described",
    "no_valid_authorization",
    "not_received",
    "other",
    "service_not_as_described",
];
