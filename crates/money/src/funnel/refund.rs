//! Giving money back: asked for, then settled by the rail. A refund credits where the money came from, never a window.

use super::booking::Leg;
use super::change::{Change, save};
use super::command::Refusal;
use super::working::{Refund, RefundStatus, Working};
use crate::ledger::TransferKind;
use crate::policies::RailName;
use crate::transactions::{Status, Transaction};

/// A refund as asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its id, if it is new.
    pub refund_id: &'a str,
    /// All that is left, when unset.
    pub micros: Option<i64>,
    /// The same again is the same refund.
    pub idempotency_key: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Asks for a refund, and enqueues the job that gets it from the rail.
///
/// # Errors
/// [`Refusal::WrongStatus`] unless it was paid, [`Refusal::RefundTooLarge`], [`Refusal::IdempotencyConflict`].
pub fn request(w: &mut Working, by: Change<'_>, t: Transaction, asked: Asked<'_>) -> Result<(), Refusal> {
    let same =
        |refund: &&Refund| refund.transaction_id == t.id && refund.idempotency_key == asked.idempotency_key;
    if let Some(earlier) = w.refunds.values().find(same) {
        let differs = asked.micros.is_some_and(|micros| micros != earlier.micros);
        return if differs { Err(Refusal::IdempotencyConflict) } else { Ok(()) };
    }
    // Also where an intent was taken up by a card, which is not written on it.
    if t.rail == RailName::Card {
        return Err(Refusal::MerchantRefunds);
    }
    // Also what was captured after a void can be given back.
    if t.posted_micros == 0 || t.status.holds() {
        return Err(Refusal::WrongStatus(t.status));
    }
    let left =
        t.posted_micros - t.refunded_micros - t.disputed_micros - of_status(w, &t, RefundStatus::Requested);
    let micros = asked.micros.unwrap_or(left);
    if micros <= 0 || micros > left {
        return Err(Refusal::RefundTooLarge { left: left.max(0) });
    }
    let now = w.org(by.org_id)?.now;
    let refund = Refund {
        id: asked.refund_id.to_owned(),
        org_id: by.org_id.clone(),
        transaction_id: t.id.clone(),
        micros,
        status: RefundStatus::Requested,
        idempotency_key: asked.idempotency_key.to_owned(),
        actor: by.actor.to_owned(),
        reason: asked.reason.to_owned(),
        rail_reference: None,
        created: now,
        completed: None,
    };
    w.refunds.add(refund.id.clone(), refund);
    let payload =
        serde_json::json!({ "transaction_id": t.id, "refund_id": asked.refund_id, "micros": micros });
    save(w, by, t, "refund.requested", micros, Some(asked.reason), &[])?;
    w.enqueue(by.org_id, "refund", payload.to_string(), now);
    Ok(())
}

/// What was asked for here and stands so.
fn of_status(w: &Working, t: &Transaction, status: RefundStatus) -> i64 {
    let stands = |refund: &&Refund| refund.transaction_id == t.id && refund.status == status;
    w.refunds.values().filter(stands).map(|refund| refund.micros).sum()
}

/// Books what the rail made of a refund: its id of it, or `None` when it refused, which humans are told.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn settle(
    w: &mut Working,
    by: Change<'_>,
    t: Transaction,
    refund_id: &str,
    reference: Option<&str>,
) -> Result<(), Refusal> {
    let now = w.org(by.org_id)?.now;
    let key = refund_id.to_owned();
    let refund = w.refunds.get(&key).filter(|refund| refund.transaction_id == t.id);
    let refund = refund.ok_or(Refusal::NotFound("refund"))?.clone();
    if refund.status != RefundStatus::Requested {
        return Ok(());
    }
    if let Some(row) = w.refunds.get_mut(&key) {
        row.status = if reference.is_some() { RefundStatus::Completed } else { RefundStatus::Failed };
        row.rail_reference = reference.map(str::to_owned);
        row.completed = Some(now);
    }
    match reference {
        Some(_) => give_back(w, by, t, refund.micros, Some(refund_id)),
        None => {
            let notice = serde_json::json!({ "transaction_id": t.id, "micros": refund.micros });
            save(w, by, t, "refund.failed", refund.micros, Some(refund_id), &[])?;
            w.enqueue(by.org_id, "refund_failed", notice.to_string(), now);
            Ok(())
        }
    }
}

/// Books refunds that were made at the rail itself, and that nobody asked for here: `total` is what they come to. Those
/// that were asked for here are booked by [`settle`] alone, so that no order of the two kinds of news can book one twice
/// or leave one out.
///
/// # Errors
/// [`Refusal`].
pub fn refunded_elsewhere(
    w: &mut Working,
    by: Change<'_>,
    t: Transaction,
    total: i64,
) -> Result<(), Refusal> {
    let booked = t.refunded_micros - of_status(w, &t, RefundStatus::Completed);
    let more = total.saturating_sub(booked);
    if more <= 0 || t.posted_micros == 0 {
        Ok(())
    } else {
        give_back(w, by, t, more, Some("made at the rail"))
    }
}

/// Books that so much came back.
///
/// # Errors
/// [`Refusal`].
pub fn give_back(
    w: &mut Working,
    by: Change<'_>,
    mut t: Transaction,
    micros: i64,
    note: Option<&str>,
) -> Result<(), Refusal> {
    t.refunded_micros = t.refunded_micros.checked_add(micros).ok_or(Refusal::Overflow)?;
    if t.status == Status::Completed && t.refunded_micros >= t.posted_micros {
        t.status = Status::Refunded;
    }
    let leg = Leg { kind: TransferKind::Refund, debit: t.credit.clone(), credit: t.debit.clone(), micros };
    save(w, by, t, "payment.refunded", micros, note, &[leg])
}
