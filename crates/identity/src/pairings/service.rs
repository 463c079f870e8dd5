//! Making and using pairing codes.

use bursar_base::{OrgId, TimeUs, limits};
use bursar_store::events::NewEvent;
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::{PairingCode, sql};
use crate::{Identity, OrgTx, secrets};

const DIGITS: usize = 6;
/// The digits that are open are few among a million; in the unlikely case that ours are, others are drawn.
const DRAWS_MAX: usize = 10;

/// Makes a code in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn make(
    identity: &Identity,
    org: &mut OrgTx,
    org_id: &OrgId,
    actor: &str,
) -> Result<PairingCode, StoreError> {
    let expires_at = org.now.plus(limits::PAIRING_WITHIN);
    org.tx.execute(sql::DELETE_OLD, &[org.now.into()]).await?;
    for _ in 0..DRAWS_MAX {
        let code = secrets::letters(&*identity.rng, b"0123456789", DIGITS);
        let hash = secrets::hash(&code);
        let args = [(&hash).into(), org_id.as_str().into(), actor.into(), expires_at.into()];
        if org.tx.execute(sql::INSERT, &args).await? == 1 {
            org.record(NewEvent::new("pairing.code_made", actor, &json!({ "expires_at": expires_at })))
                .await?;
            return Ok(PairingCode { code, expires_at });
        }
    }
    Err(StoreError::Damaged("pairing_codes: no digits are free".to_owned()))
}

/// Whether a text could be a code.
pub fn is_formed(code: &str) -> bool {
    code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit())
}

/// The org of an open code. A wrong one is counted; after too many none is looked up for a while.
///
/// # Errors
/// [`StoreError`].
pub async fn org_of(identity: &Identity, code: &str) -> Result<Option<OrgId>, StoreError> {
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let row = tx.row(sql::FIND, &[(&secrets::hash(code)).into(), now.into()]).await?;
    let rate = [Rate { count: limits::PAIRING_WRONG_MAX, within: limits::PAIRING_WITHIN }];
    // Counted before it is told whether the code is right: once too many were wrong, the right one is not told either.
    let found = row.map(|row| row.text("org_id")).transpose()?;
    let counted = rates::take(&mut tx, "pairing", "all", &rate, now).await?;
    if counted != Allowed::Yes {
        return Ok(None);
    }
    if found.is_none() {
        tx.commit().await?;
    }
    Ok(found.map(|id| OrgId::from_store(&id)))
}

/// Uses a code up for this org, in the caller's transaction. `false` when somebody else was faster.
///
/// # Errors
/// [`StoreError`].
pub async fn take(tx: &mut Tx, code: &str, org_id: &OrgId, now: TimeUs) -> Result<bool, StoreError> {
    let row = tx.row(sql::TAKE, &[(&secrets::hash(code)).into(), now.into()]).await?;
    Ok(row.map(|row| row.text("org_id")).transpose()?.as_deref() == Some(org_id.as_str()))
}
