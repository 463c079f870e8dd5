//! Top-ups over HTTP.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, Currency, Language, Money, limits};
use bursar_http::page::{self, Page};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, Reading, parse_json};
use bursar_identity::keys::Freshness;
use bursar_identity::members::{Member, Role, service as members};
use bursar_money::budgets;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{TopupBody, links, service};
use crate::Spend;
use crate::approvals::api::invalid;
use crate::checkouts::service::{self as checkouts, check_amount, stripe_of};
use crate::checkouts::show::{answered, shown, went};
use crate::checkouts::{Checkout, Kind};
use crate::context::store_problem;
use crate::requests::api::{caller, query_of};
use crate::requests::form;

/// Money that an agent asks for. Exactly one of `amount` and `amount_usd`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopupRequest {
    /// A decimal text, such as `"25.00"`, in the wallet's currency.
    #[schema(example = "25.00")]
    pub amount: Option<String>,
    /// The same, for a wallet of US dollars.
    pub amount_usd: Option<String>,
    /// The wallet's; ISO 4217.
    pub currency: Option<String>,
    /// What for. Shown to your owner as your claim.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// Reads an amount in one of its two forms, in the currency of a wallet.
///
/// # Errors
/// 400 naming the field; 422 `currency_mismatch`.
pub fn amount_in(
    wallet: Currency,
    amount: Option<&str>,
    usd: Option<&str>,
    currency: Option<&str>,
) -> Result<Money, Problem> {
    let named = currency.map(Currency::parse).transpose();
    let named = named.map_err(|error| Problem::field("currency", error.to_string()))?;
    let (field, text, of) = match (amount, usd) {
        (Some(text), None) => ("amount", text, named.unwrap_or(wallet)),
        (None, Some(text)) => ("amount_usd", text, named.unwrap_or(Currency::USD)),
        (None, None) => return Err(Problem::field("amount", "send `amount`, such as \"25.00\"")),
        (Some(_), Some(_)) => {
            return Err(Problem::field("amount", "send either `amount` or `amount_usd`, not both"));
        }
    };
    let renamed = |mut problem: Problem| {
        problem.errors.iter_mut().for_each(|error| field.clone_into(&mut error.field));
        problem
    };
    let money = form::amount(Some(text), None, of).map_err(renamed)?;
    if money.currency != wallet || (field == "amount_usd" && of != Currency::USD) {
        let detail = format!("this wallet holds {wallet}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "currency_mismatch", detail));
    }
    check_amount(field, money)?;
    Ok(money)
}

/// The currency of the wallet that an agent draws on.
///
/// # Errors
/// 404, 503.
pub async fn currency_of(spend: &Spend, agent: &AgentId) -> Result<Currency, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let budget = budgets::find(&mut tx, agent).await.map_err(store_problem)?;
    budget.map(|budget| budget.currency).ok_or_else(|| Problem::not_found("wallet"))
}

/// Ask your owner for money: they get a mail with one link. Three times an hour.
#[utoipa::path(post, path = "/wallet/topup-request", tag = "wallet", request_body = TopupRequest,
    responses((status = 202, body = TopupBody, description = "Your owner is asked"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`no_stripe`: this server cannot take money for your org; `org_frozen`, `agent_frozen`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Asked too often; see `Retry-After`")))]
pub async fn ask(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let agent = caller.agent()?.0.clone();
    let asked: TopupRequest = parse_json(&parts.headers, &body)?;
    let wallet = currency_of(&spend, &agent).await?;
    let (amount, usd) = (asked.amount.as_deref(), asked.amount_usd.as_deref());
    let amount = amount_in(wallet, amount, usd, asked.currency.as_deref())?;
    let reason = form::text("reason", &asked.reason, 1, limits::MAX_REASON_CHARS)?;
    stripe_of(&spend, &caller.org_id).await?;
    let org = spend.lock_for(&caller).await?;
    let now = org.now;
    let made = service::ask(&spend, org, &caller.org_id, &agent, amount, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(TopupBody::new(&made, now))).into_response())
}

/// Money that an owner puts in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopup {
    /// A decimal text, such as `"250.00"`, in the org's currency.
    #[schema(example = "250.00")]
    pub amount: String,
    /// Into the wallet that this agent draws on; into the org's when absent.
    pub agent_id: Option<String>,
}

/// A top-up and where it is paid.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BegunTopup {
    /// Its id.
    pub topup_id: String,
    /// Stripe's page.
    pub checkout_url: String,
}

