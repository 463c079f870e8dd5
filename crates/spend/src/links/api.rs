//! Payment links over HTTP.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{LinkId, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, Reading, parse_json};
use bursar_identity::keys::Freshness;
use bursar_identity::valid_email;
use http::StatusCode;
use serde::Deserialize;

use super::{LinkBody, url};
use crate::Spend;
use crate::approvals::api::invalid;
use crate::checkouts::service::{self as checkouts, NewCheckout, stripe_of};
use crate::checkouts::show::{answered, shown, went};
use crate::checkouts::{Checkout, Kind};
use crate::context::store_problem;
use crate::freezes::service::must_go_on;
use crate::requests::api::caller;
use crate::requests::form;
use crate::topups::api::{BackQuery, amount_in, currency_of};
use crate::topups::service::take;

/// A payment link to be made. Exactly one of `amount` and `amount_usd`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// A decimal text, such as `"25.00"`, in the wallet's currency.
    #[schema(example = "25.00")]
    pub amount: Option<String>,
    /// The same, for a wallet of US dollars.
    pub amount_usd: Option<String>,
    /// The wallet's; ISO 4217.
    pub currency: Option<String>,
    /// What for. Shown to who pays, as what you say.
    #[schema(min_length = 1, max_length = 500)]
    pub description: String,
    /// Filled in for who pays.
    #[schema(max_length = 254)]
    pub payer_email: Option<String>,
}

/// Make a page on which somebody pays into your wallet. Ten an hour; it can be paid for 24 hours.
#[utoipa::path(post, path = "/payments/create-link", tag = "wallet", request_body = NewLink,
    responses((status = 201, body = LinkBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`no_stripe`: this server cannot take money for your org; `org_frozen`, `agent_frozen`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Made too many; see `Retry-After`")))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let agent = caller.agent()?.0.clone();
    let new: NewLink = parse_json(&parts.headers, &body)?;
    let wallet = currency_of(&spend, &agent).await?;
    let amount =
        amount_in(wallet, new.amount.as_deref(), new.amount_usd.as_deref(), new.currency.as_deref())?;
    let description = form::text("description", &new.description, 1, limits::MAX_DESCRIPTION_CHARS)?;
    let payer_email = new.payer_email.as_deref().map(valid_email).transpose();
    let payer_email = payer_email.map_err(|message| Problem::field("payer_email", message))?;
    stripe_of(&spend, &caller.org_id).await?;
    let mut org = spend.lock_for(&caller).await?;
    must_go_on(&mut org, &caller.org_id, Some(&agent)).await?;
    take(&mut org, "payment_link", &agent, limits::LINKS_PER_HOUR).await?;
    let new = NewCheckout {
        kind: Kind::Link,
        actor: format!("agent:{agent}"),
        agent_id: Some(agent),
        amount,
        words: description,
        payer_email,
    };
    let id = checkouts::make(&spend, &mut org, &caller.org_id, new).await.map_err(store_problem)?;
    let made = checkouts::find(&mut org.tx, &id).await.map_err(store_problem)?;
    let now = org.now;
    org.commit().await.map_err(store_problem)?;
    let made = made.ok_or_else(Problem::unavailable)?;
    Ok((StatusCode::CREATED, Json(LinkBody::new(&spend, &made, now))).into_response())
}

/// Where a payment link of yours stands.
#[utoipa::path(get, path = "/payments/links/{id}", tag = "wallet", params(("id" = String, Path)),
    responses((status = 200, body = LinkBody)))]
pub async fn get(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<LinkBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let (agent, _) = caller.agent()?;
    let found = find(&spend, &id).await?;
    let link = found.filter(|c| c.agent_id.as_ref() == Some(agent) && c.org_id == caller.org_id);
    let link = link.ok_or_else(|| Problem::not_found("payment link"))?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    Ok(Json(LinkBody::new(&spend, &link, now)))
}

async fn find(spend: &Spend, id: &str) -> Result<Option<Checkout>, Problem> {
    if LinkId::parse(id).is_err() {
        return Ok(None);
    }
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = checkouts::find(&mut tx, id).await.map_err(store_problem)?;
    Ok(found.filter(|c| c.kind == Kind::Link))
}

type Id = Result<Path<String>, PathRejection>;

/// The page of a payment link. It changes nothing.
#[utoipa::path(get, path = "/pay/{id}", tag = "pages", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html", description = "No such link")))]
pub async fn show(
    State(spend): State<Spend>,
    id: Id,
    reading: Reading,
    query: Result<Query<BackQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let id = id.map(|Path(text)| text).unwrap_or_default();
    let language = spend.reads(reading);
    let came_back = query.is_ok_and(|Query(query)| query.from.as_deref() == Some("checkout"));
    let page = async {
        let Some(c) = find(&spend, &id).await? else { return Ok(invalid(language)) };
        let path = Some(format!("/v1/pay/{id}"));
        shown(&spend, &c, StatusCode::OK, (path, came_back), language).await.map_err(store_problem)
    };
    answered(page.await, language)
}

/// Go to Stripe's page, where the link is paid.
#[utoipa::path(post, path = "/pay/{id}", tag = "pages", params(("id" = String, Path)),
    responses((status = 303, description = "To Stripe's page"),
        (status = 404, body = String, content_type = "text/html", description = "No such link"),
        (status = 409, body = String, content_type = "text/html", description = "Paid already, or past that")))]
pub async fn pay(State(spend): State<Spend>, id: Id, reading: Reading) -> Response {
    let language = spend.reads(reading);
    let id = id.map(|Path(text)| text).unwrap_or_default();
    let page = async {
        let Some(c) = find(&spend, &id).await? else { return Ok(invalid(language)) };
        let went_to = checkouts::page(&spend, &c, "payer", &url(&spend, &c.id)).await;
        went(&spend, &c, went_to, &format!("/v1/pay/{id}"), language).await
    };
    answered(page.await, language)
}
