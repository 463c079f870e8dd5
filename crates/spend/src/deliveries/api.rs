//! The log of deliveries over HTTP, tests and replays.

use std::time::Duration;

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Response};
use bursar_base::{DeliveryId, TimeUs, limits};
use bursar_http::page::{self, Page};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, parse_json};
use bursar_identity::OrgTx;
use bursar_store::rates::{self, Allowed, Rate};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{DeliveryBody, service};
use crate::context::store_problem;
use crate::endpoints::api::AboutEndpoint;
use crate::endpoints::{Endpoint, State};
use crate::requests::api::query_of;

/// Query of a list of deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesQuery {
    /// Only `pending`, `delivered`, `failed` or `cancelled` ones.
    #[param(inline)]
    pub status: Option<DeliveryStatus>,
    /// From the page before.
    pub cursor: Option<String>,
    /// Rows on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It will be sent, perhaps again.
    Pending,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
    /// Its endpoint was disabled.
    Cancelled,
}

impl DeliveryStatus {
    fn as_str(self) -> &'static str {
        match self {
            DeliveryStatus::Pending => "pending",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Cancelled => "cancelled",
        }
    }
}

/// What was sent to an endpoint, newest first.
#[utoipa::path(get, path = "/webhook-endpoints/{id}/deliveries", tag = "webhook-endpoints",
    params(("id" = String, Path), DeliveriesQuery), responses((status = 200, body = Page<DeliveryBody>)))]
pub async fn list(
    query: Result<Query<DeliveriesQuery>, QueryRejection>,
    about: AboutEndpoint,
) -> Result<Json<Page<DeliveryBody>>, Problem> {
    let query = query_of(query)?;
    let limit = page::limit(query.limit)?;
    let after = query.cursor.map(|text| DeliveryId::parse(&text)).transpose();
    let after = after.map_err(|error| Problem::field("cursor", error.to_string()))?;
    let status = query.status.map_or("", DeliveryStatus::as_str);
    let mut tx = about.spend.identity.db.read().await.map_err(store_problem)?;
    let found = service::list(&mut tx, &about.endpoint.id, status, after.as_ref(), limit + 1).await;
    let bodies = found.map_err(store_problem)?.into_iter().map(DeliveryBody::from).collect();
    Ok(Json(Page::cut(bodies, limit, |body: &DeliveryBody| body.delivery_id.clone())))
}

/// Send a message that only tells that messages arrive.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/test", tag = "webhook-endpoints", params(("id" = String, Path)),
    responses((status = 202, body = DeliveryBody, description = "It is sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The endpoint is disabled"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Too many within the hour")))]
pub async fn test(about: AboutEndpoint) -> Result<Response, Problem> {
    let (mut org, endpoint) = about.lock().await?;
    must_be_active(&endpoint)?;
    take(&mut org, "webhook_test", &endpoint, limits::ENDPOINT_TESTS_AN_HOUR).await?;
    let id = service::test(&about.spend, &mut org, &endpoint).await.map_err(store_problem)?;
    answer(org, &endpoint, &id).await
}

/// Send one message again, now.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/deliveries/{delivery_id}/replay", tag = "webhook-endpoints",
    params(("id" = String, Path), ("delivery_id" = String, Path)),
    responses((status = 202, body = DeliveryBody, description = "It is sent again, under the same id"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The endpoint is disabled"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Too many within the hour")))]
pub async fn replay_one(about: AboutEndpoint) -> Result<Response, Problem> {
    let no_delivery = || Problem::not_found("delivery");
    let id = about.delivery_id.as_deref().and_then(|id| DeliveryId::parse(id).ok());
    let id = id.ok_or_else(no_delivery)?;
    let (mut org, endpoint) = about.lock().await?;
    let delivery = service::find(&mut org.tx, &endpoint, &id).await.map_err(store_problem)?;
    let delivery = delivery.ok_or_else(no_delivery)?;
    must_be_active(&endpoint)?;
    take(&mut org, "webhook_replay", &endpoint, limits::ENDPOINT_REPLAYS_AN_HOUR).await?;
    service::replay(&about.spend, &mut org, &delivery).await.map_err(store_problem)?;
    answer(org, &endpoint, &id).await
}

/// From when on messages are sent again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// RFC 3339; at most 30 days ago.
    #[schema(format = DateTime)]
    pub since: String,
}

/// From when on messages are sent again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReplayedBody {
    /// To which endpoint.
    pub endpoint_id: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: TimeUs,
}

/// Send everything again that happened since, also what came while the endpoint was disabled.
#[utoipa::path(post, path = "/webhook-endpoints/{id}/replay", tag = "webhook-endpoints", params(("id" = String, Path)),
    request_body = ReplayBody,
    responses((status = 202, body = ReplayedBody, description = "It is sent again, each under its own id"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The endpoint is disabled"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Too many within the hour")))]
pub async fn replay_since(about: AboutEndpoint) -> Result<Response, Problem> {
    let body: ReplayBody = parse_json(&about.headers, &about.body)?;
    let since = since_of(&body.since, about.spend.now())?;
    let (mut org, endpoint) = about.lock().await?;
    must_be_active(&endpoint)?;
    take(&mut org, "webhook_replay", &endpoint, limits::ENDPOINT_REPLAYS_AN_HOUR).await?;
    service::replay_since(&mut org, &endpoint, since).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let body = ReplayedBody { endpoint_id: endpoint.id.to_string(), since };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

/// Reads a time that is not too long ago.
///
/// # Errors
/// 400 naming `since`.
pub fn since_of(text: &str, now: TimeUs) -> Result<TimeUs, Problem> {
    let since = TimeUs::parse_rfc3339(text);
    let since =
        since.ok_or_else(|| Problem::field("since", "an RFC 3339 time such as 2026-11-20T00:00:00Z"))?;
    if since < now.minus(limits::MESSAGES_KEPT) {
        return Err(Problem::field("since", "at most 30 days ago"));
    }
    Ok(since)
}

fn must_be_active(endpoint: &Endpoint) -> Result<(), Problem> {
    match &endpoint.state {
        State::Active => Ok(()),
        State::Disabled { reason } => {
            let detail = format!(
                "the endpoint is disabled ({reason}); enable it first: PATCH it with \"enabled\": true"
            );
            Err(Problem::new(StatusCode::CONFLICT, "endpoint_disabled", detail))
        }
    }
}

/// Counts what somebody has sent at will.
async fn take(org: &mut OrgTx, name: &str, endpoint: &Endpoint, an_hour: usize) -> Result<(), Problem> {
    let rate = Rate { count: an_hour, within: Duration::from_secs(60 * 60) };
    let now = org.now;
    match rates::take(&mut org.tx, name, endpoint.id.as_str(), &[rate], now).await.map_err(store_problem)? {
        Allowed::Yes => Ok(()),
        Allowed::After(wait) => {
            let detail = format!("at most {an_hour} an hour and endpoint");
            Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).retry_after(wait))
        }
    }
}

async fn answer(mut org: OrgTx, endpoint: &Endpoint, id: &DeliveryId) -> Result<Response, Problem> {
    let delivery = service::find(&mut org.tx, endpoint, id).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let delivery = delivery.ok_or_else(|| Problem::not_found("delivery"))?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryBody::from(delivery))).into_response())
}
