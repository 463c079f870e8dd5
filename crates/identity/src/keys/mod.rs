//! Keys: how agents and orgs prove who they are.
//!
//! An agent's key never carries the scope `admin`; an org's admin key is made with the org and carries nothing else.

mod authenticate;
mod caller;
pub mod service;
pub mod sql;

use bursar_base::{AgentId, KeyId, TimeUs};
use bursar_http::credentials::ApiKey;
use serde::Serialize;

pub use authenticate::{Authenticator, Claimer, Registrant};
pub use caller::{Caller, Freshness, Proof, Seen, SessionProof, step_up_required};

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Ask for payments.
    Spend,
    /// Look.
    Read,
    /// See a card.
    Card,
    /// Deploy boxes.
    Deploy,
    /// Everything an owner may do.
    Admin,
}

impl Scope {
    /// As stored and as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Spend => "spend",
            Scope::Read => "read",
            Scope::Card => "card",
            Scope::Deploy => "deploy",
            Scope::Admin => "admin",
        }
    }

    /// The inverse of [`Scope::as_str`].
    pub fn parse(text: &str) -> Option<Scope> {
        [Scope::Spend, Scope::Read, Scope::Card, Scope::Deploy, Scope::Admin]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// What an agent's key carries unless told otherwise.
    pub fn agent() -> Scopes {
        Scopes(vec![Scope::Spend, Scope::Read])
    }

    /// What an org's admin key carries.
    pub fn admin() -> Scopes {
        Scopes(vec![Scope::Admin])
    }

    /// Reads scopes separated by spaces or commas; `None` when one is unknown, or there are none.
    pub fn parse(text: &str) -> Option<Scopes> {
        let scopes: Option<Vec<Scope>> =
            text.split([' ', ',']).filter(|part| !part.is_empty()).map(Scope::parse).collect();
        scopes.filter(|scopes| !scopes.is_empty()).map(Scopes)
    }

    /// Whether `scope` is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Separated by spaces, as stored.
    pub fn text(&self) -> String {
        self.0.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A key that was just made. The key itself is shown here and never again.
#[derive(Debug)]
pub struct NewKey {
    /// Its public id.
    pub id: KeyId,
    /// The key.
    pub key: ApiKey,
}

/// A key as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// Its public id; `keyid` of signatures.
    pub key_id: KeyId,
    /// The agent it is for; an org's own when absent.
    pub agent_id: Option<AgentId>,
    /// For people.
    pub name: String,
    /// What it may do, separated by spaces.
    pub scopes: String,
    /// When it was made.
    pub created_at: TimeUs,
    /// When it stops working.
    pub expires_at: Option<TimeUs>,
    /// When it was revoked.
    pub revoked_at: Option<TimeUs>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<TimeUs>,
}
