//! Exposure as owners see it: the most that can still leave within the next hour and the next day.
//!
//! The figures are `money`'s; here the rows are read that they are made of, in one transaction that only reads.

pub mod api;
pub mod service;
pub mod sql;
