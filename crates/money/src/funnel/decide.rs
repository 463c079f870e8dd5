//! A human's word on a payment that waits: one no ends it, and so many yes allow it.

use bursar_base::{MemberId, TimeUs, limits};

use super::booking::payload;
use super::change::{Change, save, time_out, void, withdrawn};
use super::command::Refusal;
use super::freeze::stopped;
use super::working::Working;
use crate::policies::{Pattern, Reason};
use crate::transactions::{Status, Transaction};
use crate::votes::{self, Vote};

/// What somebody says.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// Who: an owner or approver, however they came.
    pub member: &'a MemberId,
    /// Yes.
    pub approve: bool,
    /// Hash of what they saw.
    pub intent_hash: &'a str,
    /// Why.
    pub reason: Option<&'a str>,
}

/// Takes somebody's word. A yes that is not enough is kept, and the payment waits on.
///
/// # Errors
/// [`Refusal`].
pub fn decide(w: &mut Working, by: Change<'_>, mut t: Transaction, word: Word<'_>) -> Result<(), Refusal> {
    if crate::transactions::intent_hash(&t) != word.intent_hash {
        return Err(Refusal::IntentChanged);
    }
    let now = w.org(by.org_id)?.now;
    if t.status != Status::Pending {
        return Err(Refusal::WrongStatus(t.status));
    }
    if !w.deciders.contains(&(by.org_id.clone(), word.member.clone())) {
        return Err(Refusal::MayNotDecide);
    }
    if t.deadline.is_some_and(|deadline| now >= deadline) {
        return time_out(w, by, t);
    }
    let undecided = t.clone();
    t.decided_by = Some(by.actor.to_owned());
    t.decided_reason = word.reason.map(str::to_owned);
    t.decided = Some(now);
    if !word.approve {
        t.reason = Some(Reason::DeclinedByHuman.as_str().to_owned());
        return void(w, by, t, Status::Declined, "approval.declined", word.reason);
    }
    if w.votes.get(&(t.id.clone(), word.member.clone())).is_some() {
        return Err(Refusal::AlreadyVoted);
    }
    if let Some(frozen) = stopped(w, by.org_id, &t.agent_id)? {
        let t = withdrawn(t, frozen.as_str());
        return void(w, by, t, Status::Cancelled, "payment.cancelled", word.reason);
    }
    if !still_stands(w, &t, now) {
        let gone = if t.card_id.is_some() { Reason::CardNotActive.as_str() } else { "key_revoked" };
        let t = withdrawn(t, gone);
        return void(w, by, t, Status::Cancelled, "payment.cancelled", word.reason);
    }
    if let Some(blocked) = blocked_now(w, by, &t)? {
        t.reason = Some(blocked.as_str().to_owned());
        return void(w, by, t, Status::Declined, "payment.declined", word.reason);
    }
    let given = count(w, by, &t) + 1;
    let (id, amount) = (payload(&t.id), t.amount_micros);
    let vote = Vote {
        transaction_id: t.id.clone(),
        member_id: word.member.clone(),
        org_id: t.org_id.clone(),
        actor: by.actor.to_owned(),
        reason: word.reason.map(str::to_owned),
        at: now,
    };
    w.votes.add((vote.transaction_id.clone(), vote.member_id.clone()), vote);
    if given < u64::from(votes::needed(&t)) {
        return save(w, by, undecided, "approval.voted", amount, word.reason, &[]);
    }
    t.status = Status::Approved;
    let waits = t.tolerance_micros.is_some();
    let until = now.plus(if waits { limits::CARD_RETRY_WITHIN } else { limits::EXECUTE_WITHIN });
    t.deadline = Some(until);
    save(w, by, t, "approval.approved", amount, word.reason, &[])?;
    // A reservation is not paid by a job: its purchase takes it up in time, or it ends.
    if waits {
        w.enqueue(by.org_id, "expire", id, until);
    } else {
        w.enqueue(by.org_id, "execute", id, now);
    }
    Ok(())
}

/// Whether the key or the card that it was asked with may still be used.
fn still_stands(w: &Working, t: &Transaction, now: TimeUs) -> bool {
    match (&t.key_id, &t.card_id) {
        (Some(key), _) => w.keys.get(key).is_some_and(|key| key.is_valid(now)),
        (None, Some(card)) => w.cards.get(card).is_some_and(|card| card.active),
        (None, None) => false,
    }
}

/// How many have said yes who may still do so.
fn count(w: &Working, by: Change<'_>, t: &Transaction) -> u64 {
    let counts = |vote: &&Vote| {
        vote.transaction_id == t.id && w.deciders.contains(&(by.org_id.clone(), vote.member_id.clone()))
    };
    w.votes.values().filter(counts).map(|_| 1).sum()
}

/// Whether the policy in force by now blocks what was asked about.
fn blocked_now(w: &Working, by: Change<'_>, t: &Transaction) -> Result<Option<Reason>, Refusal> {
    let budget = w.budget(by.org_id, &t.agent_id)?;
    let Some(policy) = w.policy(budget) else {
        return Ok(Some(Reason::NoPolicy));
    };
    let listed = |list: &[Pattern]| list.iter().any(|pattern| pattern.matches(&t.merchant_key));
    if listed(&policy.merchants_block) {
        return Ok(Some(Reason::MerchantBlocked));
    }
    let category = t.category.as_deref().map(crate::policies::fold_category);
    if category.is_some_and(|category| policy.categories.block.contains(&category)) {
        return Ok(Some(Reason::CategoryBlocked));
    }
    Ok(policy.rails.as_ref().is_some_and(|rails| !rails.contains(&t.rail)).then_some(Reason::RailBlocked))
}
