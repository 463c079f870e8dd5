//! People: who signs in. A person is whoever reads the mail of an address, and a member of any number of orgs.

pub mod service;
pub mod sql;

use bursar_base::{MemberId, Mode, OrgId};
use serde::Serialize;

use crate::members::Role;

/// A person's place in an org.
#[derive(Debug, Clone, Serialize)]
pub struct Membership {
    /// The org.
    pub org_id: OrgId,
    /// Its name.
    pub org_name: String,
    /// Test or live.
    pub mode: Mode,
    /// The member that the person is there.
    pub member_id: MemberId,
    /// What it may do there.
    pub role: Role,
}
