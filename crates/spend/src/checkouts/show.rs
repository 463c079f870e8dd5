//! The pages of checkouts. GET shows and changes nothing, because mail scanners follow links; POST leads to Stripe.

use axum::response::{IntoResponse, Response};
use bursar_base::{Language, Mode};
use bursar_http::Problem;
use bursar_identity::agents::service as agents;
use bursar_identity::orgs::service as orgs;
use bursar_pages as pages;
use bursar_store::{StoreError, Tx};
use http::{HeaderValue, StatusCode, header};

use super::service::NoPage;
use super::{Checkout, Kind, Status};
use crate::Spend;
use crate::approvals::api::{invalid, page, problem_page};

/// A checkout as its page shows it; `None` when its org is gone.
///
/// # Errors
/// [`StoreError`].
pub async fn view(
    tx: &mut Tx,
    c: &Checkout,
    now: bursar_base::TimeUs,
    (pay_path, came_back): (Option<String>, bool),
    language: Language,
) -> Result<Option<pages::CheckoutView>, StoreError> {
    let Some(org) = orgs::find(tx, &c.org_id).await? else {
        return Ok(None);
    };
    let agent_name = match &c.agent_id {
        Some(agent) => agents::find(tx, agent).await?.map(|agent| agent.name),
        None => None,
    };
    let status = match c.status_at(now) {
        Status::Asked | Status::Open if came_back => pages::CheckoutStatus::JustPaid,
        Status::Asked | Status::Open => pages::CheckoutStatus::Open,
        Status::Processing => pages::CheckoutStatus::Processing,
        Status::Paid => pages::CheckoutStatus::Paid,
        Status::Failed => pages::CheckoutStatus::Failed,
        Status::Expired => pages::CheckoutStatus::Expired,
    };
    Ok(Some(pages::CheckoutView {
        org_name: org.name,
        agent_name,
        amount: c.amount,
        words: c.words.clone(),
        by_agent: c.actor.starts_with("agent:"),
        created: c.created,
        expires: c.expires,
        time_zone: org.time_zone,
        language,
        status,
        pay_path,
        is_test: org.mode == Mode::Test,
        id: c.id.clone(),
    }))
}

/// Shows where a checkout stands.
///
/// # Errors
/// [`StoreError`].
pub async fn shown(
    spend: &Spend,
    c: &Checkout,
    status: StatusCode,
    (pay_path, came_back): (Option<String>, bool),
    language: Language,
) -> Result<Response, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    let Some(view) = view(&mut tx, c, now, (pay_path, came_back), language).await? else {
        return Ok(invalid(language));
    };
    let html = match c.kind {
        Kind::Topup => pages::topup(&view),
        Kind::Link => pages::payment_link(&view),
    };
    Ok(leading_to_stripe(spend, page(status, language, html)))
}

/// Goes to Stripe's page, or shows why there is none.
///
/// # Errors
/// As [`NoPage`].
pub async fn went(
    spend: &Spend,
    c: &Checkout,
    url: Result<String, NoPage>,
    pay_path: &str,
    language: Language,
) -> Result<Response, Problem> {
    match url {
        Ok(url) => {
            let location = HeaderValue::from_str(&url).map_err(|_| Problem::unavailable())?;
            let headers = [
                (header::LOCATION, location),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            ];
            Ok((StatusCode::SEE_OTHER, headers).into_response())
        }
        Err(NoPage::Over(_)) => {
            let mut tx = spend.identity.db.read().await.map_err(crate::context::store_problem)?;
            let now = super::service::find(&mut tx, &c.id).await.map_err(crate::context::store_problem)?;
            drop(tx);
            let now = now.unwrap_or_else(|| c.clone());
            let path = Some(pay_path.to_owned());
            let shown = shown(spend, &now, StatusCode::CONFLICT, (path, false), language).await;
            shown.map_err(crate::context::store_problem)
        }
        Err(NoPage::Problem(problem)) => Err(problem),
    }
}

/// Browsers hold a form's redirects against the policy too, so a page whose button leads to Stripe must allow that.
pub(crate) fn leading_to_stripe(spend: &Spend, mut response: Response) -> Response {
    let more = spend.rails.stripe.as_ref().and_then(|stripe| stripe.pages_at()).unwrap_or_default();
    let policy = pages::CONTENT_SECURITY_POLICY
        .replace("form-action 'self'", format!("form-action 'self' https: {more}").trim_end());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What a page says to a problem.
pub fn answered(result: Result<Response, Problem>, language: Language) -> Response {
    result.unwrap_or_else(|problem| match problem.status {
        StatusCode::CONFLICT => page(problem.status, language, pages::not_payable(language)),
        _ => problem_page(&problem, language),
    })
}
