//! Payment requests, approvals, payees, wallets and how they are filled, the rails that money leaves by, and who is told
//! of it.
//!
//! Invariants: nothing here decides about money; every decision is a command to the funnel of `money`. A rail is called
//! only by a worker, after its attempt was committed, and never inside a database transaction.

pub mod agents;
pub mod analytics;
pub mod approvals;
pub mod authorizations;
pub mod auto_topups;
pub mod backtests;
pub mod cards;
pub mod cases;
pub mod chats;
pub mod checkouts;
pub mod context;
pub mod deliveries;
pub mod description;
pub mod endpoints;
pub mod exposure;
pub mod financial_accounts;
pub mod freezes;
pub mod intents;
pub mod links;
pub mod mails;
pub mod messages;
pub mod notices;
pub mod payees;
pub mod payment_methods;
pub mod payout_accounts;
pub mod rails;
pub mod reconcile;
pub mod refusals;
pub mod requests;
pub mod router;
mod signed;
pub mod topups;
pub mod wallet;
pub mod webhooks;
pub mod worker;

pub use context::{Parts, Rails, Settings, Spend};
