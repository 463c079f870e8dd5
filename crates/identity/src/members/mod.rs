//! Members: people in an org. Owners and approvers get approvals; owners get safety mails.

pub mod service;
pub mod sql;

use bursar_base::{MemberId, TimeUs};
use serde::{Deserialize, Serialize};

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Owner,
    /// Decide on payments.
    Approver,
    /// Look.
    Viewer,
}

impl Role {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Approver => "approver",
            Role::Viewer => "viewer",
        }
    }

    /// The inverse of [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Role> {
        match text {
            "owner" => Some(Role::Owner),
            "approver" => Some(Role::Approver),
            "viewer" => Some(Role::Viewer),
            _ => None,
        }
    }
}

/// A person in an org.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Where its mails go.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// Since when.
    pub created_at: TimeUs,
}
