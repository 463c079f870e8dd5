//! Deciding a payment request against the running state, and holding what it asks for.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{Mode, Money, TimeUs, limits};
use sha2::{Digest as _, Sha256};

use super::booking::{Leg, Note, event_about, payload};
use super::command::{Refusal, Reply, Reserve};
use super::working::{OrgState, Payee, Purchase, Working};
use crate::holds::Budget;
use crate::ledger::{AccountId, TransferKind};
use crate::policies::{Decision, Payment, Policy, RailName, Rate, Snapshot, Verdict, candidates, decide};
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
    let considered = consider(w, r, breaker)?;
    if considered.policy.as_ref().is_some_and(|policy| policy.require_signature) && r.nonce.is_none() {
        return Err(Refusal::SignatureRequired);
    }
    if r.dry_run {
        return Ok(Reply::Preview(Box::new(considered.decision)));
    }
    let transaction = write(w, r, considered)?;
    Ok(Reply::Transaction { transaction, replayed: false })
}

/// Decides without looking at key, signature or idempotency key, and writes nothing.
///
/// # Errors
/// [`Refusal`].
pub fn preview(w: &mut Working, r: &Reserve, breaker: Rate) -> Result<Reply, Refusal> {
    Ok(Reply::Preview(Box::new(consider(w, r, breaker)?.decision)))
}

/// A decision, and what it was made with.
struct Considered {
    decision: Decision,
    policy: Option<Arc<Policy>>,
    rail: RailName,
    payee: Option<Payee>,
}

fn consider(w: &mut Working, r: &Reserve, breaker: Rate) -> Result<Considered, Refusal> {
    w.budget(&r.org_id, &r.agent_id)?;
    w.roll_windows(&r.org_id, &r.agent_id);
    let (org, budget) = (w.org(&r.org_id)?, w.budget(&r.org_id, &r.agent_id)?);
    let policy = w.policy(budget);
    let rail = r.rail.or_else(|| default_rail(org)).ok_or(Refusal::NoRail)?;
    if rail == RailName::Stripe && r.amount.cents().is_none() {
        return Err(Refusal::TooFine);
    }
    let payee = candidates(&r.merchant_key).find_map(|key| org.payees.by_key.get(key)).cloned();
    let decision = look_and_decide(w, r, org, budget, policy.as_deref(), rail, payee.as_ref(), breaker);
    Ok(Considered { decision, policy, rail, payee })
}

fn replay(w: &Working, r: &Reserve, earlier: &bursar_base::TransactionId) -> Result<Reply, Refusal> {
    let transaction = w.transaction(&r.org_id, earlier)?;
    if transaction.fingerprint != r.fingerprint {
        return Err(Refusal::IdempotencyConflict);
    }
    Ok(Reply::Transaction { transaction: transaction.clone(), replayed: true })
}

/// The rail of an org that names none: its saved payment method, or the sandbox of a test org.
fn default_rail(org: &OrgState) -> Option<RailName> {
    match (org.has_stripe(), org.mode) {
        (true, _) => Some(RailName::Stripe),
        (false, Mode::Test) => Some(RailName::Sandbox),
        (false, Mode::Live) => None,
    }
}

/// Whether an org can use a rail at all.
fn available(org: &OrgState, rail: RailName) -> bool {
    match rail {
        RailName::Sandbox => org.mode == Mode::Test,
        RailName::Stripe => org.has_stripe(),
        RailName::Card | RailName::X402 | RailName::Tokens | RailName::Browser | RailName::Compute => false,
    }
}

