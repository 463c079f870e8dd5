//! The names of rails, and what kind each is.

use bursar_base::Mode;
use serde::{Deserialize, Serialize};

/// A way money leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RailName {
    /// Pretend money, in process.
    Sandbox,
    /// Stripe Payment Intents on the org's saved payment method.
    Stripe,
    /// Issued cards.
    Card,
    /// Paid HTTP calls.
    X402,
    /// Metered models.
    Tokens,
    /// Metered browsers.
    Browser,
    /// Hosted agents.
    Compute,
}

impl RailName {
    /// Every rail.
    pub const ALL: &[RailName] = &[
        RailName::Sandbox,
        RailName::Stripe,
        RailName::Card,
        RailName::X402,
        RailName::Tokens,
        RailName::Browser,
        RailName::Compute,
    ];

    /// As in requests and in account names.
    pub fn as_str(self) -> &'static str {
        match self {
            RailName::Sandbox => "sandbox",
            RailName::Stripe => "stripe",
            RailName::Card => "card",
            RailName::X402 => "x402",
            RailName::Tokens => "tokens",
            RailName::Browser => "browser",
            RailName::Compute => "compute",
        }
    }

    /// The inverse of [`RailName::as_str`].
    pub fn parse(text: &str) -> Option<RailName> {
        RailName::ALL.iter().copied().find(|rail| rail.as_str() == text)
    }

    /// Whether an org of that mode has it; `has_stripe`: with a payment method of its own saved.
    pub fn is_there(self, mode: Mode, has_stripe: bool) -> bool {
        match self {
            RailName::Sandbox => mode == Mode::Test,
            RailName::Stripe => has_stripe,
            // Who asks has one.
            RailName::Card => true,
            RailName::X402 | RailName::Tokens | RailName::Browser | RailName::Compute => false,
        }
    }

    /// Whether it draws on the wallet. A direct rail charges the org elsewhere and only counts in the windows.
    pub fn is_prepaid(self) -> bool {
        match self {
            RailName::Stripe => false,
            RailName::Sandbox
            | RailName::Card
            | RailName::X402
            | RailName::Tokens
            | RailName::Browser
            | RailName::Compute => true,
        }
    }
}
