//! The funnel's own SQLite connection: the one that writes at full speed.
//!
//! It uses rusqlite, because a statement per row through an asynchronous driver is forty times slower. It takes the same
//! in-process lock as every other writer, for as long as its transaction lasts.

mod sql;
mod write;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bursar_base::{Clock, OrgId, TimeUs};
use bursar_store::InOrder;
use bursar_store::sqlite::{AUTO_CHECKPOINT, BUSY_TIMEOUT, CACHE_KIB, WriteGuard, WriteLock};
use rusqlite::{Connection, Params, ffi};

use super::command::Nonce;
use super::storage::{self, Answer, CommitError, Found, Storage, Wanted};
use super::working::Working;
use crate::authorizations;
use crate::receipts;
use crate::transactions::from_row;
use crate::votes;

pub use sql::ALL;

/// Statements kept prepared; more than there are.
const PREPARED_STATEMENTS: usize = 64;

pub(super) struct SqliteStorage {
    connection: Connection,
    lock: WriteLock,
    held: Option<WriteGuard>,
    clock: Arc<dyn Clock>,
}

impl SqliteStorage {
    pub(super) fn open(file: &Path, lock: WriteLock, clock: Arc<dyn Clock>) -> Answer<SqliteStorage> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", AUTO_CHECKPOINT)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        Ok(SqliteStorage { connection, lock, held: None, clock })
    }

    fn find(&self, wanted: &Wanted) -> Answer<Found> {
        let mut transactions = self.each(
            sql::BY_KEY,
            &wanted.by_key,
            |row| from_row(row),
            |(key, agent)| (key, agent.as_str()),
        )?;
        let by_id =
            self.each(sql::TRANSACTION, &wanted.transactions, |row| from_row(row), |id| (id.as_str(),))?;
        transactions.extend(by_id);
        let reserved = self.each(
            sql::RESERVED,
            &wanted.reserved,
            |row| from_row(row),
            |(agent, merchant)| (agent.as_str(), merchant),
        )?;
        Ok(Found {
            orgs: self.each(sql::ORG, &wanted.orgs, |row| storage::org_from(row), |id| (id.as_str(),))?,
            nonces: self.use_nonces(&wanted.nonces)?,
            transactions,
            budgets: self.each(
                sql::BUDGET,
                &wanted.agents,
                |row| storage::budget_from(row),
                |id| (id.as_str(),),
            )?,
            keys: self.each(sql::KEY, &wanted.keys, |row| storage::key_from(row), |id| (id.as_str(),))?,
            cards: self.each(sql::CARD, &wanted.cards, |row| storage::card_from(row), |id| (id.as_str(),))?,
            reserved,
            authorizations: self.each(
                sql::AUTHORIZATION,
                &wanted.authorizations,
                |row| authorizations::from_row(row),
                |reference| (reference,),
            )?,
            accounts: self.each(
                sql::ACCOUNT,
                &wanted.accounts,
                |row| storage::account_from(row),
                |id| (id.as_str(),),
            )?,
            fences: self.each(
                sql::FENCE,
                &wanted.jobs,
                |row| storage::fence_from(row),
                |id| (id.as_str(),),
            )?,
            policies: self.each(
                sql::POLICY,
                &wanted.policies,
                |row| storage::policy_from(row),
                |(agent, version)| (agent.as_str(), *version),
            )?,
            payees: self.each(
                sql::PAYEES,
                &wanted.payees,
                |row| storage::payee_from(row),
                |id| (id.as_str(),),
            )?,
            numbers: self.each(
                sql::NUMBERS,
                &wanted.numbers,
                |row| storage::number_from(row),
                |range| (range.agent_id.as_str(), range.from, range.to),
            )?,
            purchases: self.each(
                sql::PURCHASE,
                &wanted.purchases,
                |row| storage::purchase_from(row),
                |(agent, mark)| (agent.as_str(), mark),
            )?,
            past: self.each(
                sql::PAST_WINDOW,
                &wanted.past,
                |row| storage::past_window_from(row),
                |(agent, kind, start)| (agent.as_str(), kind.as_str(), start.0),
            )?,
            refunds: self.each(
                sql::REFUNDS,
                &wanted.refunds,
                |row| storage::refund_from(row),
                |id| (id.as_str(),),
            )?,
            receipts: self.each(
                sql::RECEIPT,
                &wanted.receipts,
                |row| receipts::from_row(row),
                |reference| (reference,),
            )?,
            deciders: self.each(
                sql::DECIDERS,
                &wanted.deciders,
                |row| storage::decider_from(row),
                |id| (id.as_str(),),
            )?,
            votes: self.each(sql::VOTES, &wanted.votes, |row| votes::from_row(row), |id| (id.as_str(),))?,
        })
    }

    /// One look-up per key: in process that is cheaper than one statement for all.
    fn each<'k, K, P: Params, T>(
        &self,
        sql: &str,
        keys: &'k BTreeSet<K>,
        read: impl Fn(&InOrder<'_, '_>) -> Answer<T>,
        args: impl Fn(&'k K) -> P,
    ) -> Answer<Vec<T>> {
        let mut out = Vec::new();
        if keys.is_empty() {
            return Ok(out);
        }
        let mut statement = self.connection.prepare_cached(sql)?;
        for key in keys {
            let mut rows = statement.query(args(key))?;
            while let Some(row) = rows.next()? {
                out.push(read(&InOrder::new(row))?);
            }
        }
        Ok(out)
    }

    /// Records nonces; returns those that were not there.
    fn use_nonces(&self, nonces: &BTreeSet<Nonce>) -> Answer<Vec<Nonce>> {
        let mut statement = self.connection.prepare_cached(sql::INSERT_NONCE)?;
        let mut fresh = Vec::with_capacity(nonces.len());
        for nonce in nonces {
            if statement.execute((nonce.created.0, nonce.key_id.as_str(), &nonce.nonce))? == 1 {
                fresh.push(nonce.clone());
            }
        }
        Ok(fresh)
    }
}

impl Storage for SqliteStorage {
    async fn begin(&mut self, wanted: &Wanted) -> Answer<(TimeUs, Found)> {
        self.held = Some(self.lock.lock().await);
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let now = self.clock.decide_at(self.clock.now());
        Ok((now, self.find(wanted)?))
    }

    async fn read(&mut self, wanted: &Wanted) -> Answer<Found> {
        self.find(wanted)
    }

    async fn commit(&mut self, working: &Working) -> Result<(), CommitError> {
        write::all(&self.connection, working).map_err(CommitError::Failed)?;
        if let Err(error) = self.connection.execute_batch("COMMIT") {
            end_if_not_synced(&error);
            return Err(CommitError::Unknown(error.into()));
        }
        self.held = None;
        Ok(())
    }

    async fn rollback(&mut self) {
        // Where nothing was begun, or SQLite gave up by itself, there is nothing to roll back.
        drop(self.connection.execute_batch("ROLLBACK"));
        self.held = None;
    }

    /// One lock is for all, so nobody waits for the lock of one org.
    async fn unlocked(&mut self, orgs: &BTreeSet<OrgId>) -> Answer<BTreeSet<OrgId>> {
        Ok(orgs.clone())
    }
}

/// Ends the process when the disk did not take what it was given. The kernel may have dropped those pages, so that a second
/// attempt would succeed without them: only reading everything back, as a start does, shows what is really there.
fn end_if_not_synced(error: &rusqlite::Error) {
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return };
    if matches!(failure.extended_code, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) {
        tracing::error!(%error, "the disk did not take what was written; this process ends so that it starts from what is there");
        std::process::abort();
    }
}
