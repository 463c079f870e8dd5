//! Who is calling, once it is known.

use std::sync::{Arc, OnceLock};

use bursar_base::{AgentId, KeyId, Mode, OrgId, SessionId};
use bursar_http::Problem;
use bursar_http::signatures::VerifiedSignature;
use http::StatusCode;

use super::Scopes;
use crate::members::Role;

/// How new the look at the key must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The database is asked. For everything that is answered without the funnel.
    Now,
    /// A copy in memory will do, because the funnel checks the key again under its lock.
    Copy,
}

/// Who is calling: an agent, an org by its admin key, or a member who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The org.
    pub org_id: OrgId,
    /// Its mode.
    pub mode: Mode,
    /// The agent; absent for an org's own key, and for people.
    pub agent_id: Option<AgentId>,
    /// What they proved themselves with.
    pub proof: Proof,
}

/// What a caller proved itself with.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A key.
    Key {
        /// Which.
        key_id: KeyId,
        /// What it may do.
        scopes: Scopes,
        /// The signature, when the request was signed: its nonce must be used up by whatever the request writes.
        signature: Option<VerifiedSignature>,
    },
    /// A cookie.
    Session(SessionProof),
}

/// What is known of somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SessionProof {
    /// The session.
    pub session_id: SessionId,
    /// Who.
    pub email: String,
    /// What they may do in the org.
    pub role: Role,
    /// Whether a passkey proved a short while ago that it is them.
    pub is_stepped_up: bool,
}

impl SessionProof {
    /// That a passkey proved a short while ago that it is them.
    ///
    /// # Errors
    /// 403 `step_up_required`.
    pub fn must_be_stepped_up(&self) -> Result<(), Problem> {
        if self.is_stepped_up { Ok(()) } else { Err(step_up_required()) }
    }
}

/// 403 for what takes a passkey's word.
pub fn step_up_required() -> Problem {
    let detail = "this needs your passkey once more: POST /v1/step-up, or use the page; without a passkey, add one first";
    Problem::new(StatusCode::FORBIDDEN, "step_up_required", detail)
}

impl Caller {
    /// The agent that is calling, and its key. For paths that the table of who may do what leaves to agents.
    ///
    /// # Errors
    /// 403.
    pub fn agent(&self) -> Result<(&AgentId, &KeyId), Problem> {
        match (&self.agent_id, &self.proof) {
            (Some(agent), Proof::Key { key_id, .. }) => Ok((agent, key_id)),
            (None, _) | (_, Proof::Session(_)) => Err(Problem::forbidden("this needs an agent's key")),
        }
    }

    /// That a member who looks at what would raise a limit proved with a passkey that it is them. A key needs none: who
    /// has it is no browser that somebody left open.
    ///
    /// # Errors
    /// 403 `step_up_required`.
    pub fn may_raise_limits(&self) -> Result<(), Problem> {
        match &self.proof {
            Proof::Key { .. } => Ok(()),
            Proof::Session(session) => session.must_be_stepped_up(),
        }
    }

    /// The key and the signature of a signed request.
    pub fn signature(&self) -> Option<(&KeyId, &VerifiedSignature)> {
        match &self.proof {
            Proof::Key { key_id, signature, .. } => signature.as_ref().map(|signature| (key_id, signature)),
            Proof::Session(_) => None,
        }
    }

    /// For the audit trail.
    pub fn actor(&self) -> String {
        match (&self.agent_id, &self.proof) {
            (Some(agent), _) => format!("agent:{agent}"),
            (None, Proof::Key { key_id, .. }) => format!("key:{key_id}"),
            (None, Proof::Session(session)) => format!("member:{}", session.email),
        }
    }
}

/// Where the line about a request in the log learns who called: put into the request's extensions before it is
/// handled, filled once the caller is known.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<OnceLock<(KeyId, Option<AgentId>)>>);

impl Seen {
    /// The key and its agent, once they are known.
    pub fn get(&self) -> Option<&(KeyId, Option<AgentId>)> {
        self.0.get()
    }

    pub(super) fn fill(&self, key_id: &KeyId, agent_id: Option<&AgentId>) {
        // Filled before only when a handler authenticates twice; it is the same caller.
        drop(self.0.set((key_id.clone(), agent_id.cloned())));
    }
}
