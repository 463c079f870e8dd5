//! What the API answers, as far as the dashboard reads it. Amounts are decimals in the row's currency.

use bursar_base::TimeUs;
use serde::Deserialize;

/// A page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct List<T> {
    /// Its rows.
    pub data: Vec<T>,
    /// Where the next page begins, if there is one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A payment.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// Its id.
    pub transaction_id: String,
    /// Where it stands.
    pub status: String,
    /// What was asked for.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// As the agent wrote it.
    pub merchant: String,
    /// By the payee or the card network.
    pub category: Option<String>,
    /// In the agent's words.
    pub purpose: String,
    /// The agent's own.
    pub context: Option<serde_json::Value>,
    /// How it is paid.
    pub rail: String,
    /// Why it was declined, failed or withdrawn.
    pub reason: Option<String>,
    /// The rules that were looked at, in order.
    pub decision: Vec<Check>,
    /// The human side of it.
    pub approval: Option<Approval>,
    /// What was really paid.
    pub posted_amount: String,
    /// What was given back.
    pub refunded_amount: String,
    /// The agent that asked.
    pub agent_id: String,
    /// When it was decided.
    pub created_at: TimeUs,
}

/// One rule that was looked at.
#[derive(Debug, Clone, Deserialize)]
pub struct Check {
    /// A field of the policy.
    pub rule: String,
    /// `approve`, `ask` or `decline`.
    pub verdict: String,
    /// Its limit.
    pub limit: Option<String>,
    /// What was used of it.
    pub used: Option<String>,
    /// What was asked for.
    pub asked: Option<String>,
}

/// The human side of a payment.
#[derive(Debug, Clone, Deserialize)]
pub struct Approval {
    /// Until when a human can decide.
    pub deadline: Option<TimeUs>,
    /// How many have to say yes, and how many have.
    pub approvals: Option<Approvals>,
}

/// How many have to say yes, and how many have.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Approvals {
    /// So many have to.
    pub needed: i64,
    /// So many have.
    pub given: i64,
}

/// Everything that was written down about a payment.
#[derive(Debug, Clone, Deserialize)]
pub struct History {
    /// The audit entries, oldest first.
    pub data: Vec<Entry>,
}

/// One entry of the audit trail.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Its place in the org's chain.
    pub seq: i64,
    /// When.
    pub at: TimeUs,
    /// What was done.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// Everything else.
    pub detail: serde_json::Value,
    /// Of it and the entry before it, in hex.
    pub hash: String,
    /// What it moved in the ledger.
    pub moved: Vec<Movement>,
}

/// One movement of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Movement {
    /// What it does.
    pub kind: String,
    /// The account that is debited.
    pub debit: String,
    /// The account that is credited.
    pub credit: String,
    /// How much.
    pub amount: String,
}

/// An agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Agent {
    /// Its id.
    pub agent_id: String,
    /// For people.
    pub name: String,
    /// `active`, `frozen` or `pending`.
    pub status: String,
    /// `org`, or `own`.
    pub wallet: String,
    /// What the wallet has left to spend.
    pub available: String,
    /// Of wallet and limits.
    pub currency: String,
    /// Today.
    pub daily: Limit,
    /// This month.
    pub monthly: Limit,
}

/// A limit, and what is used of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Limit {
    /// The limit; none where there is none.
    pub limit: Option<String>,
    /// Held and spent in the current window.
    pub used: String,
}

/// The most that can still leave.
#[derive(Debug, Clone, Deserialize)]
pub struct Exposure {
    /// ISO 4217.
    pub currency: String,
    /// Within a day.
    pub day: Horizon,
    /// Whether the whole org is stopped.
    pub is_frozen: bool,
}

/// The most that can leave within a stretch of time.
#[derive(Debug, Clone, Deserialize)]
pub struct Horizon {
    /// With a yes to everything that is asked; absent where nothing bounds it.
    pub with_approvals: Option<String>,
}
