//! Wallets through HTTP, on both engines; and the short form of a policy, by example and by property.

#[path = "tests/forms.rs"]
mod forms;
#[path = "tests/http.rs"]
mod http;
