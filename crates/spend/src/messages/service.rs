//! Reading messages, and noting which were read.

use bursar_base::{AgentId, OrgId, TimeUs, limits};
use bursar_http::Problem;
use bursar_store::events::Event;
use bursar_store::{Columns as _, StoreError, Tx};

use super::sql;
use crate::Spend;
use crate::context::store_problem;
use crate::deliveries::message::{MessageBody, MessageId, body};
use crate::deliveries::{names, service::seq_before, sql as trail};
use crate::requests::body::Reader;

/// Some messages, oldest first.
#[derive(Debug)]
pub struct Messages {
    /// Each with its id and body.
    pub messages: Vec<(MessageId, MessageBody)>,
    /// Behind which entry to go on, where there may be more.
    pub next: Option<i64>,
}

/// An agent's messages behind an entry of the trail; without one, behind those that it said it has. The bodies of
/// at least `limit` are made, where there are as many: an entry's names are not torn apart.
///
/// # Errors
/// 503.
pub async fn list(
    spend: &Spend,
    org_id: &OrgId,
    agent_id: &AgentId,
    after: Option<i64>,
    limit: u32,
) -> Result<Messages, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let (head, events) =
        entries(&mut tx, spend.now(), org_id, agent_id, after, limit).await.map_err(store_problem)?;
    drop(tx);
    let mut messages = Vec::new();
    for event in &events.found {
        for (part, name) in names::of(&event.action).iter().enumerate() {
            let id = MessageId { org_id: org_id.clone(), seq: event.seq, part };
            messages.push((id, body(spend, event, name, Reader::Agent).await?));
        }
    }
    Ok(Messages { messages, next: (events.looked_to < head).then_some(events.looked_to) })
}

struct Entries {
    found: Vec<Event>,
    looked_to: i64,
}

async fn entries(
    tx: &mut Tx,
    now: TimeUs,
    org_id: &OrgId,
    agent_id: &AgentId,
    after: Option<i64>,
    limit: u32,
) -> Result<(i64, Entries), StoreError> {
    let head = tx.row(trail::HEAD_SEQ, &[org_id.as_str().into()]).await?;
    let head = head.map_or(Ok(0), |row| row.int("seq"))?;
    let from = match after {
        Some(after) => after,
        None => begin(tx, now, org_id, agent_id, head).await?,
    };
    // A bounded look: an agent that did nothing for long does not make one request read the whole trail.
    let to = head.min(from.saturating_add(limits::MESSAGES_LOOK_MAX));
    let (mut found, mut looked_to) = (Vec::new(), from);
    while looked_to < to && found.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
        let args = [
            org_id.as_str().into(),
            looked_to.into(),
            to.into(),
            agent_id.as_str().into(),
            i64::from(limit).into(),
        ];
        let rows = tx.rows(trail::EVENTS_OF_AGENT, &args).await?;
        if rows.is_empty() {
            looked_to = to;
        }
        for row in &rows {
            let event = Event::from_row(row)?;
            looked_to = event.seq;
            if !names::of(&event.action).is_empty() {
                found.push(event);
            }
            if found.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
        }
    }
    Ok((head, Entries { found, looked_to }))
}

/// Where an agent's messages begin: behind those that it has, and not longer ago than messages are kept.
async fn begin(
    tx: &mut Tx,
    now: TimeUs,
    org_id: &OrgId,
    agent_id: &AgentId,
    head: i64,
) -> Result<i64, StoreError> {
    let oldest = now.minus(limits::MESSAGES_KEPT);
    let read = tx.row(sql::READ, &[agent_id.as_str().into()]).await?;
    let (read, at) = match read {
        Some(row) => (row.int("seq")?, row.time("at_us")?),
        None => (0, TimeUs(0)),
    };
    if at > oldest {
        return Ok(read);
    }
    Ok(read.max(seq_before(tx, org_id, head, oldest).await?))
}

/// Notes that an agent has its messages up to an entry, in the caller's transaction. It never has less than before.
///
/// # Errors
/// [`StoreError`].
pub async fn acknowledge(
    tx: &mut Tx,
    org_id: &OrgId,
    agent_id: &AgentId,
    seq: i64,
    now: TimeUs,
) -> Result<i64, StoreError> {
    let args = [agent_id.as_str().into(), org_id.as_str().into(), seq.into(), now.into()];
    tx.execute(sql::NOTE, &args).await?;
    let row = tx.row(sql::READ, &[agent_id.as_str().into()]).await?;
    row.map_or(Ok(seq), |row| row.int("seq"))
}
