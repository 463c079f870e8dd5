//! Making the books agree with what the card network knows.
//!
//! The network's word is absolute: what it holds now, what it moved so far by its own ids, whether it is over. So it may
//! come twice, late, and in any order: sums only grow, what ended stays ended, and what is held is taken from readings
//! that one job makes one after the other, under its fence. What moved without having been held is booked all the same,
//! counts when it arrives, and a human is told.

use bursar_base::{Money, limits};

use super::authorize::hold;
use super::booking::{Leg, Note, event_about, payload};
use super::change::{Change, save};
use super::command::{Facts, Outcome, Refusal, Reply};
use super::consider::CARD_PURPOSE;
use super::refund::give_back;
use super::settle::{capture, disputed_in_all};
use super::working::Working;
use crate::authorizations::{Authorization, Owner};
use crate::ledger::{AccountId, TransferKind};
use crate::policies::{RailName, candidates};
use crate::transactions::{Status, Transaction, UNHELD};

/// What is noted of money that came back without having been asked for here.
const AT_THE_RAIL: &str = "made at the rail";

/// Takes over what the network knows.
///
/// # Errors
/// [`Refusal`].
pub fn facts(w: &mut Working, f: &Facts) -> Outcome {
    if let Some(job) = &f.job
        && w.fences.get(job.id.as_str()) != Some(&job.fence)
    {
        return Err(Refusal::LeaseLost);
    }
    let now = w.org(&f.org_id)?.now;
    let budget = w.budget(&f.org_id, &f.agent_id)?;
    if f.currency != budget.currency {
        return Err(Refusal::CurrencyMismatch);
    }
    w.roll_windows(&f.org_id, &f.agent_id);
    let mut known = match w.authorizations.get(&f.reference) {
        Some(known) if known.org_id == f.org_id && known.card_id == f.card_id => known.clone(),
        Some(_) => return Err(Refusal::NotFound("authorization")),
        None => {
            let owner = Owner { org_id: &f.org_id, agent_id: &f.agent_id, card_id: &f.card_id };
            Authorization::new(&f.reference, owner, f.transaction_id.clone(), now)
        }
    };
    let before = known.clone();
    known.hear(&f.captures, &f.refunds);
    known.ended |= f.ended.is_some();
    let moved = known.captured() > 0 || known.refunded() > 0;
    let opens = f.held_micros > 0 && !known.ended;
    let is_booked = w.transactions.get(&known.transaction_id).is_some_and(|t| {
        // A no of ours stays a no. What the network allowed all the same is another payment.
        let only_refused = t.status == Status::Declined && t.posted_micros == 0 && t.refunded_micros == 0;
        t.rail_reference.as_ref() == Some(&f.reference) && !(opens && only_refused)
    });
    let entries = w.org(&f.org_id)?.head.seq;
    if is_booked || moved || opens {
        if !is_booked {
            known.transaction_id = f.transaction_id.clone();
            if opens { unasked(w, f)? } else { unallowed(w, f, &known)? }
        }
        agree(w, f, &known)?;
        // Whatever changes a row has its entry; what was heard and changed nothing is not kept.
        if (known != before || !is_booked) && w.org(&f.org_id)?.head.seq > entries {
            known.updated = now;
            w.authorizations.put(f.reference.clone(), known.clone());
        }
    }
    if let Some(job) = &f.job {
        // What was read once is not written twice.
        w.fences.remove(job.id.as_str());
        let booked = w.transactions.get(&known.transaction_id).is_some_and(|t| t.status == Status::Executing);
        if booked && !known.ended {
            let pause = now.since(known.created).clamp(limits::CARD_READ_FIRST, limits::CARD_READ_MAX);
            w.postponed.push((job.clone(), now.plus(pause)));
        } else {
            w.finished.push(job.clone());
        }
    }
    match w.transactions.get(&known.transaction_id) {
        Some(transaction) => {
            Ok(Reply::Transaction { transaction: transaction.clone(), replayed: known == before })
        }
        None => Ok(Reply::Done),
    }
}

