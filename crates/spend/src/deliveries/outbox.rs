//! From the trail to deliveries. A worker looks now and then; an endpoint whose cursor stands at the head of its org's
//! chain costs it one row of an index, and where there is no endpoint it costs nothing.

use bursar_base::{DeliveryId, EndpointId, limits};
use bursar_store::events::Event;
use bursar_store::jobs::{self, NewJob};
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::message::MessageId;
use super::{names, sql};
use crate::Spend;
use crate::endpoints::{Endpoint, service::from_row};

/// Endpoints that are looked at together.
const PAGE: i64 = 100;
/// Entries of the trail that are looked at for one endpoint at a time.
const ENTRIES: i64 = 2_000;

/// What becomes of one endpoint in one transaction.
struct Move {
    endpoint_id: EndpointId,
    from: i64,
    to: i64,
    messages: Vec<(MessageId, &'static str)>,
}

/// Turns what is new in the trail into deliveries, a batch for each endpoint that is behind. `true` when there was
/// something to do.
///
/// # Errors
/// [`StoreError`].
pub async fn look(spend: &Spend) -> Result<bool, StoreError> {
    let (mut after, mut moved) = (String::new(), false);
    loop {
        let mut tx = spend.identity.db.read().await?;
        let page = tx.rows(sql::BEHIND, &[(&after).into(), PAGE.into()]).await?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = last.text("id")?;
        let (mut moves, mut ready) = (Vec::new(), 0);
        for row in &page {
            if let Some(next) = plan(&mut tx, row).await? {
                ready += next.messages.len();
                moves.push(next);
            }
            if ready >= limits::DELIVERIES_BATCH {
                after = row.text("id")?;
                break;
            }
        }
        // The trail is read before anything is locked.
        drop(tx);
        moved |= !moves.is_empty();
        write(spend, &moves).await?;
    }
}

/// Whether an endpoint is behind: then [`look`] has something to do.
///
/// # Errors
/// [`StoreError`].
pub async fn is_behind(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.row(sql::BEHIND, &["".into(), 1.into()]).await?.is_some())
}

async fn plan(tx: &mut Tx, row: &Row) -> Result<Option<Move>, StoreError> {
    let (endpoint, head) = (from_row(row)?, row.int("head_seq")?);
    let waiting = tx.row(sql::WAITING, &[endpoint.id.as_str().into()]).await?;
    let waiting = waiting.map_or(Ok(0), |row| row.int("waiting"))?;
    let room = limits::DELIVERIES_WAITING_MAX.saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX));
    if room == 0 {
        // It takes its messages too slowly; the rest waits in the trail.
        return Ok(None);
    }
    let from = endpoint.cursor_seq;
    let (mut to, mut messages) = (head.min(from.saturating_add(ENTRIES)), Vec::new());
    let most = room.min(limits::DELIVERIES_BATCH);
    for row in entries(tx, &endpoint, from, to).await? {
        let event = Event::from_row(&row)?;
        messages.extend(wanted(&endpoint, &event));
        if messages.len() >= most {
            to = event.seq;
            break;
        }
    }
    Ok((to > from).then_some(Move { endpoint_id: endpoint.id, from, to, messages }))
}

/// The entries behind `from` up to `to` that may be told to an endpoint, oldest first.
async fn entries(tx: &mut Tx, endpoint: &Endpoint, from: i64, to: i64) -> Result<Vec<Row>, StoreError> {
    let (org, limit) = (endpoint.org_id.as_str(), ENTRIES);
    match &endpoint.agent_id {
        Some(agent) => {
            let args = [org.into(), from.into(), to.into(), agent.as_str().into(), limit.into()];
            tx.rows(sql::EVENTS_OF_AGENT, &args).await
        }
        None => tx.rows(sql::EVENTS, &[org.into(), from.into(), to.into(), limit.into()]).await,
    }
}

/// What an endpoint is told of an entry.
fn wanted<'a>(
    endpoint: &'a Endpoint,
    event: &Event,
) -> impl Iterator<Item = (MessageId, &'static str)> + use<'a> {
    // What an agent is told of without being named is about the wallet that it draws on; others were not read.
    let about = endpoint.agent_id.is_none()
        || event.agent_id.is_none()
        || endpoint.agent_id.as_ref().map(|id| id.as_str()) == event.agent_id.as_deref();
    let names = if about { names::of(&event.action) } else { &[] };
    let seq = event.seq;
    let wanted = names.iter().enumerate().filter(|(_, name)| endpoint.events.wants(name));
    wanted.map(move |(part, name)| (MessageId { org_id: endpoint.org_id.clone(), seq, part }, *name))
}

async fn write(spend: &Spend, moves: &[Move]) -> Result<(), StoreError> {
    if moves.is_empty() {
        return Ok(());
    }
    let mut tx = spend.identity.db.write().await?;
    for next in moves {
        let args = [next.endpoint_id.as_str().into(), next.from.into(), next.to.into()];
        // Another process may have been faster, or somebody put the cursor back or disabled the endpoint.
        if tx.execute(sql::ADVANCE, &args).await? == 1 {
            for (id, name) in &next.messages {
                insert(spend, &mut tx, &next.endpoint_id, id, name).await?;
            }
        }
    }
    tx.commit().await
}

async fn insert(
    spend: &Spend,
    tx: &mut Tx,
    endpoint_id: &EndpointId,
    message: &MessageId,
    name: &str,
) -> Result<(), StoreError> {
    let now = spend.now();
    let id = DeliveryId::new(now, &*spend.identity.rng);
    let message_id = message.to_string();
    let args = [
        id.as_str().into(),
        message.org_id.as_str().into(),
        endpoint_id.as_str().into(),
        message.seq.into(),
        i64::try_from(message.part).unwrap_or(i64::MAX).into(),
        (&message_id).into(),
        name.into(),
        now.into(),
    ];
    let Some(row) = tx.row(sql::INSERT, &args).await? else { return Ok(()) };
    let id = DeliveryId::from_store(&row.text("id")?);
    enqueue(spend, tx, message.org_id.as_str(), endpoint_id, &id).await
}

/// Has a message sent now.
pub(super) async fn enqueue(
    spend: &Spend,
    tx: &mut Tx,
    org_id: &str,
    endpoint_id: &EndpointId,
    id: &DeliveryId,
) -> Result<(), StoreError> {
    let now = spend.now();
    let job = NewJob {
        org_id: org_id.to_owned(),
        kind: jobs::WEBHOOK,
        payload: format!("{endpoint_id} {id}"),
        run_at: now,
        // One job for a message, however often it is asked for.
        dedupe_key: Some(id.to_string()),
    };
    jobs::enqueue(tx, &job, now, &*spend.identity.rng).await?;
    // A job of before, which was to come later.
    jobs::hasten(tx, id.as_str(), now).await
}
