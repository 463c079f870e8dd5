//! One database interface over SQLite and PostgreSQL, and the tables that every capability shares.
//!
//! Invariants: one SQL text serves both engines; where it cannot, the twins stand side by side in `sql.rs`. On SQLite
//! every writer holds the same in-process lock, so that writers queue fairly instead of polling. No network call is
//! ever made while a [`Tx`] is open.

pub mod db;
pub mod error;
pub mod events;
pub mod installation;
pub mod jobs;
pub mod migrate;
pub mod nonces;
pub mod postgres;
pub mod rates;
pub mod row;
pub mod seal;
pub mod sqlite;
pub mod statements;
pub mod tx;

pub use db::{Db, Engine};
pub use error::StoreError;
pub use row::{Arg, Columns, InOrder, Row};
pub use seal::MasterKey;
pub use tx::Tx;
