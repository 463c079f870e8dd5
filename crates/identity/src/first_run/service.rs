//! Making, looking at and using up the link.

use bursar_base::{TimeUs, limits};
use bursar_store::{StoreError, Tx, installation};
use subtle::ConstantTimeEq as _;

use super::FirstRunError;
use crate::orgs::service as orgs;
use crate::{Identity, secrets};

/// Where the link stands: the hash of its token and when it ends, in microseconds since the epoch.
const NAME: &str = "first_run";

/// Makes the token of a new link, which ends the one before it. `None` where there is an org already.
///
/// # Errors
/// [`StoreError`].
pub async fn begin(identity: &Identity) -> Result<Option<String>, StoreError> {
    let mut tx = identity.db.write().await?;
    if orgs::is_any(&mut tx).await? {
        return Ok(None);
    }
    let token = secrets::secret(&*identity.rng);
    let until = tx.now(&*identity.clock).await?.plus(limits::FIRST_RUN_WITHIN);
    installation::replace(&mut tx, NAME, &format!("{} {}", secrets::hash(&token), until.0)).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Whether the link of this token can be used. Looking changes nothing.
///
/// # Errors
/// [`FirstRunError`].
pub async fn look(identity: &Identity, token: &str) -> Result<(), FirstRunError> {
    let mut tx = identity.db.read().await?;
    let now = tx.now(&*identity.clock).await?;
    find(&mut tx, token, now).await.map(drop)
}

/// Uses the link of this token up, in the caller's transaction, which makes the org.
///
/// # Errors
/// [`FirstRunError`].
pub async fn take(tx: &mut Tx, token: &str, now: TimeUs) -> Result<(), FirstRunError> {
    let link = find(tx, token, now).await?;
    // Waits for whoever takes it in this moment, and is too late then.
    if installation::take(tx, NAME, &link).await? { Ok(()) } else { Err(FirstRunError::Over) }
}

async fn find(tx: &mut Tx, token: &str, now: TimeUs) -> Result<String, FirstRunError> {
    if orgs::is_any(tx).await? {
        return Err(FirstRunError::Over);
    }
    let link = installation::find(tx, NAME).await?.ok_or(FirstRunError::Unknown)?;
    let damaged = || StoreError::Damaged(format!("installation.{NAME}"));
    let (hash, until) = link.split_once(' ').ok_or_else(damaged)?;
    let until: i64 = until.parse().map_err(|_| damaged())?;
    let is_it = bool::from(secrets::hash(token).as_bytes().ct_eq(hash.as_bytes()));
    if is_it && now < TimeUs(until) { Ok(link) } else { Err(FirstRunError::Unknown) }
}
