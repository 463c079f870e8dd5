//! Nonces of signatures: each is used once, in the transaction that it authorises.

mod sql;

use std::time::Duration;

use bursar_base::{TimeUs, limits};

use crate::{Db, StoreError, Tx};

pub use sql::ALL as STATEMENTS;

/// Uses up a nonce. `false` when it was used before: the caller must refuse and roll back.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn use_up(tx: &mut Tx, created: TimeUs, key_id: &str, nonce: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(sql::INSERT, &[created.into(), key_id.into(), nonce.into()]).await? == 1)
}

/// How long after a signature's `created` its nonce is kept: it is refused for its age long before.
const KEPT_FOR: Duration = Duration::from_secs(4 * limits::SIGNATURE_VALID_FOR.as_secs());

/// Forgets nonces whose signatures are too old to be accepted anyway.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn forget_old(db: &Db, now: TimeUs) -> Result<u64, StoreError> {
    let mut tx = db.write().await?;
    let forgotten = tx.execute(sql::DELETE_OLD, &[now.minus(KEPT_FOR).into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
