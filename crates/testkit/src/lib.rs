//! What tests need.

pub mod app;
pub mod receiver;
pub mod resend;
pub mod smtp;
pub mod stripe;
pub mod telegram;
