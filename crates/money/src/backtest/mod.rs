//! Backtests: what would have been decided about an agent's recorded requests under another policy.
//!
//! What is on record is [read](read()) from one snapshot: the requests, and every entry of the trail that moved something,
//! froze something or answered a question. [`replay`] goes through it in the order of the entries and has the one
//! [`decide`](crate::policies::decide) decide each request again, in windows and a wallet that evolve under the policy in
//! question: a hold that would not have been made is neither counted nor released. [`compare`] says what is different.
//!
//! Invariants: nothing here writes. `replay` is pure. Under the policies of the record it reproduces every recorded
//! decision, figures included; tests hold that against random lives of the whole money core.
//!
//! What cannot be known is assumed, always in the same way: what would have been allowed and never was is paid at once, as
//! asked; what would have waited for a human whom nobody asked counts as if they had said yes. Signatures are not on
//! record, so `require_signature` changes nothing here.

mod calendar;
mod compare;
mod gather;
mod history;
mod read;
mod replay;
mod sql;
mod world;

pub use compare::{Flip, Flow, Report, Side, Tally, compare};
pub use history::{Answers, Asked, Earlier, Entry, History, Origin, Outcome, What};
pub use read::{Bounds, Progress, Recorded, read};
pub use replay::{Decided, Rules, replay};
pub use sql::ALL as STATEMENTS;
