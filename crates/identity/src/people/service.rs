//! Finding people and their orgs.

use bursar_base::{MemberId, Mode, OrgId, PersonId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::{Membership, sql};
use crate::Identity;
use crate::members::Role;

/// The person of a checked address, who becomes one now if there was none.
///
/// # Errors
/// [`StoreError`].
pub async fn find_or_insert(
    identity: &Identity,
    tx: &mut Tx,
    email: &str,
    now: TimeUs,
) -> Result<PersonId, StoreError> {
    let id = PersonId::new(now, &*identity.rng);
    tx.execute(sql::INSERT, &[id.as_str().into(), email.into(), now.into()]).await?;
    let row = tx.row(sql::FIND, &[email.into()]).await?;
    let row = row.ok_or_else(|| StoreError::Damaged(format!("people has no {email}")))?;
    Ok(PersonId::from_store(&row.text("id")?))
}

/// The orgs that an address is a member of, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn orgs(tx: &mut Tx, email: &str) -> Result<Vec<Membership>, StoreError> {
    tx.rows(sql::ORGS, &[email.into()]).await?.iter().map(membership_from).collect()
}

pub(crate) fn membership_from(row: &Row) -> Result<Membership, StoreError> {
    let (role, mode) = (row.text("role")?, row.text("mode")?);
    Ok(Membership {
        org_id: OrgId::from_store(&row.text("org_id")?),
        org_name: row.text("name")?,
        mode: Mode::parse(&mode).ok_or_else(|| StoreError::Damaged(format!("orgs.mode: {mode:?}")))?,
        member_id: MemberId::from_store(&row.text("id")?),
        role: Role::parse(&role).ok_or_else(|| StoreError::Damaged(format!("members.role: {role:?}")))?,
    })
}
