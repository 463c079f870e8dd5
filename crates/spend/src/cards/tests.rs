//! Cards through HTTP, on both engines, against the simulator of Stripe.

#[path = "tests/agents.rs"]
mod agents;
#[path = "tests/desk.rs"]
mod desk;
#[path = "tests/owners.rs"]
mod owners;
#[path = "tests/trouble.rs"]
mod trouble;
