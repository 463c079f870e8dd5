//! Writing a chain out, one entry a line, so that anyone can verify it without Bursar.

use std::io::Write;

use bursar_store::events::Event;
use bursar_store::{Db, StoreError};
use serde::Serialize;

use super::{PAGE_ENTRIES, sql};

/// One line: all that is hashed, in the order it is hashed in, and the hash.
#[derive(Debug, Serialize)]
struct Line<'a> {
    org_id: &'a str,
    seq: i64,
    at_us: i64,
    action: &'a str,
    actor: &'a str,
    agent_id: Option<&'a str>,
    transaction_id: Option<&'a str>,
    amount_micros: Option<i64>,
    currency: Option<&'a str>,
    held_from: Option<&'a str>,
    held_for: Option<&'a str>,
    detail: &'a str,
    hash: &'a str,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The chain.
    pub org_id: String,
    /// How many entries.
    pub entries: u64,
    /// The hash of the last one: [`bursar_store::events::GENESIS`] of an empty chain.
    pub hash: String,
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The other side failed.
    #[error("writing the export: {0}")]
    Write(#[from] std::io::Error),
}

/// Writes a chain as JSON Lines, oldest entry first. Nothing is verified on the way: an export shows what is there.
///
/// # Errors
/// [`ExportError`].
pub async fn export(db: &Db, org: &str, out: &mut (dyn Write + Send)) -> Result<Exported, ExportError> {
    let mut done =
        Exported { org_id: org.to_owned(), entries: 0, hash: bursar_store::events::GENESIS.to_owned() };
    let mut last = i64::MIN;
    loop {
        // A transaction a page: entries never change, so the pages fit, and a slow reader holds nothing up.
        let rows = {
            let mut tx = db.read().await?;
            tx.rows(sql::PAGE, &[org.into(), last.into(), PAGE_ENTRIES.into()]).await?
        };
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let event = Event::from_row(row)?;
            serde_json::to_writer(&mut *out, &line(&event)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
            done.entries += 1;
            last = event.seq;
            done.hash = event.hash;
        }
    }
    out.flush()?;
    Ok(done)
}

fn line(event: &Event) -> Line<'_> {
    Line {
        org_id: &event.org_id,
        seq: event.seq,
        at_us: event.at.0,
        action: &event.action,
        actor: &event.actor,
        agent_id: event.agent_id.as_deref(),
        transaction_id: event.transaction_id.as_deref(),
        amount_micros: event.amount_micros,
        currency: event.currency.as_deref(),
        held_from: event.held_from.as_deref(),
        held_for: event.held_for.as_deref(),
        detail: &event.detail,
        hash: &event.hash,
    }
}