/// Makes open purchase, captures, refunds and disputes what the network says they are.
fn agree(w: &mut Working, f: &Facts, known: &Authorization) -> Result<(), Refusal> {
    let id = known.transaction_id.clone();
    let by = Change { org_id: &f.org_id, id: &id, actor: &f.actor };
    let t = now_of(w, by)?;
    let more = known.captured().checked_sub(t.posted_micros).ok_or(Refusal::Overflow)?;
    match t.status {
        Status::Executing if known.ended => end(w, by, t, more, f)?,
        Status::Executing => {
            if more > 0 {
                post(w, by, t, more)?;
            }
            let held = now_of(w, by)?.held_micros;
            let micros =
                if just_allowed(w, f, known)? { f.held_micros.max(held) } else { f.held_micros.max(0) };
            hold(w, by, micros, None)?;
        }
        Status::Declined | Status::Completed | Status::Refunded | Status::Failed => {
            if more > 0 {
                capture(w, by, unheld(t, more)?, more, None)?;
            }
        }
        // Those of a card are never unknown, and those that wait are not this authorisation's.
        Status::Pending | Status::Approved | Status::Unknown | Status::TimedOut | Status::Cancelled => {
            return Err(Refusal::WrongStatus(t.status));
        }
    }
    let t = now_of(w, by)?;
    let back = known.refunded().checked_sub(t.refunded_micros).ok_or(Refusal::Overflow)?;
    if back > 0 {
        give_back(w, by, t, back, Some(AT_THE_RAIL))?;
    }
    let t = now_of(w, by)?;
    disputed_in_all(w, by, t, f.disputed_micros)
}

/// Whether the network may not know yet what it was told last. Until it does, its figure only raises ours.
fn just_allowed(w: &Working, f: &Facts, known: &Authorization) -> Result<bool, Refusal> {
    let now = w.org(&f.org_id)?.now;
    Ok(known.allowed.is_some_and(|at| now.since(at) < limits::CARD_ANSWER_SETTLES))
}

fn now_of(w: &Working, by: Change<'_>) -> Result<Transaction, Refusal> {
    Ok(Transaction::clone(w.transaction(by.org_id, by.id)?))
}

/// Part of what is held was captured; what is above the hold was never allowed.
fn post(w: &mut Working, by: Change<'_>, mut t: Transaction, micros: i64) -> Result<(), Refusal> {
    let legs = captured_legs(w, &mut t, micros, 0)?;
    save_captured(w, by, t, "payment.posted", micros, &legs)
}

/// The network holds nothing any more: what it captured is posted, the rest of the hold is released.
fn end(w: &mut Working, by: Change<'_>, mut t: Transaction, more: i64, f: &Facts) -> Result<(), Refusal> {
    let micros = more.max(0);
    let rest = t.held_micros.saturating_sub(micros).max(0);
    let legs = captured_legs(w, &mut t, micros, rest)?;
    if t.posted_micros == 0 && t.amount_micros > 0 {
        t.status = Status::Failed;
        t.reason.clone_from(&f.ended);
        let amount = t.amount_micros;
        return save(w, by, t, "payment.failed", amount, f.ended.as_deref(), &legs);
    }
    t.completed = Some(w.org(by.org_id)?.now);
    // Where nothing was ever to be paid, a good card is all there was to it.
    let all_back = t.posted_micros > 0 && t.refunded_micros >= t.posted_micros;
    t.status = if all_back { Status::Refunded } else { Status::Completed };
    save_captured(w, by, t, "payment.completed", micros, &legs)
}

/// Takes `micros` out of the hold, and what is above it without; releases `rest` of the hold besides.
fn captured_legs(w: &mut Working, t: &mut Transaction, micros: i64, rest: i64) -> Result<[Leg; 3], Refusal> {
    let within = micros.min(t.held_micros);
    let above = micros - within;
    let released = within.checked_add(rest).ok_or(Refusal::Overflow)?;
    w.adjust_remembered(t, -released, within)?;
    w.spend_now(&t.agent_id, above)?;
    *t = unheld(t.clone(), above)?;
    t.held_micros -= released;
    t.posted_micros = t.posted_micros.checked_add(micros).ok_or(Refusal::Overflow)?;
    let leg = |kind, micros| Leg { kind, debit: t.debit.clone(), credit: t.credit.clone(), micros };
    Ok([
        leg(TransferKind::Release, released),
        leg(TransferKind::Post, within),
        leg(TransferKind::Capture, above),
    ])
}

/// Notes on a purchase how much more of it nobody allowed.
fn unheld(mut t: Transaction, micros: i64) -> Result<Transaction, Refusal> {
    if micros > 0 {
        let sum = t.other_payments.entry(UNHELD.to_owned()).or_insert(0);
        *sum = sum.checked_add(micros).ok_or(Refusal::Overflow)?;
    }
    Ok(t)
}

fn save_captured(
    w: &mut Working,
    by: Change<'_>,
    t: Transaction,
    action: &'static str,
    micros: i64,
    legs: &[Leg; 3],
) -> Result<(), Refusal> {
    let forced = legs.iter().any(|leg| leg.kind == TransferKind::Capture && leg.micros > 0);
    let id = payload(&t.id);
    save(w, by, t, action, micros, None, legs)?;
    if forced {
        let now = w.org(by.org_id)?.now;
        w.enqueue(by.org_id, "captured", id, now);
    }
    Ok(())
}

