//! Connected accounts over HTTP.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{Language, TimeUs};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, Reading, parse_json};
use bursar_identity::keys::Freshness;
use bursar_pages as pages;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::{PayoutAccount, service};
use crate::Spend;
use crate::approvals::api::page;
use crate::checkouts::show::leading_to_stripe;
use crate::context::store_problem;
use crate::requests::api::caller;

/// An org's connected account, and what Stripe says of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PayoutAccountBody {
    /// Stripe's id of it: what others name as a payee's `stripe_account`.
    pub stripe_account: String,
    /// Whether somebody has gone through with Stripe's page.
    pub details_submitted: bool,
    /// Whether it can take payments.
    pub charges_enabled: bool,
    /// Whether its money is paid out.
    pub payouts_enabled: bool,
    /// Why it cannot do something, as a code of Stripe's.
    pub disabled_reason: Option<String>,
    /// Names of what Stripe wants to know next; all of it is asked on its page.
    pub due: Vec<String>,
    /// When Stripe said so.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub checked_at: Option<TimeUs>,
}

impl PayoutAccountBody {
    /// As it was last seen; `None` while Stripe has not answered yet.
    pub fn new(known: &PayoutAccount) -> Option<PayoutAccountBody> {
        let state = known.state.clone();
        Some(PayoutAccountBody {
            stripe_account: known.account.clone()?,
            details_submitted: state.details_submitted,
            charges_enabled: state.charges_enabled,
            payouts_enabled: state.payouts_enabled,
            disabled_reason: state.disabled_reason,
            due: state.due,
            checked_at: known.checked,
        })
    }
}

/// A connected account to be made or set up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayoutAccount {
    /// Where who receives the money is: two letters (ISO 3166-1), for good. Where the operator's Stripe account is, when
    /// absent; not looked at once the account is there.
    #[schema(example = "US", pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
}

/// Where a connected account is set up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OnboardingBody {
    /// It.
    #[serde(flatten)]
    pub account: PayoutAccountBody,
    /// Stripe's page. Good once: open it yourself, and do not pass it on.
    pub onboarding_url: String,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

/// What Stripe says of an org's account now; what it said last, where it does not answer.
///
/// # Errors
/// 404, 503.
pub async fn shown(spend: &Spend, org_id: &bursar_base::OrgId) -> Result<PayoutAccountBody, Problem> {
    let missing = || Problem::not_found("payout account of this org");
    let known = service::find(&mut spend.identity.db.read().await.map_err(store_problem)?, org_id).await;
    let known = known.map_err(store_problem)?.ok_or_else(missing)?;
    if let Err(error) = service::refresh(spend, &known).await {
        tracing::warn!(%error, "Stripe did not say how a connected account is");
    }
    let now = service::find(&mut spend.identity.db.read().await.map_err(store_problem)?, org_id).await;
    let now = now.map_err(store_problem)?.unwrap_or(known);
    PayoutAccountBody::new(&now).ok_or_else(missing)
}

/// Whether the org can receive money, and what Stripe still wants to know.
#[utoipa::path(get, path = "/dashboard/payout-account", tag = "dashboard",
    responses((status = 200, body = PayoutAccountBody), (status = 404, body = ProblemBody,
        content_type = "application/problem+json", description = "There is none yet")))]
pub async fn get(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<PayoutAccountBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    Ok(Json(shown(&spend, &caller.org_id).await?))
}

/// Checks a country's form.
///
/// # Errors
/// 400.
pub fn country_of(text: Option<&str>) -> Result<Option<&str>, Problem> {
    match text {
        Some(text) if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_uppercase()) => {
            Err(Problem::field("country", "two capital letters, such as \"US\""))
        }
        text => Ok(text),
    }
}

/// Receive money: makes the org's connected account where there is none, and answers with a fresh link to the page of
/// Stripe's on which it is set up.
#[utoipa::path(post, path = "/dashboard/payout-account", tag = "dashboard", request_body = NewPayoutAccount,
    responses((status = 201, body = OnboardingBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`: no Stripe key for this org's mode")))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let new: NewPayoutAccount = parse_json(&parts.headers, &body)?;
    let country = country_of(new.country.as_deref())?;
    let org = spend.lock_for(&caller).await?;
    let (known, link) = service::link(&spend, org, &caller.org_id, country, &caller.actor()).await?;
    let account = PayoutAccountBody::new(&known).ok_or_else(Problem::unavailable)?;
    let expires_at = TimeUs::from_seconds(link.expires_at);
    let body = OnboardingBody { account, onboarding_url: link.url, expires_at };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The page that people come back to from Stripe. It changes nothing, and knows of nothing.
#[utoipa::path(get, path = "/payout-account/back", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn back(State(spend): State<Spend>, reading: Reading) -> Response {
    let language = spend.reads(reading);
    page(StatusCode::OK, language, pages::back_from_onboarding(language))
}

fn refreshing(spend: &Spend, language: Language, status: StatusCode, problem: Option<&str>) -> Response {
    leading_to_stripe(spend, page(status, language, pages::onboarding_refresh(problem, language)))
}

/// The page to which Stripe sends people whose link is used up or too old. It changes nothing: its button makes another.
#[utoipa::path(get, path = "/payout-account/refresh", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn show_refresh(State(spend): State<Spend>, reading: Reading) -> Response {
    refreshing(&spend, spend.reads(reading), StatusCode::OK, None)
}

/// Go to Stripe's page by a fresh link. The session is the authority, so that an address that leaks leads nowhere.
#[utoipa::path(post, path = "/payout-account/refresh", tag = "pages",
    responses((status = 303, description = "To Stripe's page"),
        (status = 409, body = String, content_type = "text/html", description = "No Stripe key for this org's mode"),
        (status = 422, body = String, content_type = "text/html", description = "Stripe makes no such account")))]
pub async fn refresh(State(spend): State<Spend>, uri: OriginalUri, request: Request) -> Response {
    let language = spend.reads(Reading::of(request.uri(), request.headers()));
    let went = async {
        let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
        let org = spend.lock_for(&caller).await?;
        let (_, link) = service::link(&spend, org, &caller.org_id, None, &caller.actor()).await?;
        let location = HeaderValue::from_str(&link.url).map_err(|_| Problem::unavailable())?;
        let headers = [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        Ok::<_, Problem>((StatusCode::SEE_OTHER, headers).into_response())
    };
    went.await.unwrap_or_else(|problem| refreshing(&spend, language, problem.status, Some(&problem.detail)))
}
