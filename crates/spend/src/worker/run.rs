//! Claiming jobs and doing them.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::limits;
use bursar_store::jobs::{self, Claimed, Failed};
use bursar_store::{nonces, rates};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::{JobError, execute, notices, notify, topups, webhooks};
use crate::Spend;
use crate::authorizations;
use crate::auto_topups::charge;
use crate::cards;
use crate::chats::{self, questions};
use crate::checkouts::booking;
use crate::deliveries;
use crate::freezes;
use crate::intents::service as intents;
use crate::mails::{About, service as mails};
use crate::payment_methods;
use crate::reconcile::daily;

/// How often to look for jobs that other processes enqueued, or whose time has come.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often to tidy up: nonces and rates that are too old to matter, and when keys were used.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How many jobs this process does at once.
const AT_ONCE: usize = 64;

/// Works until `shutdown` turns true, then finishes what it has begun.
pub async fn run(spend: Spend, shutdown: watch::Receiver<bool>) {
    tokio::join!(
        main_lane(spend.clone(), shutdown.clone()),
        webhooks::run(spend.clone(), shutdown.clone()),
        notices::run(spend.clone(), shutdown.clone()),
        topups::run(spend.clone(), shutdown.clone()),
        chats::api::listen(spend, shutdown),
    );
}

async fn main_lane(spend: Spend, mut shutdown: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    tidy.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*shutdown.borrow() {
        let free = u32::try_from(slots.available_permits()).unwrap_or(u32::MAX).min(limits::JOB_CLAIM_MAX);
        let claimed = if free == 0 { Ok(Vec::new()) } else { claim(&spend, free).await };
        let full = claimed.as_ref().is_ok_and(|jobs| !jobs.is_empty());
        for job in claimed.unwrap_or_default() {
            let Ok(slot) = slots.clone().acquire_owned().await else {
                return;
            };
            let spend = spend.clone();
            running.spawn(async move {
                work(&spend, job).await;
                drop(slot);
            });
        }
        if full {
            continue;
        }
        let pause = tokio::time::sleep_until(Instant::now() + LOOK_EVERY);
        tokio::select! {
            _ = shutdown.changed() => {}
            _ = tidy.tick() => tidy_up(&spend).await,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = spend.funnel.job_enqueued() => {}
            () = pause => {}
        }
    }
    while running.join_next().await.is_some() {}
    tidy_up(&spend).await;
}

async fn claim(spend: &Spend, limit: u32) -> Result<Vec<Claimed>, ()> {
    jobs::claim(&spend.identity.db, &*spend.identity.clock, limit).await.map_err(|error| {
        tracing::error!(%error, "jobs cannot be claimed");
    })
}

async fn tidy_up(spend: &Spend) {
    if let Err(error) = nonces::forget_old(&spend.identity.db, spend.now()).await {
        tracing::warn!(%error, "old nonces were not forgotten");
    }
    if let Err(error) = rates::forget_old(&spend.identity.db, spend.now()).await {
        tracing::warn!(%error, "those who did nothing for long were not forgotten");
    }
    if let Err(error) = bursar_identity::forget_old(&spend.identity).await {
        tracing::warn!(%error, "old sessions and registrations were not forgotten");
    }
    if let Err(error) = deliveries::service::forget_old(&spend.identity.db, spend.now()).await {
        tracing::warn!(%error, "old deliveries were not forgotten");
    }
    if let Err(error) = daily::begin_if_due(spend).await {
        tracing::warn!(%error, "it is not known whether the books are to be compared");
    }
    if let Err(error) = spend.authenticator.write_down_use().await {
        tracing::warn!(%error, "the use of keys was not written down");
    }
}

