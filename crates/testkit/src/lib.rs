//! What tests need.

pub mod app;
pub mod smtp;
pub mod stripe;
