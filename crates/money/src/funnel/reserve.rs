//! Deciding a payment request against the running state, and holding what it asks for.

use std::sync::Arc;

use bursar_base::{TimeUs, limits};

use super::booking::{Leg, Note, event_about, payload};
use super::command::{Refusal, Reply, Reserve, Then};
use super::consider::{Considered, Request, With, consider, purchase_mark};
use super::purchase;
use super::working::{Purchase, Working};
use crate::ledger::{AccountId, TransferKind};
use crate::policies::{Policy, RailName, Rate, Verdict};
use crate::transactions::{Status, Transaction};

/// Decides one payment request. `breaker` is the installation's circuit breaker.
///
/// # Errors
/// [`Refusal`]; the request then uses up neither its idempotency key nor anything else.
pub fn reserve(w: &mut Working, r: &Reserve, breaker: Rate) -> Result<Reply, Refusal> {
    let org = w.org(&r.org_id)?;
    let now = org.now;
    if r.amount.micros <= 0 {
        return Err(Refusal::NotPositive);
    }
    if !w.keys.get(&r.key_id).is_some_and(|key| key.is_valid(now)) {
        return Err(Refusal::KeyRevoked);
    }
    if !r.dry_run {
        w.use_nonce(r.nonce.as_ref())?;
    }
    if let Some(earlier) = w.by_key.get(&(r.agent_id.clone(), r.idempotency_key.clone())) {
        return replay(w, r, earlier);
    }
    if r.rail == Some(RailName::Card) && !matches!(r.then, Then::Wait(_)) {
        return Err(Refusal::CardAtTill);
    }
    let request = Request::from(r);
    let reserved = purchase::reserved_for(w, r)?;
    let considered = match &reserved {
        Some(reserved) => purchase::considered(w, r, reserved)?,
        None => consider(w, &request, None, breaker)?,
    };
    if considered.policy.as_ref().is_some_and(|policy| policy.require_signature) && r.nonce.is_none() {
        return Err(Refusal::SignatureRequired);
    }
    if r.dry_run {
        return Ok(Reply::Preview(Box::new(considered.decision)));
    }
    if let Some(reserved) = reserved {
        purchase::take_up(w, r, &reserved)?;
    }
    let transaction = write(w, &request, considered)?;
    Ok(Reply::Transaction { transaction, replayed: false })
}

/// Decides without looking at key, signature or idempotency key, and writes nothing.
///
/// # Errors
/// [`Refusal`].
pub fn preview(w: &mut Working, r: &Reserve, breaker: Rate) -> Result<Reply, Refusal> {
    Ok(Reply::Preview(Box::new(consider(w, &Request::from(r), None, breaker)?.decision)))
}

fn replay(w: &Working, r: &Reserve, earlier: &bursar_base::TransactionId) -> Result<Reply, Refusal> {
    let transaction = w.transaction(&r.org_id, earlier)?;
    if transaction.fingerprint != r.fingerprint {
        return Err(Refusal::IdempotencyConflict);
    }
    Ok(Reply::Transaction { transaction: transaction.clone(), replayed: true })
}

