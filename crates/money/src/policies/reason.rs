//! Why a payment was declined: a closed list, part of the public interface.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// Why a payment was declined. The text is the `code` of the answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)+ }

        impl Reason {
            /// Every reason, in the order in which the rules are looked at.
            pub const ALL: &[Reason] = &[$(Reason::$name,)+];

            /// The stable text.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $text,)+ }
            }

            /// The inverse of [`Reason::as_str`].
            pub fn parse(text: &str) -> Option<Reason> {
                match text { $($text => Some(Reason::$name),)+ _ => None }
            }
        }
    };
}

reasons! {
    /// The agent has no policy, or one that cannot be read.
    NoPolicy = "no_policy",
    /// The whole org is frozen, by a human.
    OrgFrozen = "org_frozen",
    /// The agent is frozen, by a human or by its circuit breaker.
    AgentFrozen = "agent_frozen",
    /// The agent has not been claimed yet.
    AgentNotActive = "agent_not_active",
    /// The card is frozen or cancelled.
    CardNotActive = "card_not_active",
    /// The policy allows spending only at other hours.
    OutsideHours = "outside_hours",
    /// The rail is not allowed by the policy, or not for this org.
    RailBlocked = "rail_blocked",
    /// The merchant is on the policy's block list, or the card is for another one.
    MerchantBlocked = "merchant_blocked",
    /// The merchant is not on the policy's allow list.
    MerchantUnknown = "merchant_unknown",
    /// The category is blocked, or not among the allowed ones.
    CategoryBlocked = "category_blocked",
    /// The same purchase was made a short while ago.
    Duplicate = "duplicate",
    /// The wallet holds another currency.
    CurrencyMismatch = "currency_mismatch",
    /// More than one payment may be.
    PerTxExceeded = "per_tx_exceeded",
    /// More than is left of the day.
    DailyExceeded = "daily_exceeded",
    /// More than is left of the week.
    WeeklyExceeded = "weekly_exceeded",
    /// More than is left of the month.
    MonthlyExceeded = "monthly_exceeded",
    /// More than is left for ever.
    LifetimeExceeded = "lifetime_exceeded",
    /// Too many decisions in a short while.
    VelocityExceeded = "velocity_exceeded",
    /// More than the wallet holds.
    InsufficientFunds = "insufficient_funds",
    /// A human said no.
    DeclinedByHuman = "declined_by_human",
}
