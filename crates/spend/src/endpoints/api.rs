//! Endpoints over HTTP, for agents and owners.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, RawPathParams, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, EndpointId, TimeUs, limits};
use bursar_http::{Problem, parse_json};
use bursar_identity::OrgTx;
use bursar_identity::keys::{Caller, Freshness};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::service::{self, Change, EndpointError};
use super::{Endpoint, EndpointBody, Filter, Owner, Wanted};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::caller;
use crate::requests::form;

/// An endpoint to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpointBody {
    /// Where to: https, on the public internet, on port 443 or one from 1024, without user name and password.
    #[schema(max_length = 2000)]
    pub url: String,
    /// Names of events, and patterns such as `transaction.*`; everything, when absent or empty.
    #[serde(default)]
    pub events: Vec<String>,
    /// For people.
    #[schema(max_length = 100)]
    pub description: Option<String>,
    /// For owners: only what is about this agent.
    pub agent_id: Option<String>,
}

/// A new endpoint and its secret, which is shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreatedEndpoint {
    /// It.
    #[serde(flatten)]
    pub endpoint: EndpointBody,
    /// What messages are signed with. Keep it: it is not shown again.
    pub secret: String,
}

/// A list of endpoints.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EndpointsBody {
    /// Oldest first.
    pub data: Vec<EndpointBody>,
}

/// What is changed of an endpoint; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// Where to.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// Of what; an empty list is everything.
    pub events: Option<Vec<String>>,
    /// For people; an empty text takes it away.
    #[schema(max_length = 100)]
    pub description: Option<String>,
    /// Whether it is called. What an endpoint missed while it was disabled can be replayed.
    pub enabled: Option<bool>,
}

/// A new secret, which is shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RotatedSecret {
    /// Of which endpoint.
    pub endpoint_id: String,
    /// What messages are signed with from now on. Keep it: it is not shown again.
    pub secret: String,
    /// Until then messages carry a signature by the secret before, too.
    #[schema(value_type = String, format = DateTime)]
    pub old_secret_until: TimeUs,
}

/// Whose endpoints a caller deals with: an agent with its own, everybody else with the org's.
pub(crate) fn side_of(caller: &Caller) -> Owner {
    if caller.agent_id.is_some() { Owner::Agent } else { Owner::Org }
}

fn is_visible(caller: &Caller, endpoint: &Endpoint) -> bool {
    let own = || endpoint.owner == Owner::Agent && endpoint.agent_id == caller.agent_id;
    endpoint.org_id == caller.org_id && (caller.agent_id.is_none() || own())
}

/// What somebody asks about an endpoint that is theirs, whose id stands in the path.
pub struct AboutEndpoint {
    pub(crate) spend: Spend,
    pub(crate) caller: Caller,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: HeaderMap,
    pub(crate) body: axum::body::Bytes,
    /// The path's second id.
    pub(crate) delivery_id: Option<String>,
}

impl FromRequest<Spend> for AboutEndpoint {
    type Rejection = Problem;

    async fn from_request(request: Request, spend: &Spend) -> Result<AboutEndpoint, Problem> {
        let (mut parts, body) = request.into_parts();
        let named = |path: &RawPathParams, wanted: &str| {
            path.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
        };
        let path = RawPathParams::from_request_parts(&mut parts, spend).await;
        let path = path.map_err(|_| Problem::not_found("path"))?;
        let (id, delivery_id) = (named(&path, "id").unwrap_or_default(), named(&path, "delivery_id"));
        let Ok(uri) = OriginalUri::from_request_parts(&mut parts, spend).await;
        let (caller, parts, body) =
            caller(spend, uri, Request::from_parts(parts, body), Freshness::Now).await?;
        let id = EndpointId::parse(&id).map_err(|_| no_endpoint())?;
        let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
        let endpoint = service::find(&mut tx, &id).await.map_err(store_problem)?;
        let endpoint = endpoint.filter(|endpoint| is_visible(&caller, endpoint)).ok_or_else(no_endpoint)?;
        Ok(AboutEndpoint {
            spend: spend.clone(),
            caller,
            endpoint,
            headers: parts.headers,
            body,
            delivery_id,
        })
    }
}

impl AboutEndpoint {
    /// Begins a transaction under the org's lock, with the endpoint as it is then.
    pub(crate) async fn lock(&self) -> Result<(OrgTx, Endpoint), Problem> {
        let mut org = self.spend.lock_for(&self.caller).await?;
        let endpoint = service::find(&mut org.tx, &self.endpoint.id).await.map_err(store_problem)?;
        Ok((org, endpoint.ok_or_else(no_endpoint)?))
    }
}

fn no_endpoint() -> Problem {
    Problem::not_found("webhook endpoint")
}

fn problem_of(error: EndpointError) -> Problem {
    match error {
        EndpointError::Url(error) => Problem::field("url", error.to_string()),
        EndpointError::NoAgent => Problem::field("agent_id", "an agent of this org"),
        EndpointError::TooMany(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_endpoints", error.to_string())
        }
        EndpointError::Store(error) => store_problem(error),
    }
}

