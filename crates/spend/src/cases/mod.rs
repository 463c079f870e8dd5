//! Cases: what is wrong with money and wants a person. Each says what both sides say, and ends with evidence, or by itself
//! when the difference is gone.
//!
//! Invariants: the same difference is the same case: there is one for an org, a kind and a reference, for ever. Opening,
//! taking and resolving are in the audit trail, in the transaction that does it. A case moves no money: what is to be booked
//! is booked by whoever found it, or by a human at the place where that is done.

pub mod api;
pub mod service;
pub mod sql;

use bursar_base::{AgentId, CaseId, Currency, Money, OrgId, TimeUs, TransactionId};
use bursar_store::{Columns as _, Row, StoreError};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $name,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$name,)+];

            /// As stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$name => $text,)+ }
            }

            /// The inverse of [`Kind::as_str`].
            pub fn parse(text: &str) -> Option<Kind> {
                match text { $($text => Some(Kind::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// The other side has it, and the ledger does not.
    MissingHere = "missing_here",
    /// The ledger has it, and the other side does not.
    MissingThere = "missing_there",
    /// Both have it, with different sums.
    AmountDiffers = "amount_differs",
    /// Both have it, and say something else of where it stands.
    StateDiffers = "state_differs",
    /// One payment was charged several times.
    ChargedTwice = "charged_twice",
    /// Nobody knows whether a payment was made.
    UnknownOutcome = "unknown_outcome",
    /// Money left that was never held.
    ForcedCapture = "forced_capture",
    /// A purchase was not what its intent said.
    IntentDrift = "intent_drift",
}

/// A difference, as whoever found it knows it.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// What is wrong.
    pub kind: Kind,
    /// What it is about: the id that makes it the same case when it is found again.
    pub reference: String,
    /// The agent whose money it is, where it is one's.
    pub agent_id: Option<AgentId>,
    /// The payment that it is about, where it is one.
    pub transaction_id: Option<TransactionId>,
    /// Why, as far as that is known: a sentence.
    pub cause: String,
    /// What our books say.
    pub ours: String,
    /// What the other side says.
    pub theirs: String,
    /// How much is at stake.
    pub at_stake: Money,
    /// Whether owners hear of it by a mail of its own already.
    pub is_told: bool,
    /// Who found it, such as `reconcile`.
    pub source: &'static str,
    /// When what it is about happened: it is found again only by who looks from there on.
    pub since: TimeUs,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Somebody has to look.
    Open,
    /// Somebody has, or the difference is gone.
    Resolved,
}

impl Status {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Resolved => "resolved",
        }
    }

    /// The inverse of [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Status> {
        [Status::Open, Status::Resolved].into_iter().find(|status| status.as_str() == text)
    }
}

/// Something about money that a person has to look at.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Whose it is.
    pub org_id: OrgId,
    /// What was found.
    pub found: NewCase,
    /// Where it stands.
    pub status: Status,
    /// Who has taken it.
    pub owner: Option<String>,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// When it was opened first.
    pub created: TimeUs,
    /// When it was last opened, taken or resolved.
    pub updated: TimeUs,
}

/// The end of a case.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// What was done about it.
    pub text: String,
    /// How that can be seen.
    pub evidence: String,
    /// By whom.
    pub actor: String,
    /// When.
    pub at: TimeUs,
}

/// Who ends cases whose difference is gone.
pub const BY_ITSELF: &str = "bursar";

fn source_of(text: &str) -> &'static str {
    ["reconcile", "ledger", "intent"].into_iter().find(|known| *known == text).unwrap_or("ledger")
}

fn from_row(row: &Row) -> Result<Case, StoreError> {
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("cases.{what}: {text:?}"));
    let (kind, status, currency) = (row.text("kind")?, row.text("status")?, row.text("currency")?);
    let resolution = match row.opt_time("resolved_us")? {
        None => None,
        Some(at) => Some(Resolution {
            text: row.opt_text("resolution")?.unwrap_or_default(),
            evidence: row.opt_text("evidence")?.unwrap_or_default(),
            actor: row.opt_text("resolved_by")?.unwrap_or_default(),
            at,
        }),
    };
    Ok(Case {
        id: CaseId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        found: NewCase {
            kind: Kind::parse(&kind).ok_or_else(|| damaged("kind", &kind))?,
            reference: row.text("reference")?,
            agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
            transaction_id: row.opt_text("transaction_id")?.map(|id| TransactionId::from_store(&id)),
            cause: row.text("cause")?,
            ours: row.text("ours")?,
            theirs: row.text("theirs")?,
            at_stake: Money {
                micros: row.int("amount_micros")?,
                currency: Currency::parse(&currency).map_err(|_| damaged("currency", &currency))?,
            },
            is_told: false,
            source: source_of(&row.text("source")?),
            since: row.time("since_us")?,
        },
        status: Status::parse(&status).ok_or_else(|| damaged("status", &status))?,
        owner: row.opt_text("owner")?,
        resolution,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}
