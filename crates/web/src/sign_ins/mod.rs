//! Signing in by mail: asking for a link, and opening it in the browser that asked.

pub mod api;
pub mod page;
