//! A payment request that takes up what was reserved for it.
//!
//! The reservation was decided already, so its purchase is not decided again: it holds at most as much, in the windows
//! that the reservation was put in. What stands in the way of anything that was allowed earlier does so here too: then
//! the purchase is looked at like any other request, and declined.

use std::sync::Arc;

use super::change::{Change, void, withdrawn};
use super::command::{Refusal, Reserve, Then};
use super::consider::Considered;
use super::decide::blocked_now;
use super::freeze::stopped;
use super::working::Working;
use crate::policies::{Decision, RailName, Verdict, candidates};
use crate::transactions::{Status, Transaction};

/// Why a reservation ended that a purchase took up.
pub const TAKEN_UP: &str = "taken_up";

/// The reservation that a request names, if it can be taken up by it.
///
/// # Errors
/// [`Refusal::IntentPending`], [`Refusal::IntentOver`], [`Refusal::IntentDiffers`].
pub fn reserved_for(w: &Working, r: &Reserve) -> Result<Option<Arc<Transaction>>, Refusal> {
    let Then::TakeUp(id) = &r.then else { return Ok(None) };
    let now = w.org(&r.org_id)?.now;
    let mine = |t: &&Arc<Transaction>| t.agent_id == r.agent_id && t.is_intent();
    let t = w.transactions.get(id).filter(mine).ok_or(Refusal::NotFound("intent"))?.clone();
    match t.status {
        Status::Approved if t.deadline.is_none_or(|deadline| now < deadline) => {}
        Status::Pending => return Err(Refusal::IntentPending),
        Status::Approved
        | Status::Executing
        | Status::Unknown
        | Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => return Err(Refusal::IntentOver),
    }
    let same_rail = t.rail != RailName::Card && r.rail.is_none_or(|rail| rail == t.rail);
    let same_place = t.merchant_key == r.merchant_key && t.currency == r.amount.currency;
    if !same_rail || !same_place || !t.awaits(r.amount.micros, now) {
        return Err(Refusal::IntentDiffers);
    }
    let by = Change { org_id: &r.org_id, id, actor: "" };
    let in_the_way = stopped(w, &r.org_id, &r.agent_id)?.is_some() || blocked_now(w, by, &t)?.is_some();
    Ok((!in_the_way).then_some(t))
}

/// The decision that the reservation was made with.
///
/// # Errors
/// [`Refusal`].
pub fn considered(w: &Working, r: &Reserve, reserved: &Arc<Transaction>) -> Result<Considered, Refusal> {
    let (org, budget) = (w.org(&r.org_id)?, w.budget(&r.org_id, &r.agent_id)?);
    let decision = Decision { verdict: Verdict::Approve, reason: None, checks: reserved.checks.clone() };
    Ok(Considered {
        decision,
        policy: w.policy(budget),
        rail: reserved.rail,
        payee: candidates(&r.merchant_key).find_map(|key| org.payees.by_key.get(key)).cloned(),
        reserved: Some(reserved.clone()),
    })
}

/// Ends the reservation: from now on its purchase holds what is needed.
///
/// # Errors
/// [`Refusal`].
pub fn take_up(w: &mut Working, r: &Reserve, reserved: &Transaction) -> Result<(), Refusal> {
    let actor = format!("agent:{}", r.agent_id);
    let by = Change { org_id: &r.org_id, id: &reserved.id, actor: &actor };
    let (t, purchase) = (withdrawn(reserved.clone(), TAKEN_UP), r.transaction_id.to_string());
    void(w, by, t, Status::Cancelled, "intent.taken_up", Some(&purchase))
}