fn events_of(names: Vec<String>) -> Result<Filter, Problem> {
    Filter::parse(names).map_err(|message| Problem::field("events", message))
}

fn description_of(text: &str) -> Result<Option<String>, Problem> {
    let text = form::text("description", text, 0, limits::MAX_NAME_CHARS)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Be told by webhooks: an agent of itself, an org of all its agents.
#[utoipa::path(post, path = "/webhook-endpoints", tag = "webhook-endpoints", request_body = NewEndpointBody,
    responses((status = 201, body = CreatedEndpoint)))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let owner = side_of(&caller);
    let new: NewEndpointBody = parse_json(&parts.headers, &body)?;
    let asked =
        new.agent_id.map(|id| AgentId::parse(&id).map_err(|e| Problem::field("agent_id", e.to_string())));
    let agent_id = match (owner, asked.transpose()?) {
        (Owner::Org, asked) => asked,
        (Owner::Agent, Some(asked)) if Some(&asked) != caller.agent_id.as_ref() => {
            return Err(Problem::field("agent_id", "an agent is told of itself alone"));
        }
        (Owner::Agent, _) => caller.agent_id.clone(),
    };
    let wanted = Wanted {
        owner,
        agent_id,
        url: new.url,
        events: events_of(new.events)?,
        description: new.description.as_deref().map(description_of).transpose()?.flatten(),
    };
    let mut org = spend.lock_for(&caller).await?;
    let made = service::insert(&spend, &mut org, &caller.org_id, wanted, &caller.actor()).await;
    let made = made.map_err(problem_of)?;
    let (endpoint, now) = (service::find(&mut org.tx, &made.id).await.map_err(store_problem)?, org.now);
    org.commit().await.map_err(store_problem)?;
    let endpoint = EndpointBody::new(&endpoint.ok_or_else(no_endpoint)?, now);
    let body = CreatedEndpoint { endpoint, secret: made.secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// An agent's endpoints, or all of an org's.
#[utoipa::path(get, path = "/webhook-endpoints", tag = "webhook-endpoints",
    responses((status = 200, body = EndpointsBody)))]
pub async fn list(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<EndpointsBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let all = service::list(&mut tx, &caller.org_id).await.map_err(store_problem)?;
    let visible = all.iter().filter(|endpoint| is_visible(&caller, endpoint));
    Ok(Json(EndpointsBody {
        data: visible.map(|endpoint| EndpointBody::new(endpoint, spend.now())).collect(),
    }))
}

/// One endpoint.
#[utoipa::path(get, path = "/webhook-endpoints/{id}", tag = "webhook-endpoints", params(("id" = String, Path)),
    responses((status = 200, body = EndpointBody)))]
pub async fn get(about: AboutEndpoint) -> Json<EndpointBody> {
    Json(EndpointBody::new(&about.endpoint, about.spend.now()))
}

/// Change where an endpoint is, what it is told of, or whether it is called.
#[utoipa::path(patch, path = "/webhook-endpoints/{id}", tag = "webhook-endpoints", params(("id" = String, Path)),
    request_body = ChangeBody, responses((status = 200, body = EndpointBody)))]
pub async fn patch(about: AboutEndpoint) -> Result<Json<EndpointBody>, Problem> {
    let body: ChangeBody = parse_json(&about.headers, &about.body)?;
    let change = Change {
        url: body.url,
        events: body.events.map(events_of).transpose()?,
        description: body.description.as_deref().map(description_of).transpose()?,
        enabled: body.enabled,
    };
    let (mut org, endpoint) = about.lock().await?;
    let changed = service::change(&about.spend, &mut org, endpoint, change, &about.caller.actor()).await;
    let (changed, now) = (changed.map_err(problem_of)?, org.now);
    org.commit().await.map_err(store_problem)?;
    Ok(Json(EndpointBody::new(&changed, now)))
}

/// Remove an endpoint, with the log of what was sent there.
#[utoipa::path(delete, path = "/webhook-endpoints/{id}", tag = "webhook-endpoints", params(("id" = String, Path)),
    responses((status = 204, description = "Removed")))]
pub async fn delete(about: AboutEndpoint) -> Result<StatusCode, Problem> {
    let (mut org, endpoint) = about.lock().await?;
    service::remove(&mut org, &endpoint, &about.caller.actor()).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a new secret; the one before goes on signing for a day.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/rotate", tag = "webhook-endpoints",
    params(("id" = String, Path)), responses((status = 200, body = RotatedSecret)))]
pub async fn rotate(about: AboutEndpoint) -> Result<Json<RotatedSecret>, Problem> {
    let (mut org, endpoint) = about.lock().await?;
    let secret = service::rotate(&about.spend, &mut org, &endpoint, &about.caller.actor()).await;
    let (secret, now) = (secret.map_err(store_problem)?, org.now);
    org.commit().await.map_err(store_problem)?;
    Ok(Json(RotatedSecret {
        endpoint_id: endpoint.id.to_string(),
        secret: secret.reveal().to_owned(),
        old_secret_until: now.plus(limits::ENDPOINT_SECRET_OVERLAP),
    }))
}
