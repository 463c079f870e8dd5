//! Stopping an agent and letting it go on.

use bursar_base::{AgentId, OrgId};
use bursar_store::events::NewEvent;
use serde_json::json;

use super::command::{Nonce, Refusal, Reply};
use super::working::Working;
use crate::policies::AgentState;

/// Sets or ends a freeze on behalf of a human. Doing it twice changes nothing.
///
/// # Errors
/// [`Refusal`].
pub fn set_frozen(
    w: &mut Working,
    (org_id, agent_id): (&OrgId, &AgentId),
    frozen: bool,
    reason: &str,
    actor: &str,
    nonce: Option<&Nonce>,
) -> Result<Reply, Refusal> {
    w.use_nonce(nonce)?;
    let state = w.budget(org_id, agent_id)?.state;
    match (frozen, state) {
        (true, AgentState::Active) => freeze(w, org_id, agent_id, reason, actor)?,
        (false, AgentState::Frozen) => unfreeze(w, org_id, agent_id, reason, actor)?,
        (true, AgentState::Frozen | AgentState::Pending)
        | (false, AgentState::Active | AgentState::Pending) => {}
    }
    Ok(Reply::Done)
}

/// Freezes an agent: nothing new is allowed from now on, and a job withdraws what waits for a human or for its rail.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn freeze(
    w: &mut Working,
    org_id: &OrgId,
    agent_id: &AgentId,
    reason: &str,
    actor: &str,
) -> Result<(), Refusal> {
    let now = w.org(org_id)?.now;
    let budget = w.budgets.get_mut(agent_id).ok_or(Refusal::NotFound("agent"))?;
    budget.state = AgentState::Frozen;
    budget.frozen_reason = Some(reason.to_owned());
    let currency = budget.currency;
    let event = NewEvent::new("agent.frozen", actor, &json!({ "reason": reason })).agent(agent_id);
    w.book(org_id, event, currency, &[])?;
    w.enqueue(org_id, "sweep", agent_id.to_string(), now);
    let notice = json!({ "agent_id": agent_id, "actor": actor, "reason": reason, "at": now });
    w.enqueue(org_id, "frozen", notice.to_string(), now);
    Ok(())
}

fn unfreeze(
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
    w.book(org_id, event, currency, &[])
}
