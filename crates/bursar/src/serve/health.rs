//! `/healthz`, `/readyz`, `/metrics`: for what runs and watches the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bursar_base::{OrgId, TimeUs, TransactionId};
use bursar_money::funnel::{Command, Step};
use bursar_spend::Spend;
use http::{StatusCode, header};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::OpenApi as _;

use super::metrics;
use crate::app::App;

/// How long the database and the funnel have to answer before the server counts as not ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// A finding this young is given again, so that asking often costs nothing.
const FINDING_KEPT_FOR: Duration = Duration::from_millis(500);
/// The media type of Prometheus' text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What was found when somebody asked last.
type LastFinding = Arc<Mutex<Option<(Instant, Readiness)>>>;

#[derive(Clone)]
struct Health {
    spend: Spend,
    decides: bool,
    last: LastFinding,
}

/// Whether the server can do its work. The schema is newest by construction: an app that cannot migrate does not start.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// `ok`, or what is wrong.
    database: &'static str,
    /// `ok`, or what is wrong.
    funnel: &'static str,
}

/// That the process answers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Alive {
    /// `ok`.
    status: &'static str,
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(alive, ready, show_metrics))]
struct Described;

/// What is here, for the API's description. Nothing of it asks for a key.
pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    let operations = document.paths.paths.values_mut().filter_map(|item| item.get.as_mut());
    operations.for_each(|operation| operation.security = Some(Vec::new()));
    document
}

pub(super) fn router(app: &App) -> Router {
    metrics::start();
    let health = Health { spend: app.spend.clone(), decides: app.roles.api, last: LastFinding::default() };
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(show_metrics))
        .with_state(health)
}

/// Whether the process answers; nothing is looked at.
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, body = Alive)))]
async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Whether the server can do its work: its database answers, and its funnel decides.
#[utoipa::path(get, path = "/readyz", tag = "server",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "Not now")))]
async fn ready(State(health): State<Health>) -> Response {
    // Held while looking, so that many who ask at once look once.
    let mut last = health.last.lock().await;
    let young = last.as_ref().filter(|(found_at, _)| found_at.elapsed() < FINDING_KEPT_FOR);
    let readiness = match young {
        Some((_, readiness)) => readiness.clone(),
        None => {
            let found = look(&health).await;
            // Its age counts from the look, however often it is given again.
            *last = Some((Instant::now(), found.clone()));
            found
        }
    };
    drop(last);
    let status = if readiness.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(readiness)).into_response()
}

async fn look(health: &Health) -> Readiness {
    let database = match tokio::time::timeout(ANSWER_WITHIN, health.spend.identity.db.ping()).await {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) => "unreachable",
        Err(_) => "no answer in time",
    };
    let funnel = match database {
        "ok" if health.decides => funnel(&health.spend).await,
        _ => "ok",
    };
    let status = if database == "ok" && funnel == "ok" { "ready" } else { "not_ready" };
    Readiness { status, database, funnel }
}

/// Has the funnel look for a transaction that does not exist: all the way to the database and back, writing nothing.
async fn funnel(spend: &Spend) -> &'static str {
    let nothing = Command::Change {
        org_id: OrgId::from_parts(TimeUs(0), [0; 10]),
        transaction_id: TransactionId::from_parts(TimeUs(0), [0; 10]),
        step: Step::Expire,
        actor: "readyz".to_owned(),
        job: None,
        nonce: None,
    };
    match tokio::time::timeout(ANSWER_WITHIN, spend.funnel.submit(nothing)).await {
        // That it is refused is the right answer.
        Ok(Ok(_)) => "ok",
        Ok(Err(_)) => "failing",
        Err(_) => "stuck",
    }
}

/// What the house counts, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "server",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = String, content_type = "text/plain", description = "Nothing is counted")))]
async fn show_metrics(State(health): State<Health>) -> Response {
    let Some(handle) = metrics::start() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "no metrics are counted\n").into_response();
    };
    if let Err(error) = metrics::look_up(&health.spend).await {
        // What was counted as it went is still worth something.
        tracing::warn!(%error, "the metrics from the database are missing");
    }
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], handle.render()).into_response()
}
