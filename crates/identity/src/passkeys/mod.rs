//! Passkeys, and the challenges that browsers answer with them. What is in a credential is the business of the library
//! that verifies it; here it is a text.
//!
//! Invariants: a challenge is answered once, in the session that got it, within [`bursar_base::limits::CEREMONY_WITHIN`].

pub mod service;
pub mod sql;

use bursar_base::{PasskeyId, PersonId, TimeUs};
use bursar_store::StoreError;
use serde::Serialize;

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CeremonyKind {
    /// Making a passkey.
    Add,
    /// Signing in.
    SignIn,
    /// Proving once more that somebody is there.
    StepUp,
}

impl CeremonyKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            CeremonyKind::Add => "add",
            CeremonyKind::SignIn => "sign_in",
            CeremonyKind::StepUp => "step_up",
        }
    }
}

/// A passkey of a person.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub person_id: PersonId,
    /// Public key and counters, as JSON.
    pub credential: String,
}

/// A passkey in the list of its owner.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyView {
    /// Its id.
    pub passkey_id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: TimeUs,
    /// When it was last used.
    pub used_at: Option<TimeUs>,
}

/// Why a passkey was not added or removed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The challenge was answered before, is too old, or is another session's.
    #[error("this challenge was answered before or is too old; begin again")]
    Ceremony,
    /// There is no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// It is somebody's already.
    #[error("this passkey was added before")]
    Known,
    /// There are enough.
    #[error("you have as many passkeys as anybody may; remove one first")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
