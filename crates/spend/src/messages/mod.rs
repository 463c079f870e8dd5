//! Messages: what webhooks tell, for an agent that has no endpoint, or whose endpoint does not answer.
//!
//! Invariants: an agent reads what is about itself and nothing else. Reading writes nothing: messages come straight out
//! of the audit trail, behind the number that the agent said it has. Ids are those that webhooks carry.

pub mod api;
pub mod service;
pub mod sql;
