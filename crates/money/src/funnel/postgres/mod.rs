//! The funnel on PostgreSQL: two round trips a batch, under row locks on the orgs' heads.
//!
//! READ COMMITTED: the heads are locked first, and only later statements read what the decision depends on, so they see
//! everything that the lock's last holder committed. All of them travel together, and so do the writes and COMMIT: this
//! is why the funnel has a connection of its own through a driver that can send a statement before the one before it was
//! answered.

mod connection;
mod rows;
mod sql;

use std::sync::Arc;

use bursar_base::{Clock, TimeUs};
use bursar_store::db::DATABASE_CLOCK_POSTGRES;
use bursar_store::{Columns as _, StoreError};
use tokio_postgres::Row;

use super::storage::{self, Answer, CommitError, Found, Storage, Wanted};
use super::working::Working;
use crate::transactions::from_row;
use connection::{Connection, Pipeline};
use rows::{Arguments, Rows};

pub use sql::ALL;

pub(super) struct PostgresStorage {
    url: String,
    clock: Arc<dyn Clock>,
    /// None before the first batch, and after anything went wrong.
    connection: Option<Connection>,
}

impl PostgresStorage {
    pub(super) fn new(url: &str, clock: Arc<dyn Clock>) -> PostgresStorage {
        PostgresStorage { url: url.to_owned(), clock, connection: None }
    }

    /// The connection that a transaction is open on.
    fn open(&mut self) -> Answer<&mut Connection> {
        self.connection.as_mut().ok_or(StoreError::Unreachable)
    }

    /// The connection for the next transaction: the one there is, or a new one.
    async fn ready(&mut self) -> Answer<&mut Connection> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Some(Connection::open(&self.url).await?);
        }
        self.open()
    }
}

impl Storage for PostgresStorage {
    async fn begin(&mut self, wanted: &Wanted) -> Answer<(TimeUs, Found)> {
        let clock = self.clock.clone();
        let connection = self.ready().await?;
        let mut pipeline = Pipeline::beginning();
        pipeline.add(sql::LOCK_HEADS, Rows::of(&wanted.orgs).text(|id| id.as_str()));
        pipeline.add(DATABASE_CLOCK_POSTGRES, Arguments::default());
        ask(&mut pipeline, wanted);
        let mut answers = connection.run(pipeline).await?.into_iter();
        drop(answers.next());
        let now = answers.next().unwrap_or_default();
        let now = now.first().ok_or(sqlx::Error::RowNotFound)?.int("now_us")?;
        Ok((clock.decide_at(TimeUs(now)), found(answers, wanted)?))
    }

    async fn read(&mut self, wanted: &Wanted) -> Answer<Found> {
        let mut pipeline = Pipeline::default();
        ask(&mut pipeline, wanted);
        let answers = self.open()?.run(pipeline).await?;
        found(answers.into_iter(), wanted)
    }

    async fn commit(&mut self, w: &Working) -> Result<(), CommitError> {
        let connection = self.open().map_err(CommitError::Failed)?;
        if !w.finished.is_empty() {
            // Before COMMIT is on its way, because it must not be when a lease is lost.
            let mut pipeline = Pipeline::default();
            let finished = Rows::of(&w.finished).text(|job| job.id.as_str()).int(|job| job.fence);
            pipeline.add(sql::FINISH_JOB, finished);
            let done = connection.run(pipeline).await.map_err(CommitError::Failed)?;
            if done.first().map_or(0, Vec::len) != w.finished.len() {
                return Err(CommitError::Failed(StoreError::LeaseLost));
            }
        }
        let mut pipeline = Pipeline::default();
        rows::write(&mut pipeline, w);
        connection.commit(pipeline).await
    }

    async fn rollback(&mut self) {
        if let Some(connection) = &self.connection
            && connection.rollback().await.is_err()
        {
            // A broken connection has rolled back already.
            self.connection = None;
        }
    }
}

