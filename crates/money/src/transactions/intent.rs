//! The intent hash binds a human's decision to exactly one payment.

use sha2::{Digest as _, Sha256};

use super::Transaction;

/// SHA-256, in hex, of the JSON array `[transaction, org, agent, amount_micros, currency, merchant, purpose, context,
/// category, rail]`. Whatever an approver saw is in it.
pub fn intent_hash(t: &Transaction) -> String {
    let fields = (
        t.id.as_str(),
        t.org_id.as_str(),
        t.agent_id.as_str(),
        t.amount_micros,
        t.currency,
        &t.merchant,
        &t.purpose,
        &t.context,
        &t.category,
        t.rail.as_str(),
    );
    hex::encode(Sha256::digest(serde_json::to_vec(&fields).unwrap_or_default()))
}