#[allow(clippy::too_many_arguments)] // what a decision depends on, each named
fn look_and_decide(
    w: &Working,
    r: &Reserve,
    org: &OrgState,
    budget: &Budget,
    policy: Option<&Policy>,
    rail: RailName,
    payee: Option<&Payee>,
    breaker: Rate,
) -> Decision {
    let breaker = policy.and_then(|policy| policy.breaker).unwrap_or(breaker);
    let velocity = policy.and_then(|policy| policy.velocity);
    let repeated = repeat_of(w, r, policy);
    let repeat_of = repeated.map(|(id, _)| id);
    let within =
        policy.and_then(|policy| policy.duplicates).map(|rule| Duration::from_secs(rule.seconds.into()));
    let is_duplicate = |(_, at): (&str, TimeUs)| within.is_some_and(|within| org.now.since(at) < within);
    let duplicate_of = repeated.filter(|&earlier| is_duplicate(earlier)).map(|(id, _)| id);
    let snapshot = Snapshot {
        policy,
        org_frozen: org.is_frozen,
        agent: budget.state,
        rail_available: available(org, rail),
        zone: &org.zone,
        currency: budget.currency,
        usage: budget.usage(),
        available: w.accounts.get(&budget.wallet).map_or(0, crate::ledger::Account::available),
        payee_known: payee.is_some(),
        category: payee.and_then(|payee| payee.category.as_deref()),
        breaker,
        breaker_spent: spent(w, budget, breaker, budget.breaker_from, org.now),
        velocity_spent: velocity.is_some_and(|rate| spent(w, budget, rate, 0, org.now)),
        duplicate_of,
        repeat_of,
    };
    let payment = Payment { amount: r.amount, merchant_key: &r.merchant_key, rail };
    decide(&snapshot, &payment, org.now)
}

/// Whether `rate` is used up: the decision that many back exists, after number `from`, and is young enough.
fn spent(w: &Working, budget: &Budget, rate: Rate, from: i64, now: TimeUs) -> bool {
    let number = budget.decisions + 1 - i64::from(rate.requests);
    if number <= from {
        return false;
    }
    let within = std::time::Duration::from_secs(u64::from(rate.seconds));
    w.numbers.get(&(budget.agent_id.clone(), number)).is_some_and(|&at| now.since(at) < within)
}

/// What the rules `duplicates` and `recurring` compare: agent, amount, merchant and purpose.
pub fn purchase_mark(amount: Money, merchant_key: &str, purpose: &str) -> String {
    let fields = (amount.micros, amount.currency, merchant_key, purpose);
    hex::encode(Sha256::digest(serde_json::to_vec(&fields).unwrap_or_default()))
}

/// The newest purchase of the same kind that is held or paid, and when it was made.
fn repeat_of<'w>(w: &'w Working, r: &Reserve, policy: Option<&Policy>) -> Option<(&'w str, TimeUs)> {
    if !policy?.looks_back() {
        return None;
    }
    let mark = purchase_mark(r.amount, &r.merchant_key, &r.purpose);
    let earlier = w.purchases.get(&(r.agent_id.clone(), mark))?;
    let t = w.transactions.get(&earlier.transaction_id)?;
    let counts = t.status.holds() || t.status.is_paid() || repeated(t);
    counts.then(|| (earlier.transaction_id.as_str(), earlier.at))
}

/// Whether it was itself asked about as a repetition. It then stands for the purchase it repeated, which its own mark
/// has replaced: a human's no to it must not make room for a third.
fn repeated(t: &Transaction) -> bool {
    let looks_back = |rule: &str| matches!(rule, "duplicates" | "recurring");
    t.checks.iter().any(|check| looks_back(&check.rule) && check.verdict == Verdict::Ask)
}

