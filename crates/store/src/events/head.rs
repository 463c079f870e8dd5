//! Appending to a chain under its lock.

use bursar_base::{Clock, TimeUs};

use super::{Event, GENESIS, NewEvent, sql};
use crate::{Columns as _, Engine, StoreError, Tx};

/// The end of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The chain.
    pub org_id: String,
    /// The number of the last entry; 0 in an empty chain.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// Its time.
    pub last: TimeUs,
}

impl Head {
    /// The head of a chain without entries.
    pub fn empty(org_id: &str) -> Head {
        Head { org_id: org_id.to_owned(), seq: 0, hash: GENESIS.to_owned(), last: TimeUs(0) }
    }

    /// Puts `new` at the end of the chain and returns the entry to be written.
    pub fn push(&mut self, at: TimeUs, new: NewEvent) -> Event {
        let at = at.max(self.last);
        let event = Event::chain(&self.org_id, self.seq + 1, at, &self.hash, new);
        self.seq = event.seq;
        self.hash.clone_from(&event.hash);
        self.last = at;
        event
    }
}

/// Locks the head of `org_id`'s chain until the transaction ends; makes it if the chain is new. Everything that decides
/// about an org's money or writes its audit trail does this first, in a transaction begun with
/// [`Db::write_in_turn`](crate::Db::write_in_turn); several orgs in the order of their ids.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn lock_head(tx: &mut Tx, org_id: &str) -> Result<Head, StoreError> {
    tx.execute(sql::ENSURE_HEAD, &[org_id.into(), GENESIS.into()]).await?;
    let text = match tx.engine() {
        Engine::Sqlite => sql::HEAD,
        Engine::Postgres => sql::LOCK_HEAD_POSTGRES,
    };
    let row = tx.row(text, &[org_id.into()]).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(Head {
        org_id: org_id.to_owned(),
        seq: row.int("seq")?,
        hash: row.text("hash")?,
        last: row.time("last_us")?,
    })
}

/// The time to decide with under the lock of `head`: the database's clock, never earlier than the chain's last entry.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn now_for(tx: &mut Tx, head: &Head, clock: &dyn Clock) -> Result<TimeUs, StoreError> {
    Ok(tx.now(clock).await?.max(head.last))
}

/// Appends one entry to the locked chain of `head`. Write the head back with [`save_head`] before committing.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn append(tx: &mut Tx, head: &mut Head, at: TimeUs, new: NewEvent) -> Result<Event, StoreError> {
    let event = head.push(at, new);
    tx.execute(
        sql::INSERT_EVENT,
        &[
            (&event.org_id).into(),
            event.seq.into(),
            event.at.into(),
            (&event.action).into(),
            (&event.actor).into(),
            event.agent_id.as_deref().into(),
            event.transaction_id.as_deref().into(),
            event.amount_micros.into(),
            event.currency.as_deref().into(),
            (&event.detail).into(),
            (&event.hash).into(),
            event.held_from.as_deref().into(),
            event.held_for.as_deref().into(),
        ],
    )
    .await?;
    Ok(event)
}

/// Writes the locked head back.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn save_head(tx: &mut Tx, head: &Head) -> Result<(), StoreError> {
    let args = [(&head.org_id).into(), head.seq.into(), (&head.hash).into(), head.last.into()];
    tx.execute(sql::SAVE_HEAD, &args).await?;
    Ok(())
}
