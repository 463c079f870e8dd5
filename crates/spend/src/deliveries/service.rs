//! The log of deliveries, tests and replays.

use bursar_base::{DeliveryId, EndpointId, OrgId, TimeUs, limits};
use bursar_identity::OrgTx;
use bursar_store::{Columns as _, Db, StoreError, Tx};

use super::{Delivery, TEST, from_row, outbox, sql};
use crate::Spend;
use crate::endpoints::Endpoint;

/// Sorts behind every id.
const LAST_ID: &str = "~";

/// A page of an endpoint's deliveries, newest first, behind `after`. An empty status filters nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    endpoint: &EndpointId,
    status: &str,
    after: Option<&DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let after = after.map_or(LAST_ID, DeliveryId::as_str);
    let args = [endpoint.as_str().into(), after.into(), status.into(), i64::from(limit).into()];
    tx.rows(sql::LIST, &args).await?.iter().map(from_row).collect()
}

/// One delivery of an endpoint.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, endpoint: &Endpoint, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let found = tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()?;
    Ok(found.filter(|delivery| delivery.endpoint_id == endpoint.id))
}

/// Has a message sent that only tells that messages arrive.
///
/// # Errors
/// [`StoreError`].
pub async fn test(spend: &Spend, org: &mut OrgTx, endpoint: &Endpoint) -> Result<DeliveryId, StoreError> {
    let id = DeliveryId::new(org.now, &*spend.identity.rng);
    let message_id = format!("msg_test_{}", id.as_str().trim_start_matches(DeliveryId::PREFIX));
    let args = [
        id.as_str().into(),
        endpoint.org_id.as_str().into(),
        endpoint.id.as_str().into(),
        None::<i64>.into(),
        None::<i64>.into(),
        (&message_id).into(),
        TEST.into(),
        org.now.into(),
    ];
    org.tx.row(sql::INSERT, &args).await?;
    outbox::enqueue(spend, &mut org.tx, endpoint.org_id.as_str(), &endpoint.id, &id).await?;
    Ok(id)
}

/// Has a message sent again, now; one that waits for its next attempt is sent sooner.
///
/// # Errors
/// [`StoreError`].
pub async fn replay(spend: &Spend, org: &mut OrgTx, delivery: &Delivery) -> Result<(), StoreError> {
    org.tx.execute(sql::REPEAT, &[delivery.id.as_str().into(), org.now.into()]).await?;
    let (org_id, endpoint_id) = (delivery.org_id.as_str(), &delivery.endpoint_id);
    outbox::enqueue(spend, &mut org.tx, org_id, endpoint_id, &delivery.id).await
}

/// Has everything sent again that happened since, also what came while the endpoint was disabled: its cursor is put
/// back, and the ordinary way does the rest.
///
/// # Errors
/// [`StoreError`].
pub async fn replay_since(org: &mut OrgTx, endpoint: &Endpoint, since: TimeUs) -> Result<(), StoreError> {
    let before = seq_before(&mut org.tx, &endpoint.org_id, org.head.seq, since).await?;
    org.tx.execute(sql::REWIND, &[endpoint.id.as_str().into(), before.into()]).await?;
    Ok(())
}

/// The number of the last entry of a chain that is older than `since`; 0 where all are younger. Entries are in the order
/// of time, so a few looks find it.
///
/// # Errors
/// [`StoreError`].
pub async fn seq_before(
    tx: &mut Tx,
    org_id: &OrgId,
    head_seq: i64,
    since: TimeUs,
) -> Result<i64, StoreError> {
    // What is at or before `low` is older; what is behind `high` is not.
    let (mut low, mut high) = (0, head_seq);
    while low < high {
        let middle = high - (high - low) / 2;
        let row = tx.row(sql::EVENT, &[org_id.as_str().into(), middle.into()]).await?;
        let at = row.map_or(Ok(since), |row| row.time("at_us"))?;
        if at < since { low = middle } else { high = middle - 1 }
    }
    Ok(low)
}

/// Forgets deliveries that are over and older than [`limits::MESSAGES_KEPT`].
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &Db, now: TimeUs) -> Result<u64, StoreError> {
    let mut tx = db.write().await?;
    let forgotten = tx.execute(sql::DELETE_OLD, &[now.minus(limits::MESSAGES_KEPT).into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
