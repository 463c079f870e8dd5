//! Payment requests over HTTP.

use axum::Json;
use axum::extract::{OriginalUri, Query, Request, State};
use axum::response::Response;
use bursar_base::TransactionId;
use bursar_http::page::Page as PageBody;
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, json, page, parse_json};
use bursar_identity::keys::{Caller, Freshness};
use bursar_money::funnel::Step;
use bursar_money::policies::{self, Figure, Verdict};
use bursar_money::transactions::{self, Filter, Page, Status, Transaction};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::body::{CheckBody, Reader, RefusalBody};
use super::service::{self, Asked, full_body, visible};
use super::wait::{Stopping, Until, wait};
use super::{PaymentRequest, TransactionBody};
use crate::Spend;
use crate::context::{nonce_of, store_problem};

/// Query of a payment request.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AskQuery {
    /// Decide, and write nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What would be decided.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PreviewBody {
    /// Always `true`.
    pub dry_run: bool,
    /// `approved`, `pending` (a human would be asked) or `declined`.
    pub status: String,
    /// Why not.
    pub reason: Option<String>,
    /// Every rule that was looked at.
    pub decision: Vec<CheckBody>,
}

/// What a payment request is answered with: where the payment stands or, for a dry run, where it would.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum AskAnswer {
    /// Where it stands.
    Transaction(Box<TransactionBody>),
    /// Where it would.
    Preview(PreviewBody),
}

/// Ask for a payment.
#[utoipa::path(post, path = "/payment-request", tag = "payments", params(AskQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Instead of `idempotency_key` in the body")),
    request_body = PaymentRequest,
    responses((status = 200, body = AskAnswer, description = "Allowed, or further; or a dry run's answer"),
        (status = 202, body = AskAnswer, description = "A human is asked"),
        (status = 402, body = RefusalBody, content_type = "application/problem+json",
            description = "Not paid: `code` is the reason; `limit`, `used`, `asked` and `transaction` say more"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json",
            description = "There is no such intent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The intent cannot be taken up: `intent_pending`, `intent_over` or `intent_differs`")))]
pub async fn ask(
    State(spend): State<Spend>,
    query: Result<Query<AskQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let query = query_of(query)?;
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Copy).await?;
    let form: PaymentRequest = parse_json(&parts.headers, &body)?;
    let header_key = header_key(&parts.headers)?;
    match service::ask(&spend, &caller, form, header_key.as_deref(), query.dry_run).await? {
        Asked::Transaction { transaction, replayed } => asked(&spend, &transaction, replayed).await,
        Asked::Preview(decision) => {
            let (status, text) = match decision.verdict {
                Verdict::Approve => (StatusCode::OK, "approved"),
                Verdict::Ask => (StatusCode::ACCEPTED, "pending"),
                Verdict::Decline => (StatusCode::PAYMENT_REQUIRED, "declined"),
            };
            let reason = decision.reason.map(|reason| reason.as_str().to_owned());
            let checks = decision.checks.iter().map(CheckBody::from).collect();
            let body = PreviewBody { dry_run: true, status: text.to_owned(), reason, decision: checks };
            if status == StatusCode::PAYMENT_REQUIRED {
                let code = body.reason.clone().unwrap_or_default();
                let problem = Problem::new(status, code, "this would be declined").with("dry_run", true);
                return Err(with_refusal(problem, body.decision.last())
                    .with("decision", serde_json::to_value(&body.decision).unwrap_or_default()));
            }
            Ok(json(status, &body))
        }
    }
}

/// 200 once it is allowed, 202 while a human is asked, 402 where it will never be paid.
async fn asked(spend: &Spend, t: &Transaction, replayed: bool) -> Result<Response, Problem> {
    let body = TransactionBody::new(t, replayed, Reader::Agent);
    match t.status {
        Status::Approved | Status::Executing | Status::Unknown | Status::Completed | Status::Refunded => {
            Ok(json(StatusCode::OK, &body))
        }
        Status::Pending => Ok(json(StatusCode::ACCEPTED, &body)),
        Status::Declined | Status::TimedOut | Status::Cancelled | Status::Failed => {
            let reason = t.reason.clone().unwrap_or_default();
            let code = if t.status == Status::Declined { reason } else { t.status.as_str().to_owned() };
            let detail = match breaker_of(t) {
                Some(rate) => breaker_sentence(spend, t, &rate).await?,
                None => refusal_sentence(t),
            };
            let refusal = body.decision.last().filter(|check| check.verdict == "decline").cloned();
            let problem =
                Problem::new(StatusCode::PAYMENT_REQUIRED, code.clone(), detail).with("reason", code);
            Err(with_refusal(problem, refusal.as_ref())
                .with("transaction", serde_json::to_value(&body).unwrap_or_default()))
        }
    }
}

