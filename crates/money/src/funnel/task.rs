//! The task that turns a queue of commands into batches.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bursar_base::{Clock, OrgId, TransactionId, limits};
use bursar_store::{Db, StoreError};
use tokio::sync::{Mutex, Notify, broadcast, mpsc, oneshot};

use super::apply::apply;
use super::command::{Command, Outcome, Refusal, Reply};
use super::load::{Copies, load};
use super::locks::Locks;
use super::postgres::PostgresStorage;
use super::sqlite::SqliteStorage;
use super::storage::{CommitError, Storage};
use crate::policies::Rate;

/// How the funnel is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The circuit breaker of agents whose policy sets none.
    pub breaker: Rate,
    /// How many commands one transaction takes at most. 1 is the plain sequential reference that tests compare with.
    pub max_batch: usize,
    /// How many batches this process has under way at once on PostgreSQL, where those of different orgs do not wait for
    /// each other. SQLite has one writer.
    pub in_flight: usize,
}

impl Default for Options {
    fn default() -> Self {
        let requests = u32::try_from(limits::BREAKER_REQUESTS).unwrap_or(u32::MAX);
        let seconds = u32::try_from(limits::BREAKER_SECONDS).unwrap_or(u32::MAX);
        Options {
            breaker: Rate { requests, seconds },
            max_batch: limits::FUNNEL_MAX_BATCH,
            in_flight: limits::FUNNEL_IN_FLIGHT,
        }
    }
}

/// Why a command has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum FunnelError {
    /// Too much is queued already. Nothing was done.
    #[error("too many requests are waiting; try again shortly")]
    Busy,
    /// The database failed before anything was committed. Nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// COMMIT was not answered, or the answer did not come in time. It may have been done: ask by idempotency key.
    #[error("the outcome is unknown; send the same request again with the same idempotency_key")]
    OutcomeUnknown,
}

struct Queued {
    command: Command,
    answer: oneshot::Sender<Result<Outcome, FunnelError>>,
    since: Instant,
}

/// A handle to the funnel. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Funnel {
    queue: mpsc::Sender<Queued>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    changes: broadcast::Sender<TransactionId>,
    jobs: Notify,
    locks: Locks,
}

/// Changes that a slow listener may be behind before it must look for itself.
const CHANGES_KEPT: usize = 4_096;

impl Funnel {
    /// Starts the funnel over `db`. It runs until the last handle is dropped and its queue is empty.
    ///
    /// # Errors
    /// [`StoreError`] when its connection cannot be opened.
    pub async fn start(db: &Db, clock: Arc<dyn Clock>, options: Options) -> Result<Funnel, StoreError> {
        let (queue, inbox) = mpsc::channel(limits::FUNNEL_MAX_QUEUE);
        let shared = Arc::new(Shared {
            changes: broadcast::channel(CHANGES_KEPT).0,
            jobs: Notify::new(),
            locks: Locks::default(),
        });
        let inbox = Arc::new(Mutex::new(inbox));
        let task =
            || Task { inbox: inbox.clone(), shared: shared.clone(), options, copies: Copies::default() };
        if let Some((file, lock)) = db.sqlite_writer() {
            let storage = SqliteStorage::open(&file, lock, clock)?;
            on_its_own_thread(task(), storage)?;
        } else if let Some((_, server)) = db.postgres_pool() {
            for _ in 0..options.in_flight.max(1) {
                on_its_own_thread(task(), PostgresStorage::new(server.clone(), clock.clone()))?;
            }
        }
        Ok(Funnel { queue, shared })
    }

    /// Submits one command and waits for what became of it.
    ///
    /// # Errors
    /// [`FunnelError`].
    pub async fn submit(&self, command: Command) -> Result<Outcome, FunnelError> {
        let (answer, outcome) = oneshot::channel();
        let queued = Queued { command, answer, since: Instant::now() };
        self.queue.try_send(queued).map_err(|_| FunnelError::Busy)?;
        match tokio::time::timeout(limits::FUNNEL_ANSWER_TIMEOUT, outcome).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(FunnelError::OutcomeUnknown),
        }
    }

    /// Hears of every transaction that this process changes.
    pub fn changes(&self) -> broadcast::Receiver<TransactionId> {
        self.shared.changes.subscribe()
    }

    /// Waits until this process has enqueued a job.
    pub async fn job_enqueued(&self) {
        self.shared.jobs.notified().await;
    }

    /// Tells the workers of this process to look for jobs.
    pub fn wake_workers(&self) {
        self.shared.jobs.notify_one();
    }

    /// How many commands wait to be decided.
    pub fn queue_depth(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

/// A thread and a runtime of its own: SQLite blocks while it syncs to disk, and on PostgreSQL the orgs stay locked until
/// the task goes on, so neither may stand in line behind thousands of HTTP requests.
fn on_its_own_thread<S: Storage + 'static>(task: Task, storage: S) -> Result<(), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = move || runtime.block_on(task.run(storage));
    std::thread::Builder::new().name("funnel".to_owned()).spawn(work)?;
    Ok(())
}

