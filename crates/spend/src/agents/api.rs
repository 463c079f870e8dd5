//! Agents over HTTP, for owners.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, Currency, money};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, parse_json};
use bursar_identity::agents::Agent;
use bursar_identity::keys::{Caller, Freshness};
use bursar_money::policies::{self, Document, SetPolicyError};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::service::{self, AgentError};
use super::{AgentBody, NewAgent};
use crate::Spend;
use crate::cards::issue::mirror_again;
use crate::context::{nonce_of, store_problem};
use crate::freezes::service::{self as freezes, Switch};
use crate::requests::api::{ReasonBody, caller, optional_json, reason_of};
use crate::requests::form;

/// A list of agents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgentsBody {
    /// Oldest first.
    pub data: Vec<AgentBody>,
}

/// A new agent and its key, which is shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreatedAgent {
    /// Its id.
    pub agent_id: String,
    /// Its key. Keep it: it is not shown again.
    pub api_key: String,
    /// The key's public id; `keyid` of signatures.
    pub key_id: String,
}

async fn member(
    spend: &Spend,
    uri: OriginalUri,
    request: Request,
) -> Result<(Caller, HeaderMap, axum::body::Bytes), Problem> {
    let (caller, parts, body) = caller(spend, uri, request, Freshness::Now).await?;
    Ok((caller, parts.headers, body))
}

/// What an owner asks about one of the org's agents, whose id stands in the path.
pub struct AboutAgent {
    pub(crate) spend: Spend,
    pub(crate) caller: Caller,
    pub(crate) agent: Agent,
    pub(crate) headers: HeaderMap,
    pub(crate) body: axum::body::Bytes,
}

impl FromRequest<Spend> for AboutAgent {
    type Rejection = Problem;

    async fn from_request(request: Request, spend: &Spend) -> Result<AboutAgent, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathText(id) = PathText::from_request_parts(&mut parts, spend).await?;
        let Ok(uri) = OriginalUri::from_request_parts(&mut parts, spend).await;
        let (caller, headers, body) = member(spend, uri, Request::from_parts(parts, body)).await?;
        let id = AgentId::parse(&id).map_err(|_| Problem::not_found("agent"))?;
        let agent = spend.agent_of(&caller.org_id, &id).await?;
        Ok(AboutAgent { spend: spend.clone(), caller, agent, headers, body })
    }
}

async fn body_of(spend: &Spend, agent: &Agent) -> Result<Json<AgentBody>, Problem> {
    let body = service::find(spend, agent).await.map_err(store_problem)?;
    body.map(Json).ok_or_else(|| Problem::not_found("agent"))
}

/// The org's agents, each with its limits and what is used of them.
#[utoipa::path(get, path = "/dashboard/agents", tag = "dashboard", responses((status = 200, body = AgentsBody)))]
pub async fn list(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AgentsBody>, Problem> {
    let (caller, ..) = member(&spend, uri, request).await?;
    Ok(Json(AgentsBody { data: service::list(&spend, &caller.org_id).await.map_err(store_problem)? }))
}

/// Make an agent.
#[utoipa::path(post, path = "/dashboard/agents", tag = "dashboard", request_body = NewAgent,
    responses((status = 201, body = CreatedAgent)))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, headers, body) = member(&spend, uri, request).await?;
    let new: NewAgent = parse_json(&headers, &body)?;
    let org = spend.lock_for(&caller).await?;
    let made = service::create_in(&spend, org, &caller.org_id, new, &caller.actor()).await;
    let (agent_id, key) = made.map_err(agent_problem)?;
    let body = CreatedAgent {
        agent_id: agent_id.to_string(),
        api_key: key.key.reveal().to_owned(),
        key_id: key.id.to_string(),
    };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Why an agent was not made, over HTTP.
pub fn agent_problem(error: AgentError) -> Problem {
    match error {
        AgentError::Name(message) => Problem::field("name", message),
        AgentError::Limit(error) => Problem::field(format!("limits.{}", error.field), error.message),
        AgentError::NoOrg => Problem::not_found("org"),
        AgentError::Store(error) => store_problem(error),
    }
}

