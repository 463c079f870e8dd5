//! Stopping an agent or a whole org, and letting it go on.
//!
//! Invariant: a freeze is read under the org's lock by whatever decides, so nothing is allowed behind the audit entry that
//! it begins with. What was allowed before and waits is withdrawn by the job `freeze`.

use bursar_base::{AgentId, Currency, FreezeId, OrgId};
use bursar_store::events::NewEvent;
use serde_json::json;

use super::booking::in_place_of_chance;
use super::command::{Nonce, Refusal, Reply};
use super::working::{FreezeEnd, NewFreeze, Working};
use crate::policies::{AgentState, Reason};

/// Sets or ends a freeze on behalf of a human; of the whole org where no agent is named. Doing it twice changes nothing.
///
/// # Errors
/// [`Refusal`].
pub fn set_frozen(
    w: &mut Working,
    (org_id, agent_id): (&OrgId, Option<&AgentId>),
    frozen: bool,
    reason: &str,
    actor: &str,
    nonce: Option<&Nonce>,
) -> Result<Reply, Refusal> {
    w.use_nonce(nonce)?;
    let Some(agent_id) = agent_id else {
        match (frozen, w.org(org_id)?.is_frozen) {
            (true, false) => freeze_org(w, org_id, reason, actor)?,
            (false, true) => unfreeze_org(w, org_id, reason, actor)?,
            (true, true) | (false, false) => {}
        }
        return Ok(Reply::Done);
    };
    match (frozen, w.budget(org_id, agent_id)?.state) {
        (true, AgentState::Active) => freeze_agent(w, org_id, agent_id, reason, actor)?,
        (false, AgentState::Frozen) => unfreeze_agent(w, org_id, agent_id, reason, actor)?,
        (true, AgentState::Frozen | AgentState::Pending)
        | (false, AgentState::Active | AgentState::Pending) => {}
    }
    Ok(Reply::Done)
}

/// Why an agent may not go on with what was allowed earlier, if it may not.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn stopped(w: &Working, org_id: &OrgId, agent_id: &AgentId) -> Result<Option<Reason>, Refusal> {
    if w.org(org_id)?.is_frozen {
        return Ok(Some(Reason::OrgFrozen));
    }
    Ok(match w.budget(org_id, agent_id)?.state {
        AgentState::Active => None,
        AgentState::Frozen | AgentState::Pending => Some(Reason::AgentFrozen),
    })
}

/// Freezes an agent: nothing new is allowed from now on, and a job withdraws what waits for a human or for its rail.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn freeze_agent(
    w: &mut Working,
    org_id: &OrgId,
    agent_id: &AgentId,
    reason: &str,
    actor: &str,
) -> Result<(), Refusal> {
    let budget = w.budgets.get_mut(agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.state = AgentState::Frozen;
    budget.frozen_reason = Some(reason.to_owned());
    let currency = budget.currency;
    begin(w, org_id, Some(agent_id), currency, reason, actor)
}

fn freeze_org(w: &mut Working, org_id: &OrgId, reason: &str, actor: &str) -> Result<(), Refusal> {
    let org = w.orgs.get_mut(org_id).ok_or(Refusal::NotFound("org"))?;
    org.is_frozen = true;
    let (now, currency) = (org.now, org.currency);
    w.orgs_frozen.insert(org_id.clone(), Some(now));
    begin(w, org_id, None, currency, reason, actor)
}

fn begin(
    w: &mut Working,
    org_id: &OrgId,
    agent_id: Option<&AgentId>,
    currency: Currency,
    reason: &str,
    actor: &str,
) -> Result<(), Refusal> {
    let org = w.org(org_id)?;
    let (now, scope) = (org.now, agent_id.map_or(org_id.as_str(), AgentId::as_str).to_owned());
    let id = FreezeId::from_parts(now, in_place_of_chance(&org.head.hash, &scope));
    let detail = json!({ "freeze_id": id, "reason": reason });
    let event = match agent_id {
        Some(agent) => NewEvent::new("agent.frozen", actor, &detail).agent(agent),
        None => NewEvent::new("org.frozen", actor, &detail),
    };
    w.book(org_id, event, currency, &[])?;
    let notice = json!({ "agent_id": agent_id, "actor": actor, "reason": reason, "at": now });
    w.enqueue(org_id, "freeze", id.to_string(), now);
    w.enqueue(org_id, "frozen", notice.to_string(), now);
    let seq = w.org(org_id)?.head.seq;
    w.freezes.push(NewFreeze {
        id,
        org_id: org_id.clone(),
        scope,
        reason: reason.to_owned(),
        actor: actor.to_owned(),
        seq,
        at: now,
        end: None,
    });
    Ok(())
}

fn unfreeze_agent(
    w: &mut Working,
    org_id: &OrgId,
    agent_id: &AgentId,
    reason: &str,
    actor: &str,
) -> Result<(), Refusal> {
    let budget = w.budgets.get_mut(agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.state = AgentState::Active;
    budget.frozen_reason = None;
    // Otherwise the decisions that tripped the breaker would trip it again at once.
    budget.breaker_from = budget.decisions;
    let currency = budget.currency;
    let event = NewEvent::new("agent.unfrozen", actor, &json!({ "reason": reason })).agent(agent_id);
    w.book(org_id, event, currency, &[])?;
    end(w, org_id, agent_id.as_str(), reason, actor)
}

fn unfreeze_org(w: &mut Working, org_id: &OrgId, reason: &str, actor: &str) -> Result<(), Refusal> {
    let org = w.orgs.get_mut(org_id).ok_or(Refusal::NotFound("org"))?;
    org.is_frozen = false;
    let currency = org.currency;
    w.orgs_frozen.insert(org_id.clone(), None);
    let event = NewEvent::new("org.unfrozen", actor, &json!({ "reason": reason }));
    w.book(org_id, event, currency, &[])?;
    end(w, org_id, org_id.as_str(), reason, actor)
}

fn end(w: &mut Working, org_id: &OrgId, scope: &str, reason: &str, actor: &str) -> Result<(), Refusal> {
    let (org_id, at) = (org_id.clone(), w.org(org_id)?.now);
    let ends =
        FreezeEnd { org_id, scope: scope.to_owned(), reason: reason.to_owned(), actor: actor.to_owned(), at };
    // One that began in the same batch is not in the database yet.
    match w.freezes.iter_mut().find(|freeze| freeze.scope == scope && freeze.end.is_none()) {
        Some(freeze) => freeze.end = Some(ends),
        None => w.freezes_ended.push(ends),
    }
    Ok(())
}
