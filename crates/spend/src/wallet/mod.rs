//! An agent's wallet as the agent sees it: what is in it, what may be spent of it and how, and what happened.
//!
//! Invariants: nothing here decides anything. What an agent may spend is its policy document; the short form in which
//! agents and owners read and write a part of it is translated in [`spending`] alone, both ways. Amounts are decimal
//! texts; a name that ends with `_usd` has a value only where the wallet holds US dollars.

pub mod api;
pub mod service;
pub mod spending;
pub mod sql;
pub mod story;

use bursar_base::{Currency, TimeUs, money};
use serde::Serialize;

/// Where a wallet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalletStatus {
    /// Nobody has claimed the agent yet.
    Pending,
    /// It can be spent from.
    Active,
    /// Nothing is left in it.
    Empty,
    /// Nothing was ever put into it, or no policy allows any spending.
    Inactive,
    /// The agent was stopped.
    Frozen,
}

/// Whether the agent has a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// It has none.
    None,
    /// One is being made.
    Issuing,
    /// It has one that can be used.
    Active,
    /// It has one that was stopped, and none that can be used.
    Frozen,
    /// It had one, and has none any more.
    Cancelled,
}

/// A limit within a time, and what is left of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WindowBody {
    /// The limit; `null` is no limit.
    pub limit: Option<String>,
    /// Held and spent in the current window.
    pub used: String,
    /// What is left; `null` is no limit.
    pub left: Option<String>,
}

impl WindowBody {
    /// Of a limit and what is used of it, in micros. Over a limit nothing is left.
    pub(crate) fn new(limit: Option<i64>, used: i64) -> WindowBody {
        WindowBody {
            limit: limit.map(money::decimal),
            used: money::decimal(used),
            left: limit.map(|limit| money::decimal(limit.saturating_sub(used).max(0))),
        }
    }
}

/// The limits, and what is left of them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SpendingLimits {
    /// The most that one payment may be; `null` is no limit.
    pub per_transaction: Option<String>,
    /// Today.
    pub daily: WindowBody,
    /// This week.
    pub weekly: WindowBody,
    /// This month.
    pub monthly: WindowBody,
    /// For ever.
    pub lifetime: WindowBody,
    /// `per_transaction`, in a wallet of US dollars.
    pub per_transaction_usd: Option<String>,
    /// `monthly.limit`, in a wallet of US dollars.
    pub monthly_usd: Option<String>,
    /// `monthly.used`, in a wallet of US dollars.
    pub monthly_spent_usd: Option<String>,
    /// `monthly.left`, in a wallet of US dollars.
    pub monthly_remaining_usd: Option<String>,
}

/// What an agent sees of its wallet.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WalletBody {
    /// Whose.
    pub agent_id: String,
    /// Where it stands.
    pub wallet_status: WalletStatus,
    /// `org`: shared with the org's other agents; `own`; or `none` while nobody has claimed the agent.
    pub wallet: String,
    /// What can be spent: what is in it, less what is held. Negative after money went back that had been spent.
    pub balance: String,
    /// What is held for payments under way.
    pub held: String,
    /// Of wallet and limits.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// `balance`, in a wallet of US dollars.
    pub balance_usd: Option<String>,
    /// Whether there is a card.
    pub card_status: CardStatus,
    /// The limits, and what is left of them.
    pub spending_limits: SpendingLimits,
    /// How many top-ups of this wallet were asked for and are not paid yet.
    pub pending_topups: i64,
    /// What they come to.
    pub pending_topups_amount: String,
}

impl WalletBody {
    /// What a bot sees that nobody has claimed, or will.
    pub(crate) fn of_nobody(bot: &str) -> WalletBody {
        let none = || WindowBody::new(None, 0);
        let zero = money::decimal(0);
        WalletBody {
            agent_id: bot.to_owned(),
            wallet_status: WalletStatus::Pending,
            wallet: "none".to_owned(),
            balance: zero.clone(),
            held: zero.clone(),
            currency: Currency::USD,
            balance_usd: Some(zero.clone()),
            card_status: CardStatus::None,
            spending_limits: SpendingLimits {
                per_transaction: None,
                daily: none(),
                weekly: none(),
                monthly: none(),
                lifetime: none(),
                per_transaction_usd: None,
                monthly_usd: None,
                monthly_spent_usd: Some(zero.clone()),
                monthly_remaining_usd: None,
            },
            pending_topups: 0,
            pending_topups_amount: zero,
        }
    }
}

/// Whether names that end with `_usd` have values.
pub(crate) fn usd(currency: Currency, value: Option<String>) -> Option<String> {
    value.filter(|_| currency == Currency::USD)
}

/// One line of a wallet's story.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StoryLine {
    /// The entry of the org's audit trail that the line is made of.
    pub entry: i64,
    /// `payment`; `deposit`, `topup` or `payment_link`: money that came in; `refund` and `dispute`: money that came back;
    /// `topup_refund` and `topup_dispute`: money that went back to whoever had paid it in, or came again.
    #[serde(rename = "type")]
    pub kind: String,
    /// With a sign: less than zero is money that left, or is held to leave.
    pub amount: String,
    /// Of what.
    pub currency: String,
    /// Where it stands; of what came in or back: `completed`.
    pub status: String,
    /// Who was paid, or what the money is for.
    pub description: String,
    /// The rail of a payment, or of what came back of one.
    pub rail: Option<String>,
    /// The payment.
    pub transaction_id: Option<String>,
    /// The top-up.
    pub topup_id: Option<String>,
    /// The payment link.
    pub payment_link_id: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    #[serde(skip)]
    pub(crate) number: i64,
}