/// The network holds money that nobody here allowed: it was not asked about, the answer did not arrive, or it was no. It
/// gets a transaction, for which nothing is held yet, and a human is told.
fn unasked(w: &mut Working, f: &Facts) -> Result<(), Refusal> {
    let mut t = of_facts(w, f, 0)?;
    t.status = Status::Executing;
    t.attempt = Some(t.created);
    t.completed = None;
    let amount = Money { micros: f.held_micros, currency: f.currency };
    w.book(&f.org_id, event_about(&t, "card.unasked", &f.actor, amount, Note::from(None)), f.currency, &[])?;
    w.enqueue(&f.org_id, "unasked", payload(&t.id), t.created);
    begun(w, f, t)
}

/// Money moved that has no transaction of ours: it gets one, which begins as what it is. It holds nothing.
fn unallowed(w: &mut Working, f: &Facts, known: &Authorization) -> Result<(), Refusal> {
    let (captured, refunded) = (known.captured(), known.refunded());
    let mut t = of_facts(w, f, captured.max(refunded))?;
    let (action, kind, micros) = if captured > 0 {
        ("payment.captured", TransferKind::Capture, captured)
    } else {
        ("payment.refunded", TransferKind::Refund, refunded)
    };
    let (debit, credit) = (t.debit.clone(), t.credit.clone());
    let (note, leg) = if kind == TransferKind::Capture {
        t.posted_micros = captured;
        t = unheld(t, captured)?;
        w.spend_now(&f.agent_id, captured)?;
        (None, Leg { kind, debit, credit, micros })
    } else {
        t.refunded_micros = refunded;
        t.status = Status::Refunded;
        (Some(AT_THE_RAIL), Leg { kind, debit: credit, credit: debit, micros })
    };
    let amount = Money { micros, currency: f.currency };
    w.book(&f.org_id, event_about(&t, action, &f.actor, amount, Note::from(note)), f.currency, &[leg])?;
    if kind == TransferKind::Capture {
        w.enqueue(&f.org_id, "captured", payload(&t.id), t.created);
    }
    begun(w, f, t)
}

/// A transaction that began at the network counts among the agent's.
fn begun(w: &mut Working, f: &Facts, t: Transaction) -> Result<(), Refusal> {
    let budget = w.budgets.get_mut(&f.agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.decisions = t.number;
    w.numbers.insert((f.agent_id.clone(), t.number), t.created);
    w.transactions.add(t.id.clone(), std::sync::Arc::new(t));
    Ok(())
}

fn of_facts(w: &Working, f: &Facts, micros: i64) -> Result<Transaction, Refusal> {
    let (org, budget) = (w.org(&f.org_id)?, w.budget(&f.org_id, &f.agent_id)?);
    let payee = candidates(&f.merchant_key).find_map(|key| org.payees.by_key.get(key));
    Ok(Transaction {
        id: f.transaction_id.clone(),
        org_id: f.org_id.clone(),
        agent_id: f.agent_id.clone(),
        number: budget.decisions + 1,
        seq: org.head.seq + 1,
        key_id: None,
        card_id: Some(f.card_id.clone()),
        // The reference may be that of what a human is asked about, and anything made of it could be taken by the agent.
        idempotency_key: f.transaction_id.to_string(),
        fingerprint: f.reference.clone(),
        amount_micros: micros,
        currency: f.currency,
        merchant: f.merchant.clone(),
        merchant_key: f.merchant_key.clone(),
        payee_id: payee.map(|payee| payee.id.clone()),
        category: f.category.clone(),
        claimed_category: None,
        purpose: CARD_PURPOSE.to_owned(),
        context: None,
        rail: RailName::Card,
        policy_version: budget.policy_version,
        checks: Vec::new(),
        debit: budget.wallet.clone(),
        credit: AccountId::rail(RailName::Card, &f.org_id),
        day_start: budget.day.start,
        week_start: budget.week.start,
        month_start: budget.month.start,
        created: org.now,
        status: Status::Completed,
        reason: None,
        deadline: None,
        held_micros: 0,
        posted_micros: 0,
        refunded_micros: 0,
        disputed_micros: 0,
        attempt: None,
        pay_with: None,
        rail_reference: Some(f.reference.clone()),
        other_payments: std::collections::BTreeMap::new(),
        charge_id: None,
        decided_by: None,
        decided_reason: None,
        decided: None,
        completed: Some(org.now),
        updated: org.now,
        tolerance_micros: None,
    })
}
