//! The money core: ledger, holds, policies, transactions, the funnel that decides, and the audit trail.
//!
//! Invariants: `money` performs no network I/O but to its database, so a posting cannot half-happen. Every status
//! change, its transfers, its audit entry and its jobs commit in one transaction.

pub mod audit;
pub mod authorizations;
pub mod backtest;
pub mod budgets;
pub mod exposure;
pub mod funnel;
pub mod holds;
pub mod ledger;
pub mod policies;
pub mod receipts;
pub mod transactions;
pub mod votes;
