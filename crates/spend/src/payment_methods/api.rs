//! Payment methods over HTTP.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{OrgId, PaymentMethodId, TimeUs};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, Reading, parse_json};
use bursar_identity::OrgTx;
use bursar_identity::keys::{Caller, Freshness};
use bursar_pages as pages;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::service::{self, Uses};
use super::{PaymentMethod, Status};
use crate::Spend;
use crate::approvals::api::page;
use crate::context::store_problem;
use crate::requests::api::caller;

/// A payment method as people and programs see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PaymentMethodBody {
    /// Its id.
    pub payment_method_id: String,
    /// `open` (its page at Stripe is), `checking` (Stripe verifies it), `active`, `expired`, `ended` or `removed`.
    pub status: String,
    /// Why it ended.
    pub ended_reason: Option<String>,
    /// Such as `card` or `us_bank_account`.
    pub kind: Option<String>,
    /// Such as `visa`, or the bank's name.
    pub brand: Option<String>,
    /// Its last four digits.
    pub last4: Option<String>,
    /// A card's last month, 1 to 12.
    pub exp_month: Option<i64>,
    /// And its year.
    pub exp_year: Option<i64>,
    /// Whether automatic top-ups may charge it.
    pub for_topups: bool,
    /// Whether payments on the rail `stripe` are charged to it.
    pub for_payments: bool,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

impl PaymentMethodBody {
    /// As it is at `now`, where direct payments are charged to `charged_directly`.
    pub fn new(m: &PaymentMethod, charged_directly: Option<&str>, now: TimeUs) -> PaymentMethodBody {
        let saved = m.saved.as_ref();
        let expires = saved.and_then(|saved| saved.expires);
        let is_expired = m.status == Status::Active && m.chargeable(now).is_none();
        let is_over = matches!(m.status, Status::Ended(_) | Status::Removed);
        let method = saved.map(|saved| saved.method.as_str()).filter(|_| !is_over);
        PaymentMethodBody {
            payment_method_id: m.id.to_string(),
            status: if is_expired { "expired" } else { m.status.as_str() }.to_owned(),
            ended_reason: match &m.status {
                Status::Ended(reason) => Some(reason.clone()),
                Status::Open | Status::Checking | Status::Active | Status::Removed => None,
            },
            kind: saved.map(|saved| saved.kind.clone()),
            brand: saved.and_then(|saved| saved.brand.clone()),
            last4: saved.and_then(|saved| saved.last4.clone()),
            exp_month: expires.map(|(month, _)| month),
            exp_year: expires.map(|(_, year)| year),
            for_topups: m.for_topups,
            for_payments: method.is_some() && method == charged_directly,
            created_at: m.created,
            updated_at: m.updated,
        }
    }
}

/// A list of payment methods.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentMethodsBody {
    /// Oldest first.
    pub data: Vec<PaymentMethodBody>,
}

/// A payment method to be saved. Nothing needs to be said of it here: that is done on Stripe's page.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPaymentMethod {}

/// Where a payment method is saved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BegunPaymentMethod {
    /// It.
    #[serde(flatten)]
    pub payment_method: PaymentMethodBody,
    /// Stripe's page.
    pub setup_url: String,
    /// Until when it is open.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

/// What a payment method is used for; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsesBody {
    /// Whether automatic top-ups may charge it.
    pub for_topups: Option<bool>,
    /// Whether payments on the rail `stripe` are charged to it; the org's other payment methods are then not.
    pub for_payments: Option<bool>,
}

/// The org's payment methods.
#[utoipa::path(get, path = "/dashboard/payment-methods", tag = "dashboard",
    responses((status = 200, body = PaymentMethodsBody)))]
pub async fn list(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<PaymentMethodsBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let listed = listed(&spend, &caller.org_id).await?;
    Ok(Json(PaymentMethodsBody { data: listed }))
}

/// An org's payment methods as they are now.
///
/// # Errors
/// 503.
pub async fn listed(spend: &Spend, org_id: &OrgId) -> Result<Vec<PaymentMethodBody>, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    let charged = service::charged_directly(&mut tx, org_id).await.map_err(store_problem)?;
    let found = service::list(&mut tx, org_id).await.map_err(store_problem)?;
    Ok(found.iter().map(|m| PaymentMethodBody::new(m, charged.as_deref(), now)).collect())
}

/// Save a payment method: answers with the address of Stripe's page, where a person does it.
#[utoipa::path(post, path = "/dashboard/payment-methods", tag = "dashboard", request_body = NewPaymentMethod,
    responses((status = 201, body = BegunPaymentMethod), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`: no Stripe key for this org's mode")))]
pub async fn create(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let NewPaymentMethod {} = parse_json(&parts.headers, &body)?;
    let org = spend.lock_for(&caller).await?;
    let (m, setup_url) = service::ask(&spend, org, &caller.org_id, &caller.actor()).await?;
    let payment_method = PaymentMethodBody::new(&m, None, spend.now());
    let body = BegunPaymentMethod { payment_method, setup_url, expires_at: m.page_expires };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn missing() -> Problem {
    Problem::not_found("payment method")
}

/// The payment method of the caller's org, under the org's lock.
async fn locked(spend: &Spend, caller: &Caller, id: &str) -> Result<(OrgTx, PaymentMethod), Problem> {
    let id = PaymentMethodId::parse(id).map_err(|_| missing())?;
    let mut org = spend.lock_for(caller).await?;
    let found = service::find(&mut org.tx, &id).await.map_err(store_problem)?;
    let ours = found.filter(|m| m.org_id == caller.org_id && m.status != Status::Removed);
    Ok((org, ours.ok_or_else(missing)?))
}

/// Say what a payment method is used for.
#[utoipa::path(patch, path = "/dashboard/payment-methods/{id}", tag = "dashboard", params(("id" = String, Path)),
    request_body = UsesBody, responses((status = 200, body = PaymentMethodBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`payment_method_not_active`: it cannot be charged")))]
pub async fn patch(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<PaymentMethodBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let UsesBody { for_topups, for_payments } = parse_json(&parts.headers, &body)?;
    let (mut org, mut m) = locked(&spend, &caller, &id).await?;
    let uses = Uses { for_topups, for_payments };
    service::use_for(&spend, &mut org, &mut m, uses, &caller.actor()).await?;
    let charged = service::charged_directly(&mut org.tx, &caller.org_id).await.map_err(store_problem)?;
    let body = PaymentMethodBody::new(&m, charged.as_deref(), org.now);
    org.commit().await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    Ok(Json(body))
}

/// Remove a payment method: nothing new is charged to it from now on.
#[utoipa::path(delete, path = "/dashboard/payment-methods/{id}", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 204, description = "Removed")))]
pub async fn delete(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let (mut org, mut m) = locked(&spend, &caller, &id).await?;
    service::remove(&spend, &mut org, &mut m, &caller.actor()).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    Ok(StatusCode::NO_CONTENT)
}

/// The page that people come back to from Stripe. It changes nothing, and knows of nothing.
#[utoipa::path(get, path = "/payment-methods/back", tag = "pages",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn back(State(spend): State<Spend>, reading: Reading) -> Response {
    let language = spend.reads(reading);
    page(StatusCode::OK, language, pages::back_from_stripe(language))
}
