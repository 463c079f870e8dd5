//! An endpoint in JSON.

use bursar_base::TimeUs;
use serde::Serialize;

use super::{Endpoint, State};

/// An endpoint as agents and people see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EndpointBody {
    /// Its id.
    pub endpoint_id: String,
    /// Where messages are sent.
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// Names and patterns of the events that are told; empty for everything.
    pub events: Vec<String>,
    /// Whose it is: `agent` or `org`.
    pub owner: String,
    /// Only what is about this agent is told.
    pub agent_id: Option<String>,
    /// `active` or `disabled`.
    pub status: String,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// Since when nothing but failures came back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<TimeUs>,
    /// After a rotation: until when messages carry a signature by the secret before, too.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub old_secret_until: Option<TimeUs>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

impl EndpointBody {
    /// As it is at `now`.
    pub fn new(endpoint: &Endpoint, now: TimeUs) -> EndpointBody {
        let (status, disabled_reason) = match &endpoint.state {
            State::Active => ("active", None),
            State::Disabled { reason } => ("disabled", Some(reason.clone())),
        };
        let old = endpoint.old_secret.as_ref().map(|(_, until)| *until);
        EndpointBody {
            endpoint_id: endpoint.id.to_string(),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            events: endpoint.events.names().to_vec(),
            owner: endpoint.owner.as_str().to_owned(),
            agent_id: endpoint.agent_id.as_ref().map(ToString::to_string),
            status: status.to_owned(),
            disabled_reason,
            failing_since: endpoint.failing_since,
            old_secret_until: old.filter(|until| now < *until),
            created_at: endpoint.created,
            updated_at: endpoint.updated,
        }
    }
}
