//! The funnel on PostgreSQL: two round trips a batch, under row locks on the orgs' heads.
//!
//! READ COMMITTED: the heads are locked first, and only later statements read what the decision depends on, so they see
//! everything that the lock's last holder committed. All of them travel together, and so do the writes and COMMIT: this
//! is why the funnel has a connection of its own through a driver that can send a statement before the one before it was
//! answered.

mod connection;
mod rows;
mod sql;

use std::collections::BTreeSet;
use std::sync::Arc;

use bursar_base::{Clock, OrgId, TimeUs};
use bursar_store::db::DATABASE_CLOCK_POSTGRES;
use bursar_store::postgres::Server;
use bursar_store::{Columns as _, StoreError};
use tokio_postgres::Row;

use super::storage::{self, Answer, CommitError, Found, Storage, Wanted};
use super::working::Working;
use crate::authorizations;
use crate::receipts;
use crate::transactions::from_row;
use crate::votes;
use connection::{Connection, Pipeline};
use rows::{Arguments, Rows};

pub use sql::ALL;

pub(super) struct PostgresStorage {
    server: Server,
    clock: Arc<dyn Clock>,
    /// None before the first batch, and after anything went wrong.
    connection: Option<Connection>,
}

impl PostgresStorage {
    pub(super) fn new(server: Server, clock: Arc<dyn Clock>) -> PostgresStorage {
        PostgresStorage { server, clock, connection: None }
    }

    /// The connection that a transaction is open on.
    fn open(&mut self) -> Answer<&mut Connection> {
        self.connection.as_mut().ok_or(StoreError::Unreachable)
    }

    /// The connection for the next transaction: the one there is, or a new one.
    async fn ready(&mut self) -> Answer<&mut Connection> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Some(Connection::open(&self.server).await?);
        }
        self.open()
    }
}

impl Storage for PostgresStorage {
    async fn begin(&mut self, wanted: &Wanted) -> Answer<(TimeUs, Found)> {
        let clock = self.clock.clone();
        let connection = self.ready().await?;
        let mut questions = Questions::beginning();
        // Before the lock: whoever waits for it need not wait for these too.
        questions.nonces(wanted);
        questions.add(About::Locks, sql::LOCK_HEADS, Rows::of(&wanted.orgs).text(|id| id.as_str()));
        questions.add(About::Clock, DATABASE_CLOCK_POSTGRES, Arguments::default());
        questions.rows(wanted);
        let (now, found) = questions.answered_by(connection).await?;
        Ok((clock.decide_at(now.ok_or(sqlx::Error::RowNotFound)?), found))
    }

    async fn read(&mut self, wanted: &Wanted) -> Answer<Found> {
        let mut questions = Questions::default();
        questions.nonces(wanted);
        questions.rows(wanted);
        Ok(questions.answered_by(self.open()?).await?.1)
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

    async fn unlocked(&mut self, orgs: &BTreeSet<OrgId>) -> Answer<BTreeSet<OrgId>> {
        let mut pipeline = Pipeline::default();
        pipeline.add(sql::UNLOCKED_HEADS, Rows::of(orgs).text(|id| id.as_str()));
        let answers = self.ready().await?.run(pipeline).await?;
        answers.iter().flatten().map(|row| Ok(OrgId::from_store(&row.text("org_id")?))).collect()
    }
}

/// What a statement asks about.
#[derive(Debug, Clone, Copy)]
enum About {
    Locks,
    Clock,
    Orgs,
    Nonces,
    Transactions,
    Budgets,
    Keys,
    Accounts,
    Fences,
    Policies,
    Payees,
    Numbers,
    Purchases,
    Past,
    Refunds,
    Receipts,
    Cards,
    Reserved,
    Authorizations,
    Deciders,
    Votes,
}

/// Statements that travel together, and what each asks about.
#[derive(Default)]
struct Questions<'a> {
    pipeline: Pipeline<'a>,
    about: Vec<About>,
}

