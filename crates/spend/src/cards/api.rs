//! Cards over HTTP, for owners.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, CardAccessId, CardId, limits};
use bursar_http::page::{self, Page};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, parse_json};
use bursar_identity::OrgTx;
use bursar_identity::keys::{Caller, Freshness};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::access::{self, AccessBody};
use super::body::CardBody;
use super::holder::{self, Details};
use super::issue::{self, NewCard, at_once};
use super::{Card, Status, service, stripe};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::{ReasonBody, caller, optional_json, query_of, reason_of};
use crate::requests::form;

/// A request about one card of the caller's org.
#[derive(Debug)]
pub struct AboutCard {
    spend: Spend,
    caller: Caller,
    card: Card,
    headers: HeaderMap,
    body: axum::body::Bytes,
}

impl FromRequest<Spend> for AboutCard {
    type Rejection = Problem;

    async fn from_request(request: Request, spend: &Spend) -> Result<AboutCard, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathText(id) = PathText::from_request_parts(&mut parts, spend).await?;
        let Ok(uri) = OriginalUri::from_request_parts(&mut parts, spend).await;
        let (caller, parts, body) =
            caller(spend, uri, Request::from_parts(parts, body), Freshness::Now).await?;
        let id = CardId::parse(&id).map_err(|_| Problem::not_found("card"))?;
        let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
        let card = service::find(&mut tx, &id).await.map_err(store_problem)?;
        let card = card.filter(|card| card.org_id == caller.org_id);
        let card = card.ok_or_else(|| Problem::not_found("card"))?;
        Ok(AboutCard { spend: spend.clone(), caller, card, headers: parts.headers, body })
    }
}

impl AboutCard {
    /// Begins a transaction on the caller's behalf, with the card as it is under the lock.
    async fn lock(&self) -> Result<(OrgTx, Card), Problem> {
        let mut org = self.spend.lock_for(&self.caller).await?;
        let card = service::find(&mut org.tx, &self.card.id).await.map_err(store_problem)?;
        Ok((org, card.ok_or_else(|| Problem::not_found("card"))?))
    }

    fn reason(&self) -> Result<String, Problem> {
        let given: ReasonBody = optional_json(&self.headers, &self.body)?;
        Ok(reason_of(given.reason)?.unwrap_or_else(|| "by an owner".to_owned()))
    }

    /// Commits, does at Stripe what can be done at once, and answers with a card.
    async fn done(&self, org: OrgTx, id: &CardId, status: StatusCode) -> Result<Response, Problem> {
        org.commit().await.map_err(store_problem)?;
        answer(&self.spend, id, status).await
    }
}

async fn answer(spend: &Spend, id: &CardId, status: StatusCode) -> Result<Response, Problem> {
    let card = at_once(spend, id).await?;
    if card.status == Status::Failed {
        let why = card.last_error.unwrap_or_default();
        let detail = format!("Stripe made no card: {why}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "card_refused", detail));
    }
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let body = CardBody::of(&mut tx, &card).await.map_err(store_problem)?;
    Ok((status, Json(body)).into_response())
}

/// Whom the org's cards are issued to, and what Stripe says of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CardholderBody {
    /// As its owners wrote it.
    pub details: Details,
    /// Stripe's id (`ich_…`), once it is made.
    pub stripe_cardholder_id: Option<String>,
    /// Whether Stripe has the details as they are here.
    pub up_to_date: bool,
    /// Stripe's names of what it still wants to know; no card can be used before.
    pub requirements: Vec<String>,
    /// What went wrong last at Stripe.
    pub last_error: Option<String>,
}

async fn cardholder(spend: &Spend, caller: &Caller) -> Result<Json<CardholderBody>, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = holder::find(&mut tx, &caller.org_id).await.map_err(store_problem)?;
    let holder = found.ok_or_else(|| Problem::not_found("cardholder"))?;
    Ok(Json(CardholderBody {
        up_to_date: holder.told_version == holder.version,
        details: holder.details,
        stripe_cardholder_id: holder.stripe_id,
        requirements: holder.requirements,
        last_error: holder.last_error,
    }))
}

/// Whom the org's cards are issued to.
#[utoipa::path(get, path = "/dashboard/cardholder", tag = "dashboard",
    responses((status = 200, body = CardholderBody), (status = 404, body = ProblemBody,
        content_type = "application/problem+json", description = "Nobody has said it yet")))]
pub async fn get_cardholder(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<CardholderBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    cardholder(&spend, &caller).await
}

