//! The operator's financial accounts at Stripe, with what is in them. A preview at Stripe, so off unless a setting says so.
//!
//! Invariants: they are only read, and nothing of them is kept. They are the operator's, not an org's: over HTTP they are
//! shown to owners only where the server has one org of the mode of its Stripe key. Nothing is compared with them: what is
//! in them is what the operator put there, and the ledger has no account that would have to be the same.

pub mod api;
pub mod service;
