//! The kill switch over HTTP, for owners.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{AgentId, FreezeId, OrgId, TimeUs, limits};
use bursar_http::{PathText, Problem, parse_json};
use bursar_identity::keys::{Caller, Freshness};
use bursar_store::{StoreError, Tx};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::service::{self, AtRail, Switch};
use super::{Freeze, PartState};
use crate::Spend;
use crate::context::{nonce_of, store_problem};
use crate::requests::api::caller;
use crate::requests::form;

/// What is to be stopped, or to go on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchBody {
    /// Only this agent; the whole org when absent.
    pub agent_id: Option<String>,
    /// Why, for the audit trail and the mail to owners.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// How far one part of a freeze is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartBody {
    /// `decisions`, `keys`, `sessions`, `approvals`, `payments`, `pages` or `cards`.
    pub part: String,
    /// `acknowledged`, `still_trying`, or `ended` where the freeze ended before it was done.
    pub status: String,
    /// How many there were to stop.
    pub found: i64,
    /// How many of them have stopped.
    pub done: i64,
    /// How many have not.
    pub left: i64,
    /// Why not, where that is known.
    pub note: Option<String>,
}

/// A stop of an agent or of a whole org, and how far each part of it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FreezeBody {
    /// Its id.
    pub freeze_id: String,
    /// In which org.
    pub org_id: String,
    /// The agent that is frozen; the whole org when absent.
    pub agent_id: Option<String>,
    /// `still_trying`, `acknowledged` once every part is, or `ended`.
    pub status: String,
    /// Why.
    pub reason: String,
    /// Who pressed the switch.
    pub actor: String,
    /// The audit entry that it began with: nothing is allowed behind it.
    pub audit_entry: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub frozen_at: TimeUs,
    /// When every part had stopped.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<TimeUs>,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<TimeUs>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why.
    pub ended_reason: Option<String>,
    /// Every part.
    pub parts: Vec<PartBody>,
    /// How many payments were sent to their rails before and have no certain answer yet. No freeze stops those.
    pub at_rail: i64,
    /// The oldest of them, at most 100.
    pub at_rail_payments: Vec<AtRail>,
}

impl PartBody {
    fn new(state: PartState, has_ended: bool) -> PartBody {
        let status = match (state.left, has_ended) {
            (0, _) => "acknowledged",
            (_, true) => "ended",
            (_, false) => "still_trying",
        };
        PartBody {
            part: state.part.as_str().to_owned(),
            status: status.to_owned(),
            found: state.found,
            done: state.found - state.left,
            left: state.left,
            note: state.note,
        }
    }
}

impl FreezeBody {
    /// A freeze as it is now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(tx: &mut Tx, freeze: &Freeze) -> Result<FreezeBody, StoreError> {
        let has_ended = freeze.end.is_some();
        let states = service::states(tx, freeze).await?;
        let stopped = !states.is_empty() && states.iter().all(|state| state.left == 0);
        let status = match (has_ended, stopped) {
            (true, _) => "ended",
            (false, true) => "acknowledged",
            (false, false) => "still_trying",
        };
        let (at_rail, at_rail_payments) = service::at_rail(tx, freeze).await?;
        let end = freeze.end.as_ref();
        Ok(FreezeBody {
            freeze_id: freeze.id.to_string(),
            org_id: freeze.org_id.to_string(),
            agent_id: freeze.agent_id().map(|id| id.to_string()),
            status: status.to_owned(),
            reason: freeze.reason.clone(),
            actor: freeze.actor.clone(),
            audit_entry: freeze.seq,
            frozen_at: freeze.frozen,
            acknowledged_at: freeze.acknowledged,
            ended_at: end.map(|end| end.at),
            ended_by: end.map(|end| end.actor.clone()),
            ended_reason: end.map(|end| end.reason.clone()),
            parts: states.into_iter().map(|state| PartBody::new(state, has_ended)).collect(),
            at_rail,
            at_rail_payments,
        })
    }
}

async fn body_of(spend: &Spend, freeze: &Freeze) -> Result<Json<FreezeBody>, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    Ok(Json(FreezeBody::read(&mut tx, freeze).await.map_err(store_problem)?))
}

/// Who asks, for which agent, and why.
async fn asked(
    spend: &Spend,
    uri: OriginalUri,
    request: Request,
) -> Result<(Caller, Option<AgentId>, String), Problem> {
    let (caller, parts, body) = caller(spend, uri, request, Freshness::Now).await?;
    let body: SwitchBody = parse_json(&parts.headers, &body)?;
    let reason = form::text("reason", &body.reason, 1, limits::MAX_REASON_CHARS)?;
    let agent = match body.agent_id {
        None => None,
        Some(id) => Some(agent_in(spend, &caller.org_id, &id).await?),
    };
    Ok((caller, agent, reason))
}

async fn agent_in(spend: &Spend, org: &OrgId, id: &str) -> Result<AgentId, Problem> {
    let id = AgentId::parse(id).map_err(|error| Problem::field("agent_id", error.to_string()))?;
    match spend.agent_of(org, &id).await {
        Ok(agent) => Ok(agent.id),
        Err(problem) if problem.status == StatusCode::NOT_FOUND => {
            Err(Problem::field("agent_id", "one of the org's agents"))
        }
        Err(problem) => Err(problem),
    }
}

/// The kill switch: stop the whole org or one agent, at once. The answer says how far each part is; what is still trying
/// goes on by itself. Pressed again, it answers the same freeze.
#[utoipa::path(post, path = "/dashboard/freeze", tag = "dashboard", request_body = SwitchBody,
    responses((status = 200, body = FreezeBody)))]
pub async fn freeze(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<FreezeBody>, Problem> {
    let (caller, agent, reason) = asked(&spend, uri, request).await?;
    let actor = caller.actor();
    let switch = Switch { org_id: &caller.org_id, agent_id: agent.as_ref(), reason: &reason, actor: &actor };
    let freeze = service::press(&spend, switch, nonce_of(&caller)).await?;
    body_of(&spend, &freeze).await
}

/// Let the org or the agent go on. What was withdrawn stays withdrawn.
#[utoipa::path(post, path = "/dashboard/unfreeze", tag = "dashboard", request_body = SwitchBody,
    responses((status = 200, body = FreezeBody)))]
pub async fn unfreeze(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<FreezeBody>, Problem> {
    let (caller, agent, reason) = asked(&spend, uri, request).await?;
    let actor = caller.actor();
    let switch = Switch { org_id: &caller.org_id, agent_id: agent.as_ref(), reason: &reason, actor: &actor };
    let freeze = service::release(&spend, switch, nonce_of(&caller)).await?;
    body_of(&spend, &freeze).await
}

/// How far a freeze is.
#[utoipa::path(get, path = "/dashboard/freeze/{id}", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = FreezeBody)))]
pub async fn get(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<FreezeBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let id = FreezeId::parse(&id).map_err(|_| Problem::not_found("freeze"))?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = service::find(&mut tx, &id).await.map_err(store_problem)?;
    drop(tx);
    let freeze = found.filter(|freeze| freeze.org_id == caller.org_id);
    body_of(&spend, &freeze.ok_or_else(|| Problem::not_found("freeze"))?).await
}
