//! Deciding in place: what waits for a human, and the word of a member who is signed in.
//!
//! Invariant: a member has one word, however they give it. The step is the same that the links in mails take.

use axum::Json;
use axum::extract::{OriginalUri, Query, Request, State};
use bursar_base::TransactionId;
use bursar_http::page::Page;
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, page};
use bursar_identity::keys::Freshness;
use bursar_money::funnel::Step;
use bursar_money::transactions::{intent_hash, pending};
use serde::Deserialize;

use crate::Spend;
use crate::context::store_problem;
use crate::requests::TransactionBody;
use crate::requests::api::{ReasonBody, caller, optional_json, query_of, reason_of, transaction_id};
use crate::requests::body::Reader;
use crate::requests::service::{around, full_body, visible};

/// Query of the list of what waits.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitingQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// Rows on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// The payments that wait for a human, oldest first.
#[utoipa::path(get, path = "/dashboard/approvals", tag = "dashboard", params(WaitingQuery),
    responses((status = 200, body = Page<TransactionBody>)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Result<Query<WaitingQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<Page<TransactionBody>>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let limit = page::limit(query.limit)?;
    let after = query
        .cursor
        .map(|text| TransactionId::parse(&text).map_err(|error| Problem::field("cursor", error.to_string())));
    let after = after.transpose()?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let waiting = pending(&mut tx, &caller.org_id, after.as_ref(), limit + 1).await.map_err(store_problem)?;
    let mut bodies = Vec::with_capacity(waiting.len());
    for t in &waiting {
        let around = around(&mut tx, t).await.map_err(store_problem)?;
        bodies.push(TransactionBody::new(t, false, Reader::Member).with(t, around, Reader::Member));
    }
    Ok(Json(Page::cut(bodies, limit, |body| body.transaction_id.to_string())))
}

async fn decide(
    spend: &Spend,
    id: &str,
    uri: OriginalUri,
    request: Request,
    approve: bool,
) -> Result<Json<TransactionBody>, Problem> {
    let (caller, parts, body) = caller(spend, uri, request, Freshness::Now).await?;
    let form: ReasonBody = optional_json(&parts.headers, &body)?;
    let reason = reason_of(form.reason)?;
    let t = visible(spend, &caller, &transaction_id(id)?).await?;
    let member = spend.member_of(&caller).await?.id;
    let step = Step::Decide { member, approve, intent_hash: intent_hash(&t), reason };
    let t = spend.change((&t.org_id, &t.id), step, &caller.actor(), None).await?;
    Ok(Json(full_body(spend, &t, false, Reader::Member).await?))
}

/// Say yes to a payment that waits. Where several have to, it waits on until they have.
#[utoipa::path(post, path = "/dashboard/transactions/{id}/approve", tag = "dashboard",
    params(("id" = String, Path)), request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = TransactionBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json",
        description = "`wrong_status`: it does not wait any more; `already_voted`: you have said yes")))]
pub async fn approve(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TransactionBody>, Problem> {
    decide(&spend, &id, uri, request, true).await
}

/// Say no to a payment that waits. That ends it.
#[utoipa::path(post, path = "/dashboard/transactions/{id}/decline", tag = "dashboard",
    params(("id" = String, Path)), request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = TransactionBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`wrong_status`: it does not wait any more")))]
pub async fn decline(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TransactionBody>, Problem> {
    decide(&spend, &id, uri, request, false).await
}
