//! Rows as PostgreSQL unfolds them: one field per column, by the column's name.

use bursar_store::events::{Event, Head};
use bursar_store::jobs::NewJob;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::storage::state_text;
use super::super::working::{Purchase, Refund};
use crate::holds::{Budget, PastWindow};
use crate::ledger::{Account, Transfer};
use crate::transactions::{Transaction, decision_json, other_payments_json, pay_with_json};

pub fn head(h: &Head) -> Value {
    json!({ "org_id": h.org_id, "seq": h.seq, "hash": h.hash, "last_us": h.last.0 })
}

pub fn budget(b: &Budget) -> Value {
    json!({
        "agent_id": b.agent_id, "state": state_text(b.state), "frozen_reason": b.frozen_reason,
        "decisions": b.decisions, "breaker_from": b.breaker_from,
        "day_start_us": b.day.start.0, "day_end_us": b.day.end.0, "day_held": b.day.held, "day_spent": b.day.spent,
        "week_start_us": b.week.start.0, "week_end_us": b.week.end.0, "week_held": b.week.held,
        "week_spent": b.week.spent, "month_start_us": b.month.start.0, "month_end_us": b.month.end.0,
        "month_held": b.month.held, "month_spent": b.month.spent,
        "lifetime_held": b.lifetime.held, "lifetime_spent": b.lifetime.spent,
    })
}

pub fn account(a: &Account) -> Value {
    json!({
        "id": a.id.as_str(), "org_id": a.org_id, "currency": a.currency, "debits_pending": a.debits_pending,
        "debits_posted": a.debits_posted, "credits_pending": a.credits_pending, "credits_posted": a.credits_posted,
    })
}

pub fn past_window(p: &PastWindow) -> Value {
    json!({
        "agent_id": p.agent_id, "org_id": p.org_id, "kind": p.kind.as_str(), "start_us": p.window.start.0,
        "end_us": p.window.end.0, "held": p.window.held, "spent": p.window.spent,
    })
}

/// The one row that is written for every request: a struct, because a map of forty keys would cost more than the rest.
#[derive(Serialize)]
pub struct TransactionRow<'a> {
    id: &'a str,
    org_id: &'a str,
    agent_id: &'a str,
    number: i64,
    seq: i64,
    key_id: &'a str,
    idempotency_key: &'a str,
    fingerprint: &'a str,
    amount_micros: i64,
    currency: &'a str,
    merchant: &'a str,
    merchant_key: &'a str,
    payee_id: Option<&'a str>,
    category: Option<&'a str>,
    claimed_category: Option<&'a str>,
    purpose: &'a str,
    context: Option<&'a str>,
    rail: &'a str,
    policy_version: i64,
    decision: String,
    intent_hash: &'a str,
    debit_account: &'a str,
    credit_account: &'a str,
    day_start_us: i64,
    week_start_us: i64,
    month_start_us: i64,
    created_us: i64,
    status: &'a str,
    reason: Option<&'a str>,
    deadline_us: Option<i64>,
    held_micros: i64,
    posted_micros: i64,
    refunded_micros: i64,
    disputed_micros: i64,
    attempt_us: Option<i64>,
    pay_with: Option<String>,
    rail_reference: Option<&'a str>,
    other_payments: Option<String>,
    charge_id: Option<&'a str>,
    decided_by: Option<&'a str>,
    decided_reason: Option<&'a str>,
    decided_us: Option<i64>,
    completed_us: Option<i64>,
    updated_us: i64,
}

pub fn transaction(t: &Transaction) -> TransactionRow<'_> {
    TransactionRow {
        id: t.id.as_str(),
        org_id: t.org_id.as_str(),
        agent_id: t.agent_id.as_str(),
        number: t.number,
        seq: t.seq,
        key_id: t.key_id.as_str(),
        idempotency_key: &t.idempotency_key,
        fingerprint: &t.fingerprint,
        amount_micros: t.amount_micros,
        currency: t.currency.as_str(),
        merchant: &t.merchant,
        merchant_key: &t.merchant_key,
        payee_id: t.payee_id.as_ref().map(bursar_base::PayeeId::as_str),
        category: t.category.as_deref(),
        claimed_category: t.claimed_category.as_deref(),
        purpose: &t.purpose,
        context: t.context.as_deref(),
        rail: t.rail.as_str(),
        policy_version: t.policy_version,
        decision: decision_json(t),
        intent_hash: &t.intent_hash,
        debit_account: t.debit.as_str(),
        credit_account: t.credit.as_str(),
        day_start_us: t.day_start.0,
        week_start_us: t.week_start.0,
        month_start_us: t.month_start.0,
        created_us: t.created.0,
        status: t.status.as_str(),
        reason: t.reason.as_deref(),
        deadline_us: t.deadline.map(|at| at.0),
        held_micros: t.held_micros,
        posted_micros: t.posted_micros,
        refunded_micros: t.refunded_micros,
        disputed_micros: t.disputed_micros,
        attempt_us: t.attempt.map(|at| at.0),
        pay_with: pay_with_json(t),
        rail_reference: t.rail_reference.as_deref(),
        other_payments: other_payments_json(t),
        charge_id: t.charge_id.as_deref(),
        decided_by: t.decided_by.as_deref(),
        decided_reason: t.decided_reason.as_deref(),
        decided_us: t.decided.map(|at| at.0),
        completed_us: t.completed.map(|at| at.0),
        updated_us: t.updated.0,
    }
}

pub fn event(e: &Event) -> Value {
    json!({
        "org_id": e.org_id, "seq": e.seq, "at_us": e.at.0, "action": e.action, "actor": e.actor,
        "agent_id": e.agent_id, "transaction_id": e.transaction_id, "amount_micros": e.amount_micros,
        "currency": e.currency, "detail": e.detail, "hash": e.hash,
    })
}

pub fn transfer(t: &Transfer) -> Value {
    json!({
        "org_id": t.org_id, "seq": t.seq, "part": t.part, "kind": t.kind.as_str(),
        "transaction_id": t.transaction_id, "debit_account": t.debit.as_str(), "credit_account": t.credit.as_str(),
        "amount_micros": t.micros, "currency": t.currency, "at_us": t.at.0,
    })
}

pub fn job((id, job): &(bursar_base::JobId, NewJob)) -> Value {
    json!({
        "id": id, "org_id": job.org_id, "kind": job.kind, "payload": job.payload, "run_at_us": job.run_at.0,
        "dedupe_key": job.dedupe_key, "created_us": job.run_at.0,
    })
}

pub fn purchase(p: &Purchase) -> Value {
    json!({ "agent_id": p.agent_id, "mark": p.mark, "transaction_id": p.transaction_id, "at_us": p.at.0 })
}

pub fn refund(r: &Refund) -> Value {
    json!({
        "id": r.id, "org_id": r.org_id, "transaction_id": r.transaction_id, "amount_micros": r.micros,
        "status": r.status.as_str(), "idempotency_key": r.idempotency_key, "actor": r.actor, "reason": r.reason,
        "rail_reference": r.rail_reference, "created_us": r.created.0, "completed_us": r.completed.map(|at| at.0),
    })
}
