//! An org is for testing or for real money, for good.

use serde::{Deserialize, Serialize};

/// Whether an org and everything in it is for testing or for real money.
///
/// A `Test` org never reaches real money, and its keys say so (`bur_test_…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Sandbox rails and Stripe test keys only.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// `test` or `live`, as stored and as in key prefixes.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Test => "test",
            Mode::Live => "live",
        }
    }

    /// The inverse of [`Mode::as_str`].
    pub fn parse(text: &str) -> Option<Mode> {
        match text {
            "test" => Some(Mode::Test),
            "live" => Some(Mode::Live),
            _ => None,
        }
    }
}
