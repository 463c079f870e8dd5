//! Calls that go out. [`client`] is for addresses that the operator names; [`Guarded`] is for those that users supply.
//!
//! Invariants: whatever a user writes into a URL, no connection is made to an address that is not on the public
//! internet, unless the operator named its host and port. The address that was looked at is the one that is connected
//! to: names are resolved once, in the connection itself, so an answer that changes gains nothing. No redirect is
//! followed, and no proxy of the environment is asked.

mod address;
mod allow;
mod base;
mod guarded;
mod resolver;

#[cfg(test)]
mod tests;

pub use address::is_public;
pub use allow::{Allow, AllowError};
pub use base::{BaseUrlError, base_url};
pub use guarded::{Answer, CallError, Guarded, UrlError};

/// A client to be set up further. TLS is rustls over ring, and trusts what the machine trusts.
pub fn client() -> reqwest::ClientBuilder {
    // Only the first installation of a process counts, and every one of ours is this one.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
}
