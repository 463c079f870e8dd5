//! Freezes: stopping an agent or a whole org, and seeing that every part of it has stopped.
//!
//! Invariants: what is frozen stops at once, because the funnel reads it under the org's lock; everything else follows
//! behind, and a job goes on until all of it has. Nothing new can come under a freeze, so what is left only shrinks. What
//! a rail was called for already is neither stopped nor hidden: only the rail's answer ends it. Owners are never locked
//! out: somebody must look, and let it go on.

pub mod api;
pub mod service;
pub mod sql;
pub mod work;

use bursar_base::{AgentId, FreezeId, OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};

/// What a freeze has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// New decisions. They stop with the freeze itself.
    Decisions,
    /// Agents' keys. They open nothing that spends, by the same look.
    Keys,
    /// Where members are signed in who are no owners; and what owners' passkeys proved before. Of a whole org only.
    Sessions,
    /// What waits for a human.
    Approvals,
    /// What is allowed and was not sent yet.
    Payments,
    /// Pages at Stripe on which top-ups and payment links can be paid.
    Pages,
    /// Cards. They stop here with the freeze, and at Stripe once it has said so.
    Cards,
}

impl Part {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Part; 7] = [
        Part::Decisions,
        Part::Keys,
        Part::Sessions,
        Part::Approvals,
        Part::Payments,
        Part::Pages,
        Part::Cards,
    ];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Decisions => "decisions",
            Part::Keys => "keys",
            Part::Sessions => "sessions",
            Part::Approvals => "approvals",
            Part::Payments => "payments",
            Part::Pages => "pages",
            Part::Cards => "cards",
        }
    }

    fn parse(text: &str) -> Result<Part, StoreError> {
        let found = Part::ALL.into_iter().find(|part| part.as_str() == text);
        found.ok_or_else(|| StoreError::Damaged(format!("freeze_parts.part: {text:?}")))
    }
}

/// How far one part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartState {
    /// Which.
    pub part: Part,
    /// How many there were to stop.
    pub found: i64,
    /// How many of them have not stopped yet.
    pub left: i64,
    /// Why not, where that is known.
    pub note: Option<String>,
}

/// A stop of an agent or a whole org.
#[derive(Debug, Clone)]
pub struct Freeze {
    /// Its id.
    pub id: FreezeId,
    /// In which org.
    pub org_id: OrgId,
    /// What is frozen: the agent's id, or the org's own.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// On whose behalf.
    pub actor: String,
    /// The audit entry that it began with.
    pub seq: i64,
    /// When it began.
    pub frozen: TimeUs,
    /// When it ended, by whom and why.
    pub end: Option<End>,
    /// How often its job has looked.
    pub tries: i64,
    /// When every part had stopped.
    pub acknowledged: Option<TimeUs>,
}

/// The end of a freeze.
#[derive(Debug, Clone)]
pub struct End {
    /// When.
    pub at: TimeUs,
    /// On whose behalf.
    pub actor: String,
    /// Why.
    pub reason: String,
}

impl Freeze {
    /// The agent that is frozen; the whole org where there is none.
    pub fn agent_id(&self) -> Option<AgentId> {
        AgentId::parse(&self.scope).ok()
    }
}

fn from_row(row: &Row) -> Result<Freeze, StoreError> {
    let end = match (row.opt_time("ended_us")?, row.opt_text("ended_by")?, row.opt_text("ended_reason")?) {
        (Some(at), actor, reason) => {
            Some(End { at, actor: actor.unwrap_or_default(), reason: reason.unwrap_or_default() })
        }
        (None, ..) => None,
    };
    Ok(Freeze {
        id: FreezeId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        scope: row.text("scope")?,
        reason: row.text("reason")?,
        actor: row.text("actor")?,
        seq: row.int("seq")?,
        frozen: row.time("frozen_us")?,
        end,
        tries: row.int("tries")?,
        acknowledged: row.opt_time("acknowledged_us")?,
    })
}