/// How a batch gets its locks.
#[derive(Debug, Clone, Copy)]
enum Locking {
    /// While others do.
    Beside,
    /// While its task keeps all others of this process from it.
    Alone,
}

struct Task {
    /// Whoever has the lock waits for the next batch; it goes on while that batch is decided.
    inbox: Arc<Mutex<mpsc::Receiver<Queued>>>,
    shared: Arc<Shared>,
    options: Options,
    copies: Copies,
}

impl Task {
    async fn run<S: Storage>(mut self, mut storage: S) {
        let mut batch = Vec::with_capacity(self.options.max_batch);
        while self.next(&mut batch).await {
            metrics::histogram!("bursar_funnel_batch_size")
                .record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
            self.decide_batch(&mut storage, std::mem::take(&mut batch)).await;
        }
    }

    /// Waits for one command and takes what has queued up behind it. `false` when there will be no more.
    async fn next(&self, batch: &mut Vec<Queued>) -> bool {
        self.inbox.lock().await.recv_many(batch, self.options.max_batch).await > 0
    }

    async fn decide_batch<S: Storage>(&mut self, storage: &mut S, batch: Vec<Queued>) {
        let kept = self.shared.locks.kept(batch.iter().map(|queued| queued.command.org_id().clone()));
        let (aside, batch) = of_orgs(batch, &kept);
        if !batch.is_empty() {
            self.decide_or_wait_along(storage, batch).await;
        }
        if aside.is_empty() {
            return;
        }
        let shared = self.shared.clone();
        let free = match shared.locks.look(storage, kept).await {
            Ok(free) => free,
            Err(error) => return answer_locked(aside, &error),
        };
        let (free, locked) = of_orgs(aside, &free);
        answer_locked(locked, &"it was locked before and still is");
        if !free.is_empty() {
            self.decide_or_wait_along(storage, free).await;
        }
    }

    async fn decide_or_wait_along<S: Storage>(&mut self, storage: &mut S, batch: Vec<Queued>) {
        let Err((batch, error)) = self.decide_together(storage, batch, Locking::Beside).await else { return };
        // Those of other orgs only waited along. They are tried once more, together, and with no other batch of ours
        // that waits for the same lock and holds theirs meanwhile.
        let shared = self.shared.clone();
        let _alone = shared.locks.alone().await;
        let orgs = batch.iter().map(|queued| queued.command.org_id().clone()).collect();
        let free = shared.locks.look(storage, orgs).await.unwrap_or_default();
        let (rest, locked) = of_orgs(batch, &free);
        answer_locked(locked, &error);
        if rest.is_empty() {
            return;
        }
        if let Err((rest, error)) = self.decide_together(storage, rest, Locking::Alone).await {
            answer_locked(rest, &error);
        }
    }

    /// Decides a batch and answers it.
    ///
    /// # Errors
    /// The batch, unanswered, where another session kept a lock for too long.
    async fn decide_together<S: Storage>(
        &mut self,
        storage: &mut S,
        batch: Vec<Queued>,
        locking: Locking,
    ) -> Result<(), (Vec<Queued>, StoreError)> {
        let commands: Vec<&Command> = batch.iter().map(|queued| &queued.command).collect();
        match self.try_batch(storage, &commands, locking).await {
            Ok(outcomes) => answer_all(batch, outcomes),
            Err(Failure::Unknown(error)) => {
                tracing::error!(%error, requests = batch.len(), "COMMIT was not answered; the outcome is unknown");
                for queued in batch {
                    drop(queued.answer.send(Err(FunnelError::OutcomeUnknown)));
                }
            }
            Err(Failure::Store(error)) if error.is_lock_timeout() => return Err((batch, error)),
            Err(failure) if batch.len() == 1 => answer_failed(batch, failure),
            Err(Failure::Store(error)) if error.is_unreachable() => answer_unreachable(batch),
            Err(failure) => {
                tracing::warn!(error = %failure, requests = batch.len(), "a batch failed; its requests are tried one by one");
                let mut rest: VecDeque<Queued> = batch.into();
                while let Some(queued) = rest.pop_front() {
                    match self.try_batch(storage, &[&queued.command], locking).await {
                        Ok(outcomes) => answer_all(vec![queued], outcomes),
                        Err(Failure::Store(error)) if error.is_unreachable() => {
                            rest.push_front(queued);
                            answer_unreachable(std::mem::take(&mut rest));
                        }
                        Err(Failure::Store(error)) if error.is_lock_timeout() => {
                            rest.push_front(queued);
                            answer_locked(std::mem::take(&mut rest), &error);
                        }
                        Err(failure) => answer_failed(vec![queued], failure),
                    }
                }
            }
        }
        Ok(())
    }

