//! What a rail says, booked: certain answers end the hold, uncertain ones keep it, and what was never held is booked too.

use std::time::Duration;

use bursar_base::limits;

use super::booking::{Leg, payload};
use super::change::{Change, save, void};
use super::command::{RailOutcome, Refusal};
use super::working::Working;
use crate::ledger::TransferKind;
use crate::transactions::{Status, Transaction};

/// Books what a rail said. Hearing the same twice changes nothing.
///
/// # Errors
/// [`Refusal`].
pub fn settle(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    outcome: &RailOutcome,
) -> Result<(), Refusal> {
    match outcome {
        RailOutcome::Paid { micros, reference, charge } => {
            let micros = (*micros).max(0);
            let other = reference
                .as_ref()
                .filter(|told| t.rail_reference.as_ref().is_some_and(|known| known != *told));
            match other {
                Some(told) if !t.status.holds() => return other_payment(w, by, t, micros, told),
                // While the outcome is open, whichever payment is made is the one that was ordered.
                Some(told) => t.rail_reference = Some(told.clone()),
                None => t.rail_reference = t.rail_reference.or_else(|| reference.clone()),
            }
            t.charge_id = t.charge_id.or_else(|| charge.clone());
            paid(w, by, t, micros)
        }
        RailOutcome::Refused { code, reference } => {
            t.rail_reference = t.rail_reference.or_else(|| reference.clone());
            refused(w, by, t, code)
        }
        RailOutcome::Unknown { why, reference } => {
            t.rail_reference = t.rail_reference.or_else(|| reference.clone());
            unknown(w, by, t, why)
        }
    }
}

/// The same, of a rail that will speak once more on its own: a job hears that, so much later.
///
/// # Errors
/// [`Refusal`].
pub fn settle_for_now(
    w: &mut Working,
    by: Change<'_>,
    t: Transaction,
    outcome: &RailOutcome,
    again_after: Duration,
) -> Result<(), Refusal> {
    let (id, entries) = (payload(&t.id), w.org(by.org_id)?.head.seq);
    settle(w, by, t, outcome)?;
    let org = w.org(by.org_id)?;
    let hear_at = org.now.plus(again_after);
    // A job belongs to an entry. Without one this was known already, and whoever booked it has enqueued the job.
    if org.head.seq > entries {
        w.enqueue(by.org_id, "second_word", id, hear_at);
    }
    Ok(())
}

fn paid(w: &mut Working, by: Change<'_>, mut t: Transaction, micros: i64) -> Result<(), Refusal> {
    match t.status {
        Status::Executing | Status::Unknown => {}
        Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => {
            let others: i64 = t.other_payments.values().sum();
            let more = micros.saturating_sub(t.posted_micros.saturating_sub(others));
            return if more > 0 { capture(w, by, t, more, None) } else { Ok(()) };
        }
        Status::Pending | Status::Approved => return Err(Refusal::WrongStatus(t.status)),
    }
    let held = t.held_micros;
    let within = micros.min(held);
    let above = micros - within;
    w.adjust_remembered(&t, -held, within)?;
    w.spend_now(&t.agent_id, above)?;
    let leg = |kind, micros| Leg { kind, debit: t.debit.clone(), credit: t.credit.clone(), micros };
    let legs = [
        leg(TransferKind::Release, held),
        leg(TransferKind::Post, within),
        leg(TransferKind::Capture, above),
    ];
    t.held_micros = 0;
    t.posted_micros = micros;
    t.status = Status::Completed;
    t.reason = None;
    t.completed = Some(w.org(by.org_id)?.now);
    let id = payload(&t.id);
    save(w, by, t, "payment.completed", micros, None, &legs)?;
    if above > 0 {
        let now = w.org(by.org_id)?.now;
        w.enqueue(by.org_id, "captured", id, now);
    }
    Ok(())
}

