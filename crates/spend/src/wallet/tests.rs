//! Wallets through HTTP, on both engines; and the short form of a policy, by example and by property.

mod forms;
mod http;
