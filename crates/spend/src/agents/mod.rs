//! Agents as owners see them: made with a key and a policy, listed with what is used of their limits, frozen and
//! unfrozen, their policies read and replaced. The agent is `identity`'s, its budget `money`'s: here both come together.

pub mod api;
pub mod service;

use bursar_base::TimeUs;
use serde::{Deserialize, Serialize};

/// Limits as an owner writes them: decimal texts; an absent one is no limit of that kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The most within a day.
    pub daily: Option<String>,
    /// The most within a week.
    pub weekly: Option<String>,
    /// The most within a month.
    pub monthly: Option<String>,
    /// The most for ever.
    pub lifetime: Option<String>,
    /// The most that one payment may be.
    pub per_tx: Option<String>,
    /// A human is asked for anything greater.
    pub approve_above: Option<String>,
}

/// An agent to be made. Without any limit it asks a human for everything.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// For people.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may spend.
    #[serde(default, deserialize_with = "bursar_http::body::object")]
    pub limits: Limits,
    /// A wallet of its own instead of the org's.
    #[serde(default)]
    pub own_wallet: bool,
}

/// One limit and what is used of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LimitBody {
    /// The limit; `null` is no limit.
    pub limit: Option<String>,
    /// Held and spent in the current window.
    pub used: String,
}

/// How many it takes, and how many there are. Where fewer are `possible` than `needed`, nothing that is asked about can
/// be approved.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct ApproversBody {
    /// So many have to say yes.
    pub needed: u32,
    /// So many members can.
    pub possible: u32,
}

/// An agent as owners see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AgentBody {
    /// Its id.
    pub agent_id: String,
    /// For people.
    pub name: String,
    /// `active`, `frozen` or `pending`.
    pub status: String,
    /// Why it is frozen.
    pub frozen_reason: Option<String>,
    /// `org`, or `own`.
    pub wallet: String,
    /// What the wallet has left to spend.
    pub available: String,
    /// Of wallet and limits.
    pub currency: String,
    /// Today.
    pub daily: LimitBody,
    /// This week.
    pub weekly: LimitBody,
    /// This month.
    pub monthly: LimitBody,
    /// For ever.
    pub lifetime: LimitBody,
    /// The most that one payment may be.
    pub per_tx: Option<String>,
    /// A human is asked for anything greater.
    pub approve_above: Option<String>,
    /// How many have to say yes where a human is asked, and how many members can.
    pub approvals: ApproversBody,
    /// The policy in force.
    pub policy_version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
}
