//! The funnel: everything that decides about money goes through here.
//!
//! Requests that arrive together are decided together: one task takes what has queued up (no timer, so a lone request
//! never waits), locks the orgs' heads in the order of their ids, loads the rows the batch needs, decides each command
//! in order against the running state, writes what changed, commits once, and answers all.
//!
//! Invariants: nothing is trusted from memory across a commit. A batch that fails is retried one by one, so a poisoned
//! request harms nobody else. When COMMIT is not answered, the outcome is unknown and is said so. No network call but
//! to the database happens here.

mod apply;
mod asked;
pub mod authorize;
mod booking;
mod change;
mod command;
mod consider;
mod decide;
mod facts;
mod freeze;
mod load;
mod locks;
mod postgres;
mod purchase;
mod receive;
mod refund;
mod reserve;
mod settle;
mod sqlite;
mod storage;
mod task;
mod working;

pub use command::{
    Authorize, Command, Facts, GoneBack, JobProof, Nonce, Outcome, RailOutcome, Receive, Refusal, Reply,
    Reserve, Step, Then, Waiting,
};
pub(crate) use consider::{asked_to_repeat, purchase_mark};
pub use postgres::ALL as STATEMENTS_POSTGRES;
pub use sqlite::ALL as STATEMENTS_SQLITE;
pub(crate) use storage::{account_from, budget_from};
pub use task::{Funnel, FunnelError, Options};
