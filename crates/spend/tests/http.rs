//! Spending through HTTP, on both engines. The tests stand beside the code they are about, one `tests.rs` per noun.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

#[path = "../src/agents/tests.rs"]
mod agents;
#[path = "../src/analytics/tests.rs"]
mod analytics;
#[path = "../src/approvals/tests.rs"]
mod approvals;
#[path = "../src/authorizations/tests.rs"]
mod authorizations;
#[path = "../src/auto_topups/tests.rs"]
mod auto_topups;
#[path = "../src/cards/tests.rs"]
mod cards;
#[path = "../src/cases/tests.rs"]
mod cases;
#[path = "../src/chats/tests.rs"]
mod chats;
#[path = "../src/deliveries/tests.rs"]
mod deliveries;
#[path = "../src/endpoints/tests.rs"]
mod endpoints;
#[path = "../src/exposure/tests.rs"]
mod exposure;
#[path = "../src/financial_accounts/tests.rs"]
mod financial_accounts;
#[path = "../src/freezes/tests.rs"]
mod freezes;
#[path = "../src/intents/tests.rs"]
mod intents;
#[path = "../src/links/tests.rs"]
mod links;
#[path = "../src/messages/tests.rs"]
mod messages;
#[path = "../src/notices/tests.rs"]
mod notices;
#[path = "../src/payment_methods/tests.rs"]
mod payment_methods;
#[path = "../src/payout_accounts/tests.rs"]
mod payout_accounts;
#[path = "../src/reconcile/tests.rs"]
mod reconcile;
#[path = "../src/requests/tests.rs"]
mod requests;
#[path = "../src/rails/sandbox/tests.rs"]
mod sandbox;
#[path = "../src/topups/tests.rs"]
mod topups;
#[path = "../src/wallet/tests.rs"]
mod wallet;
#[path = "../src/webhooks/tests.rs"]
mod webhooks;
#[path = "../src/worker/tests.rs"]
mod worker;
