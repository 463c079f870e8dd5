//! The kill switch through HTTP, on both engines.

#[path = "tests/parts.rs"]
mod parts;
#[path = "tests/races.rs"]
mod races;
#[path = "tests/switch.rs"]
mod switch;
