//! The card network asks: yes or no, at once.
//!
//! A yes is the call of the rail: what it allows is `executing` from then on, and only the network ends it. Where a human
//! must be asked the till hears no, and what they are asked about waits as a reservation: after their yes the same card
//! takes it up with the same amount at the same merchant, within [`limits::CARD_RETRY_WITHIN`].
//!
//! Nothing at all is asked for where a shop only looks whether a card is good. That too is decided, written down and
//! counted; it holds nothing, takes up nothing, and asks nobody.

use std::sync::Arc;

use bursar_base::{Mode, TimeUs, TransactionId, limits};

use super::booking::{Leg, Note, Question, event_about};
use super::change::{Change, save};
use super::command::{Authorize, Outcome, Refusal, Reply};
use super::consider::{Request, consider};
use super::decide::blocked_now;
use super::freeze::stopped;
use super::reserve::{actor_of, write};
use super::working::Working;
use crate::authorizations::{Authorization, Owner};
use crate::ledger::TransferKind;
use crate::policies::{AtTill, RailName, Rate, Reason, Verdict};
use crate::transactions::{Status, Transaction};

/// A human is asked; after a yes the same purchase passes for a while.
pub const ASKED: &str = "approval_asked";
/// An increase that a human would have to be asked about, which cannot be while the merchant waits.
pub const NEEDS_APPROVAL: &str = "approval_needed";
/// An increase of what was never allowed, has ended, or was asked about too often.
pub const NOT_OPEN: &str = "authorization_not_open";

/// Answers a question of the card network.
///
/// # Errors
/// [`Refusal`]: nothing is written, and the network is told no.
pub fn authorize(w: &mut Working, a: &Authorize, breaker: Rate) -> Outcome {
    let org = w.org(&a.org_id)?;
    if a.amount.micros < 0 {
        return Err(Refusal::NotPositive);
    }
    let card = w.cards.get(&a.card_id).filter(|card| card.org_id == a.org_id && card.agent_id == a.agent_id);
    let state = card.ok_or(Refusal::NotFound("card"))?.at(&a.merchant_key);
    if a.live != (org.mode == Mode::Live) {
        return Err(Refusal::NotFound("card"));
    }
    w.budget(&a.org_id, &a.agent_id)?;
    w.roll_windows(&a.org_id, &a.agent_id);
    let request = Request::at_till(a, state);
    let Some(known) = w.authorizations.get(&a.reference).cloned() else {
        return first(w, a, &request, breaker);
    };
    if known.card_id != a.card_id || known.org_id != a.org_id {
        return Err(Refusal::NotFound("authorization"));
    }
    if let Some(&approved) = known.requests.get(&a.request) {
        let transaction = w.transaction(&a.org_id, &known.transaction_id)?.clone();
        return Ok(Reply::Authorization { transaction, approved, reason: None });
    }
    increase(w, a, &request, known, breaker)
}

/// The first question about an authorisation.
fn first(w: &mut Working, a: &Authorize, request: &Request<'_>, breaker: Rate) -> Outcome {
    let (id, refusal) = match reservation(w, a, request)? {
        Some(t) if t.status == Status::Approved => (take_up(w, a, request, &t)?, None),
        Some(t) => (t.id.clone(), Some(ASKED)),
        None => {
            let considered = consider(w, request, None, breaker)?;
            let refusal = match (considered.decision.verdict, considered.decision.reason) {
                (Verdict::Approve, _) => None,
                (Verdict::Ask, _) => Some(ASKED),
                (Verdict::Decline, reason) => Some(reason.map_or(NOT_OPEN, Reason::as_str)),
            };
            let id = write(w, request, considered)?.id.clone();
            tell_of_drift(w, a, &id);
            (id, refusal)
        }
    };
    let owner = Owner { org_id: &a.org_id, agent_id: &a.agent_id, card_id: &a.card_id };
    let known = Authorization::new(&a.reference, owner, id, w.org(&a.org_id)?.now);
    answer(w, a, request, known, refusal)
}

/// What the agent has reserved at this merchant, open or not.
fn reserved_there<'w>(w: &'w Working, a: &Authorize) -> impl Iterator<Item = &'w Arc<Transaction>> {
    let all = w.reserved.get(&(a.agent_id.clone(), a.merchant_key.clone())).into_iter().flatten();
    all.filter_map(|id| w.transactions.get(id))
}

/// Whether a reservation was made for a card, this one or any, and for such a purchase.
fn fits(t: &Transaction, a: &Authorize, now: TimeUs) -> bool {
    let same_card = t.card_id.as_ref().is_none_or(|card| *card == a.card_id);
    let at_till = t.rail == RailName::Card && same_card;
    at_till && t.currency == a.amount.currency && t.awaits(a.amount.micros, now)
}

/// Where the agent intended to buy something there, and this is something else, a human is to know.
fn tell_of_drift(w: &mut Working, a: &Authorize, id: &TransactionId) {
    let Some(now) = w.orgs.get(&a.org_id).map(|org| org.now) else { return };
    if a.amount.micros == 0 {
        return;
    }
    let open = |t: &&Arc<Transaction>| t.is_intent() && t.awaits(t.amount_micros, now);
    let intents: Vec<_> = reserved_there(w, a).filter(open).collect();
    // What fits one and was declined is no other purchase: something stands in its way.
    if intents.iter().any(|t| fits(t, a, now)) {
        return;
    }
    if let Some(intent) = intents.into_iter().min_by_key(|t| t.number) {
        let pair = format!("{id} {}", intent.id);
        w.enqueue(&a.org_id, "drift", pair, now);
    }
}

