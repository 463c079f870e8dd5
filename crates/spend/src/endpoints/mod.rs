//! Webhook endpoints: the addresses at which agents and orgs want to be told.
//!
//! Invariants: an agent sees its own endpoints and no others, and is told there of nothing but itself; an owner sees all
//! of the org's. A secret is shown when it is made and never again, and lies sealed under the master key. Every change
//! is in the org's audit trail, with no secret in it. Nothing is called from here: that is [`crate::deliveries`].

pub mod api;
mod filter;
mod secret;
pub mod service;
pub mod sql;
mod view;

use bursar_base::{AgentId, EndpointId, OrgId, TimeUs};

pub use filter::Filter;
pub use secret::Secret;
pub use view::EndpointBody;

/// Whose an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The agent that it is about.
    Agent,
    /// The org.
    Org,
}

impl Owner {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Owner::Agent => "agent",
            Owner::Org => "org",
        }
    }

    /// The inverse of [`Owner::as_str`].
    pub fn parse(text: &str) -> Option<Owner> {
        [Owner::Agent, Owner::Org].into_iter().find(|owner| owner.as_str() == text)
    }
}

/// An endpoint to be made.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose it will be.
    pub owner: Owner,
    /// Only what is about this agent. An agent's own endpoint names its agent.
    pub agent_id: Option<AgentId>,
    /// Where to.
    pub url: String,
    /// Of what.
    pub events: Filter,
    /// For people.
    pub description: Option<String>,
}

impl Wanted {
    /// An agent's own, told of everything that is about it.
    pub fn of_agent(agent_id: &AgentId, url: impl Into<String>) -> Wanted {
        Wanted {
            owner: Owner::Agent,
            agent_id: Some(agent_id.clone()),
            url: url.into(),
            events: Filter::default(),
            description: None,
        }
    }
}

/// An endpoint that was just made. The secret is shown here and never again.
#[derive(Debug)]
pub struct NewEndpoint {
    /// Its id.
    pub id: EndpointId,
    /// What its messages are signed with.
    pub secret: Secret,
}

/// Whether an endpoint is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is.
    Active,
    /// It is not.
    Disabled {
        /// Why.
        reason: String,
    },
}

/// An endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// In which org.
    pub org_id: OrgId,
    /// Whose.
    pub owner: Owner,
    /// Only what is about this agent.
    pub agent_id: Option<AgentId>,
    /// Where to.
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// Of what.
    pub events: Filter,
    /// What its messages are signed with, sealed.
    pub sealed_secret: String,
    /// The secret before, sealed, and until when it signs too.
    pub old_secret: Option<(String, TimeUs)>,
    /// Whether it is called.
    pub state: State,
    /// Entries of the org's chain up to this one have become deliveries.
    pub cursor_seq: i64,
    /// Since when nothing but failures came back.
    pub failing_since: Option<TimeUs>,
    /// When it was made.
    pub created: TimeUs,
    /// When it was changed last.
    pub updated: TimeUs,
}
