//! Changing a transaction: every arrow between statuses, with its transfers, its audit entry and its jobs.

use std::sync::Arc;

use bursar_base::{Money, OrgId, TransactionId};

use super::booking::{Leg, Note, event_about, payload};
use super::command::{JobProof, Nonce, RailOutcome, Refusal, Reply, Step};
use super::decide::{self, Word};
use super::freeze::stopped;
use super::working::Working;
use super::{refund, settle};
use crate::ledger::TransferKind;
use crate::policies::{RailName, Reason, candidates};
use crate::transactions::transition::allowed;
use crate::transactions::{PayWith, Status, Transaction};

/// Who changes what.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Its org.
    pub org_id: &'a OrgId,
    /// Which.
    pub id: &'a TransactionId,
    /// On whose behalf.
    pub actor: &'a str,
}

/// Applies one step.
///
/// # Errors
/// [`Refusal`].
pub fn change(
    w: &mut Working,
    change: Change<'_>,
    step: &Step,
    job: Option<&JobProof>,
    nonce: Option<&Nonce>,
) -> Result<Reply, Refusal> {
    w.use_nonce(nonce)?;
    if let Some(job) = job
        && w.fences.get(job.id.as_str()) != Some(&job.fence)
    {
        return Err(Refusal::LeaseLost);
    }
    let t = Transaction::clone(w.transaction(change.org_id, change.id)?);
    w.roll_windows(change.org_id, &t.agent_id);
    let resumed = matches!(step, Step::BeginAttempt) && t.status == Status::Executing;
    let keeps_job = match step {
        Step::Decide { member, approve, intent_hash, reason } => {
            let word = Word { member, approve: *approve, intent_hash, reason: reason.as_deref() };
            decide::decide(w, change, t, word)?;
            false
        }
        Step::Expire => expire(w, change, t)?,
        Step::Withdraw => {
            withdraw(w, change, t)?;
            false
        }
        Step::Cancel { reason } => {
            cancel(w, change, t, reason.as_deref())?;
            false
        }
        Step::BeginAttempt => begin_attempt(w, change, t)?,
        // What is bought at a till only the network ends, and it speaks by itself.
        Step::Settle(_) | Step::SettleForNow { .. } if t.rail == RailName::Card => {
            return Err(Refusal::WrongStatus(t.status));
        }
        Step::Settle(outcome) => {
            settle::settle(w, change, t, outcome)?;
            false
        }
        Step::SettleForNow { outcome, again_after } => {
            settle::settle_for_now(w, change, t, outcome, *again_after)?;
            false
        }
        Step::Resolve { outcome, evidence } => {
            resolve(w, change, t, outcome, evidence)?;
            false
        }
        Step::RequestRefund { refund_id, micros, idempotency_key, reason } => {
            refund::request(
                w,
                change,
                t,
                refund::Asked { refund_id, micros: *micros, idempotency_key, reason },
            )?;
            false
        }
        Step::SettleRefund { refund_id, reference } => {
            refund::settle(w, change, t, refund_id, reference.as_deref())?;
            false
        }
        Step::RefundedElsewhere { micros } => {
            refund::refunded_elsewhere(w, change, t, *micros)?;
            false
        }
        Step::DisputedInAll { micros } => {
            settle::disputed_in_all(w, change, t, *micros)?;
            false
        }
    };
    if let (Some(job), false) = (job, keeps_job) {
        w.finished.push(job.clone());
    }
    let transaction = w.transaction(change.org_id, change.id)?.clone();
    Ok(Reply::Transaction { transaction, replayed: resumed })
}

/// Writes a transaction's new row, its audit entry and its transfers.
///
/// # Errors
/// [`Refusal`].
pub fn save(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    action: &'static str,
    micros: i64,
    note: Option<&str>,
    legs: &[Leg],
) -> Result<(), Refusal> {
    t.updated = w.org(by.org_id)?.now;
    let amount = Money { micros, currency: t.currency };
    w.book(by.org_id, event_about(&t, action, by.actor, amount, Note::from(note)), t.currency, legs)?;
    let row = w.transactions.get_mut(by.id).ok_or(Refusal::NotFound("transaction"))?;
    *row = Arc::new(t);
    Ok(())
}

/// Takes an arrow that ends the hold without paying.
///
/// # Errors
/// [`Refusal::WrongStatus`] when there is no such arrow.
pub fn void(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    to: Status,
    action: &'static str,
    note: Option<&str>,
) -> Result<(), Refusal> {
    if !allowed(t.status, to) {
        return Err(Refusal::WrongStatus(t.status));
    }
    let held = t.held_micros;
    w.adjust_remembered(&t, -held, 0)?;
    let leg =
        Leg { kind: TransferKind::Release, debit: t.debit.clone(), credit: t.credit.clone(), micros: held };
    t.held_micros = 0;
    t.status = to;
    t.deadline = None;
    let amount = t.amount_micros;
    save(w, by, t, action, amount, note, &[leg])
}