/// The agent's reservation that this purchase fits: an approved one before one that is still asked about. None where
/// something stands in its way by now; then the purchase is looked at like any other, and declined.
fn reservation(
    w: &Working,
    a: &Authorize,
    request: &Request<'_>,
) -> Result<Option<Arc<Transaction>>, Refusal> {
    let now = w.org(&a.org_id)?.now;
    let usable = a.amount.micros > 0 && request.card() == Some(AtTill::Usable);
    if !usable || stopped(w, &a.org_id, &a.agent_id)?.is_some() {
        return Ok(None);
    }
    let open = reserved_there(w, a).filter(|t| fits(t, a, now));
    let Some(t) = open.min_by_key(|t| (t.status != Status::Approved, t.number)).cloned() else {
        return Ok(None);
    };
    // The network's word on what is sold there goes before the payee's, which the reservation was made with.
    let sold =
        Transaction { category: a.category.clone().or_else(|| t.category.clone()), ..Transaction::clone(&t) };
    let by = Change { org_id: &a.org_id, id: &t.id, actor: "" };
    Ok(blocked_now(w, by, &sold)?.is_none().then_some(t))
}

/// A purchase takes up what was reserved for it. From now on only the network ends it.
fn take_up(
    w: &mut Working,
    a: &Authorize,
    request: &Request<'_>,
    reserved: &Transaction,
) -> Result<TransactionId, Refusal> {
    let (mut t, actor) = (reserved.clone(), actor_of(request));
    let by = Change { org_id: &a.org_id, id: &reserved.id, actor: &actor };
    t.status = Status::Executing;
    t.attempt = Some(w.org(&a.org_id)?.now);
    t.deadline = None;
    t.rail_reference = Some(a.reference.clone());
    let amount = t.amount_micros;
    save(w, by, t, "payment.executing", amount, None, &[])?;
    hold(w, by, a.amount.micros, None)?;
    Ok(reserved.id.clone())
}

/// The network asks for more of what it was allowed before.
fn increase(
    w: &mut Working,
    a: &Authorize,
    request: &Request<'_>,
    known: Authorization,
    breaker: Rate,
) -> Outcome {
    let t = w.transaction(&a.org_id, &known.transaction_id)?.clone();
    let ours = t.rail_reference.as_ref() == Some(&a.reference) && t.status == Status::Executing;
    if !ours || known.ended || known.requests.len() >= limits::CARD_REQUESTS_MAX {
        return answer(w, a, request, known, Some(NOT_OPEN));
    }
    let decision = consider(w, request, Some(&t), breaker)?.decision;
    let refusal = match (decision.verdict, decision.reason) {
        (Verdict::Approve, _) => None,
        (Verdict::Ask, _) => Some(NEEDS_APPROVAL),
        (Verdict::Decline, reason) => Some(reason.map_or(NOT_OPEN, Reason::as_str)),
    };
    if refusal.is_none() {
        let actor = actor_of(request);
        let by = Change { org_id: &a.org_id, id: &t.id, actor: &actor };
        let held = t.held_micros.checked_add(a.amount.micros).ok_or(Refusal::Overflow)?;
        hold(w, by, held, None)?;
    }
    answer(w, a, request, known, refusal)
}

/// Writes down what the network is told, and sees to it that the network is asked what became of a yes.
fn answer(
    w: &mut Working,
    a: &Authorize,
    request: &Request<'_>,
    mut known: Authorization,
    refusal: Option<&'static str>,
) -> Outcome {
    let (approved, id) = (refusal.is_none(), known.transaction_id.clone());
    let transaction = w.transaction(&a.org_id, &id)?.clone();
    let action = if approved { "card.authorized" } else { "card.declined" };
    // Which question it was only the entry tells: what a human is asked about is one payment for all of its tries.
    let question = Some(Question { authorization: &a.reference, request: &a.request });
    let note = Note { text: refusal, question };
    let event = event_about(&transaction, action, &actor_of(request), a.amount, note);
    w.book(&a.org_id, event, a.amount.currency, &[])?;
    let now = w.org(&a.org_id)?.now;
    if approved {
        w.enqueue_reading(&a.org_id, &a.reference, now.plus(limits::CARD_READ_FIRST));
        known.allowed = Some(now);
    }
    // One question too many is answered with no, also when it is repeated.
    if known.requests.len() < limits::CARD_REQUESTS_MAX {
        known.requests.insert(a.request.clone(), approved);
    }
    known.updated = now;
    w.authorizations.put(a.reference.clone(), known);
    Ok(Reply::Authorization { transaction, approved, reason: refusal })
}

/// Makes an open purchase hold so much, in the windows it was put in.
///
/// # Errors
/// [`Refusal`].
pub fn hold(w: &mut Working, by: Change<'_>, micros: i64, note: Option<&str>) -> Result<(), Refusal> {
    let mut t = Transaction::clone(w.transaction(by.org_id, by.id)?);
    let more = micros.checked_sub(t.held_micros).ok_or(Refusal::Overflow)?;
    if more == 0 {
        return Ok(());
    }
    if t.amount_micros == 0 {
        // Until now it held nothing, so it was in no window: it counts in those of the moment that it grows.
        let budget = w.budget(by.org_id, &t.agent_id)?;
        (t.day_start, t.week_start, t.month_start) =
            (budget.day.start, budget.week.start, budget.month.start);
    }
    w.adjust_remembered(&t, more, 0)?;
    let size = more.abs();
    let leg = |kind| Leg { kind, debit: t.debit.clone(), credit: t.credit.clone(), micros: size };
    t.held_micros = micros;
    let (action, leg) = if more > 0 {
        t.amount_micros = t.amount_micros.checked_add(more).ok_or(Refusal::Overflow)?;
        ("payment.increased", leg(TransferKind::Hold))
    } else {
        ("payment.reduced", leg(TransferKind::Release))
    };
    save(w, by, t, action, size, note, &[leg])
}
