//! Naming and ending stand-ins.

use bursar_base::{MemberId, OrgId, TimeUs, limits};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{StandIn, sql};
use crate::OrgTx;
use crate::members::{Member, Role, service as members};

/// Why nobody stands in.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// There is no such member.
    #[error("there is no such member")]
    NotFound,
    /// One of the two cannot decide.
    #[error("{0} is no owner or approver of the org")]
    CannotDecide(String),
    /// Somebody would stand in for themselves.
    #[error("somebody else has to stand in")]
    Oneself,
    /// A chain, or a circle.
    #[error("{0} is away, or stands in for somebody, at that time; there are no chains")]
    Chain(String),
    /// The times are wrong.
    #[error("`until` is in the future, after `from`, and at most {} days after it", limits::STAND_IN_MAX.as_secs() / 86_400)]
    Times,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Those of an org that are not over at `now`.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId, now: TimeUs) -> Result<Vec<StandIn>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into(), now.into()]).await?.iter().map(from_row).collect()
}

/// Those of an org that hold at `now`.
///
/// # Errors
/// [`StoreError`].
pub async fn active(tx: &mut Tx, org_id: &OrgId, now: TimeUs) -> Result<Vec<StandIn>, StoreError> {
    let all = list(tx, org_id, now).await?;
    Ok(all.into_iter().filter(|stand_in| stand_in.from <= now).collect())
}

/// Has somebody stand in for a member, in the caller's transaction. Both are named by their addresses.
///
/// # Errors
/// [`StandInError`].
pub async fn set(
    org: &mut OrgTx,
    org_id: &OrgId,
    email: &str,
    stand_in: &str,
    (from, until): (TimeUs, TimeUs),
    actor: &str,
) -> Result<StandIn, StandInError> {
    let all = members::list(&mut org.tx, org_id).await?;
    let find = |email: &str| all.iter().find(|member| member.email == email);
    let (member, other) = find(email).zip(find(stand_in)).ok_or(StandInError::NotFound)?;
    for one in [member, other] {
        if !can_decide(one) {
            return Err(StandInError::CannotDecide(one.email.clone()));
        }
    }
    if member.id == other.id {
        return Err(StandInError::Oneself);
    }
    if until <= org.now || until <= from || until.since(from) > limits::STAND_IN_MAX {
        return Err(StandInError::Times);
    }
    for known in list(&mut org.tx, org_id, org.now).await? {
        let at_once = known.from < until && from < known.until;
        if at_once && known.member_id == other.id {
            return Err(StandInError::Chain(other.email.clone()));
        }
        if at_once && known.stand_in_id == member.id {
            return Err(StandInError::Chain(member.email.clone()));
        }
    }
    let args = [
        member.id.as_str().into(),
        org_id.as_str().into(),
        other.id.as_str().into(),
        from.into(),
        until.into(),
    ];
    org.tx.execute(sql::SET, &args).await?;
    let detail = json!({ "member_id": member.id, "stand_in_id": other.id, "from": from, "until": until });
    org.record(NewEvent::new("member.stand_in_set", actor, &detail)).await?;
    Ok(StandIn {
        member_id: member.id.clone(),
        email: member.email.clone(),
        stand_in_id: other.id.clone(),
        stand_in_email: other.email.clone(),
        from,
        until,
    })
}

/// Has nobody stand in for a member any more, in the caller's transaction. Doing it twice changes nothing.
///
/// # Errors
/// [`StandInError`].
pub async fn end(org: &mut OrgTx, org_id: &OrgId, email: &str, actor: &str) -> Result<(), StandInError> {
    let all = members::list(&mut org.tx, org_id).await?;
    let member = all.into_iter().find(|member| member.email == email).ok_or(StandInError::NotFound)?;
    if org.tx.execute(sql::END, &[member.id.as_str().into()]).await? > 0 {
        let detail = json!({ "member_id": member.id });
        org.record(NewEvent::new("member.stand_in_ended", actor, &detail)).await?;
    }
    Ok(())
}

/// Ends all that a member who is removed had to do with.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn end_of(org: &mut OrgTx, member: &MemberId) -> Result<(), StoreError> {
    org.tx.execute(sql::END_ALL, &[member.as_str().into()]).await?;
    Ok(())
}

fn can_decide(member: &Member) -> bool {
    match member.role {
        Role::Owner | Role::Approver => true,
        Role::Viewer => false,
    }
}

fn from_row(row: &Row) -> Result<StandIn, StoreError> {
    Ok(StandIn {
        member_id: MemberId::from_store(&row.text("member_id")?),
        email: row.text("email")?,
        stand_in_id: MemberId::from_store(&row.text("stand_in_id")?),
        stand_in_email: row.text("stand_in_email")?,
        from: row.time("from_us")?,
        until: row.time("until_us")?,
    })
}
