//! Top-ups through HTTP, on both engines, against the simulator of Stripe.

#[path = "tests/asking.rs"]
mod asking;
#[path = "tests/news.rs"]
mod news;
#[path = "tests/shop.rs"]
mod shop;
#[path = "tests/trouble.rs"]
mod trouble;
