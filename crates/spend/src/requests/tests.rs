//! Payment requests through HTTP, on both engines.

#[path = "tests/agentpay.rs"]
mod agentpay;
#[path = "tests/bad_input.rs"]
mod bad_input;
#[path = "tests/idempotency.rs"]
mod idempotency;
#[path = "tests/keys.rs"]
mod keys;
#[path = "tests/lists.rs"]
mod lists;
#[path = "tests/outcomes.rs"]
mod outcomes;
#[path = "tests/parallel.rs"]
mod parallel;
#[path = "tests/refunds.rs"]
mod refunds;
#[path = "tests/signatures.rs"]
mod signatures;
#[path = "tests/waiting.rs"]
mod waiting;
