//! The funnel on PostgreSQL: one statement per table and batch, under row locks on the orgs' heads.
//!
//! READ COMMITTED: the heads are locked first, and only later statements read what the decision depends on, so they see
//! everything that the lock's last holder committed.

mod rows;
mod sql;

use std::sync::Arc;

use bursar_base::{AgentId, Clock, KeyId, OrgId, TimeUs, TransactionId};
use bursar_store::db::DATABASE_CLOCK_POSTGRES;
use bursar_store::{Columns as _, StoreError};
use serde::Serialize;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::{Arguments as _, Encode, Postgres, Type};

use super::command::Nonce;
use super::storage::{self, Answer, NumberRange, OrgRow, Storage};
use super::working::{KeyState, Payee, Purchase, Refund, Working};
use crate::holds::{Budget, PastWindow, WindowKind};
use crate::ledger::{Account, AccountId};
use crate::transactions::{Transaction, from_row};

pub use sql::ALL;

pub(super) struct PostgresStorage {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    open: Option<sqlx::Transaction<'static, Postgres>>,
}

/// The arguments of one statement.
#[derive(Default)]
struct Args(PgArguments);

impl Args {
    fn with<'a, T: Encode<'a, Postgres> + Type<Postgres> + Send + 'a>(mut self, value: T) -> Answer<Args> {
        self.0.add(value).map_err(sqlx::Error::Encode)?;
        Ok(self)
    }
}

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    values.into_iter().map(str::to_owned).collect()
}

impl PostgresStorage {
    pub(super) fn new(pool: PgPool, clock: Arc<dyn Clock>) -> PostgresStorage {
        PostgresStorage { pool, clock, open: None }
    }

    fn tx(&mut self) -> Answer<&mut sqlx::Transaction<'static, Postgres>> {
        self.open.as_mut().ok_or_else(|| StoreError::Sql(sqlx::Error::PoolClosed))
    }

    async fn all<T>(
        &mut self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&PgRow) -> Answer<T>,
    ) -> Answer<Vec<T>> {
        let tx = self.tx()?;
        let rows = sqlx::query_with(sql, args.0).fetch_all(&mut **tx).await?;
        rows.iter().map(read).collect()
    }

    async fn execute(&mut self, sql: &'static str, args: Args) -> Answer<u64> {
        let tx = self.tx()?;
        Ok(sqlx::query_with(sql, args.0).execute(&mut **tx).await?.rows_affected())
    }

    /// Writes rows with one statement; none when there are none.
    async fn write_rows<T: Serialize>(&mut self, sql: &'static str, rows: Vec<T>) -> Answer<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let json = serde_json::to_string(&rows).map_err(|error| StoreError::Damaged(error.to_string()))?;
        self.execute(sql, Args::default().with(json)?).await?;
        Ok(())
    }
}

impl Storage for PostgresStorage {
    async fn begin(&mut self, orgs: &[OrgId]) -> Answer<TimeUs> {
        self.open = Some(self.pool.begin().await?);
        let ids = texts(orgs.iter().map(OrgId::as_str));
        self.execute(sql::LOCK_HEADS, Args::default().with(ids)?).await?;
        let now = self.all(DATABASE_CLOCK_POSTGRES, Args::default(), |row| row.int("now_us")).await?;
        let now = now.first().copied().ok_or(sqlx::Error::RowNotFound)?;
        Ok(self.clock.decide_at(TimeUs(now)))
    }

    async fn orgs(&mut self, ids: &[OrgId]) -> Answer<Vec<OrgRow>> {
        let ids = texts(ids.iter().map(OrgId::as_str));
        self.all(sql::ORG, Args::default().with(ids)?, storage::org_from).await
    }

    async fn use_nonces(&mut self, nonces: &[Nonce]) -> Answer<Vec<Nonce>> {
        let created: Vec<i64> = nonces.iter().map(|nonce| nonce.created.0).collect();
        let keys = texts(nonces.iter().map(|nonce| nonce.key_id.as_str()));
        let values = texts(nonces.iter().map(|nonce| nonce.nonce.as_str()));
        let args = Args::default().with(created)?.with(keys)?.with(values)?;
        let read = |row: &PgRow| {
            Ok(Nonce {
                created: row.time("created_us")?,
                key_id: KeyId::from_store(&row.text("key_id")?),
                nonce: row.text("nonce")?,
            })
        };
        self.all(sql::INSERT_NONCE, args, read).await
    }

    async fn transactions(&mut self, ids: &[TransactionId]) -> Answer<Vec<Transaction>> {
        let ids = texts(ids.iter().map(TransactionId::as_str));
        self.all(sql::TRANSACTION, Args::default().with(ids)?, from_row).await
    }

    async fn by_keys(&mut self, keys: &[(String, AgentId)]) -> Answer<Vec<Transaction>> {
        let (agents, keys) = (
            texts(keys.iter().map(|(_, agent)| agent.as_str())),
            texts(keys.iter().map(|(key, _)| key.as_str())),
        );
        self.all(sql::BY_KEY, Args::default().with(keys)?.with(agents)?, from_row).await
    }

