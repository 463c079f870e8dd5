//! The binary `bursar` as a library, so that tests compose the very same app.
//!
//! [`app`] wires everything, [`serve`] puts a server around it, [`commands`] are what the command line can do, and
//! [`socket`] is how the command line reaches a server that runs already.
//!
//! Invariant: nothing is decided here. Commands call the same services and the same funnel as the API does.

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod demo;
pub mod log;
mod mcp;
mod opening;
pub mod reports;
pub mod serve;
pub mod socket;
pub mod span;
mod statements;
mod table;

pub use statements::{Statement, statements};
