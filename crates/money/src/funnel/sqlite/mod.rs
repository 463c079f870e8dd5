//! The funnel's own SQLite connection: the one that writes at full speed.
//!
//! It uses rusqlite, because a statement per row through an asynchronous driver is forty times slower. It takes the same
//! in-process lock as every other writer, for as long as its transaction lasts.

mod sql;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bursar_base::{AgentId, Clock, KeyId, OrgId, TimeUs, TransactionId};
use rusqlite::{Connection, Row, ToSql, ffi};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::command::Nonce;
use super::storage::{self, Answer, NumberRange, OrgRow, Storage};
use super::working::{KeyState, Payee, Purchase, Refund, Working};
use crate::holds::{Budget, PastWindow, WindowKind};
use crate::ledger::{Account, AccountId};
use crate::transactions::{Transaction, from_row};

pub use sql::ALL;

/// Statements kept prepared; more than there are.
const PREPARED_STATEMENTS: usize = 64;
/// How long to wait for a lock held by another process, such as a person's `sqlite3`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct SqliteStorage {
    connection: Connection,
    lock: Arc<Mutex<()>>,
    held: Option<OwnedMutexGuard<()>>,
    clock: Arc<dyn Clock>,
}

impl SqliteStorage {
    pub(super) fn open(file: &Path, lock: Arc<Mutex<()>>, clock: Arc<dyn Clock>) -> Answer<SqliteStorage> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", bursar_store::sqlite::CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "cache_size", -bursar_store::sqlite::CACHE_KIB)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        Ok(SqliteStorage { connection, lock, held: None, clock })
    }

    fn all<T>(&self, sql: &str, args: &[&dyn ToSql], read: impl Fn(&Row<'_>) -> Answer<T>) -> Answer<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(args)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(read(row)?);
        }
        Ok(out)
    }

    /// One look-up per key: in process that is cheaper than one statement for all.
    fn each<K, T>(
        &self,
        sql: &str,
        keys: &[K],
        read: impl Fn(&Row<'_>) -> Answer<T>,
        key: impl Fn(&K) -> &str,
    ) -> Answer<Vec<T>> {
        let mut out = Vec::with_capacity(keys.len());
        for one in keys {
            out.extend(self.all(sql, &[&key(one)], &read)?);
        }
        Ok(out)
    }
}

impl Storage for SqliteStorage {
    async fn begin(&mut self, _orgs: &[OrgId]) -> Answer<TimeUs> {
        self.held = Some(self.lock.clone().lock_owned().await);
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(self.clock.decide_at(self.clock.now()))
    }

    async fn orgs(&mut self, ids: &[OrgId]) -> Answer<Vec<OrgRow>> {
        self.each(sql::ORG, ids, |row| storage::org_from(row), OrgId::as_str)
    }

    async fn use_nonces(&mut self, nonces: &[Nonce]) -> Answer<Vec<Nonce>> {
        let mut statement = self.connection.prepare_cached(sql::INSERT_NONCE)?;
        let mut fresh = Vec::with_capacity(nonces.len());
        for nonce in nonces {
            if statement.execute((nonce.created.0, nonce.key_id.as_str(), &nonce.nonce))? == 1 {
                fresh.push(nonce.clone());
            }
        }
        Ok(fresh)
    }

    async fn transactions(&mut self, ids: &[TransactionId]) -> Answer<Vec<Transaction>> {
        self.each(sql::TRANSACTION, ids, |row| from_row(row), TransactionId::as_str)
    }

    async fn by_keys(&mut self, keys: &[(String, AgentId)]) -> Answer<Vec<Transaction>> {
        let mut out = Vec::new();
        for (key, agent) in keys {
            out.extend(self.all(sql::BY_KEY, &[key, &agent.as_str()], |row| from_row(row))?);
        }
        Ok(out)
    }

    async fn budgets(&mut self, agents: &[AgentId]) -> Answer<Vec<Budget>> {
        self.each(sql::BUDGET, agents, |row| storage::budget_from(row), AgentId::as_str)
    }

    async fn keys(&mut self, ids: &[KeyId]) -> Answer<Vec<(KeyId, KeyState)>> {
        self.each(sql::KEY, ids, |row| storage::key_from(row), KeyId::as_str)
    }

    async fn accounts(&mut self, ids: &[AccountId]) -> Answer<Vec<Account>> {
        self.each(sql::ACCOUNT, ids, |row| storage::account_from(row), AccountId::as_str)
    }

    async fn policy(&mut self, agent: &AgentId, version: i64) -> Answer<Option<String>> {
        let found = self.all(sql::POLICY, &[&agent.as_str(), &version], |row| Ok(row.get(0)?))?;
        Ok(found.into_iter().next())
    }

    async fn payees(&mut self, org: &OrgId) -> Answer<Vec<(String, Payee)>> {
        self.all(sql::PAYEES, &[&org.as_str()], |row| storage::payee_from(row))
    }

    async fn numbers(&mut self, range: &NumberRange) -> Answer<Vec<(i64, TimeUs)>> {
        let args: [&dyn ToSql; 3] = [&range.agent_id.as_str(), &range.from, &range.to];
        self.all(sql::NUMBERS, &args, |row| Ok((row.get(0)?, TimeUs(row.get(1)?))))
    }

    async fn purchase(&mut self, agent: &AgentId, mark: &str) -> Answer<Option<Purchase>> {
        let found = self.all(sql::PURCHASE, &[&agent.as_str(), &mark], |row| storage::purchase_from(row))?;
        Ok(found.into_iter().next())
    }

    async fn past_window(
        &mut self,
        agent: &AgentId,
        kind: WindowKind,
        start: TimeUs,
    ) -> Answer<Option<PastWindow>> {
        let args: [&dyn ToSql; 3] = [&agent.as_str(), &kind.as_str(), &start.0];
        Ok(self.all(sql::PAST_WINDOW, &args, |row| storage::past_window_from(row))?.into_iter().next())
    }

    async fn refunds(&mut self, id: &TransactionId) -> Answer<Vec<Refund>> {
        self.all(sql::REFUNDS, &[&id.as_str()], |row| storage::refund_from(row))
    }

    async fn fences(&mut self, ids: &[String]) -> Answer<Vec<(String, i64)>> {
        self.each(sql::FENCE, ids, |row| Ok((row.get(0)?, row.get(1)?)), |id| id.as_str())
    }

    async fn write(&mut self, working: &Working) -> Answer<()> {
        write::all(&self.connection, working)
    }

    async fn commit(&mut self) -> Answer<()> {
        let committed = self.connection.execute_batch("COMMIT");
        if let Err(error) = &committed {
            end_if_not_synced(error);
        } else {
            self.held = None;
        }
        Ok(committed?)
    }

    async fn rollback(&mut self) {
        // Where nothing was begun, or SQLite gave up by itself, there is nothing to roll back.
        drop(self.connection.execute_batch("ROLLBACK"));
        self.held = None;
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
