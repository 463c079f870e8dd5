//! What Stripe tells us on its own: verified, deduplicated by event id, and independent of order.
//!
//! An event is only a hint. What it is about is asked of Stripe, so that old news cannot overwrite new.

pub mod api;
mod apply;
pub mod sql;
