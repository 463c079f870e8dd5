//! Signing in by mail: a link that opens only the browser that asked for it, once, for a short while.
//!
//! Invariants: the token is made when the mail is sent, and only its hash is stored. Whether an address is known is not
//! told to whoever asks.

pub mod service;
pub mod sql;

use bursar_store::StoreError;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Not an address.
    #[error("{0}")]
    Email(String),
    /// Too many mails went there, or too many were asked for from here.
    #[error("too many links were asked for; use the newest one, or wait")]
    TooMany(std::time::Duration),
    /// The installation takes nobody who was not invited.
    #[error("this link is not known; ask for a new one")]
    Unknown,
    /// Used, or too old.
    #[error("this link was used before or is too old; ask for a new one")]
    Over,
    /// Opened where it was not asked for.
    #[error("open this link in the browser in which you asked for it")]
    OtherBrowser,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link that was asked for. The browser's cookie is shown here and never again.
#[derive(Debug)]
pub struct Asked {
    /// Its id.
    pub id: bursar_base::SignInId,
    /// Whose.
    pub email: String,
    /// What the browser has to keep, to be known again.
    pub browser: String,
}

/// Who may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Anybody; who is new gets an org with the first bot they claim.
    Open,
    /// Only members and those who are invited.
    Invited,
}
