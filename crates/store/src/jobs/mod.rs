//! Background work, in the same database as the money it is about.
//!
//! A job is enqueued in the transaction that makes it necessary. A worker claims it for a while (its *lease*) and gets
//! a *fence*: a number that grows with every claim. Whoever writes a job's result checks the fence in the same
//! transaction, so a worker that lost its lease cannot write twice. Failures are retried with growing pauses; after
//! [`limits::JOB_MAX_ATTEMPTS`] a job is a dead letter and waits for a human.

mod sql;

use std::time::Duration;

use bursar_base::{Clock, JobId, Rng, TimeUs, limits};
use serde::Serialize;

use crate::{Columns as _, Db, Engine, Row, StoreError, Tx};

pub use sql::ALL as STATEMENTS;

/// Work to be done later.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The org it is done for.
    pub org_id: String,
    /// What to do, such as `execute`.
    pub kind: &'static str,
    /// With what: an id, or a JSON object; the kind says which.
    pub payload: String,
    /// Not before then.
    pub run_at: TimeUs,
    /// A second job with the same key is not enqueued.
    pub dedupe_key: Option<String>,
}

/// A job that this worker owns until `lease_until`.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its id.
    pub id: JobId,
    /// The org it is done for.
    pub org_id: String,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::payload`].
    pub payload: String,
    /// How often it has been tried before, lost leases included.
    pub attempts: u32,
    /// Proof of ownership; see the module's documentation.
    pub fence: i64,
}

/// A job as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct JobView {
    /// Its id.
    pub job_id: String,
    /// The org it is done for.
    pub org_id: String,
    /// What to do.
    pub kind: String,
    /// With what.
    pub payload: String,
    /// `ready` or `dead`.
    pub state: String,
    /// Not before then.
    pub run_at: TimeUs,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// Enqueues a job in the caller's transaction. One with a known dedupe key is left alone.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn enqueue(tx: &mut Tx, job: &NewJob, now: TimeUs, rng: &dyn Rng) -> Result<(), StoreError> {
    let id = JobId::new(now, rng);
    let args = [
        id.as_str().into(),
        (&job.org_id).into(),
        job.kind.into(),
        (&job.payload).into(),
        job.run_at.into(),
        job.dedupe_key.as_deref().into(),
        now.into(),
    ];
    tx.execute(sql::INSERT_JOB, &args).await?;
    Ok(())
}

/// Enqueues a job in the caller's transaction, or makes the one with the same dedupe key begin anew: whoever is at it has
/// lost its lease, and what it has seen so far is not written.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn enqueue_anew(tx: &mut Tx, job: &NewJob, now: TimeUs, rng: &dyn Rng) -> Result<(), StoreError> {
    let id = JobId::new(now, rng);
    let args = [
        id.as_str().into(),
        (&job.org_id).into(),
        job.kind.into(),
        (&job.payload).into(),
        job.run_at.into(),
        job.dedupe_key.as_deref().into(),
        now.into(),
    ];
    tx.execute(sql::INSERT_OR_RESTART_JOB, &args).await?;
    Ok(())
}

/// Enqueues a job in the caller's transaction as [`enqueue_anew`] does, and claims it: who asks does it at once.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn claim_anew(
    tx: &mut Tx,
    job: &NewJob,
    now: TimeUs,
    rng: &dyn Rng,
) -> Result<Claimed, StoreError> {
    enqueue_anew(tx, job, now, rng).await?;
    let lease_until = now.plus(limits::JOB_LEASE);
    let row = tx.row(sql::CLAIM_ONE, &[job.dedupe_key.as_deref().into(), lease_until.into()]).await?;
    row.as_ref().map(claimed_from).transpose()?.ok_or(StoreError::LeaseLost)
}

/// The kind of the jobs that send webhooks. They wait for strangers, who may take long or never answer, so they are claimed
/// apart from all others: [`Lane::Webhooks`].
pub const WEBHOOK: &str = "webhook";

/// The kind of the jobs that ask the card network what became of an authorisation; the payload is its reference.
pub const READ_AUTHORIZATION: &str = "read_authorization";

/// The dedupe key of the one job that reads this authorisation.
pub fn reading_key(reference: &str) -> String {
    format!("{READ_AUTHORIZATION}:{reference}")
}

/// Which jobs are claimed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// All but webhooks.
    Main,
    /// Webhooks alone.
    Webhooks,
}

/// Claims up to `limit` jobs of the main lane that are due.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn claim(db: &Db, clock: &dyn Clock, limit: u32) -> Result<Vec<Claimed>, StoreError> {
    claim_in(db, clock, Lane::Main, limit).await
}

/// Claims up to `limit` jobs of a lane that are due.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn claim_in(
    db: &Db,
    clock: &dyn Clock,
    lane: Lane,
    limit: u32,
) -> Result<Vec<Claimed>, StoreError> {
    let mut tx = db.write().await?;
    let now = tx.now(clock).await?;
    let text = match (tx.engine(), lane) {
        (Engine::Sqlite, Lane::Main) => sql::CLAIM_SQLITE,
        (Engine::Postgres, Lane::Main) => sql::CLAIM_POSTGRES,
        (Engine::Sqlite, Lane::Webhooks) => sql::CLAIM_WEBHOOKS_SQLITE,
        (Engine::Postgres, Lane::Webhooks) => sql::CLAIM_WEBHOOKS_POSTGRES,
    };
    let lease_until = now.plus(limits::JOB_LEASE);
    let rows = tx.rows(text, &[now.into(), lease_until.into(), i64::from(limit).into()]).await?;
    let mut claimed = rows.iter().map(claimed_from).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    claimed.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(claimed)
}

fn claimed_from(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        id: JobId::from_store(&row.text("id")?),
        org_id: row.text("org_id")?,
        kind: row.text("kind")?,
        payload: row.text("payload")?,
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        fence: row.int("fence")?,
    })
}

/// Sends a heartbeat: the lease runs [`limits::JOB_LEASE`] from now.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker owns the job.
pub async fn heartbeat(db: &Db, clock: &dyn Clock, job: &Claimed) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    let until = tx.now(clock).await?.plus(limits::JOB_LEASE);
    let touched =
        tx.execute(sql::HEARTBEAT, &[job.id.as_str().into(), job.fence.into(), until.into()]).await?;
    tx.commit().await?;
    if touched == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Removes a finished job, in the transaction that writes its result.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker owns the job: the caller must roll back.
pub async fn finish(tx: &mut Tx, job: &Claimed) -> Result<(), StoreError> {
    let touched = tx.execute(sql::FINISH, &[job.id.as_str().into(), job.fence.into()]).await?;
    if touched == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again at that time.
    RetryAt(TimeUs),
    /// It is a dead letter.
    Dead,
    /// Another worker owns it.
    LeaseLost,
}

/// Gives a job back after a failure; `why` is shown by `bursar jobs list`. With `fatal` it is not tried again.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn fail(
    db: &Db,
    clock: &dyn Clock,
    job: &Claimed,
    why: &str,
    fatal: bool,
) -> Result<Failed, StoreError> {
    let mut tx = db.write().await?;
    let now = tx.now(clock).await?;
    let dead = fatal || job.attempts >= limits::JOB_MAX_ATTEMPTS;
    let run_at = now.plus(backoff(job.attempts));
    let state = if dead { "dead" } else { "ready" };
    let why: String = why.chars().take(limits::MAX_REASON_CHARS).collect();
    let args = [job.id.as_str().into(), job.fence.into(), state.into(), run_at.into(), (&why).into()];
    let touched = tx.execute(sql::FAIL, &args).await?;
    tx.commit().await?;
    Ok(match (touched, dead) {
        (0, _) => Failed::LeaseLost,
        (_, true) => Failed::Dead,
        (_, false) => Failed::RetryAt(run_at),
    })
}

/// Whether a webhook is due: a look that takes no lock.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn is_webhook_due(tx: &mut Tx, now: TimeUs) -> Result<bool, StoreError> {
    Ok(tx.row(sql::WEBHOOK_DUE, &[now.into()]).await?.is_some())
}

/// Gives a job back that is to be done again at a time of its own choice, in the transaction that writes down why. Its
/// attempts are counted anew.
///
/// # Errors
/// [`StoreError::LeaseLost`] when another worker owns the job: the caller must roll back.
pub async fn postpone(tx: &mut Tx, job: &Claimed, run_at: TimeUs, why: &str) -> Result<(), StoreError> {
    let why: String = why.chars().take(limits::MAX_REASON_CHARS).collect();
    let args = [job.id.as_str().into(), job.fence.into(), run_at.into(), (&why).into()];
    if tx.execute(sql::POSTPONE, &args).await? == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Makes the job with this dedupe key due now, unless a worker owns it.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn hasten(tx: &mut Tx, dedupe_key: &str, now: TimeUs) -> Result<(), StoreError> {
    tx.execute(sql::HASTEN, &[dedupe_key.into(), now.into()]).await?;
    Ok(())
}

/// The pause before attempt `attempts + 1`: doubling, at most [`limits::JOB_BACKOFF_MAX`].
pub fn backoff(attempts: u32) -> Duration {
    limits::JOB_BACKOFF_FIRST
        .checked_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX))
        .unwrap_or(limits::JOB_BACKOFF_MAX)
        .min(limits::JOB_BACKOFF_MAX)
}

/// Jobs in `state` (`ready` or `dead`), oldest first.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn list(tx: &mut Tx, state: &str, limit: u32) -> Result<Vec<JobView>, StoreError> {
    let rows = tx.rows(sql::LIST, &[state.into(), i64::from(limit).into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(JobView {
                job_id: row.text("id")?,
                org_id: row.text("org_id")?,
                kind: row.text("kind")?,
                payload: row.text("payload")?,
                state: row.text("state")?,
                run_at: row.time("run_at_us")?,
                attempts: row.int("attempts")?,
                last_error: row.opt_text("last_error")?,
            })
        })
        .collect()
}

/// Whether a job of this kind and payload is still to be done, by whichever worker.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn is_ready(tx: &mut Tx, kind: &str, payload: &str) -> Result<bool, StoreError> {
    Ok(tx.row(sql::IS_READY, &[kind.into(), payload.into()]).await?.is_some())
}

/// Ends every lease at once. Only for whoever holds the embedded database's lock: its workers of before are all gone, and
/// the fences that they had are outgrown by the next claim.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn end_leases(db: &Db, now: TimeUs) -> Result<u64, StoreError> {
    let mut tx = db.write().await?;
    let ended = tx.execute(sql::END_LEASES, &[now.into()]).await?;
    tx.commit().await?;
    Ok(ended)
}

/// How many jobs are in each state.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.rows(sql::COUNTS, &[]).await?;
    rows.iter().map(|row| Ok((row.text("state")?, row.int("jobs")?))).collect()
}

/// Makes a dead letter ready again, with its attempts counted anew. `None` when there is no such dead letter;
/// otherwise its org.
///
/// # Errors
/// [`StoreError::Sql`].
pub async fn retry(tx: &mut Tx, id: &str, now: TimeUs) -> Result<Option<String>, StoreError> {
    let row = tx.row(sql::RETRY, &[id.into(), now.into()]).await?;
    row.map(|row| row.text("org_id")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit() {
        assert_eq!(backoff(1), Duration::from_secs(2));
        assert_eq!(backoff(2), Duration::from_secs(4));
        assert_eq!(backoff(5), Duration::from_secs(32));
        assert_eq!(backoff(60), limits::JOB_BACKOFF_MAX);
    }
}
