//! Adding and removing members. An org always keeps an owner, because somebody must be able to unfreeze.

use bursar_base::{MemberId, OrgId};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{Member, Role, sql};
use crate::stand_ins::service as stand_ins;
use crate::{Identity, OrgTx, valid_email};

/// Why a member was not added or removed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Not an address.
    #[error("email: {0}")]
    Email(String),
    /// There is no such member.
    #[error("there is no such member")]
    NotFound,
    /// There is no such org.
    #[error("there is no such org")]
    NoOrg,
    /// The last owner stays.
    #[error("an org keeps at least one owner; add another owner first")]
    LastOwner,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a member, or gives one another role.
///
/// # Errors
/// [`MemberError`].
pub async fn add(
    identity: &Identity,
    org_id: &OrgId,
    email: &str,
    role: Role,
    actor: &str,
) -> Result<(), MemberError> {
    let email = valid_email(email).map_err(MemberError::Email)?;
    let mut org = identity.lock(org_id).await?;
    if crate::orgs::service::find(&mut org.tx, org_id).await?.is_none() {
        return Err(MemberError::NoOrg);
    }
    match find(&mut org.tx, org_id, &email).await? {
        None => {
            insert(identity, &mut org, org_id, &email, role, actor).await?;
            Ok(org.commit().await?)
        }
        Some(_) => set_role(org, org_id, &email, role, actor).await,
    }
}

/// Gives a member another role, in a transaction that the caller has begun and that ends here.
///
/// # Errors
/// [`MemberError`].
pub async fn set_role(
    mut org: OrgTx,
    org_id: &OrgId,
    email: &str,
    role: Role,
    actor: &str,
) -> Result<(), MemberError> {
    let member = find(&mut org.tx, org_id, email).await?.ok_or(MemberError::NotFound)?;
    if member.role == Role::Owner && role != Role::Owner {
        keep_an_owner(&mut org.tx, org_id).await?;
    }
    let args = [org_id.as_str().into(), email.into(), role.as_str().into()];
    org.tx.execute(sql::SET_ROLE, &args).await?;
    let detail = json!({ "email": email, "role": role });
    org.record(NewEvent::new("member.role_set", actor, &detail)).await?;
    Ok(org.commit().await?)
}

/// Writes a new member in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(
    identity: &Identity,
    org: &mut OrgTx,
    org_id: &OrgId,
    email: &str,
    role: Role,
    actor: &str,
) -> Result<(), StoreError> {
    let id = MemberId::new(org.now, &*identity.rng);
    let args =
        [id.as_str().into(), org_id.as_str().into(), email.into(), role.as_str().into(), org.now.into()];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "member_id": id, "email": email, "role": role });
    org.record(NewEvent::new("member.added", actor, &detail)).await
}

/// Removes a member.
///
/// # Errors
/// [`MemberError`].
pub async fn remove(
    identity: &Identity,
    org_id: &OrgId,
    email: &str,
    actor: &str,
) -> Result<(), MemberError> {
    let email = valid_email(email).map_err(MemberError::Email)?;
    remove_in(identity.lock(org_id).await?, org_id, &email, actor).await
}

/// The same in a transaction that the caller has begun and that ends here.
///
/// # Errors
/// [`MemberError`].
pub async fn remove_in(mut org: OrgTx, org_id: &OrgId, email: &str, actor: &str) -> Result<(), MemberError> {
    let member = find(&mut org.tx, org_id, email).await?.ok_or(MemberError::NotFound)?;
    if member.role == Role::Owner {
        keep_an_owner(&mut org.tx, org_id).await?;
    }
    org.tx.execute(sql::REMOVE, &[org_id.as_str().into(), email.into()]).await?;
    stand_ins::end_of(&mut org, &member.id).await?;
    let detail = json!({ "member_id": member.id, "email": email });
    org.record(NewEvent::new("member.removed", actor, &detail)).await?;
    Ok(org.commit().await?)
}

async fn keep_an_owner(tx: &mut Tx, org_id: &OrgId) -> Result<(), MemberError> {
    let owners = list(tx, org_id).await?.iter().filter(|member| member.role == Role::Owner).count();
    if owners > 1 { Ok(()) } else { Err(MemberError::LastOwner) }
}

async fn find(tx: &mut Tx, org_id: &OrgId, email: &str) -> Result<Option<Member>, StoreError> {
    tx.row(sql::FIND, &[org_id.as_str().into(), email.into()]).await?.as_ref().map(member_from).transpose()
}

/// All members of an org, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<Member>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into()]).await?.iter().map(member_from).collect()
}

fn member_from(row: &Row) -> Result<Member, StoreError> {
    let role = row.text("role")?;
    Ok(Member {
        id: MemberId::from_store(&row.text("id")?),
        email: row.text("email")?,
        role: Role::parse(&role).ok_or_else(|| StoreError::Damaged(format!("members.role: {role:?}")))?,
        created_at: row.time("created_us")?,
    })
}