fn with_refusal(problem: Problem, check: Option<&CheckBody>) -> Problem {
    let text =
        |value: Option<&Figure>| value.map_or(serde_json::Value::Null, |figure| figure.to_string().into());
    problem
        .with("limit", text(check.and_then(|check| check.limit.as_ref())))
        .with("used", text(check.and_then(|check| check.used.as_ref())))
        .with("asked", text(check.and_then(|check| check.asked.as_ref())))
}

/// The rate that was exceeded, where the circuit breaker declined it.
fn breaker_of(t: &Transaction) -> Option<String> {
    let check =
        t.checks.last().filter(|check| check.rule == "breaker" && check.verdict == Verdict::Decline)?;
    check.limit.as_ref().map(ToString::to_string)
}

async fn breaker_sentence(spend: &Spend, t: &Transaction, rate: &str) -> Result<String, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let current = policies::current(&mut tx, &t.agent_id).await.map_err(store_problem)?;
    let setting = match current {
        Some(policy) if policy.version != t.policy_version => {
            "the `breaker` of the policy of that time, or BURSAR_BREAKER_REQUESTS and BURSAR_BREAKER_SECONDS"
        }
        Some(policy) if policy.document.breaker.is_some() => "the policy's `breaker`",
        Some(_) | None => "BURSAR_BREAKER_REQUESTS and BURSAR_BREAKER_SECONDS",
    };
    Ok(format!(
        "too many requests: the circuit breaker ({rate}; set by {setting}) froze this agent; an owner can unfreeze it"
    ))
}

fn refusal_sentence(t: &Transaction) -> String {
    match t.status {
        Status::TimedOut => {
            "no human decided in time; nothing was paid, ask again with a new idempotency_key".to_owned()
        }
        Status::Cancelled => "the payment was withdrawn; nothing was paid".to_owned(),
        Status::Failed => "the rail refused; nothing was paid".to_owned(),
        Status::Declined
        | Status::Pending
        | Status::Approved
        | Status::Executing
        | Status::Unknown
        | Status::Completed
        | Status::Refunded => match t.reason.as_deref() {
            Some("org_frozen") => "the org is frozen; an owner can let it go on".to_owned(),
            Some("agent_frozen") => "this agent is frozen; an owner of the org can unfreeze it".to_owned(),
            Some("no_policy") => {
                "this agent has no policy, so it spends nothing; an owner can set one".to_owned()
            }
            Some(reason) => format!("declined: {reason}; this is final for its idempotency_key"),
            None => "declined".to_owned(),
        },
    }
}

/// Query of one transaction.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitQuery {
    /// Wait up to so many seconds, at most 60.
    #[param(maximum = 60)]
    pub wait: Option<u64>,
    /// What to wait for.
    #[serde(default)]
    #[param(inline)]
    pub until: Until,
}

/// Where a payment stands.
#[utoipa::path(get, path = "/transactions/{id}", tag = "payments", params(("id" = String, Path), WaitQuery),
    responses((status = 200, body = TransactionBody)))]