/// Ends a payment whose deadline has passed.
pub fn time_out(w: &mut Working, by: Change<'_>, t: Transaction) -> Result<(), Refusal> {
    let id = payload(&t.id);
    void(w, by, t, Status::TimedOut, "approval.timed_out", None)?;
    let now = w.org(by.org_id)?.now;
    w.enqueue(by.org_id, "timed_out", id, now);
    Ok(())
}

/// The same transaction, with why it is withdrawn.
pub fn withdrawn(mut t: Transaction, reason: &str) -> Transaction {
    t.reason = Some(reason.to_owned());
    t
}

/// Returns whether the job must stay, because the deadline has not come.
fn expire(w: &mut Working, by: Change<'_>, t: Transaction) -> Result<bool, Refusal> {
    let now = w.org(by.org_id)?.now;
    let over = t.deadline.is_some_and(|deadline| now >= deadline);
    match t.status {
        Status::Pending if over => time_out(w, by, t).map(|()| false),
        Status::Approved if over && t.attempt.is_none() => {
            void(w, by, withdrawn(t, "execute_by_passed"), Status::Cancelled, "payment.cancelled", None)
                .map(|()| false)
        }
        Status::Pending => Ok(true),
        Status::Approved
        | Status::Executing
        | Status::Unknown
        | Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => Ok(false),
    }
}

fn cancel(w: &mut Working, by: Change<'_>, mut t: Transaction, reason: Option<&str>) -> Result<(), Refusal> {
    t.decided_by = Some(by.actor.to_owned());
    t.decided_reason = reason.map(str::to_owned);
    t.decided = Some(w.org(by.org_id)?.now);
    t.reason = t.reason.or_else(|| Some("cancelled".to_owned()));
    void(w, by, t, Status::Cancelled, "payment.cancelled", reason)
}

/// Withdraws what a freeze found waiting. Whoever lets the agent go on meanwhile keeps what it asked for since.
fn withdraw(w: &mut Working, by: Change<'_>, mut t: Transaction) -> Result<(), Refusal> {
    let Some(frozen) = stopped(w, by.org_id, &t.agent_id)? else { return Ok(()) };
    let words = match frozen {
        Reason::OrgFrozen => "the org was frozen",
        _ => "the agent was frozen",
    };
    t.decided_by = Some(by.actor.to_owned());
    t.decided_reason = Some(words.to_owned());
    t.decided = Some(w.org(by.org_id)?.now);
    void(w, by, withdrawn(t, frozen.as_str()), Status::Cancelled, "payment.cancelled", Some(words))
}

/// Returns whether the job must stay: the rail is called next, and its answer finishes the job.
fn begin_attempt(w: &mut Working, by: Change<'_>, mut t: Transaction) -> Result<bool, Refusal> {
    match t.status {
        // A reservation is taken up, not executed.
        Status::Approved if t.tolerance_micros.is_some() => return Ok(false),
        Status::Approved => {}
        // A lost lease: the worker decides whether the rail may be asked again.
        Status::Executing => return Ok(true),
        Status::Pending
        | Status::Unknown
        | Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => return Ok(false),
    }
    let now = w.org(by.org_id)?.now;
    if t.deadline.is_some_and(|deadline| now >= deadline) {
        return expire(w, by, t);
    }
    if let Some(frozen) = stopped(w, by.org_id, &t.agent_id)? {
        void(w, by, withdrawn(t, frozen.as_str()), Status::Cancelled, "payment.cancelled", None)?;
        return Ok(false);
    }
    t.status = Status::Executing;
    t.attempt = Some(now);
    t.pay_with = pay_with(w, by, &t)?;
    t.deadline = None;
    let amount = t.amount_micros;
    save(w, by, t, "payment.executing", amount, None, &[])?;
    Ok(true)
}

/// What a direct rail is called with; prepaid rails need nothing.
fn pay_with(w: &Working, by: Change<'_>, t: &Transaction) -> Result<Option<PayWith>, Refusal> {
    if t.rail.is_prepaid() {
        return Ok(None);
    }
    let org = w.org(by.org_id)?;
    let payee = candidates(&t.merchant_key).find_map(|key| org.payees.by_key.get(key));
    Ok(Some(PayWith {
        customer: org.stripe_customer.clone(),
        payment_method: org.stripe_payment_method.clone(),
        destination: payee.and_then(|payee| payee.stripe_account.clone()),
    }))
}

fn resolve(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    outcome: &RailOutcome,
    evidence: &str,
) -> Result<(), Refusal> {
    if t.status != Status::Unknown {
        return Err(Refusal::WrongStatus(t.status));
    }
    t.decided_by = Some(by.actor.to_owned());
    t.decided_reason = Some(evidence.to_owned());
    t.decided = Some(w.org(by.org_id)?.now);
    let amount = t.amount_micros;
    save(w, by, t.clone(), "payment.resolved", amount, Some(evidence), &[])?;
    settle::settle(w, by, t, outcome)
}
