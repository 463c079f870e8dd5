//! The first run: the link that a server prints while there is no org. Whoever has it makes the first owner and org.
//!
//! Invariants: of the link's token only its SHA-256 is stored. At most one link works: a new start ends the one before it.
//! A link ends after [`limits::FIRST_RUN_WITHIN`](bursar_base::limits::FIRST_RUN_WITHIN), with its first use, and as soon as
//! there is an org, however that was made. Of several who use it at once one makes an org.

pub mod service;

use bursar_store::StoreError;

/// Why a link is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FirstRunError {
    /// There is an org already.
    #[error("this server is set up already; sign in, or have one of its owners invite you")]
    Over,
    /// Not the newest link, too old, or none at all.
    #[error("this link is not the newest, or too old; start the server again, which prints a new one")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
