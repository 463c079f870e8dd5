//! Questions of the card network as bytes: `issuing_authorization.request`, signed as Stripe signs.

mod sql;

use bursar_base::{AgentId, CardId, Clock as _, OrgId, SystemClock, SystemRng, ids};
use bursar_store::Db;
use bursar_testkit::stripe::signature_header;
use serde_json::json;

use crate::Failure;
use crate::requests::Sender;

/// Cards of each agent.
const EACH: usize = 4;
/// Of each purchase, in cents.
const CENTS: i64 = 100;
/// What the server is told to verify Stripe's signatures with.
pub const WEBHOOK_SECRET: &str = "whsec_bench";

/// Writes the cards of all agents into a store that no server has open.
pub async fn issue(db: &Db, senders: &[Sender]) -> Result<(), Failure> {
    let now = SystemClock.now();
    let mut tx = db.write().await?;
    for sender in senders {
        for place in 0..EACH {
            let id = CardId::new(now, &SystemRng);
            let (org, agent) = (OrgId::from_store(&sender.org_id), AgentId::from_store(&sender.agent_id));
            let stripe_id = stripe_id(sender, place);
            let args = [
                id.as_str().into(),
                org.as_str().into(),
                agent.as_str().into(),
                (&stripe_id).into(),
                now.into(),
            ];
            tx.execute(sql::INSERT, &args).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn stripe_id(sender: &Sender, place: usize) -> String {
    format!("ic_bench_{}_{}", sender.agent_id, place)
}

/// A question about a new authorisation of one of the sender's cards, ready to be sent; `turn` says of which.
pub fn request(sender: &Sender, turn: usize) -> Vec<u8> {
    let now = SystemClock.now();
    let token = ids::uuid_v7_hex(now, &SystemRng);
    let body = event(&stripe_id(sender, turn % EACH), &token, now.seconds());
    let signature = signature_header(&body, WEBHOOK_SECRET, now);
    format!(
        "POST /v1/webhooks/stripe HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json; charset=utf-8\r\n\
         stripe-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The event with the fields that Stripe sends, about a card that it describes in full.
fn event(card: &str, token: &str, now: i64) -> String {
    let cardholder = json!({
        "id": "ich_bench", "object": "issuing.cardholder", "billing": { "address": {
            "city": "Austin", "country": "US", "line1": "1 Main St", "line2": null, "postal_code": "78701", "state": "TX" } },
        "company": null, "created": now, "email": "owner@example.com", "individual": null, "livemode": false,
        "metadata": {}, "name": "Ann Owner", "phone_number": null, "preferred_locales": [],
        "requirements": { "disabled_reason": null, "past_due": [] }, "spending_controls": {},
        "status": "active", "type": "individual",
    });
    let card = json!({
        "id": card, "object": "issuing.card", "brand": "Visa", "cancellation_reason": null, "cardholder": cardholder,
        "created": now, "currency": "usd", "exp_month": 9, "exp_year": 2030, "last4": "4242", "livemode": false,
        "metadata": {}, "replaced_by": null, "replacement_for": null, "replacement_reason": null, "shipping": null,
        "spending_controls": { "allowed_categories": null, "blocked_categories": null, "spending_limits": [] },
        "status": "active", "type": "virtual", "wallets": null,
    });
    let object = json!({
        "id": format!("iauth_{token}"), "object": "issuing.authorization", "amount": 0, "amount_details": null,
        "approved": false, "authorization_method": "online", "balance_transactions": [], "card": card,
        "cardholder": "ich_bench", "created": now, "currency": "usd", "livemode": false, "merchant_amount": 0,
        "merchant_currency": "usd", "merchant_data": {
            "category": "book_stores", "category_code": "5942", "city": "Austin", "country": "US",
            "name": "Books and more", "network_id": "1234567890", "postal_code": "78701", "state": "TX",
            "terminal_id": "99999999", "url": null },
        "metadata": {}, "network_data": null, "pending_request": {
            "amount": CENTS, "amount_details": null, "currency": "usd", "is_amount_controllable": false,
            "merchant_amount": CENTS, "merchant_currency": "usd", "network_risk_score": null },
        "request_history": [], "status": "pending", "transactions": [], "verification_data": {
            "address_line1_check": "not_provided", "address_postal_code_check": "not_provided", "cvc_check": "match",
            "expiry_check": "match" },
        "wallet": null,
    });
    json!({
        "id": format!("evt_{token}"), "object": "event", "created": now, "data": { "object": object }, "livemode": false,
        "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null },
        "type": "issuing_authorization.request",
    })
    .to_string()
}
