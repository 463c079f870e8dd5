//! The first run: a page that makes the first owner, org and agent of a server that has none. The link that the server
//! printed is the authority.
//!
//! Invariants: all of it is one transaction, which uses the link up and signs the owner's browser in. The agent's key is in
//! the one page that answers, and nowhere else.

pub mod page;
pub mod service;
