//! Customers, payment methods and setup intents as JSON, with every field that is always there.

use serde_json::{Value, json};

use super::objects;
use super::saved::{BookedCustomer, BookedMethod};
use super::setups::BookedSetup;

pub(super) fn customer(customer: &BookedCustomer) -> Value {
    let mut object = objects::customer(&customer.id, false, customer.created);
    object["livemode"] = Value::from(customer.livemode);
    object["metadata"] = json!(customer.metadata);
    for (name, text) in &customer.texts {
        object[*name] = Value::from(text.as_str());
    }
    object
}

pub(super) fn method(method: &BookedMethod) -> Value {
    let address = json!({
        "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null
    });
    let mut object = json!({
        "id": method.id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": { "address": address, "email": null, "name": null, "phone": null, "tax_id": null },
        "created": method.created,
        "customer": method.customer,
        "customer_account": null,
        "livemode": method.livemode,
        "metadata": {},
        "type": method.kind,
    });
    object[method.kind] = match method.kind {
        "card" => json!({
            "brand": "visa",
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": "US",
            "display_brand": "visa",
            "exp_month": method.exp_month,
            "exp_year": method.exp_year,
            "fingerprint": "simulated",
            "funding": "credit",
            "generated_from": null,
            "last4": method.last4,
            "networks": { "available": ["visa"], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        }),
        _ => json!({
            "account_holder_type": "company",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "financial_connections_account": null,
            "fingerprint": "simulated",
            "last4": method.last4,
            "networks": { "preferred": "ach", "supported": ["ach"] },
            "routing_number": "110000000",
            "status_details": {},
        }),
    };
    object
}

/// Fields of setup intents that are there and empty.
const SETUP_INTENT_NULLS: &[&str] = &[
    "application",
    "automatic_payment_methods",
    "cancellation_reason",
    "customer_account",
    "description",
    "excluded_payment_method_types",
    "flow_directions",
    "last_setup_error",
    "latest_attempt",
    "mandate",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "payment_method_options",
    "single_use_mandate",
];

pub(super) fn setup_intent(setup: &BookedSetup) -> Value {
    let mut object = json!({
        "id": setup.setup_intent,
        "object": "setup_intent",
        "client_secret": format!("{}_secret_simulated", setup.setup_intent),
        "created": setup.created,
        "customer": setup.customer,
        "livemode": setup.livemode,
        "metadata": setup.intent_metadata,
        "payment_method": setup.payment_method,
        "payment_method_types": ["card", "us_bank_account"],
        "status": setup.intent_status,
        "usage": "off_session",
    });
    for name in SETUP_INTENT_NULLS {
        object[*name] = Value::Null;
    }
    object
}
