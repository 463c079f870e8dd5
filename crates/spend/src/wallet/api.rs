//! Wallets over HTTP.

use axum::Json;
use axum::extract::{OriginalUri, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, Currency, TimeUs};
use bursar_http::page::{self, Page};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, parse_json};
use bursar_identity::keys::{Freshness, Registrant};
use bursar_money::budgets;
use bursar_money::holds::Budget;
use bursar_money::policies;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::spending::{ApprovalMode, LimitAmounts, Spending, SpendingForm, field_name};
use super::story::{self, After};
use super::{StoryLine, WalletBody, service};
use crate::Spend;
use crate::agents::api::{AboutAgent, if_match, set_policy};
use crate::context::store_problem;
use crate::requests::api::{caller, query_of};

/// What an agent may spend, in the short form of its policy.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SpendingBody {
    /// Whose.
    pub agent_id: String,
    /// Who says yes.
    pub approval_mode: ApprovalMode,
    /// Of all amounts.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// `null` is no limit.
    pub limits: LimitAmounts,
    /// Nobody is asked on account of these.
    pub approved_categories: Vec<String>,
    /// Never these.
    pub blocked_categories: Vec<String>,
    /// Whether a purchase may repeat an earlier one without a human.
    pub recurring_allowed: bool,
    /// What the owner wants the agent to know.
    pub notes: Option<String>,
    /// The version of the policy in force, which is the `ETag`. It may have more rules than these.
    pub version: i64,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

async fn reading_agent(spend: &Spend, uri: OriginalUri, request: Request) -> Result<AgentId, Problem> {
    let (caller, ..) = caller(spend, uri, request, Freshness::Now).await?;
    caller.agent().map(|(agent, _)| agent.clone())
}

async fn budget_of(spend: &Spend, agent: &AgentId) -> Result<Budget, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let budget = budgets::find(&mut tx, agent).await.map_err(store_problem)?;
    budget.ok_or_else(|| Problem::not_found("wallet"))
}

/// Your wallet: what is in it, and what of it you may spend. A bot that nobody has claimed yet may ask, too.
#[utoipa::path(get, path = "/wallet/check", tag = "wallet", responses((status = 200, body = WalletBody)))]
pub async fn check(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<WalletBody>, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.uri = uri.0;
    match spend.authenticator.registrant(&parts, body).await? {
        // It has no wallet yet, and no org whose money it could be.
        Registrant::Bot(bot) => Ok(Json(WalletBody::of_nobody(bot.id.as_str()))),
        Registrant::Agent(caller) => {
            let (agent, _) = caller.agent()?;
            let body = service::check(&spend, agent).await.map_err(store_problem)?;
            body.map(Json).ok_or_else(|| Problem::not_found("wallet"))
        }
    }
}

/// What you may spend, and what your owner wants you to know.
#[utoipa::path(get, path = "/wallet/spending", tag = "wallet", responses((status = 200, body = SpendingBody)))]
pub async fn spending(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let agent = reading_agent(&spend, uri, request).await?;
    answer(&spend, &agent).await
}

async fn answer(spend: &Spend, agent: &AgentId) -> Result<Response, Problem> {
    let currency = budget_of(spend, agent).await?.currency;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let current = policies::current(&mut tx, agent).await.map_err(store_problem)?;
    let current = current.ok_or_else(|| Problem::not_found("policy"))?;
    let spending = Spending::of(&current.document);
    let body = SpendingBody {
        agent_id: agent.to_string(),
        approval_mode: spending.approval_mode,
        currency,
        limits: LimitAmounts::from(&spending).in_currency(currency),
        approved_categories: spending.approved_categories,
        blocked_categories: spending.blocked_categories,
        recurring_allowed: spending.recurring_allowed,
        notes: spending.notes,
        version: current.version,
        updated_at: current.created_at,
    };
    let mut response = Json(body).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", current.version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// What an agent may spend, in the short form of its policy.
#[utoipa::path(get, path = "/dashboard/agents/{id}/spending", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = SpendingBody)))]
pub async fn get_spending(about: AboutAgent) -> Result<Response, Problem> {
    answer(&about.spend, &about.agent.id).await
}

/// Replace exactly these rules of an agent's policy; all others stay.
#[utoipa::path(put, path = "/dashboard/agents/{id}/spending", tag = "dashboard", request_body = SpendingForm,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "Only if this version is in force")),
    responses((status = 200, body = SpendingBody), (status = 412, body = ProblemBody,
        content_type = "application/problem+json", description = "Somebody else changed it")))]
pub async fn put_spending(about: AboutAgent) -> Result<Response, Problem> {
    let AboutAgent { spend, caller, agent, headers, body } = about;
    let form: SpendingForm = parse_json(&headers, &body)?;
    let spending = form.read(budget_of(&spend, &agent.id).await?.currency)?;
    let expected = if_match(&headers)?;
    let mut org = spend.lock_for(&caller).await?;
    let current = policies::current(&mut org.tx, &agent.id).await.map_err(store_problem)?;
    let document = current.map(|version| version.document).unwrap_or_default();
    let document = spending.put_into(&document);
    set_policy(&spend, org, &caller, &agent, &document, expected, field_name).await?;
    answer(&spend, &agent.id).await
}

/// Query of a wallet's story.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StoryQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// Lines on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// What happened to your wallet, newest first.
#[utoipa::path(get, path = "/wallet/transactions", tag = "wallet", params(StoryQuery),
    responses((status = 200, body = Page<StoryLine>)))]
pub async fn transactions(
    State(spend): State<Spend>,
    query: Result<Query<StoryQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<Page<StoryLine>>, Problem> {
    let query = query_of(query)?;
    let agent = reading_agent(&spend, uri, request).await?;
    let limit = page::limit(query.limit)?;
    let after = query.cursor.as_deref().map_or(Ok(After::NOTHING), After::parse)?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let budget = budgets::find(&mut tx, &agent).await.map_err(store_problem)?;
    let budget = budget.ok_or_else(|| Problem::not_found("wallet"))?;
    let lines = story::read(&mut tx, &agent, &budget, after, limit + 1).await.map_err(store_problem)?;
    Ok(Json(Page::cut(lines, limit, After::text)))
}
