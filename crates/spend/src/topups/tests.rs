//! Top-ups through HTTP, on both engines, against the simulator of Stripe.

mod asking;
mod news;
mod shop;
mod trouble;
