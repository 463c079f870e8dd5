//! The languages that people are written to in, by their address.
//!
//! Invariants: what somebody chose stays until they choose again. What their browser asked for when they signed in is
//! written down only where nothing is known, and nobody else can set it: what a bot says of its owner's language is the
//! registration's and counts for its own mails alone.

pub mod service;
pub mod sql;
