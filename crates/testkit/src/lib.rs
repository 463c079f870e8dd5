//! What tests need.

pub mod app;
pub mod receiver;
pub mod smtp;
pub mod stripe;
