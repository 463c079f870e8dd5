//! HTTP.

pub mod signatures;
