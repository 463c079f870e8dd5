//! Making and changing orgs.

use bursar_base::{Currency, Mode, OrgId};
use bursar_store::events::NewEvent;
use bursar_store::{StoreError, Tx};
use serde_json::json;

use super::{NewOrg, Org, org_from, sql};
use crate::keys::{NewKey, Scopes, service as keys};
use crate::members::{Role, service as members};
use crate::{Identity, OrgTx, valid_email, valid_name};

/// Why an org was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum OrgError {
    /// A field is wrong.
    #[error("{field}: {message}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// There is no such org.
    #[error("there is no such org")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn field(field: &'static str) -> impl Fn(String) -> OrgError {
    move |message| OrgError::Field { field, message }
}

/// Makes an org with its first owner and its admin key, which is shown here and never again.
///
/// # Errors
/// [`OrgError`].
pub async fn create(
    identity: &Identity,
    name: &str,
    admin_email: &str,
    mode: Mode,
    time_zone: &str,
    actor: &str,
) -> Result<(OrgId, NewKey), OrgError> {
    let name = valid_name(name).map_err(field("name"))?;
    let email = valid_email(admin_email).map_err(field("admin_email"))?;
    check_time_zone(time_zone)?;
    let (mut org, id) = insert(identity, &name, &email, mode, time_zone, actor).await?;
    let key = keys::insert(identity, &mut org, &id, mode, None, "admin", Scopes::admin(), actor).await?;
    org.commit().await?;
    Ok((id, key))
}

/// Makes an org with its first owner, in a transaction that the caller goes on with and commits. Name and address were
/// checked.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(
    identity: &Identity,
    name: &str,
    email: &str,
    mode: Mode,
    time_zone: &str,
    actor: &str,
) -> Result<(OrgTx, OrgId), StoreError> {
    let id = OrgId::new(identity.clock.now(), &*identity.rng);
    let mut org = identity.lock(&id).await?;
    let new = NewOrg { name, email, mode, time_zone, currency: Currency::USD };
    write(identity, &mut org, &id, new, actor).await?;
    Ok((org, id))
}

/// Writes a new org and its first owner in the caller's transaction, which has locked the org's chain.
///
/// # Errors
/// [`StoreError`].
pub async fn write(
    identity: &Identity,
    org: &mut OrgTx,
    id: &OrgId,
    new: NewOrg<'_>,
    actor: &str,
) -> Result<(), StoreError> {
    let args = [
        id.as_str().into(),
        new.name.into(),
        new.mode.as_str().into(),
        new.time_zone.into(),
        new.currency.as_str().into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "name": new.name, "mode": new.mode, "time_zone": new.time_zone });
    org.record(NewEvent::new("org.created", actor, &detail)).await?;
    members::insert(identity, org, id, new.email, Role::Owner, actor).await
}

/// Whether there is any org yet.
///
/// # Errors
/// [`StoreError`].
pub async fn is_any(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.row(sql::ANY, &[]).await?.is_some())
}

/// Whether a time zone is known by this name.
///
/// # Errors
/// [`OrgError::Field`].
pub fn check_time_zone(time_zone: &str) -> Result<(), OrgError> {
    jiff::tz::TimeZone::get(time_zone)
        .map(drop)
        .map_err(|_| field("time_zone")("an IANA time zone such as America/Sao_Paulo".to_owned()))
}

/// One org.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &OrgId) -> Result<Option<Org>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(org_from).transpose()
}

/// All orgs, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn all(tx: &mut Tx) -> Result<Vec<Org>, StoreError> {
    tx.rows(sql::ALL_ORGS, &[]).await?.iter().map(org_from).collect()
}

/// Saves the Stripe payment method that the org's direct payments are charged to.
///
/// # Errors
/// [`OrgError`].
pub async fn set_stripe(
    identity: &Identity,
    id: &OrgId,
    customer: &str,
    payment_method: &str,
    actor: &str,
) -> Result<(), OrgError> {
    for (name, prefix, value) in [("customer", "cus_", customer), ("payment_method", "pm_", payment_method)] {
        let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !value.starts_with(prefix) || value.len() > 255 || !plain {
            return Err(field(name)(format!("a Stripe id that begins with {prefix}")));
        }
    }
    let mut org = identity.lock(id).await?;
    if !write_stripe(&mut org, id, Some((customer, payment_method)), actor).await? {
        return Err(OrgError::NotFound);
    }
    Ok(org.commit().await?)
}

/// Sets, in a transaction that the caller commits, the customer and payment method that the org's direct payments are
/// charged to, or that they are charged to none. `false` when there is no such org.
///
/// # Errors
/// [`StoreError`].
pub async fn write_stripe(
    org: &mut OrgTx,
    id: &OrgId,
    charged: Option<(&str, &str)>,
    actor: &str,
) -> Result<bool, StoreError> {
    let (customer, payment_method) = charged.unzip();
    let args = [id.as_str().into(), customer.into(), payment_method.into()];
    if org.tx.execute(sql::SET_STRIPE, &args).await? == 0 {
        return Ok(false);
    }
    let detail = json!({ "customer": customer, "payment_method": payment_method });
    org.record(NewEvent::new("org.stripe_set", actor, &detail)).await?;
    Ok(true)
}

/// Changes the calendar that the org's windows follow. Windows that have begun keep their end.
///
/// # Errors
/// [`OrgError`].
pub async fn set_time_zone(
    identity: &Identity,
    id: &OrgId,
    time_zone: &str,
    actor: &str,
) -> Result<(), OrgError> {
    check_time_zone(time_zone)?;
    let mut org = identity.lock(id).await?;
    if org.tx.execute(sql::SET_TIME_ZONE, &[id.as_str().into(), time_zone.into()]).await? == 0 {
        return Err(OrgError::NotFound);
    }
    org.record(NewEvent::new("org.time_zone_set", actor, &json!({ "time_zone": time_zone }))).await?;
    Ok(org.commit().await?)
}
