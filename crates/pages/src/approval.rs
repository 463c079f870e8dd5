//! What a page or mail about one approval has to be told.

use bursar_base::{Language, Money, TimeUs};

/// One payment that a human is, or was, asked about. Texts may hold anything; they are made harmless where they are
/// shown.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    /// Who pays.
    pub org_name: String,
    /// Who asks.
    pub agent_name: String,
    /// What is asked for.
    pub amount: Money,
    /// Who is to be paid, as the agent wrote it.
    pub merchant: String,
    /// Whether `merchant` is one of the org's payees.
    pub payee_known: bool,
    /// The category by the payee or the card network.
    pub category: Option<String>,
    /// The category by the agent: a claim.
    pub claimed_category: Option<String>,
    /// What it is for, by the agent: a claim.
    pub purpose: String,
    /// The agent's own JSON: a claim.
    pub context_json: Option<String>,
    /// The rail's name: `stripe`, `sandbox`, …
    pub rail: String,
    /// When the agent asked.
    pub created: TimeUs,
    /// Until when a human may decide.
    pub deadline: Option<TimeUs>,
    /// The org's time zone (IANA); all times are shown in it. One that is not known is taken for UTC.
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The rules that were looked at. Those that ask are shown as why a human is asked.
    pub rules: Vec<RuleLine>,
    /// The agent's limits and what is left of them.
    pub left: Vec<LeftLine>,
    /// On a prepaid rail, what the wallet holds beyond all holds, this payment's included.
    pub wallet_left: Option<Money>,
    /// Where the payment stands.
    pub status: ApprovalStatus,
    /// How many have to say yes.
    pub needed: u32,
    /// Who has said yes, oldest first.
    pub votes: Vec<VoteLine>,
    /// Whether whoever looks at it has said yes.
    pub has_voted: bool,
    /// Who approved, declined or cancelled it.
    pub decided_by: Option<String>,
    /// What they said.
    pub decided_reason: Option<String>,
    /// When they did.
    pub decided_at: Option<TimeUs>,
    /// Why it failed or was cancelled, as a code: the rail's own, or one of Bursar's.
    pub reason_code: Option<String>,
    /// When it was paid.
    pub completed_at: Option<TimeUs>,
    /// What was paid, where that is not `amount`.
    pub paid: Option<Money>,
    /// What was given back, in part or in full.
    pub refunded: Option<Money>,
    /// Path of the page that approves; its form posts there too.
    pub approve_path: String,
    /// Path of the page that declines; its form posts there too.
    pub decline_path: String,
    /// Whether the org is for testing.
    pub is_test: bool,
    /// The transaction's id.
    pub transaction_id: String,
}

/// One yes of several.
#[derive(Debug, Clone)]
pub struct VoteLine {
    /// Whose.
    pub by: String,
    /// When.
    pub at: TimeUs,
}

/// Where a payment stands that a human was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalStatus {
    /// A human is asked.
    Pending,
    /// Approved, not yet sent.
    Approved,
    /// A human said no.
    Declined,
    /// Nobody decided in time.
    TimedOut,
    /// Withdrawn: by the agent, an owner or a freeze.
    Cancelled,
    /// Approved; the rail is being called.
    Executing,
    /// Approved; the rail gave no certain answer.
    Unknown,
    /// Approved and paid.
    Completed,
    /// Approved, paid and given back in full.
    Refunded,
    /// Approved; the rail said a certain no.
    Failed,
}

/// One rule that was looked at. Amounts are decimals in the payment's currency.
#[derive(Debug, Clone)]
pub struct RuleLine {
    /// The rule's name: `approve_above`, `merchants.unknown`, …
    pub rule: String,
    /// What it said.
    pub verdict: RuleVerdict,
    /// The limit, where the rule has one.
    pub limit: Option<String>,
    /// What was used of it.
    pub used: Option<String>,
    /// What was asked for.
    pub asked: Option<String>,
}

/// What a rule said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleVerdict {
    /// Nothing against it.
    Approve,
    /// A human is to decide.
    Ask,
    /// No.
    Decline,
}

/// A limit and what is left of it. While the payment is pending its hold counts as used.
#[derive(Debug, Clone)]
pub struct LeftLine {
    /// How long the limit counts for.
    pub window: Window,
    /// The limit.
    pub limit: Money,
    /// Held or paid, this payment included while it is held.
    pub used: Money,
    /// What is left; negative where more arrived than was allowed.
    pub left: Money,
}

/// How long a limit counts for, in the calendar of the org's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The day.
    Day,
    /// The week from Monday.
    Week,
    /// The calendar month.
    Month,
    /// For ever.
    Lifetime,
}