fn write(w: &mut Working, r: &Reserve, considered: Considered) -> Result<Arc<Transaction>, Refusal> {
    let policy = considered.policy.clone();
    let (verdict, trips_breaker) = (considered.decision.verdict, considered.decision.trips_breaker());
    let t = Arc::new(new_transaction(w, r, considered)?);
    let (action, legs) = match verdict {
        Verdict::Decline => ("payment.declined", Vec::new()),
        Verdict::Ask => ("approval.asked", vec![hold_leg(&t)]),
        Verdict::Approve => ("payment.approved", vec![hold_leg(&t)]),
    };
    let actor = format!("agent:{}", r.agent_id);
    w.book(&r.org_id, event_about(&t, action, &actor, r.amount, Note(None)), r.amount.currency, &legs)?;
    if verdict != Verdict::Decline {
        w.adjust_remembered(&t, r.amount.micros, 0)?;
        remember_purchase(w, &t, policy.as_deref());
    }
    let budget = w.budgets.get_mut(&r.agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.decisions = t.number;
    w.numbers.insert((r.agent_id.clone(), t.number), t.created);
    enqueue(w, &t, verdict);
    if trips_breaker {
        freeze_by_breaker(w, &t)?;
    }
    w.by_key.insert((r.agent_id.clone(), r.idempotency_key.clone()), t.id.clone());
    w.transactions.add(t.id.clone(), t.clone());
    Ok(t)
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
        Verdict::Approve => w.enqueue(&t.org_id, "execute", payload(&t.id), t.created),
        Verdict::Ask => {
            w.enqueue(&t.org_id, "ask", payload(&t.id), t.created);
            w.enqueue(&t.org_id, "expire", payload(&t.id), t.deadline.unwrap_or(t.created));
        }
    }
}

fn remember_purchase(w: &mut Working, t: &Transaction, policy: Option<&Policy>) {
    if policy.is_none_or(|policy| !policy.looks_back()) {
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

fn new_transaction(w: &Working, r: &Reserve, considered: Considered) -> Result<Transaction, Refusal> {
    let Considered { decision, policy, rail, payee } = considered;
    let (org, budget) = (w.org(&r.org_id)?, w.budget(&r.org_id, &r.agent_id)?);
    let now = org.now;
    let approval_within = policy.as_ref().map_or(limits::APPROVAL_WITHIN, |policy| policy.approval_within);
    let (status, deadline) = match decision.verdict {
        Verdict::Decline => (Status::Declined, None),
        Verdict::Ask => (Status::Pending, Some(now.plus(approval_within))),
        Verdict::Approve => (Status::Approved, Some(now.plus(limits::EXECUTE_WITHIN))),
    };
    let held = if status.holds() { r.amount.micros } else { 0 };
    let debit = if rail.is_prepaid() { budget.wallet.clone() } else { AccountId::payment_method(&r.org_id) };
    Ok(Transaction {
        id: r.transaction_id.clone(),
        org_id: r.org_id.clone(),
        agent_id: r.agent_id.clone(),
        number: budget.decisions + 1,
        seq: org.head.seq + 1,
        key_id: r.key_id.clone(),
        idempotency_key: r.idempotency_key.clone(),
        fingerprint: r.fingerprint.clone(),
        amount_micros: r.amount.micros,
        currency: r.amount.currency,
        merchant: r.merchant.clone(),
        merchant_key: r.merchant_key.clone(),
        payee_id: payee.as_ref().map(|payee| payee.id.clone()),
        category: payee.and_then(|payee| payee.category),
        claimed_category: r.claimed_category.clone(),
        purpose: r.purpose.clone(),
        context: r.context.clone(),
        rail,
        policy_version: budget.policy_version,
        checks: decision.checks,
        debit,
        credit: AccountId::rail(rail, &r.org_id),
        day_start: budget.day.start,
        week_start: budget.week.start,
        month_start: budget.month.start,
        created: now,
        status,
        reason: decision.reason.map(|reason| reason.as_str().to_owned()),
        deadline,
        held_micros: held,
        posted_micros: 0,
        refunded_micros: 0,
        disputed_micros: 0,
        attempt: None,
        pay_with: None,
        rail_reference: None,
        other_payments: std::collections::BTreeMap::new(),
        charge_id: None,
        decided_by: None,
        decided_reason: None,
        decided: None,
        completed: None,
        updated: now,
    })
}