pub async fn get(
    State(spend): State<Spend>,
    PathText(id): PathText,
    query: Result<Query<WaitQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TransactionBody>, Problem> {
    let query = query_of(query)?;
    let stopping = request.extensions().get::<Stopping>().cloned();
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let id = transaction_id(&id)?;
    let mut t = visible(&spend, &caller, &id).await?;
    if let Some(seconds) = query.wait {
        t = wait(&spend, &id, seconds, query.until, stopping).await?;
    }
    Ok(Json(full_body(&spend, &t, false, Reader::of(&caller)).await?))
}

/// Why something is done.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// For the audit trail.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// Withdraw a payment that the rail was not called for yet.
#[utoipa::path(post, path = "/transactions/{id}/cancel", tag = "payments", params(("id" = String, Path)),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = TransactionBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "Too late: the rail has been called")))]
pub async fn cancel(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TransactionBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let reason: ReasonBody = optional_json(&parts.headers, &body)?;
    let t = visible(&spend, &caller, &transaction_id(&id)?).await?;
    let step = Step::Cancel { reason: reason_of(reason.reason)? };
    let t = spend.change((&t.org_id, &t.id), step, &caller.actor(), nonce_of(&caller)).await?;
    Ok(Json(full_body(&spend, &t, false, Reader::of(&caller)).await?))
}

/// Query of a list of transactions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only this agent's.
    pub agent: Option<String>,
    /// Only in this status.
    pub status: Option<String>,
    /// Not created before (RFC 3339).
    pub from: Option<String>,
    /// Created before (RFC 3339).
    pub until: Option<String>,
    /// From the page before.
    pub cursor: Option<String>,
    /// Rows on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// An org's payments, newest first.
#[utoipa::path(get, path = "/dashboard/transactions", tag = "dashboard", params(ListQuery),
    responses((status = 200, body = PageBody<TransactionBody>)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<PageBody<TransactionBody>>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let limit = page::limit(query.limit)?;
    let (filter, after) = filter_of(query)?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let wanted = Page { after, limit: limit + 1 };
    let rows = transactions::list(&mut tx, &caller.org_id, &filter, &wanted).await.map_err(store_problem)?;
    let bodies = rows.iter().map(|t| TransactionBody::new(t, false, Reader::Member)).collect();
    Ok(Json(PageBody::cut(bodies, limit, |body| body.transaction_id.to_string())))
}

fn filter_of(query: ListQuery) -> Result<(Filter, Option<TransactionId>), Problem> {
    let agent = query.agent.map(|text| text.parse().map_err(|error| field("agent", error))).transpose()?;
    let status = query.status.map(|text| {
        Status::parse(&text)
            .ok_or_else(|| Problem::field("status", "one of the statuses, such as `completed`"))
    });
    let time = |name: &'static str, text: Option<String>| {
        let parsed = text.map(|text| {
            bursar_base::TimeUs::parse_rfc3339(&text)
                .ok_or_else(|| Problem::field(name, "an RFC 3339 time such as 2026-11-20T00:00:00Z"))
        });
        parsed.transpose()
    };
    let after = query.cursor.map(|text| text.parse().map_err(|error| field("cursor", error))).transpose()?;
    let filter = Filter {
        agent,
        status: status.transpose()?,
        from: time("from", query.from)?,
        until: time("until", query.until)?,
    };
    Ok((filter, after))
}

fn field(name: &str, error: bursar_base::IdError) -> Problem {
    Problem::field(name, error.to_string())
}

/// Reads a transaction's id out of a path; one of another form is one that does not exist.
///
/// # Errors
/// 404.
pub fn transaction_id(text: &str) -> Result<TransactionId, Problem> {
    TransactionId::parse(text).map_err(|_| Problem::not_found("transaction"))
}

/// Finds out who is calling and whether they may, and reads the body.
///
/// # Errors
/// As [`bursar_identity::keys::Authenticator::caller`].
pub async fn caller(
    spend: &Spend,
    uri: OriginalUri,
    request: Request,
    freshness: Freshness,
) -> Result<(Caller, http::request::Parts, axum::body::Bytes), Problem> {
    let (mut parts, body) = request.into_parts();
    // A signature covers the path that the client sent, not what is left of it behind a nested router.
    parts.uri = uri.0;
    let (caller, body) = spend.authenticator.caller(&parts, body, freshness).await?;
    Ok((caller, parts, body))
}

/// Reads a query, naming what is wrong with it.
///
/// # Errors
/// 400.
pub fn query_of<T>(query: Result<Query<T>, axum::extract::rejection::QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|error| {
        let text = error.body_text();
        let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        // Either the parameter stands in front, or the message names it itself.
        let in_front = text.split_once(": ").map(|(name, _)| name).filter(|name| !name.contains([' ', '`']));
        let name = in_front.or_else(|| text.split('`').nth(1)).unwrap_or("query");
        Problem::field(name, text)
    })
}

/// Reads JSON, or takes the default where there is no body.
///
/// # Errors
/// As [`parse_json`].
pub fn optional_json<T: Default + serde::de::DeserializeOwned>(
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<T, Problem> {
    if body.is_empty() { Ok(T::default()) } else { parse_json(headers, body) }
}

/// Checks a human's reason.
///
/// # Errors
/// 400.
pub fn reason_of(reason: Option<String>) -> Result<Option<String>, Problem> {
    let reason = reason.filter(|text| !text.trim().is_empty());
    reason
        .map(|text| super::form::text("reason", &text, 1, bursar_base::limits::MAX_REASON_CHARS))
        .transpose()
}

/// Reads the header `Idempotency-Key`.
///
/// # Errors
/// 400.
pub fn header_key(headers: &http::HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Problem::field("Idempotency-Key", "visible ASCII only"))?;
    Ok(Some(text.to_owned()))
}