/// A second payment for one transaction: all of it is money that nobody authorised. What of it was booked is remembered,
/// so that hearing of it again changes nothing.
fn other_payment(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    micros: i64,
    reference: &str,
) -> Result<(), Refusal> {
    let booked = t.other_payments.entry(reference.to_owned()).or_insert(0);
    let more = micros.saturating_sub(*booked);
    if more <= 0 {
        return Ok(());
    }
    *booked = micros;
    capture(w, by, t, more, Some(reference))
}

/// Money left that was not held. The status stays: only its sums and the ledger change, and humans are told.
///
/// # Errors
/// [`Refusal`].
pub fn capture(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    micros: i64,
    note: Option<&str>,
) -> Result<(), Refusal> {
    t.posted_micros = t.posted_micros.checked_add(micros).ok_or(Refusal::Overflow)?;
    w.spend_now(&t.agent_id, micros)?;
    let leg = Leg { kind: TransferKind::Capture, debit: t.debit.clone(), credit: t.credit.clone(), micros };
    let id = payload(&t.id);
    save(w, by, t, "payment.captured", micros, note, &[leg])?;
    let now = w.org(by.org_id)?.now;
    w.enqueue(by.org_id, "captured", id, now);
    Ok(())
}

fn refused(w: &mut Working, by: Change<'_>, mut t: Transaction, code: &str) -> Result<(), Refusal> {
    match t.status {
        Status::Executing | Status::Unknown => {
            t.reason = Some(code.to_owned());
            void(w, by, t, Status::Failed, "payment.failed", Some(code))
        }
        // Late news of a payment that ended otherwise changes nothing.
        Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => Ok(()),
        Status::Pending | Status::Approved => Err(Refusal::WrongStatus(t.status)),
    }
}

fn unknown(w: &mut Working, by: Change<'_>, mut t: Transaction, why: &str) -> Result<(), Refusal> {
    match t.status {
        Status::Executing => {
            t.status = Status::Unknown;
            t.reason = Some("outcome_unknown".to_owned());
            let (id, amount, is_prepaid) = (payload(&t.id), t.amount_micros, t.rail.is_prepaid());
            save(w, by, t, "payment.unknown", amount, Some(why), &[])?;
            let wait = if is_prepaid { limits::LOOK_UP_AFTER_PREPAID } else { limits::LOOK_UP_AFTER_DIRECT };
            let ask_at = w.org(by.org_id)?.now.plus(wait);
            w.enqueue(by.org_id, "look_up", id, ask_at);
            Ok(())
        }
        // Unknown still; but by now the rail may have an id for it.
        Status::Unknown if w.transaction(by.org_id, by.id)?.rail_reference == t.rail_reference => Ok(()),
        Status::Unknown => {
            let amount = t.amount_micros;
            save(w, by, t, "payment.unknown", amount, Some(why), &[])
        }
        Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => Ok(()),
        Status::Pending | Status::Approved => Err(Refusal::WrongStatus(t.status)),
    }
}

/// Books what a bank has taken back by now, in all: an absolute figure, so that news may come twice. No window changes.
///
/// # Errors
/// [`Refusal`].
pub fn disputed_in_all(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    total: i64,
) -> Result<(), Refusal> {
    let more = total.checked_sub(t.disputed_micros).ok_or(Refusal::Overflow)?;
    if more == 0 || total < 0 || t.posted_micros == 0 {
        return Ok(());
    }
    t.disputed_micros = total;
    let (action, debit, credit) = if more > 0 {
        ("payment.disputed", &t.credit, &t.debit)
    } else {
        ("payment.dispute_won", &t.debit, &t.credit)
    };
    let size = more.abs();
    let leg = Leg { kind: TransferKind::Dispute, debit: debit.clone(), credit: credit.clone(), micros: size };
    let id = payload(&t.id);
    save(w, by, t, action, size, None, &[leg])?;
    let now = w.org(by.org_id)?.now;
    w.enqueue(by.org_id, "disputed", id, now);
    Ok(())
}