impl<'a> Questions<'a> {
    /// Some that begin a transaction.
    fn beginning() -> Questions<'a> {
        Questions { pipeline: Pipeline::beginning(), about: Vec::new() }
    }

    fn add(&mut self, about: About, sql: &'static str, arguments: impl Into<Arguments<'a>>) {
        if self.pipeline.add(sql, arguments) {
            self.about.push(about);
        }
    }

    fn nonces(&mut self, wanted: &'a Wanted) {
        let nonces = Rows::of(&wanted.nonces);
        let nonces = nonces.int(|n| n.created.0).text(|n| n.key_id.as_str()).text(|n| &n.nonce);
        self.add(About::Nonces, sql::INSERT_NONCE, nonces);
    }

    /// One statement for each kind of row that is wanted.
    fn rows(&mut self, wanted: &'a Wanted) {
        self.add(About::Orgs, sql::ORG, Rows::of(&wanted.orgs).text(|id| id.as_str()));
        let by_key = Rows::of(&wanted.by_key).text(|(key, _)| key).text(|(_, agent)| agent.as_str());
        self.add(About::Transactions, sql::BY_KEY, by_key);
        let by_id = Rows::of(&wanted.transactions).text(|id| id.as_str());
        self.add(About::Transactions, sql::TRANSACTION, by_id);
        self.add(About::Budgets, sql::BUDGET, Rows::of(&wanted.agents).text(|id| id.as_str()));
        self.add(About::Keys, sql::KEY, Rows::of(&wanted.keys).text(|id| id.as_str()));
        self.add(About::Cards, sql::CARD, Rows::of(&wanted.cards).text(|id| id.as_str()));
        let reserved = Rows::of(&wanted.reserved).text(|(agent, _)| agent.as_str());
        self.add(About::Reserved, sql::RESERVED, reserved.text(|(_, merchant)| merchant));
        let authorizations = Rows::of(&wanted.authorizations).text(|reference| reference);
        self.add(About::Authorizations, sql::AUTHORIZATION, authorizations);
        self.add(About::Accounts, sql::ACCOUNT, Rows::of(&wanted.accounts).text(|id| id.as_str()));
        self.add(About::Fences, sql::FENCE, Rows::of(&wanted.jobs).text(|id| id));
        let policies = Rows::of(&wanted.policies).text(|(agent, _)| agent.as_str());
        self.add(About::Policies, sql::POLICY, policies.int(|(_, version)| *version));
        self.add(About::Payees, sql::PAYEES, Rows::of(&wanted.payees).text(|id| id.as_str()));
        let numbers = Rows::of(&wanted.numbers).text(|range| range.agent_id.as_str());
        self.add(About::Numbers, sql::NUMBERS, numbers.int(|range| range.from).int(|range| range.to));
        let purchases = Rows::of(&wanted.purchases).text(|(agent, _)| agent.as_str());
        self.add(About::Purchases, sql::PURCHASE, purchases.text(|(_, mark)| mark));
        let past = Rows::of(&wanted.past).text(|(agent, ..)| agent.as_str());
        let past = past.text(|(_, kind, _)| kind.as_str()).int(|(.., start)| start.0);
        self.add(About::Past, sql::PAST_WINDOW, past);
        self.add(About::Refunds, sql::REFUNDS, Rows::of(&wanted.refunds).text(|id| id.as_str()));
        self.add(About::Receipts, sql::RECEIPT, Rows::of(&wanted.receipts).text(|reference| reference));
        self.add(About::Deciders, sql::DECIDERS, Rows::of(&wanted.deciders).text(|id| id.as_str()));
        self.add(About::Votes, sql::VOTES, Rows::of(&wanted.votes).text(|id| id.as_str()));
    }

    /// Sends them; returns the database's time, where it was asked for, and the rows.
    async fn answered_by(self, connection: &mut Connection) -> Answer<(Option<TimeUs>, Found)> {
        let (mut now, mut found) = (None, Found::default());
        let answers = connection.run(self.pipeline).await?;
        for (about, rows) in self.about.into_iter().zip(&answers) {
            match about {
                About::Locks => {}
                About::Clock => now = rows.first().map(|row| row.time("now_us")).transpose()?,
                About::Orgs => found.orgs = each(rows, storage::org_from)?,
                About::Nonces => found.nonces = each(rows, storage::nonce_from)?,
                About::Transactions => found.transactions.extend(each(rows, from_row)?),
                About::Budgets => found.budgets = each(rows, storage::budget_from)?,
                About::Keys => found.keys = each(rows, storage::key_from)?,
                About::Accounts => found.accounts = each(rows, storage::account_from)?,
                About::Fences => found.fences = each(rows, storage::fence_from)?,
                About::Policies => found.policies = each(rows, storage::policy_from)?,
                About::Payees => found.payees = each(rows, storage::payee_from)?,
                About::Numbers => found.numbers = each(rows, storage::number_from)?,
                About::Purchases => found.purchases = each(rows, storage::purchase_from)?,
                About::Past => found.past = each(rows, storage::past_window_from)?,
                About::Refunds => found.refunds = each(rows, storage::refund_from)?,
                About::Cards => found.cards = each(rows, storage::card_from)?,
                About::Reserved => found.reserved = each(rows, from_row)?,
                About::Authorizations => {
                    found.authorizations = each(rows, authorizations::from_row)?;
                }
                About::Receipts => found.receipts = each(rows, receipts::from_row)?,
                About::Deciders => found.deciders = each(rows, storage::decider_from)?,
                About::Votes => found.votes = each(rows, votes::from_row)?,
            }
        }
        Ok((now, found))
    }
}

fn each<T>(rows: &[Row], read: impl Fn(&Row) -> Answer<T>) -> Answer<Vec<T>> {
    rows.iter().map(read).collect()
}