/// Say whom the org's cards are issued to: a person or a company. Stripe is told at once.
#[utoipa::path(put, path = "/dashboard/cardholder", tag = "dashboard", request_body = Details,
    responses((status = 200, body = CardholderBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`, or `cardholder_fixed`: Stripe lets nobody \
            change the name or the type")))]
pub async fn put_cardholder(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<CardholderBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let details: Details = parse_json(&parts.headers, &body)?;
    let details = details.check()?;
    issue::must_have_stripe(&spend, &caller.org_id).await?;
    let mut org = spend.lock_for(&caller).await?;
    holder::put(&mut org, &caller.org_id, &details, &caller.actor()).await?;
    org.commit().await.map_err(store_problem)?;
    if let Err(error) = stripe::tell_holder(&spend, &caller.org_id).await {
        tracing::warn!(org = %caller.org_id, %error, "Stripe did not take the cardholder");
    }
    cardholder(&spend, &caller).await
}

/// A card that an owner wants made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardRequest {
    /// Who pays with it.
    pub agent_id: String,
    /// The only merchant it may be used at, written as in a policy.
    #[schema(example = "shop.example")]
    pub merchant: Option<String>,
    /// Whether it ends after one payment.
    #[serde(default)]
    pub single_use: bool,
    /// Whether the agent may be told the number; no, unless said.
    #[serde(default)]
    pub reveal: bool,
    /// What it is for.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// Have a virtual card made for an agent.
#[utoipa::path(post, path = "/dashboard/cards", tag = "dashboard", request_body = CardRequest,
    responses((status = 201, body = CardBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`, `no_cardholder` or `too_many_cards`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "`card_refused`: Stripe made none")))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let asked: CardRequest = parse_json(&parts.headers, &body)?;
    let agent_id =
        AgentId::parse(&asked.agent_id).map_err(|error| Problem::field("agent_id", error.to_string()))?;
    let merchant = issue::checked_merchant(asked.merchant.as_deref())?;
    let reason = match asked.reason.as_deref() {
        None => "Made by an owner".to_owned(),
        Some(reason) => form::text("reason", reason, 1, limits::MAX_REASON_CHARS)?,
    };
    let found = spend.agent_of(&caller.org_id, &agent_id).await;
    found.map_err(|problem| match problem.status {
        StatusCode::NOT_FOUND => Problem::field("agent_id", "there is no such agent"),
        _ => problem,
    })?;
    issue::must_be_ready(&spend, &caller.org_id).await?;
    let new = NewCard { agent_id, merchant, single_use: asked.single_use, reveal: asked.reveal, reason };
    let mut org = spend.lock_for(&caller).await?;
    let id = issue::ask_for(&spend, &mut org, &caller.org_id, &new, None, &caller.actor()).await?;
    org.commit().await.map_err(store_problem)?;
    answer(&spend, &id, StatusCode::CREATED).await
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

type Listing = Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>;

/// The org's cards, newest first.
#[utoipa::path(get, path = "/dashboard/cards", tag = "dashboard", params(ListQuery),
    responses((status = 200, body = Page<CardBody>)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Listing,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<Page<CardBody>>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let limit = page::limit(query.limit)?;
    let after = query.cursor.map(|text| text.parse::<CardId>()).transpose();
    let after = after.map_err(|error| Problem::field("cursor", error.to_string()))?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let cards =
        service::list(&mut tx, &caller.org_id, after.as_ref(), limit + 1).await.map_err(store_problem)?;
    let mut bodies = Vec::with_capacity(cards.len());
    for card in &cards {
        bodies.push(CardBody::of(&mut tx, card).await.map_err(store_problem)?);
    }
    Ok(Json(Page::cut(bodies, limit, |body| body.card_id.clone())))
}

/// One card.
#[utoipa::path(get, path = "/dashboard/cards/{id}", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = CardBody)))]
pub async fn get(about: AboutCard) -> Result<Json<CardBody>, Problem> {
    let mut tx = about.spend.identity.db.read().await.map_err(store_problem)?;
    Ok(Json(CardBody::of(&mut tx, &about.card).await.map_err(store_problem)?))
}

/// Stop a card: no authorisation passes from now on, and Stripe is told until it says so too.
#[utoipa::path(post, path = "/dashboard/cards/{id}/freeze", tag = "dashboard", params(("id" = String, Path)),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = CardBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`wrong_status`: it is over")))]
pub async fn freeze(about: AboutCard) -> Result<Response, Problem> {
    let reason = about.reason()?;
    let (mut org, mut card) = about.lock().await?;
    if card.status.is_over() {
        let detail = format!("the card is {}; there is nothing to stop", card.status.as_str());
        return Err(Problem::new(StatusCode::CONFLICT, "wrong_status", detail)
            .with("card_status", card.status.as_str()));
    }
    let actor = about.caller.actor();
    service::freeze(&about.spend, &mut org, &mut card, &actor, &reason).await.map_err(store_problem)?;
    about.done(org, &card.id, StatusCode::OK).await
}

