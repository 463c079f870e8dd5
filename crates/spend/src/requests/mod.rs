//! Payment requests: an agent asks, the funnel decides, the answer tells where the payment stands.

pub mod api;
pub mod body;
pub(crate) mod form;
pub mod history;
pub mod refunds;
pub mod service;
pub mod wait;

pub use body::TransactionBody;
pub use form::PaymentRequest;
