//! The real binary under real faults: killed, frozen, asked to stop, cut off from its store.
//!
//! Each test drives child processes of `bursar`, or several whole apps in this process where time has to jump, and looks
//! at what stands in the end: in the store, in the answers that clients got, and in the rail's own books.
//!
//! Chance comes from a seed that is printed: `BURSAR_CHAOS_SEED=7` replays it. `BURSAR_CHAOS_ROUNDS=50` goes on longer.
//! PostgreSQL is named by `BURSAR_TEST_POSTGRES_URL`.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

mod backup;
mod books;
mod cluster;
mod database;
mod drain;
mod heard;
mod house;
mod inside;
mod kill;
mod lease;
mod load;
mod outage;
mod payer;
mod processes;
mod rail;
mod rail_late;
mod rail_random;
mod seed;
mod server;
mod until;
