//! Inviting people, and their joining.

use std::time::Duration;

use bursar_base::{InvitationId, OrgId, TimeUs, limits};
use bursar_store::events::NewEvent;
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::{Invitation, InvitationError, invitation_from, sql};
use crate::members::{Role, service as members};
use crate::sessions::Session;
use crate::sessions::service as sessions;
use crate::{Identity, OrgTx, valid_email};

const PER_ORG: [Rate; 1] =
    [Rate { count: limits::INVITATIONS_PER_DAY, within: Duration::from_secs(24 * 60 * 60) }];

/// Writes down that somebody is invited, in the caller's transaction, which queues the mail. Replaces an earlier one.
///
/// # Errors
/// [`InvitationError`].
pub async fn invite(
    identity: &Identity,
    org: &mut OrgTx,
    org_id: &OrgId,
    email: &str,
    role: Role,
    actor: &str,
) -> Result<(InvitationId, String), InvitationError> {
    let email = valid_email(email).map_err(InvitationError::Email)?;
    if members::list(&mut org.tx, org_id).await?.iter().any(|member| member.email == email) {
        return Err(InvitationError::Member);
    }
    let now = org.now;
    let counted = rates::take(&mut org.tx, "invitation", org_id.as_str(), &PER_ORG, now).await?;
    if let Allowed::After(wait) = counted {
        return Err(InvitationError::TooMany(wait));
    }
    org.tx.execute(sql::END_OF, &[org_id.as_str().into(), (&email).into(), now.into()]).await?;
    let id = InvitationId::new(now, &*identity.rng);
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        (&email).into(),
        role.as_str().into(),
        actor.into(),
        now.into(),
        now.plus(limits::INVITATION_WITHIN).into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "invitation_id": id, "email": email, "role": role });
    org.record(NewEvent::new("member.invited", actor, &detail)).await?;
    Ok((id, email))
}

/// An invitation, open or not.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &InvitationId, now: TimeUs) -> Result<Option<Invitation>, StoreError> {
    let row = tx.row(sql::FIND, &[id.as_str().into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let open = row.opt_time("ended_us")?.is_none() && row.time("expires_us")? > now;
    if open { Ok(Some(invitation_from(&row)?)) } else { Ok(None) }
}

/// The open invitations of an org, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId, now: TimeUs) -> Result<Vec<Invitation>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into(), now.into()]).await?.iter().map(invitation_from).collect()
}

/// The open invitations to an address, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_email(tx: &mut Tx, email: &str, now: TimeUs) -> Result<Vec<Invitation>, StoreError> {
    tx.rows(sql::OF_EMAIL, &[email.into(), now.into()]).await?.iter().map(invitation_from).collect()
}

/// Withdraws an invitation, in the caller's transaction.
///
/// # Errors
/// [`InvitationError`].
pub async fn withdraw(
    org: &mut OrgTx,
    org_id: &OrgId,
    id: &InvitationId,
    actor: &str,
) -> Result<(), InvitationError> {
    let args = [id.as_str().into(), org_id.as_str().into(), org.now.into()];
    if org.tx.execute(sql::END, &args).await? != 1 {
        return Err(InvitationError::NotFound);
    }
    let detail = json!({ "invitation_id": id });
    Ok(org.record(NewEvent::new("member.invitation_withdrawn", actor, &detail)).await?)
}

/// The person who is signed in joins the org that invited them, and looks at it from now on.
///
/// # Errors
/// [`InvitationError`].
pub async fn accept(
    identity: &Identity,
    by: &Session,
    id: &InvitationId,
) -> Result<Invitation, InvitationError> {
    let now = identity.clock.now();
    let mut tx = identity.db.read().await?;
    let found = find(&mut tx, id, now).await?.filter(|found| found.email == by.email);
    drop(tx);
    let org_id = found.ok_or(InvitationError::NotFound)?.org_id;
    let mut org = identity.lock(&org_id).await?;
    let args = [id.as_str().into(), (&by.email).into(), org.now.into()];
    let row = org.tx.row(sql::FIND_OPEN, &args).await?.ok_or(InvitationError::NotFound)?;
    let invitation = invitation_from(&row)?;
    let ended = [org_id.as_str().into(), (&by.email).into(), org.now.into()];
    org.tx.execute(sql::END_OF, &ended).await?;
    if !members::list(&mut org.tx, &org_id).await?.iter().any(|member| member.email == by.email) {
        members::insert(identity, &mut org, &org_id, &by.email, invitation.role, &by.actor()).await?;
    }
    sessions::set_org(&mut org.tx, &by.id, &org_id).await?;
    org.commit().await?;
    Ok(invitation)
}
