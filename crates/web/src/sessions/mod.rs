//! Sessions as their owners see them: which there are, which org is looked at, and how to end them.

pub mod api;
pub mod page;
