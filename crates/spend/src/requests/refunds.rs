//! Giving money back, and settling what no rail can: for owners.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{Currency, ids};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, parse_json};
use bursar_identity::keys::Freshness;
use bursar_money::funnel::{RailOutcome, Step};
use http::StatusCode;
use serde::Deserialize;

use super::TransactionBody;
use super::api::{caller, optional_json, reason_of, transaction_id};
use super::body::Reader;
use super::form;
use super::service::{full_body, visible};
use crate::Spend;
use crate::context::nonce_of;

/// How much is to be given back, and why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// All that is left, when neither this nor `amount_cents` is sent.
    pub amount: Option<String>,
    /// Instead of `amount`.
    pub amount_cents: Option<i64>,
    /// For the audit trail.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// The same key again is the same refund. May be sent as the header `Idempotency-Key`; a fresh one when absent.
    #[schema(max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// Give a payment back, whole or in part. The rail is asked in the background; `refunds` says how far it got.
#[utoipa::path(post, path = "/dashboard/transactions/{id}/refund", tag = "dashboard", params(("id" = String, Path)),
    request_body(content = Option<RefundRequest>, content_type = "application/json"),
    responses((status = 202, body = TransactionBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not paid"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "More than is left, or the key was used for another amount")))]
pub async fn refund(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let asked: RefundRequest = optional_json(&parts.headers, &body)?;
    let t = visible(&spend, &caller, &transaction_id(&id)?).await?;
    let micros = match (&asked.amount, asked.amount_cents) {
        (None, None) => None,
        (decimal, cents) => Some(form::amount(decimal.as_deref(), cents, t.currency)?.micros),
    };
    let header = parts.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let refund_id = format!("ref_{}", ids::uuid_v7_hex(spend.now(), &*spend.identity.rng));
    let idempotency_key = match (asked.idempotency_key.as_deref(), header) {
        (None, None) => refund_id.clone(),
        (body, header) => form::idempotency_key(body, header)?,
    };
    let reason = reason_of(asked.reason)?.unwrap_or_else(|| "by an owner".to_owned());
    let step = Step::RequestRefund { refund_id, micros, idempotency_key, reason };
    let t = spend.change((&t.org_id, &t.id), step, &caller.actor(), nonce_of(&caller)).await?;
    let body = full_body(&spend, &t, false, Reader::Member).await?;
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

/// What a human found out about an `unknown` payment.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// `completed` or `failed`.
    pub outcome: ResolvedAs,
    /// What was really paid, when `completed`; what was asked for when absent.
    pub amount: Option<String>,
    /// How they know: kept in the audit trail.
    #[schema(min_length = 1, max_length = 1000)]
    pub evidence: String,
}

/// How an unknown payment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResolvedAs {
    /// It was paid.
    Completed,
    /// It was not paid and will not be.
    Failed,
}

/// Settle an `unknown` payment by evidence.
#[utoipa::path(post, path = "/dashboard/transactions/{id}/resolve", tag = "dashboard", params(("id" = String, Path)),
    request_body = ResolveRequest,
    responses((status = 200, body = TransactionBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not unknown")))]
pub async fn resolve(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TransactionBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let asked: ResolveRequest = parse_json(&parts.headers, &body)?;
    let evidence = form::text("evidence", &asked.evidence, 1, bursar_base::limits::MAX_REASON_CHARS)?;
    let t = visible(&spend, &caller, &transaction_id(&id)?).await?;
    let outcome = resolved(asked.outcome, asked.amount.as_deref(), t.amount_micros, t.currency)?;
    let step = Step::Resolve { outcome, evidence };
    let t = spend.change((&t.org_id, &t.id), step, &caller.actor(), nonce_of(&caller)).await?;
    Ok(Json(full_body(&spend, &t, false, Reader::Member).await?))
}

/// What a resolution books.
///
/// # Errors
/// 400 naming the field.
pub fn resolved(
    outcome: ResolvedAs,
    amount: Option<&str>,
    asked_micros: i64,
    currency: Currency,
) -> Result<RailOutcome, Problem> {
    match (outcome, amount) {
        (ResolvedAs::Completed, None) => {
            Ok(RailOutcome::Paid { micros: asked_micros, reference: None, charge: None })
        }
        (ResolvedAs::Completed, Some(text)) => {
            let micros = form::amount(Some(text), None, currency)?.micros;
            Ok(RailOutcome::Paid { micros, reference: None, charge: None })
        }
        (ResolvedAs::Failed, None) => {
            Ok(RailOutcome::Refused { code: "resolved_failed".to_owned(), reference: None })
        }
        (ResolvedAs::Failed, Some(_)) => Err(Problem::field("amount", "only with `completed`")),
    }
}
