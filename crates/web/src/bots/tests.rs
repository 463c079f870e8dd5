//! Bots from the first call to the first payment, on both engines.

#[path = "tests/claim.rs"]
mod claim;
#[path = "tests/pages.rs"]
mod pages;
#[path = "tests/pairing.rs"]
mod pairing;
#[path = "tests/register.rs"]
mod register;
