//! Once a day, by whichever process: every org's books are compared with the rails'.

use bursar_base::{TimeUs, limits};
use bursar_store::jobs::{self, Claimed, NewJob};
use bursar_store::{Columns as _, StoreError, events};

use super::{Scope, run_in, sql};
use crate::Spend;
use crate::worker::JobError;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Enqueues the comparison of the day, once its hour has come. An installation that is younger than that has nothing to
/// compare yet.
///
/// # Errors
/// [`StoreError`].
pub async fn begin_if_due(spend: &Spend) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    let (day, hour) = day_of(now);
    let known = tx.row(sql::DAY, &[day.into()]).await?.is_some();
    let oldest = tx.row(sql::OLDEST_ORG, &[]).await?;
    let oldest = oldest.map_or(Ok(None), |row| row.opt_time("created_us"))?;
    drop(tx);
    if known || now < hour || oldest.is_none_or(|oldest| oldest >= hour) {
        return Ok(());
    }
    let mut tx = spend.identity.db.write().await?;
    // Whoever writes the day down does its work.
    if tx.execute(sql::BEGIN_DAY, &[day.into(), now.into()]).await? == 1 {
        let job = NewJob {
            org_id: events::SYSTEM.to_owned(),
            kind: "reconcile",
            payload: day.to_string(),
            run_at: now,
            dedupe_key: Some("reconcile".to_owned()),
        };
        jobs::enqueue(&mut tx, &job, now, &*spend.identity.rng).await?;
        tx.commit().await?;
        spend.funnel.wake_workers();
    }
    Ok(())
}

/// The number of the day, and when its comparison is due.
fn day_of(now: TimeUs) -> (i64, TimeUs) {
    let day = now.0.div_euclid(DAY_US);
    (day, TimeUs(day * DAY_US).plus(limits::RECONCILE_AT))
}

/// Does the comparison of the day. What could not be asked is tried again.
///
/// # Errors
/// [`JobError`].
pub async fn work(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let report = run_in(spend, &Scope::default(), None, &mut |_| {}).await?;
    let (opened, closed) = (report.cases_opened.len(), report.cases_closed.len());
    tracing::info!(compared = report.compared, opened, closed, "the books were compared");
    if !report.problems.is_empty() {
        return Err(JobError::Retry(report.problems.join("; ")));
    }
    let mut tx = spend.identity.db.write().await?;
    jobs::finish(&mut tx, job).await?;
    Ok(tx.commit().await?)
}