/// Three limits at once, each in cents or as an amount. An absent one is taken away; all other rules stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsBody {
    /// Whole cents within a day.
    pub daily_limit_cents: Option<i64>,
    /// Whole cents per payment.
    pub per_tx_limit_cents: Option<i64>,
    /// A human is asked for anything greater, in whole cents.
    pub approval_threshold_cents: Option<i64>,
    /// Instead of `daily_limit_cents`.
    pub daily_limit: Option<String>,
    /// Instead of `per_tx_limit_cents`.
    pub per_tx_limit: Option<String>,
    /// Instead of `approval_threshold_cents`.
    pub approval_threshold: Option<String>,
}

fn limit_of(name: &str, decimal: Option<String>, cents: Option<i64>) -> Result<Option<String>, Problem> {
    match (decimal, cents) {
        (Some(_), Some(_)) => {
            Err(Problem::field(name, format!("send either `{name}` or `{name}_cents`, not both")))
        }
        (Some(text), None) => {
            let micros =
                money::parse_micros(&text).map_err(|error| Problem::field(name, error.to_string()))?;
            if micros < 0 { Err(Problem::field(name, "cannot be negative")) } else { Ok(Some(text)) }
        }
        (None, Some(0)) => Ok(Some("0.00".to_owned())),
        (None, Some(cents)) => Ok(Some(
            form::amount(None, Some(cents), Currency::USD)
                .map_err(|_| Problem::field(format!("{name}_cents"), "whole cents, zero or greater"))?
                .decimal(),
        )),
        (None, None) => Ok(None),
    }
}

/// Replace an agent's daily limit, limit per payment and approval threshold.
#[utoipa::path(put, path = "/dashboard/agents/{id}/limits", tag = "dashboard", params(("id" = String, Path)),
    request_body = LimitsBody, responses((status = 200, body = AgentBody)))]
pub async fn put_limits(about: AboutAgent) -> Result<Json<AgentBody>, Problem> {
    let AboutAgent { spend, caller, agent, headers, body } = about;
    let limits: LimitsBody = parse_json(&headers, &body)?;
    let daily = limit_of("daily_limit", limits.daily_limit, limits.daily_limit_cents)?;
    let per_transaction = limit_of("per_tx_limit", limits.per_tx_limit, limits.per_tx_limit_cents)?;
    let approve_above =
        limit_of("approval_threshold", limits.approval_threshold, limits.approval_threshold_cents)?;
    let mut org = spend.lock_for(&caller).await?;
    let current = policies::current(&mut org.tx, &agent.id).await.map_err(store_problem)?;
    let document = current.map(|version| version.document).unwrap_or_default();
    let document = Document { daily, per_transaction, approve_above, ..document };
    set_policy(&spend, org, &caller, &agent, &document, None, str::to_owned).await?;
    body_of(&spend, &agent).await
}

/// Puts a document in force, in a transaction that the caller has begun. A field of the document that is wrong is
/// called what the caller knows it as.
pub(crate) async fn set_policy(
    spend: &Spend,
    mut org: bursar_identity::OrgTx,
    caller: &Caller,
    agent: &Agent,
    document: &Document,
    expected: Option<i64>,
    field_name: fn(&str) -> String,
) -> Result<i64, Problem> {
    let current = policies::current(&mut org.tx, &agent.id).await.map_err(store_problem)?;
    if policies::raises(current.as_ref().map(|version| &version.document), document) {
        // What is no policy at all is said to be that, and nobody looks for their passkey in vain.
        let checked = policies::check_for(&mut org.tx, &caller.org_id, document).await;
        checked.map_err(|error| policy_problem(error, field_name))?;
        caller.may_raise_limits()?;
    }
    let clock = &*spend.identity.clock;
    let set =
        policies::set(&mut org.tx, clock, &caller.org_id, &agent.id, document, expected, &caller.actor())
            .await;
    let version = set.map_err(|error| policy_problem(error, field_name))?;
    let mirrored = mirror_again(spend, &mut org, &caller.org_id, Some(&agent.id));
    mirrored.await.map_err(store_problem)?;
    // `policies::set` has written the head of the chain itself.
    org.tx.commit().await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    Ok(version)
}

/// Why a document is no policy for this agent, with a wrong field called what the caller knows it as.
pub(crate) fn policy_problem(error: SetPolicyError, field_name: fn(&str) -> String) -> Problem {
    match error {
        SetPolicyError::NoAgent => Problem::not_found("agent"),
        SetPolicyError::Document(error) => Problem::field(field_name(&error.field), error.message),
        SetPolicyError::TooFewApprovers { needed, possible } => {
            let detail = SetPolicyError::TooFewApprovers { needed, possible }.to_string();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_few_approvers", detail)
                .with("needed", needed)
                .with("possible", possible)
        }
        SetPolicyError::Changed { current } => {
            let detail = SetPolicyError::Changed { current }.to_string();
            Problem::new(StatusCode::PRECONDITION_FAILED, "policy_changed", detail).with("version", current)
        }
        SetPolicyError::Store(error) => store_problem(error),
    }
}

