//! Stripe's objects as JSON, with every field that is always there.

use serde_json::{Value, json};

use super::books::{BookedCharge, BookedIntent, BookedRefund};

/// Fields of intents that are there and empty.
const INTENT_NULLS: [&str; 10] = [
    "application",
    "application_fee_amount",
    "on_behalf_of",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

pub(super) fn intent(intent: &BookedIntent, charge: Option<&BookedCharge>) -> Value {
    let latest_charge = match charge {
        Some(expanded) => self::charge(expanded, intent),
        None => Value::from(intent.latest_charge.clone()),
    };
    let next_action = (intent.status == "requires_action").then(
        || json!({ "type": "use_stripe_sdk", "use_stripe_sdk": { "type": "three_d_secure_redirect" } }),
    );
    let object = json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": intent.amount_received,
        "automatic_payment_methods": { "allow_redirects": "never", "enabled": true },
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": "automatic",
        "client_secret": format!("{}_secret_simulated", intent.id),
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": intent.customer,
        "description": intent.description,
        "last_payment_error": intent.last_payment_error,
        "latest_charge": latest_charge,
        "livemode": intent.livemode,
        "metadata": intent.metadata,
        "next_action": next_action,
        "payment_method": intent.payment_method,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": (intent.status == "processing").then(|| json!({ "type": "card" })),
        "status": intent.status,
        "transfer_data": intent.destination.as_ref().map(|to| json!({ "destination": to })),
    });
    with_nulls(object, &INTENT_NULLS)
}

/// Fields of charges that are there and empty.
const CHARGE_NULLS: [&str; 21] = [
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "calculated_statement_descriptor",
    "description",
    "failure_balance_transaction",
    "failure_message",
    "on_behalf_of",
    "outcome",
    "payment_method_details",
    "receipt_email",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

pub(super) fn charge(charge: &BookedCharge, of: &BookedIntent) -> Value {
    let address = json!({
        "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null
    });
    let object = json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": if charge.paid { charge.amount } else { 0 },
        "amount_refunded": charge.amount_refunded,
        "billing_details": { "address": address, "email": null, "name": null, "phone": null, "tax_id": null },
        "captured": charge.paid,
        "created": charge.created,
        "currency": charge.currency,
        "customer": of.customer,
        "disputed": charge.disputed,
        "failure_code": charge.failure_code,
        "fraud_details": {},
        "livemode": of.livemode,
        "metadata": of.metadata,
        "paid": charge.paid,
        "payment_intent": charge.payment_intent,
        "payment_method": of.payment_method,
        "refunded": charge.paid && charge.amount_refunded == charge.amount,
        "status": if charge.paid { "succeeded" } else { "failed" },
        "transfer_data": charge.destination.as_ref().map(|to| json!({ "amount": null, "destination": to })),
    });
    with_nulls(object, &CHARGE_NULLS)
}

pub(super) fn refund(refund: &BookedRefund) -> Value {
    let mut object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": null,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.payment_intent,
        "reason": null,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": refund.status,
        "transfer_reversal": null,
    });
    if refund.status == "failed" {
        object["failure_reason"] = Value::from("unknown");
    }
    object
}

/// A charge has one dispute at most.
pub(super) fn dispute_id(charge: &BookedCharge) -> String {
    format!("du_{}", charge.id.trim_start_matches("ch_"))
}

pub(super) fn dispute(charge: &BookedCharge, status: &str, now: i64) -> Value {
    json!({
        "id": dispute_id(charge),
        "object": "dispute",
        "amount": charge.amount,
        "balance_transactions": [],
        "charge": charge.id,
        "created": now,
        "currency": charge.currency,
        "enhanced_eligibility_types": [],
        "evidence": { "enhanced_evidence": {} },
        "evidence_details": {
            "due_by": null, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false, "submission_count": 0
        },
        "is_charge_refundable": false,
        "livemode": false,
        "metadata": {},
        "payment_intent": charge.payment_intent,
        "reason": "fraudulent",
        "status": status,
    })
}

pub(super) fn customer(id: &str, deleted: bool, now: i64) -> Value {
    if deleted {
        return json!({ "id": id, "object": "customer", "deleted": true });
    }
    json!({
        "id": id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": now,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_prefix": "SIM",
        "invoice_settings": {
            "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null
        },
        "livemode": false,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

pub(super) fn page(data: Vec<Value>, has_more: bool, url: &str) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": url })
}

fn with_nulls(mut object: Value, names: &[&str]) -> Value {
    for name in names {
        object[*name] = Value::Null;
    }
    object
}
