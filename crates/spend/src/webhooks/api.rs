//! Stripe's webhooks over HTTP.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, read_body};
use bursar_store::StoreError;
use http::StatusCode;
use serde::Serialize;

use super::{apply, sql};
use crate::Spend;
use crate::authorizations;
use crate::context::store_problem;
use crate::rails::stripe::API_VERSION;
use crate::rails::stripe::webhook::{self, About, Event};
use crate::reconcile::book::NotBooked;

/// What Stripe is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WebhookAnswer {
    /// Whether a card may be used: to `issuing_authorization.request` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub approved: Option<bool>,
    /// Written on the authorisation, for whoever looks at it at Stripe.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub metadata: BTreeMap<&'static str, String>,
}

/// Hear of something from Stripe. 200 once it is booked; anything else makes Stripe send it again.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "webhooks", request_body = Object,
    params(("Stripe-Signature" = String, Header)),
    responses((status = 200, body = WebhookAnswer, description = "Booked, or known"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Not Stripe's")))]
pub async fn stripe(State(spend): State<Spend>, request: Request) -> Result<Response, Problem> {
    let Some(secret) = spend.settings.stripe_webhook_secret.clone() else {
        return Err(Problem::not_found("webhook: BURSAR_STRIPE_WEBHOOK_SECRET is not set"));
    };
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    let header = parts.headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or("");
    let event = webhook::read(&body, header, &secret, spend.now())
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "invalid_webhook", error.to_string()))?;
    if let About::AuthorizationRequest(asked) = &event.about {
        let told = authorizations::answer(&spend, &event, asked.as_deref()).await;
        return Ok(([("Stripe-Version", API_VERSION)], Json(told)).into_response());
    }
    hear(&spend, &event).await.map_err(|error| match error {
        NotBooked::Store(error) => store_problem(error),
        NotBooked::Stripe(error) => {
            tracing::warn!(event = event.id, %error, "an event is to come again: Stripe did not answer");
            Problem::unavailable()
        }
    })?;
    Ok(Json(WebhookAnswer::default()).into_response())
}

async fn hear(spend: &Spend, event: &Event) -> Result<(), NotBooked> {
    let mode = if event.livemode { bursar_base::Mode::Live } else { bursar_base::Mode::Test };
    if spend.rails.stripe.as_ref().is_none_or(|stripe| stripe.mode() != mode) {
        tracing::warn!(event = event.id, "an event of the other mode was left alone");
        return Ok(());
    }
    let seen = spend.identity.db.read().await?.row(sql::SEEN, &[(&event.id).into()]).await?;
    if seen.is_some() {
        return Ok(());
    }
    if let About::DisputeClosed(dispute) = &event.about {
        // Noted before it is booked: its beginning may arrive at the same time.
        let mark = apply::closed_mark(dispute);
        note(spend, &format!("{}:mark", event.id), &mark).await?;
    }
    apply::apply(spend, event).await?;
    // Noted after it is booked: a crash in between books the same again, which changes nothing.
    Ok(note(spend, &event.id, &event.kind).await?)
}

async fn note(spend: &Spend, id: &str, kind: &str) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    tx.execute(sql::NOTE, &[id.into(), kind.into(), spend.now().into()]).await?;
    tx.commit().await
}
