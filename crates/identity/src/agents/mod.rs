//! Agents: programs that spend or earn. What an agent may spend is its budget, which belongs to `money`.

pub mod service;
pub mod sql;

use bursar_base::{AgentId, OrgId, TimeUs};

/// A program that spends or earns.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Whose it is.
    pub org_id: OrgId,
    /// For people.
    pub name: String,
    /// When it was made.
    pub created_at: TimeUs,
}