/// Writes what was decided: the transaction, its hold, its entry and its jobs.
///
/// # Errors
/// [`Refusal`].
pub fn write(w: &mut Working, r: &Request<'_>, considered: Considered) -> Result<Arc<Transaction>, Refusal> {
    let policy = considered.policy.clone();
    let (verdict, trips_breaker) = (considered.decision.verdict, considered.decision.trips_breaker());
    let t = Arc::new(new_transaction(w, r, considered)?);
    let (action, legs) = match verdict {
        Verdict::Decline => ("payment.declined", Vec::new()),
        Verdict::Ask => ("approval.asked", vec![hold_leg(&t)]),
        Verdict::Approve => ("payment.approved", vec![hold_leg(&t)]),
    };
    let actor = actor_of(r);
    w.book(r.org_id, event_about(&t, action, &actor, r.amount, Note::default()), r.amount.currency, &legs)?;
    if verdict != Verdict::Decline {
        w.adjust_remembered(&t, r.amount.micros, 0)?;
        remember_purchase(w, &t, policy.as_deref());
    }
    let budget = w.budgets.get_mut(r.agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.decisions = t.number;
    w.numbers.insert((r.agent_id.clone(), t.number), t.created);
    enqueue(w, &t, verdict);
    if trips_breaker {
        freeze_by_breaker(w, &t)?;
    }
    w.by_key.insert((r.agent_id.clone(), r.idempotency_key.to_owned()), t.id.clone());
    if t.tolerance_micros.is_some() {
        w.reserved.entry((t.agent_id.clone(), t.merchant_key.clone())).or_default().push(t.id.clone());
    }
    w.transactions.add(t.id.clone(), t.clone());
    Ok(t)
}

/// Who asks, for the audit trail.
pub fn actor_of(r: &Request<'_>) -> String {
    match r.with {
        With::Key(_) => format!("agent:{}", r.agent_id),
        With::Card { id, .. } => format!("card:{id}"),
    }
}

fn hold_leg(t: &Transaction) -> Leg {
    Leg {
        kind: TransferKind::Hold,
        debit: t.debit.clone(),
        credit: t.credit.clone(),
        micros: t.amount_micros,
    }
}

fn enqueue(w: &mut Working, t: &Transaction, verdict: Verdict) {
    match verdict {
        Verdict::Decline => {}
        // The till has its answer, and with it the rail was called.
        Verdict::Approve if t.card_id.is_some() => {}
        Verdict::Approve if t.tolerance_micros.is_some() => {
            w.enqueue(&t.org_id, "expire", payload(&t.id), t.deadline.unwrap_or(t.created));
        }
        Verdict::Approve => w.enqueue(&t.org_id, "execute", payload(&t.id), t.created),
        Verdict::Ask => {
            w.enqueue(&t.org_id, "ask", payload(&t.id), t.created);
            w.enqueue(&t.org_id, "expire", payload(&t.id), t.deadline.unwrap_or(t.created));
            if let Some(at) = remind_at(t) {
                w.enqueue(&t.org_id, "remind", payload(&t.id), at);
            }
        }
    }
}

/// When those are reminded who have not said anything: once a quarter of the time is left, unless that is too little to
/// be of use.
fn remind_at(t: &Transaction) -> Option<TimeUs> {
    let deadline = t.deadline?;
    let left = deadline.since(t.created) / limits::REMINDER_PART;
    (left >= limits::REMINDER_MIN).then(|| deadline.minus(left))
}

fn remember_purchase(w: &mut Working, t: &Transaction, policy: Option<&Policy>) {
    // Looking whether a card is good buys nothing.
    if t.amount_micros == 0 || policy.is_none_or(|policy| !policy.looks_back()) {
        return;
    }
    let mark = purchase_mark(t.amount(), &t.merchant_key, &t.purpose);
    let purchase = Purchase {
        agent_id: t.agent_id.clone(),
        mark: mark.clone(),
        transaction_id: t.id.clone(),
        at: t.created,
    };
    w.purchases.add((t.agent_id.clone(), mark), purchase);
}

fn freeze_by_breaker(w: &mut Working, t: &Transaction) -> Result<(), Refusal> {
    let limit = t.checks.last().and_then(|check| check.limit.as_ref());
    let reason = limit.map_or_else(String::new, |limit| format!("circuit breaker: more than {limit}"));
    super::freeze::freeze_agent(w, &t.org_id, &t.agent_id, &reason, "breaker")
}

fn new_transaction(w: &Working, r: &Request<'_>, considered: Considered) -> Result<Transaction, Refusal> {
    let Considered { decision, policy, rail, payee, reserved } = considered;
    let (org, budget) = (w.org(r.org_id)?, w.budget(r.org_id, r.agent_id)?);
    let now = org.now;
    let approval_within = policy.as_ref().map_or(limits::APPROVAL_WITHIN, |policy| policy.approval_within);
    let (key_id, card_id) = match r.with {
        With::Key(id) => (Some(id.clone()), None),
        With::Card { id, .. } => (None, Some(id.clone())),
    };
    let at_till = card_id.is_some();
    let (status, deadline) = match decision.verdict {
        Verdict::Decline => (Status::Declined, None),
        Verdict::Ask => (Status::Pending, Some(now.plus(approval_within))),
        Verdict::Approve if at_till => (Status::Executing, None),
        Verdict::Approve => {
            let within = r.waiting.map_or(limits::EXECUTE_WITHIN, |waiting| waiting.within);
            (Status::Approved, Some(now.plus(within)))
        }
    };
    let [day_start, week_start, month_start] = match &reserved {
        Some(t) => [t.day_start, t.week_start, t.month_start],
        None => [budget.day.start, budget.week.start, budget.month.start],
    };
    // What a human is asked about is a reservation: the till has heard no, and a later try takes it up.
    let waits = at_till && status == Status::Pending;
    let held = if status.holds() { r.amount.micros } else { 0 };
    let debit = if rail.is_prepaid() { budget.wallet.clone() } else { AccountId::payment_method(r.org_id) };
    Ok(Transaction {
        id: r.transaction_id.clone(),
        org_id: r.org_id.clone(),
        agent_id: r.agent_id.clone(),
        number: budget.decisions + 1,
        seq: org.head.seq + 1,
        key_id,
        card_id,
        idempotency_key: r.idempotency_key.to_owned(),
        fingerprint: r.fingerprint.to_owned(),
        amount_micros: r.amount.micros,
        currency: r.amount.currency,
        merchant: r.merchant.to_owned(),
        merchant_key: r.merchant_key.to_owned(),
        payee_id: payee.as_ref().map(|payee| payee.id.clone()),
        category: r.network_category().map(str::to_owned).or_else(|| payee.and_then(|payee| payee.category)),
        claimed_category: r.claimed_category.map(str::to_owned),
        purpose: r.purpose.to_owned(),
        context: r.context.map(str::to_owned),
        rail,
        policy_version: budget.policy_version,
        checks: decision.checks,
        debit,
        credit: AccountId::rail(rail, r.org_id),
        day_start,
        week_start,
        month_start,
        created: now,
        status,
        reason: decision.reason.map(|reason| reason.as_str().to_owned()),
        deadline,
        held_micros: held,
        posted_micros: 0,
        refunded_micros: 0,
        disputed_micros: 0,
        attempt: (status == Status::Executing).then_some(now),
        pay_with: None,
        rail_reference: (at_till && !waits).then(|| r.idempotency_key.to_owned()),
        other_payments: std::collections::BTreeMap::new(),
        charge_id: None,
        decided_by: None,
        decided_reason: None,
        decided: None,
        completed: None,
        updated: now,
        tolerance_micros: match r.waiting {
            Some(waiting) if status.holds() => Some(waiting.tolerance_micros),
            Some(_) => None,
            None => waits.then_some(0),
        },
    })
}
