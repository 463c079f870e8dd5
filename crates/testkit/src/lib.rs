//! What tests need.

pub mod smtp;
pub mod stripe;
