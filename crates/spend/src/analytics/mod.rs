//! What was spent, added up by day, agent, merchant, category or rail. Days are the org's.

pub mod api;
pub mod service;
pub mod sql;