/// A policy in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PolicyBody {
    /// Send it as `If-Match` to replace exactly this one.
    pub version: i64,
    /// The document; `docs/policies.md` describes it.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// Who made it.
    pub actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: bursar_base::TimeUs,
}

/// The policy in force; its version is the `ETag`.
#[utoipa::path(get, path = "/dashboard/agents/{id}/policy", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = PolicyBody)))]
pub async fn get_policy(about: AboutAgent) -> Result<Response, Problem> {
    policy_answer(&about.spend, &about.agent).await
}

async fn policy_answer(spend: &Spend, agent: &Agent) -> Result<Response, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let current = policies::current(&mut tx, &agent.id).await.map_err(store_problem)?;
    let current = current.ok_or_else(|| Problem::not_found("policy"))?;
    let etag = format!("\"{}\"", current.version);
    let body = PolicyBody {
        version: current.version,
        policy: serde_json::to_value(&current.document).unwrap_or_default(),
        actor: current.actor,
        created_at: current.created_at,
    };
    let mut response = Json(body).into_response();
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// Replace the whole policy.
#[utoipa::path(put, path = "/dashboard/agents/{id}/policy", tag = "dashboard", request_body = Object,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "Only if this version is in force")),
    responses((status = 200, body = PolicyBody), (status = 412, body = ProblemBody,
        content_type = "application/problem+json", description = "Somebody else changed it")))]
pub async fn put_policy(about: AboutAgent) -> Result<Response, Problem> {
    let AboutAgent { spend, caller, agent, headers, body } = about;
    let document = document_of(&headers, &body)?;
    let expected = if_match(&headers)?;
    let org = spend.lock_for(&caller).await?;
    set_policy(&spend, org, &caller, &agent, &document, expected, str::to_owned).await?;
    policy_answer(&spend, &agent).await
}

/// Reads a policy the way it is read everywhere, once it is known to be JSON at all.
pub(crate) fn document_of(headers: &HeaderMap, body: &[u8]) -> Result<Document, Problem> {
    let _: serde_json::Map<String, Value> = parse_json(headers, body)?;
    let text = std::str::from_utf8(body).map_err(|_| Problem::field("body", "UTF-8 only"))?;
    Document::from_json(text).map_err(|error| match error.field.as_str() {
        "" => Problem::field("body", error.message),
        _ => Problem::field(error.field, error.message),
    })
}

/// The version that `If-Match` demands to be in force.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.trim_matches('"').parse().ok();
    version
        .map(Some)
        .ok_or_else(|| Problem::field("If-Match", "the version in quotes, as in the ETag: \"3\""))
}

/// Stop an agent: nothing new is allowed, and what waits is withdrawn.
#[utoipa::path(post, path = "/dashboard/agents/{id}/freeze", tag = "dashboard", params(("id" = String, Path)),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = AgentBody)))]
pub async fn freeze(about: AboutAgent) -> Result<Json<AgentBody>, Problem> {
    set_frozen(about, true).await
}

/// Let an agent go on.
#[utoipa::path(post, path = "/dashboard/agents/{id}/unfreeze", tag = "dashboard", params(("id" = String, Path)),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = AgentBody)))]
pub async fn unfreeze(about: AboutAgent) -> Result<Json<AgentBody>, Problem> {
    set_frozen(about, false).await
}

async fn set_frozen(about: AboutAgent, frozen: bool) -> Result<Json<AgentBody>, Problem> {
    let AboutAgent { spend, caller, agent, headers, body } = about;
    let reason: ReasonBody = optional_json(&headers, &body)?;
    let reason = reason_of(reason.reason)?;
    let (reason, actor) = (reason.unwrap_or_else(|| "by an owner".to_owned()), caller.actor());
    let switch = Switch { org_id: &caller.org_id, agent_id: Some(&agent.id), reason: &reason, actor: &actor };
    if frozen {
        freezes::press(&spend, switch, nonce_of(&caller)).await?;
    } else {
        freezes::release(&spend, switch, nonce_of(&caller)).await?;
    }
    body_of(&spend, &agent).await
}
