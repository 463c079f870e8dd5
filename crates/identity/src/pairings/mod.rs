//! Pairing codes: six digits that a member reads out to a bot, which then registers straight into the member's org.
//!
//! Invariants: a code is good once and for [`bursar_base::limits::PAIRING_WITHIN`]; wrong ones are counted for the whole
//! installation, because six digits could be guessed by somebody with many addresses.

pub mod service;
pub mod sql;

use bursar_base::TimeUs;

/// A code that was just made. It is shown here and never again.
#[derive(Debug)]
pub struct PairingCode {
    /// Six digits.
    pub code: String,
    /// Until when it can be used.
    pub expires_at: TimeUs,
}
