//! Invitations: people who were asked to join an org, and become members when they say yes.
//!
//! Invariant: nobody joins by the invitation of another address: whoever accepts is signed in under the one invited.

pub mod service;
pub mod sql;

use bursar_base::{InvitationId, OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};
use serde::Serialize;

use crate::members::Role;

/// Somebody who was asked to join.
#[derive(Debug, Clone, Serialize)]
pub struct Invitation {
    /// Its id.
    pub invitation_id: InvitationId,
    /// Into which org.
    pub org_id: OrgId,
    /// The org's name.
    pub org_name: String,
    /// Who.
    pub email: String,
    /// What they may do there.
    pub role: Role,
    /// Who asked.
    pub invited_by: String,
    /// When.
    pub created_at: TimeUs,
    /// Until when they can say yes.
    pub expires_at: TimeUs,
}

/// Why somebody was not invited, or did not join.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// Not an address.
    #[error("{0}")]
    Email(String),
    /// They are there already.
    #[error("this person is a member already; change the role instead")]
    Member,
    /// There is no such invitation that is open.
    #[error("there is no such invitation")]
    NotFound,
    /// Too many.
    #[error("this org sent as many invitations as it may in a day")]
    TooMany(std::time::Duration),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn invitation_from(row: &Row) -> Result<Invitation, StoreError> {
    let role = row.text("role")?;
    Ok(Invitation {
        invitation_id: InvitationId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        org_name: row.text("org_name")?,
        email: row.text("email")?,
        role: Role::parse(&role).ok_or_else(|| StoreError::Damaged(format!("invitations.role: {role:?}")))?,
        invited_by: row.text("invited_by")?,
        created_at: row.time("created_us")?,
        expires_at: row.time("expires_us")?,
    })
}
