//! What is on record about one agent, from one of its requests on.

use std::collections::{BTreeMap, HashMap};

use bursar_base::{Currency, Money, TimeUs, TransactionId};
use jiff::tz::TimeZone;

use crate::holds::{Budget, WindowKind};
use crate::policies::{AtTill, Check, Policy, RailName, Verdict};
use crate::transactions::Status;

/// What is on record. Amounts in micros.
#[derive(Debug, Clone)]
pub struct History {
    /// The agent's budget as the record ends.
    pub budget: Budget,
    /// What counts in its windows as the record ends, the ended ones included.
    pub used: HashMap<(WindowKind, TimeUs), i64>,
    /// What its wallet has left as the record ends.
    pub available: i64,
    /// The org's time zone as the record begins.
    pub zone: TimeZone,
    /// Whether the agent is frozen as the record begins.
    pub agent_frozen: bool,
    /// Whether the org is.
    pub org_frozen: bool,
    /// The circuit breaker then counts only decisions after this one.
    pub breaker_from: i64,
    /// Requests from before the record, oldest first; as many as rules look back at.
    pub earlier: Vec<Earlier>,
    /// The policies that requests were decided by; `None` where one could not be read.
    pub policies: BTreeMap<i64, Option<Policy>>,
    /// What humans answered.
    pub answers: HashMap<TransactionId, Answers>,
    /// The record, in the order of the trail.
    pub entries: Vec<Entry>,
}

impl History {
    /// Of windows and wallet.
    pub fn currency(&self) -> Currency {
        self.budget.currency
    }

    /// The requests that a policy decided, in their order.
    pub fn decided(&self) -> impl Iterator<Item = &Asked> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Asked(asked) if asked.origin == Origin::Decided => Some(&**asked),
            _ => None,
        })
    }
}

/// A request from before the record.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its id.
    pub id: TransactionId,
    /// The number of its decision.
    pub number: i64,
    /// When it was decided.
    pub at: TimeUs,
    /// What the rules compare that look back at purchases; unset where it is none that they remember.
    pub mark: Option<String>,
    /// Whether it was held or paid as the record begins.
    pub counts: bool,
    /// Whether it was itself asked about as a repetition.
    pub repeated: bool,
}

/// One entry of the trail, as far as it concerns the agent.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: TimeUs,
    /// The agent's transaction that it is about.
    pub transaction: Option<TransactionId>,
    /// The windows that this transaction counts in.
    pub windows: [TimeUs; 3],
    /// What it changed in those.
    pub remembered: i64,
    /// What it changed in the windows of the moment, without having been held.
    pub forced: i64,
    /// What it changed in the wallet.
    pub wallet: i64,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// Something was asked for.
    Asked(Box<Asked>),
    /// A transaction went on.
    Went {
        /// To this status.
        to: Status,
    },
    /// The agent was stopped by a human, or let go on by one.
    AgentFrozen(bool),
    /// The whole org was.
    OrgFrozen(bool),
    /// The org's time zone was set.
    Zone(TimeZone),
    /// Something else, in the wallet at most.
    Other,
}

/// A request as it was recorded.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its id.
    pub id: TransactionId,
    /// The number of its decision among the agent's own.
    pub number: i64,
    /// When.
    pub at: TimeUs,
    /// How much was asked for at first.
    pub amount: Money,
    /// As written.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// The agent's claim.
    pub purpose: String,
    /// By which rail.
    pub rail: RailName,
    /// Whether the org had it then, where the record shows that; otherwise whether it has it now.
    pub rail_available: bool,
    /// How the card stood that was used, as far as the record shows it.
    pub card: Option<AtTill>,
    /// Whether the merchant was a payee.
    pub payee_known: bool,
    /// The category by payee or card network.
    pub category: Option<String>,
    /// The policy in force then; 0 is none.
    pub policy_version: i64,
    /// What was decided.
    pub verdict: Verdict,
    /// Why not.
    pub reason: Option<String>,
    /// Every rule that was looked at.
    pub checks: Vec<Check>,
    /// How it came to be.
    pub origin: Origin,
}

/// How a transaction came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The policy decided it.
    Decided,
    /// It took up this reservation, which had been decided.
    TookUp(TransactionId),
    /// The card network told of it without having asked.
    Told,
}

/// What humans said about a payment, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// How many yes were given before it ended.
    pub yes: u32,
    /// Whether somebody said no.
    pub no: bool,
    /// Whether the yes were enough.
    pub enough: bool,
}

/// What became of a request, as far as policy and humans decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The policy allowed it.
    Approved,
    /// A human was asked and said yes.
    ApprovedByHuman,
    /// A human is to be asked, and none has answered.
    NeedsApproval,
    /// A human was asked and said no.
    DeclinedByHuman,
    /// The policy refused it.
    Declined,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 5] = [
        Outcome::Approved,
        Outcome::ApprovedByHuman,
        Outcome::NeedsApproval,
        Outcome::DeclinedByHuman,
        Outcome::Declined,
    ];

    /// As in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Approved => "approved",
            Outcome::ApprovedByHuman => "approved_by_human",
            Outcome::NeedsApproval => "needs_approval",
            Outcome::DeclinedByHuman => "declined_by_human",
            Outcome::Declined => "declined",
        }
    }

    /// Whether it was allowed.
    pub fn is_allowed(self) -> bool {
        matches!(self, Outcome::Approved | Outcome::ApprovedByHuman)
    }
}

impl Answers {
    /// What became of a question that so many had to say yes to.
    pub fn outcome(&self, needed: u32) -> Outcome {
        if self.yes >= needed {
            Outcome::ApprovedByHuman
        } else if self.no {
            Outcome::DeclinedByHuman
        } else {
            Outcome::NeedsApproval
        }
    }

    /// What became of it on record.
    pub fn recorded(&self) -> Outcome {
        match (self.enough, self.no) {
            (true, _) => Outcome::ApprovedByHuman,
            (false, true) => Outcome::DeclinedByHuman,
            (false, false) => Outcome::NeedsApproval,
        }
    }
}
