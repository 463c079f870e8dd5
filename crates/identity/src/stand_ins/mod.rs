//! Stand-ins: who gets a member's mails while the member is away.
//!
//! Invariants: a stand-in is another owner or approver of the same org, and nobody's power grows by being one: a person
//! decides once, as themselves. There are no chains: whoever stands in for somebody is not stood in for meanwhile. It ends
//! with its time, with the removal of either, and where either can no longer decide.

pub mod service;
pub mod sql;

use bursar_base::{MemberId, TimeUs};
use serde::Serialize;

/// Who stands in for a member, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandIn {
    /// Who is away.
    pub member_id: MemberId,
    /// Their address.
    pub email: String,
    /// Who stands in.
    pub stand_in_id: MemberId,
    /// Where their mails go.
    pub stand_in_email: String,
    /// From then ...
    pub from: TimeUs,
    /// ... until then.
    pub until: TimeUs,
}