    async fn budgets(&mut self, agents: &[AgentId]) -> Answer<Vec<Budget>> {
        let agents = texts(agents.iter().map(AgentId::as_str));
        self.all(sql::BUDGET, Args::default().with(agents)?, storage::budget_from).await
    }

    async fn keys(&mut self, ids: &[KeyId]) -> Answer<Vec<(KeyId, KeyState)>> {
        let ids = texts(ids.iter().map(KeyId::as_str));
        self.all(sql::KEY, Args::default().with(ids)?, storage::key_from).await
    }

    async fn accounts(&mut self, ids: &[AccountId]) -> Answer<Vec<Account>> {
        let ids = texts(ids.iter().map(AccountId::as_str));
        self.all(sql::ACCOUNT, Args::default().with(ids)?, storage::account_from).await
    }

    async fn policy(&mut self, agent: &AgentId, version: i64) -> Answer<Option<String>> {
        let args = Args::default().with(agent.as_str())?.with(version)?;
        Ok(self.all(sql::POLICY, args, |row| row.text("document")).await?.into_iter().next())
    }

    async fn payees(&mut self, org: &OrgId) -> Answer<Vec<(String, Payee)>> {
        self.all(sql::PAYEES, Args::default().with(org.as_str())?, storage::payee_from).await
    }

    async fn numbers(&mut self, range: &NumberRange) -> Answer<Vec<(i64, TimeUs)>> {
        let args = Args::default().with(range.agent_id.as_str())?.with(range.from)?.with(range.to)?;
        self.all(sql::NUMBERS, args, |row| Ok((row.int("number")?, row.time("created_us")?))).await
    }

    async fn purchase(&mut self, agent: &AgentId, mark: &str) -> Answer<Option<Purchase>> {
        let args = Args::default().with(agent.as_str())?.with(mark)?;
        Ok(self.all(sql::PURCHASE, args, storage::purchase_from).await?.into_iter().next())
    }

    async fn past_window(
        &mut self,
        agent: &AgentId,
        kind: WindowKind,
        start: TimeUs,
    ) -> Answer<Option<PastWindow>> {
        let args = Args::default().with(agent.as_str())?.with(kind.as_str())?.with(start.0)?;
        Ok(self.all(sql::PAST_WINDOW, args, storage::past_window_from).await?.into_iter().next())
    }

    async fn refunds(&mut self, id: &TransactionId) -> Answer<Vec<Refund>> {
        self.all(sql::REFUNDS, Args::default().with(id.as_str())?, storage::refund_from).await
    }

    async fn fences(&mut self, ids: &[String]) -> Answer<Vec<(String, i64)>> {
        let read = |row: &PgRow| Ok((row.text("id")?, row.int("fence")?));
        self.all(sql::FENCE, Args::default().with(ids.to_vec())?, read).await
    }

    async fn write(&mut self, w: &Working) -> Answer<()> {
        self.write_rows(sql::SAVE_HEAD, w.orgs.values().map(|org| rows::head(&org.head)).collect()).await?;
        self.write_rows(sql::SAVE_BUDGET, w.budgets.written().map(rows::budget).collect()).await?;
        self.write_rows(sql::SAVE_ACCOUNT, w.accounts.written().map(rows::account).collect()).await?;
        self.write_rows(sql::SAVE_PAST_WINDOW, w.past.written().map(rows::past_window).collect()).await?;
        self.write_rows(sql::INSERT_TRANSACTION, w.transactions.added().map(rows::transaction).collect())
            .await?;
        self.write_rows(sql::SAVE_TRANSACTION, w.transactions.changed().map(rows::transaction).collect())
            .await?;
        self.write_rows(sql::INSERT_EVENT, w.events.iter().map(rows::event).collect()).await?;
        self.write_rows(sql::INSERT_TRANSFER, w.transfers.iter().map(rows::transfer).collect()).await?;
        self.write_rows(sql::INSERT_JOB, w.jobs.iter().map(rows::job).collect()).await?;
        self.write_rows(sql::SAVE_PURCHASE, w.purchases.written().map(rows::purchase).collect()).await?;
        self.write_rows(sql::SAVE_REFUND, w.refunds.written().map(rows::refund).collect()).await?;
        if !w.finished.is_empty() {
            let ids = texts(w.finished.iter().map(|job| job.id.as_str()));
            let fences: Vec<i64> = w.finished.iter().map(|job| job.fence).collect();
            let done = self.execute(sql::FINISH_JOB, Args::default().with(ids)?.with(fences)?).await?;
            if usize::try_from(done) != Ok(w.finished.len()) {
                return Err(StoreError::LeaseLost);
            }
        }
        Ok(())
    }

    async fn commit(&mut self) -> Answer<()> {
        let Some(open) = self.open.take() else {
            return Err(StoreError::Sql(sqlx::Error::PoolClosed));
        };
        Ok(open.commit().await?)
    }

    async fn rollback(&mut self) {
        if let Some(open) = self.open.take() {
            // A broken connection has rolled back already.
            drop(open.rollback().await);
        }
    }
}
