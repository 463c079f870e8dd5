//! The money core on both engines: the funnel against a sequential reference, its invariants under random commands,
//! races, cut connections, and a simulator that replays from its seed.
//!
//! PostgreSQL is found by `BURSAR_TEST_POSTGRES_URL`; without it the tests named `postgres` fail and say so.

#![allow(clippy::unwrap_used)] // in a test, a panic is the message

mod admission;
mod backtest;
mod books;
mod card_checks;
mod cards;
mod commit;
mod drafts;
mod fixture;
mod hands;
mod intents;
mod nonces;
mod oracle;
mod properties;
mod rates;
mod receipts;
mod script;
mod settlement;
mod simulator;
mod tls;
mod votes;
mod windows;
