//! Spending through HTTP, on both engines. The tests stand beside the code they are about, one `tests.rs` per noun.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

#[path = "../src/approvals/tests.rs"]
mod approvals;
#[path = "http/openapi.rs"]
mod openapi;
#[path = "../src/requests/tests.rs"]
mod requests;
