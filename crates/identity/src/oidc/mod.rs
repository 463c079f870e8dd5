//! Signing in with an account of a company: what lies here between sending somebody to the provider and their return.
//!
//! Invariants: the answer is taken from the browser that was sent, once, within [`bursar_base::limits::OIDC_WITHIN`].
//! What proves that it is the answer is sealed. What the provider says is verified elsewhere, before anybody signs in.

pub mod service;
pub mod sql;

use bursar_store::StoreError;
use serde::{Deserialize, Serialize};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Nobody was sent from this browser with this state, or they are back already, or it took too long.
    #[error("this was begun in another browser, used before, or took too long; begin again")]
    Over,
    /// Too many were begun from here.
    #[error("too many tries from here; wait, or use a link by mail")]
    TooMany(std::time::Duration),
    /// Not an address.
    #[error("{0}")]
    Email(String),
    /// The installation takes nobody who was not invited.
    #[error("only members and those who were invited may sign in here; ask an owner to invite this address")]
    NotInvited,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody who is sent to the provider. The browser's cookie is shown here and never again.
pub struct Begun {
    /// What the provider hands back.
    pub state: String,
    /// What the browser has to keep, to be known again.
    pub browser: String,
    /// What the rest is checked against.
    pub flow: Flow,
}

/// What is known of somebody who was sent to the provider.
#[derive(Serialize, Deserialize)]
pub struct Flow {
    /// What the token has to repeat.
    pub nonce: String,
    /// What proves to the provider that it was us who sent them.
    pub verifier: String,
    /// The page to go on to.
    pub next: Option<String>,
}