/// Does one job, keeping its lease alive meanwhile, and gives it back when it fails.
pub(super) async fn work(spend: &Spend, job: Claimed) {
    let begun = Instant::now();
    let mut heartbeat = tokio::time::interval_at(begun + limits::JOB_LEASE / 3, limits::JOB_LEASE / 3);
    let doing = one(spend, &job);
    tokio::pin!(doing);
    let result = loop {
        tokio::select! {
            result = &mut doing => break result,
            _ = heartbeat.tick() => {
                if let Err(error) = jobs::heartbeat(&spend.identity.db, &*spend.identity.clock, &job).await {
                    tracing::warn!(job = %job.id, kind = job.kind, %error, "a job's lease was not prolonged");
                }
            }
        }
    };
    let outcome = match &result {
        Ok(()) => "done",
        Err(JobError::LeaseLost) => "lease_lost",
        Err(JobError::Retry(_)) => "retried",
        Err(JobError::Fatal(_)) => "failed",
    };
    metrics::counter!("bursar_jobs_total", "kind" => job.kind.clone(), "outcome" => outcome).increment(1);
    metrics::histogram!("bursar_job_seconds", "kind" => job.kind.clone()).record(begun.elapsed());
    if let Err(error) = result {
        give_back(spend, &job, &error).await;
    }
}

async fn give_back(spend: &Spend, job: &Claimed, error: &JobError) {
    let (why, fatal) = match error {
        JobError::LeaseLost => return,
        JobError::Retry(why) => (why, false),
        JobError::Fatal(why) => (why, true),
    };
    match jobs::fail(&spend.identity.db, &*spend.identity.clock, job, why, fatal).await {
        Ok(Failed::Dead) => {
            tracing::error!(job = %job.id, kind = job.kind, why, "a job failed for good; see `bursar jobs list`");
        }
        Ok(Failed::RetryAt(_) | Failed::LeaseLost) => {
            tracing::debug!(job = %job.id, kind = job.kind, why, "a job is tried again");
        }
        // Its lease will run out, and another worker takes it.
        Err(error) => tracing::error!(job = %job.id, %error, "a job could not be given back"),
    }
}

async fn one(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    match job.kind.as_str() {
        "execute" => execute::execute(spend, job).await,
        "look_up" => execute::look_up(spend, job).await,
        "second_word" => execute::second_word(spend, job).await,
        "refund" => execute::refund(spend, job).await,
        "freeze" => freezes::work::carry_out(spend, job).await,
        "expire" => execute::expire(spend, job).await,
        jobs::READ_AUTHORIZATION => authorizations::read(spend, job).await,
        "card" => Ok(cards::stripe::work(spend, job).await?),
        "drift" => intents::drifted(spend, job).await,
        "checkout" => Ok(booking::work(spend, job).await?),
        "auto_topup" => Ok(charge::work(spend, job).await?),
        "payment_method" => Ok(payment_methods::news::work(spend, job).await?),
        "mail" => Ok(mails::send(spend, job).await?),
        questions::SEND => questions::send(spend, job).await,
        questions::REFRESH => questions::refresh(spend, job).await,
        jobs::WEBHOOK => deliveries::deliver(spend, job).await,
        "reconcile" => daily::work(spend, job).await,
        "frozen" => notify::frozen(spend, job).await,
        "topup_disputed" => notify::topup_disputed(spend, job).await,
        "refund_failed" => notify::refund_failed(spend, job).await,
        "ask" => {
            notify::about_transaction(spend, job, |id| About::ApprovalAsked { transaction_id: id }).await
        }
        "remind" => notify::remind(spend, job).await,
        "timed_out" => {
            notify::about_transaction(spend, job, |id| About::TimedOut { transaction_id: id }).await
        }
        "captured" => notify::captured(spend, job).await,
        "unasked" => notify::about_transaction(spend, job, |id| About::Unasked { transaction_id: id }).await,
        "disputed" => {
            notify::about_transaction(spend, job, |id| About::Disputed { transaction_id: id }).await
        }
        other => Err(JobError::Fatal(format!("no worker knows how to do {other:?}"))),
    }
}