    async fn try_batch<S: Storage>(
        &mut self,
        storage: &mut S,
        commands: &[&Command],
        locking: Locking,
    ) -> Result<Vec<Outcome>, Failure> {
        let shared = self.shared.clone();
        let _beside = match locking {
            Locking::Beside => Some(shared.locks.beside().await),
            Locking::Alone => None,
        };
        let loaded = load(storage, commands, &mut self.copies, self.options.breaker).await;
        let mut w = match loaded {
            Ok(working) => working,
            Err(error) => return Err(give_up(storage, Failure::Store(error)).await),
        };
        let mut outcomes = Vec::with_capacity(commands.len());
        for command in commands {
            let outcome = apply(&mut w, command, self.options.breaker);
            if matches!(outcome, Err(Refusal::Overflow)) {
                return Err(give_up(storage, Failure::Overflow).await);
            }
            outcomes.push(outcome);
        }
        if !w.has_changes() {
            // Dry runs, replays and refusals: nothing to make durable.
            storage.rollback().await;
            return Ok(outcomes);
        }
        if let Err(error) = storage.commit(&w).await {
            let failure = match error {
                CommitError::Failed(error) => Failure::Store(error),
                CommitError::Unknown(error) => Failure::Unknown(error),
            };
            return Err(give_up(storage, failure).await);
        }
        if !w.jobs.is_empty() {
            self.shared.jobs.notify_one();
        }
        if self.shared.changes.receiver_count() > 0 {
            for t in w.transactions.written() {
                drop(self.shared.changes.send(t.id.clone()));
            }
        }
        Ok(outcomes)
    }
}

async fn give_up<S: Storage>(storage: &mut S, failure: Failure) -> Failure {
    storage.rollback().await;
    failure
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(StoreError),
    #[error("a ledger sum would overflow")]
    Overflow,
    #[error("COMMIT was not answered: {0}")]
    Unknown(StoreError),
}

fn answer_all(batch: Vec<Queued>, outcomes: Vec<Outcome>) {
    for (queued, outcome) in batch.into_iter().zip(outcomes) {
        measure(&queued.command, &outcome, queued.since.elapsed());
        drop(queued.answer.send(Ok(outcome)));
    }
}

/// Nobody waits for a database that is away longer than the first did.
fn answer_unreachable(batch: impl IntoIterator<Item = Queued>) {
    for queued in batch {
        drop(queued.answer.send(Err(FunnelError::Store(StoreError::Unreachable))));
    }
}

/// The requests of these orgs, and the others.
fn of_orgs(batch: Vec<Queued>, orgs: &BTreeSet<OrgId>) -> (Vec<Queued>, Vec<Queued>) {
    batch.into_iter().partition(|queued| orgs.contains(queued.command.org_id()))
}

/// Tried one by one, each would wait as long for the same lock as all did together.
fn answer_locked(batch: impl IntoIterator<Item = Queued>, error: &dyn std::fmt::Display) {
    let mut requests = 0_u32;
    for queued in batch {
        drop(queued.answer.send(Err(FunnelError::Store(StoreError::Locked))));
        requests += 1;
    }
    if requests > 0 {
        tracing::error!(%error, requests, "another session keeps a lock; what waited for it was not done");
    }
}

fn answer_failed(batch: Vec<Queued>, failure: Failure) {
    let error = |failure| match failure {
        Failure::Overflow => Ok(Err(Refusal::Overflow)),
        Failure::Store(error) => Err(FunnelError::Store(error)),
        Failure::Unknown(_) => Err(FunnelError::OutcomeUnknown),
    };
    if let Some(queued) = batch.into_iter().next() {
        drop(queued.answer.send(error(failure)));
    }
}

fn measure(command: &Command, outcome: &Outcome, took: Duration) {
    let Command::Reserve(reserve) = command else {
        return;
    };
    if reserve.dry_run {
        return;
    }
    metrics::histogram!("bursar_decision_seconds").record(took);
    let Ok(Reply::Transaction { transaction, replayed: false }) = outcome else {
        return;
    };
    let reason = transaction.decline_reason().map_or("", |reason| reason.as_str());
    metrics::counter!("bursar_decisions_total", "outcome" => transaction.status.as_str(), "reason" => reason)
        .increment(1);
}
