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

/// What was spent, added up.
#[derive(Debug, Clone, Deserialize)]
pub struct Sums {
    /// By what.
    pub by: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The sums.
    pub data: Vec<Sum>,
}

/// One sum.
#[derive(Debug, Clone, Deserialize)]
pub struct Sum {
    /// A day, an agent's id, a merchant, a category or a rail.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// How many payments; none by day.
    pub payments: Option<i64>,
    /// What left.
    pub spent: String,
    /// What of it came back; none by day.
    pub refunded: Option<String>,
}

/// A policy in force.
#[derive(Debug, Clone, Deserialize)]
pub struct Policy {
    /// Which.
    pub version: i64,
    /// The document.
    pub policy: serde_json::Map<String, serde_json::Value>,
}

/// A new agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Created {
    /// Its id.
    pub agent_id: String,
    /// Its key.
    pub api_key: String,
}

/// What would have been decided under a draft.
#[derive(Debug, Clone, Deserialize)]
pub struct Backtest {
    /// ISO 4217.
    pub currency: String,
    /// How many requests were looked at.
    pub requests: i64,
    /// Those that get another outcome, by outcomes.
    pub changes: Vec<Change>,
    /// Those that get another outcome, oldest first.
    pub flips: Vec<Flip>,
}

/// Requests that get another outcome.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// The outcome on record.
    pub before: String,
    /// The outcome under the draft.
    pub under_draft: String,
    /// How many.
    pub requests: i64,
    /// What they asked for.
    pub amount: String,
}

/// A request that gets another outcome.
#[derive(Debug, Clone, Deserialize)]
pub struct Flip {
    /// Which.
    pub transaction_id: String,
    /// When it was decided.
    pub decided_at: TimeUs,
    /// Who was to be paid.
    pub merchant: String,
    /// What was asked for.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What is on record.
    pub before: Side,
    /// What would have been.
    pub under_draft: Side,
}

/// One of the two decisions about a request.
#[derive(Debug, Clone, Deserialize)]
pub struct Side {
    /// The outcome.
    pub outcome: String,
}