/// One statement for each kind of row that is wanted, in the order in which [`found`] reads them.
fn ask<'a>(pipeline: &mut Pipeline<'a>, wanted: &'a Wanted) {
    pipeline.add(sql::ORG, Rows::of(&wanted.orgs).text(|id| id.as_str()));
    let nonces = Rows::of(&wanted.nonces).int(|n| n.created.0).text(|n| n.key_id.as_str()).text(|n| &n.nonce);
    pipeline.add(sql::INSERT_NONCE, nonces);
    pipeline
        .add(sql::BY_KEY, Rows::of(&wanted.by_key).text(|(key, _)| key).text(|(_, agent)| agent.as_str()));
    pipeline.add(sql::TRANSACTION, Rows::of(&wanted.transactions).text(|id| id.as_str()));
    pipeline.add(sql::BUDGET, Rows::of(&wanted.agents).text(|id| id.as_str()));
    pipeline.add(sql::KEY, Rows::of(&wanted.keys).text(|id| id.as_str()));
    pipeline.add(sql::ACCOUNT, Rows::of(&wanted.accounts).text(|id| id.as_str()));
    pipeline.add(sql::FENCE, Rows::of(&wanted.jobs).text(|id| id));
    let policies = Rows::of(&wanted.policies).text(|(agent, _)| agent.as_str()).int(|(_, version)| *version);
    pipeline.add(sql::POLICY, policies);
    pipeline.add(sql::PAYEES, Rows::of(&wanted.payees).text(|id| id.as_str()));
    let numbers = Rows::of(&wanted.numbers).text(|range| range.agent_id.as_str());
    pipeline.add(sql::NUMBERS, numbers.int(|range| range.from).int(|range| range.to));
    let purchases = Rows::of(&wanted.purchases).text(|(agent, _)| agent.as_str()).text(|(_, mark)| mark);
    pipeline.add(sql::PURCHASE, purchases);
    let past = Rows::of(&wanted.past).text(|(agent, ..)| agent.as_str()).text(|(_, kind, _)| kind.as_str());
    pipeline.add(sql::PAST_WINDOW, past.int(|(.., start)| start.0));
    pipeline.add(sql::REFUNDS, Rows::of(&wanted.refunds).text(|id| id.as_str()));
}

fn found(mut answers: impl Iterator<Item = Vec<Row>>, wanted: &Wanted) -> Answer<Found> {
    // A statement about nothing is not sent, so it has no answer.
    let mut next = |asked: bool| if asked { answers.next().unwrap_or_default() } else { Vec::new() };
    let orgs = next(!wanted.orgs.is_empty());
    let nonces = next(!wanted.nonces.is_empty());
    let mut transactions = next(!wanted.by_key.is_empty());
    transactions.extend(next(!wanted.transactions.is_empty()));
    Ok(Found {
        orgs: each(&orgs, storage::org_from)?,
        nonces: each(&nonces, storage::nonce_from)?,
        transactions: each(&transactions, from_row)?,
        budgets: each(&next(!wanted.agents.is_empty()), storage::budget_from)?,
        keys: each(&next(!wanted.keys.is_empty()), storage::key_from)?,
        accounts: each(&next(!wanted.accounts.is_empty()), storage::account_from)?,
        fences: each(&next(!wanted.jobs.is_empty()), storage::fence_from)?,
        policies: each(&next(!wanted.policies.is_empty()), storage::policy_from)?,
        payees: each(&next(!wanted.payees.is_empty()), storage::payee_from)?,
        numbers: each(&next(!wanted.numbers.is_empty()), storage::number_from)?,
        purchases: each(&next(!wanted.purchases.is_empty()), storage::purchase_from)?,
        past: each(&next(!wanted.past.is_empty()), storage::past_window_from)?,
        refunds: each(&next(!wanted.refunds.is_empty()), storage::refund_from)?,
    })
}

fn each<T>(rows: &[Row], read: impl Fn(&Row) -> Answer<T>) -> Answer<Vec<T>> {
    rows.iter().map(read).collect()
}