/// Let a frozen card go on, once Stripe has said that it does.
#[utoipa::path(post, path = "/dashboard/cards/{id}/unfreeze", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = CardBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`wrong_status`, or `agent_frozen`")))]
pub async fn unfreeze(about: AboutCard) -> Result<Response, Problem> {
    let (mut org, mut card) = about.lock().await?;
    issue::unfreeze(&about.spend, &mut org, &mut card, &about.caller.actor()).await?;
    about.done(org, &card.id, StatusCode::OK).await
}

/// End a card for good.
#[utoipa::path(post, path = "/dashboard/cards/{id}/cancel", tag = "dashboard", params(("id" = String, Path)),
    request_body(content = Option<ReasonBody>, content_type = "application/json"),
    responses((status = 200, body = CardBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`wrong_status`: it is over already")))]
pub async fn cancel(about: AboutCard) -> Result<Response, Problem> {
    let reason = about.reason()?;
    let (mut org, mut card) = about.lock().await?;
    issue::cancel(&about.spend, &mut org, &mut card, &about.caller.actor(), &reason).await?;
    about.done(org, &card.id, StatusCode::OK).await
}

/// Why a card is replaced.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplacementReason {
    /// Its number may be in wrong hands; the new one has another.
    Lost,
    /// The same, by somebody's intent.
    Stolen,
    /// The new card keeps the number.
    Damaged,
    /// The new card keeps the number.
    Expired,
}

/// Why a card is replaced.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Why.
    pub reason: ReplacementReason,
}

/// End a card and have another one made in its place, with the same rules; the answer is the new card.
#[utoipa::path(post, path = "/dashboard/cards/{id}/replace", tag = "dashboard", params(("id" = String, Path)),
    request_body = Replacement,
    responses((status = 201, body = CardBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`wrong_status`: it is over already")))]
pub async fn replace(about: AboutCard) -> Result<Response, Problem> {
    let asked: Replacement = parse_json(&about.headers, &about.body)?;
    issue::must_be_ready(&about.spend, &about.caller.org_id).await?;
    let reason = match asked.reason {
        ReplacementReason::Lost => "lost",
        ReplacementReason::Stolen => "stolen",
        ReplacementReason::Damaged => "damaged",
        ReplacementReason::Expired => "expired",
    };
    let (mut org, mut card) = about.lock().await?;
    let id = issue::replace(&about.spend, &mut org, &mut card, &about.caller.actor(), reason).await?;
    about.done(org, &id, StatusCode::CREATED).await
}

/// Whether an agent may be told the number of its card.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// Whether.
    pub reveal: bool,
}

/// Decide whether the agent may be told the number of its card.
#[utoipa::path(put, path = "/dashboard/cards/{id}/reveal", tag = "dashboard", params(("id" = String, Path)),
    request_body = Reveal, responses((status = 200, body = CardBody)))]
pub async fn put_reveal(about: AboutCard) -> Result<Json<CardBody>, Problem> {
    let asked: Reveal = parse_json(&about.headers, &about.body)?;
    let (mut org, mut card) = about.lock().await?;
    let actor = about.caller.actor();
    issue::set_reveal(&mut org, &mut card, asked.reveal, &actor).await.map_err(store_problem)?;
    let body = CardBody::of(&mut org.tx, &card).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(body))
}

/// Every look of the agent at its card, newest first: when, from which address, with which key, and whether at the number.
#[utoipa::path(get, path = "/dashboard/cards/{id}/accesses", tag = "dashboard",
    params(("id" = String, Path), ListQuery), responses((status = 200, body = Page<AccessBody>)))]
pub async fn accesses(query: Listing, about: AboutCard) -> Result<Json<Page<AccessBody>>, Problem> {
    let query = query_of(query)?;
    let limit = page::limit(query.limit)?;
    let after = query.cursor.map(|text| text.parse::<CardAccessId>()).transpose();
    let after = after.map_err(|error| Problem::field("cursor", error.to_string()))?;
    let mut tx = about.spend.identity.db.read().await.map_err(store_problem)?;
    let found =
        access::list(&mut tx, &about.card.id, after.as_ref(), limit + 1).await.map_err(store_problem)?;
    Ok(Json(Page::cut(found, limit, |body| body.access_id.clone())))
}