/// Fill a wallet: answers with the address of Stripe's page.
#[utoipa::path(post, path = "/dashboard/wallet/topups", tag = "dashboard", request_body = NewTopup,
    responses((status = 201, body = BegunTopup), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`: no Stripe key for this org's mode; `org_frozen`, `agent_frozen`")))]
pub async fn begin(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let new: NewTopup = parse_json(&parts.headers, &body)?;
    let agent = match &new.agent_id {
        None => None,
        Some(text) => {
            let id = AgentId::parse(text).map_err(|error| Problem::field("agent_id", error.to_string()))?;
            let found = spend.agent_of(&caller.org_id, &id).await;
            let missing = |problem: Problem| match problem.status {
                StatusCode::NOT_FOUND => Problem::field("agent_id", "there is no such agent"),
                _ => problem,
            };
            Some(found.map_err(missing)?.id)
        }
    };
    let amount = owners_amount(&spend, &caller.org_id, &new.amount).await?;
    stripe_of(&spend, &caller.org_id).await?;
    let org = spend.lock_for(&caller).await?;
    let actor = caller.actor();
    let begun = service::begin(&spend, org, &caller.org_id, agent.as_ref(), amount, &actor).await?;
    let body = BegunTopup { topup_id: begun.0.id, checkout_url: begun.1 };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn owners_amount(spend: &Spend, org_id: &bursar_base::OrgId, text: &str) -> Result<Money, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = bursar_identity::orgs::service::find(&mut tx, org_id).await.map_err(store_problem)?;
    let currency = org.ok_or_else(|| Problem::not_found("org"))?.currency;
    amount_in(currency, Some(text), None, None)
}

/// Query of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// Rows on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// The org's top-ups, newest first.
#[utoipa::path(get, path = "/dashboard/wallet/topups", tag = "dashboard", params(ListQuery),
    responses((status = 200, body = Page<TopupBody>)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<Page<TopupBody>>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let limit = page::limit(query.limit)?;
    let after = query.cursor.map(|text| text.parse::<bursar_base::TopupId>()).transpose();
    let after = after.map_err(|error| Problem::field("cursor", error.to_string()))?;
    let before = after.as_ref().map(bursar_base::TopupId::as_str);
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    let found = checkouts::list(&mut tx, &caller.org_id, Kind::Topup, before, limit + 1).await;
    let bodies = found.map_err(store_problem)?.iter().map(|c| TopupBody::new(c, now)).collect();
    Ok(Json(Page::cut(bodies, limit, |body| body.topup_id.clone())))
}

/// The top-up that a token is for, and the member it was sent to: if both are still what they were.
async fn opened(spend: &Spend, token: &str) -> Result<Option<(Checkout, Option<Member>)>, Problem> {
    let Some(claims) = links::read(spend, token) else {
        return Ok(None);
    };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = checkouts::find(&mut tx, &claims.topup).await.map_err(store_problem)?;
    let Some(c) = found.filter(|c| c.org_id == claims.org && c.kind == Kind::Topup) else {
        return Ok(None);
    };
    let Some(sub) = claims.sub else {
        return Ok(Some((c, None)));
    };
    let members = members::list(&mut tx, &claims.org).await.map_err(store_problem)?;
    let owner = members.into_iter().find(|member| member.id == sub && member.role == Role::Owner);
    Ok(owner.map(|owner| (c, Some(owner))))
}

/// A token as it stands in a path; what is no text is answered by the page for links that lead nowhere.
type Token = Result<Path<String>, PathRejection>;

/// Query of the page.
#[derive(Debug, Default, Deserialize)]
pub struct BackQuery {
    /// `checkout` where people come back from Stripe.
    pub from: Option<String>,
}

/// The page that asks an owner for a top-up. It changes nothing.
#[utoipa::path(get, path = "/topup/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html", description = "No such link")))]
pub async fn show(
    State(spend): State<Spend>,
    token: Token,
    reading: Reading,
    query: Result<Query<BackQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    let came_back = query.is_ok_and(|Query(query)| query.from.as_deref() == Some("checkout"));
    let page = async {
        let Some((c, member)) = opened(&spend, &token).await? else {
            return Ok(invalid(spend.reads(reading)));
        };
        let language = language_of(&spend, reading, member.as_ref()).await?;
        let path = member.map(|_| format!("/v1/topup/{token}"));
        shown(&spend, &c, StatusCode::OK, (path, came_back), language).await.map_err(store_problem)
    };
    answered(page.await, spend.reads(reading))
}

/// Go to Stripe's page, where the top-up is paid. The token is the authority.
#[utoipa::path(post, path = "/topup/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 303, description = "To Stripe's page"),
        (status = 404, body = String, content_type = "text/html", description = "No such link"),
        (status = 409, body = String, content_type = "text/html", description = "Paid already, or past that")))]
pub async fn pay(State(spend): State<Spend>, token: Token, reading: Reading) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    let page = async {
        let Some((c, Some(member))) = opened(&spend, &token).await? else {
            return Ok(invalid(spend.reads(reading)));
        };
        let language = language_of(&spend, reading, Some(&member)).await?;
        let url = service::page(&spend, &c, &format!("member:{}", member.email)).await;
        went(&spend, &c, url, &format!("/v1/topup/{token}"), language).await
    };
    answered(page.await, spend.reads(reading))
}

/// The language of the owner whom a link was sent to, or of whoever else has it.
async fn language_of(spend: &Spend, reading: Reading, owner: Option<&Member>) -> Result<Language, Problem> {
    let Some(owner) = owner else { return Ok(spend.reads(reading)) };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    spend.reads_as(&mut tx, reading, &owner.email).await.map_err(store_problem)
}
