//! Calling rails: paying, asking what became of a payment, giving back.

use bursar_base::{Money, TransactionId, limits};
use bursar_identity::orgs::service as orgs;
use bursar_money::funnel::{RailOutcome, Step};
use bursar_money::transactions::{Status, Transaction, find};
use bursar_store::jobs::Claimed;
use serde::Deserialize;

use super::{JobError, step, transaction_of};
use crate::Spend;
use crate::rails::{Answer, Order, Rail, RefundOrder};
use std::sync::Arc;

async fn rail_of(spend: &Spend, t: &Transaction) -> Result<Option<Arc<dyn Rail>>, JobError> {
    let mut tx = spend.identity.db.read().await?;
    let org = orgs::find(&mut tx, &t.org_id).await?;
    Ok(org.and_then(|org| spend.rails.get(t.rail, org.mode)))
}

/// Pays an approved transaction.
///
/// # Errors
/// [`JobError`].
pub async fn execute(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = transaction_of(&job.payload)?;
    let (t, resumed) = step(spend, job, &id, Step::BeginAttempt, "worker").await?;
    if t.status != Status::Executing {
        return Ok(());
    }
    let order = Order::of(&t);
    let actor = format!("rail:{}", t.rail.as_str());
    let rail = rail_of(spend, &t).await?;
    let second_word = rail.as_ref().and_then(|rail| rail.second_word(&order));
    let answer = match rail {
        None if resumed => unknown("the rail is no longer set up"),
        None => Answer::Refused {
            code: "rail_unavailable".to_owned(),
            message: "this installation has no such rail for this org's mode".to_owned(),
            reference: None,
        },
        Some(rail) if resumed && !rail.may_repeat(&order, spend.now()) => {
            unknown("the worker that called the rail was lost, and the call must not be repeated")
        }
        Some(rail) => rail.pay(&order).await,
    };
    let outcome = match answer {
        Answer::TryLater { why } if job.attempts < limits::JOB_MAX_ATTEMPTS => {
            return Err(JobError::Retry(why));
        }
        Answer::TryLater { why } => RailOutcome::Unknown { why, reference: None },
        Answer::Paid { .. } | Answer::Refused { .. } | Answer::Unknown { .. } => booked(answer),
    };
    let settle = match second_word {
        Some((again_after, _)) => Step::SettleForNow { outcome, again_after },
        None => Step::Settle(outcome),
    };
    step(spend, job, &id, settle, &actor).await?;
    Ok(())
}

fn unknown(why: &str) -> Answer {
    Answer::Unknown { why: why.to_owned(), reference: None }
}

fn booked(answer: Answer) -> RailOutcome {
    answer.outcome().unwrap_or(RailOutcome::Unknown { why: "no answer".to_owned(), reference: None })
}

async fn found(spend: &Spend, id: &TransactionId) -> Result<Transaction, JobError> {
    let mut tx = spend.identity.db.read().await?;
    find(&mut tx, id).await?.ok_or_else(|| JobError::Fatal("the transaction is gone".to_owned()))
}

/// Asks the rail what became of a payment whose outcome is unknown. When it does not know, this ends: `reconcile` and
/// humans take over.
///
/// # Errors
/// [`JobError`].
pub async fn look_up(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = transaction_of(&job.payload)?;
    let t = found(spend, &id).await?;
    let outcome = match rail_of(spend, &t).await? {
        Some(rail) if t.status == Status::Unknown => match rail.look_up(&Order::of(&t)).await {
            Answer::TryLater { why } if job.attempts < limits::JOB_MAX_ATTEMPTS => {
                return Err(JobError::Retry(why));
            }
            answer => booked(answer),
        },
        Some(_) | None => RailOutcome::Unknown { why: "not asked".to_owned(), reference: None },
    };
    let actor = format!("rail:{}", t.rail.as_str());
    step(spend, job, &id, Step::Settle(outcome), &actor).await?;
    Ok(())
}

/// Books what a rail in process says on its own.
///
/// # Errors
/// [`JobError`].
pub async fn second_word(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = transaction_of(&job.payload)?;
    let t = found(spend, &id).await?;
    let word = rail_of(spend, &t).await?.and_then(|rail| rail.second_word(&Order::of(&t)));
    let Some((_, answer)) = word else {
        return Err(JobError::Fatal("the rail has nothing to say".to_owned()));
    };
    let actor = format!("rail:{}", t.rail.as_str());
    step(spend, job, &id, Step::Settle(booked(answer)), &actor).await?;
    Ok(())
}

/// The payload of a refund's job.
#[derive(Debug, Deserialize)]
struct RefundJob {
    transaction_id: TransactionId,
    refund_id: String,
    micros: i64,
}

/// Gets a refund from the rail. Repeating it is safe: its id is the rail's idempotency key.
///
/// # Errors
/// [`JobError`].
pub async fn refund(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let wanted: RefundJob =
        serde_json::from_str(&job.payload).map_err(|error| JobError::Fatal(error.to_string()))?;
    let t = found(spend, &wanted.transaction_id).await?;
    let rail =
        rail_of(spend, &t).await?.ok_or_else(|| JobError::Retry("the rail is not set up".to_owned()))?;
    let order = RefundOrder {
        transaction_id: t.id.clone(),
        reference: t.rail_reference.clone().unwrap_or_default(),
        amount: Money { micros: wanted.micros, currency: t.currency },
        idempotency_key: wanted.refund_id.clone(),
    };
    let reference = match rail.refund(&order).await {
        Answer::Paid { reference, .. } => Some(reference),
        Answer::Refused { .. } => None,
        Answer::Unknown { why, .. } | Answer::TryLater { why } => return Err(JobError::Retry(why)),
    };
    let actor = format!("rail:{}", t.rail.as_str());
    let settle = Step::SettleRefund { refund_id: wanted.refund_id.clone(), reference };
    step(spend, job, &t.id, settle, &actor).await?;
    Ok(())
}

/// Ends a payment whose deadline has come.
///
/// # Errors
/// [`JobError`].
pub async fn expire(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = transaction_of(&job.payload)?;
    let (t, _) = step(spend, job, &id, Step::Expire, "deadline").await?;
    let Some(deadline) = t.deadline.filter(|_| t.status == Status::Pending) else { return Ok(()) };
    // Early, by a clock that ran ahead: the job stays and comes back.
    Err(JobError::Retry(format!("the deadline is {deadline}")))
}
