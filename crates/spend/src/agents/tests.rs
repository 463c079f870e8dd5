//! Agents through HTTP, on both engines.

#[path = "tests/breaker.rs"]
mod breaker;
#[path = "tests/freeze.rs"]
mod freeze;
#[path = "tests/policies.rs"]
mod policies;
