//! The pages on the way to the provider and back.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use bursar_base::limits;
use bursar_http::{Problem, cookies};
use bursar_identity::oidc::{OidcError, service as flows};
use bursar_pages::people::{Message, message, shown_name};
use bursar_spend::context::store_problem;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::provider::{self, Provider};
use super::verify::{self, VerifyError};
use crate::door::{Open, asking_browser, next_page, signed_in};
use crate::page::{form, page, problem_page, see_other, sentence};

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NextForm {
    next: String,
}

/// Sends somebody to the provider.
pub async fn begin(open: Open) -> Response {
    let web = &open.web;
    let Some(provider) = web.oidc() else { return not_set_up() };
    let sent: NextForm = form(&open.body);
    // Counted before anybody is asked anything.
    let begun = flows::begin(&web.identity, &web.browser(&open.parts), next_page(&sent.next)).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error) => return over(provider, error),
    };
    let Ok((client, _)) = provider.client(&web.settings.public_url, web.now()).await else {
        return unverified(provider, &VerifyError::Unreachable);
    };
    let address = provider::address(&client, &begun);
    let name = &provider.settings.name;
    let on_the_way = Message {
        title: format!("On to {name}"),
        lead: "You sign in there, and come back here.".to_owned(),
        link: Some((address.to_string(), "Go on".to_owned())),
        is_good: true,
    };
    // A page that goes on, not a redirect: our pages let forms lead to this server only, and browsers hold redirects of
    // a form's answer to that too.
    let mut response = page(StatusCode::OK, message(&on_the_way));
    let headers = response.headers_mut();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0; url={address}")) {
        headers.insert(header::REFRESH, refresh);
    }
    headers.append(header::SET_COOKIE, cookies::BROWSER.set(&begun.browser, limits::OIDC_WITHIN));
    response
}

/// What the provider sends somebody back with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Signs in whoever is back from the provider.
pub async fn callback(query: Result<Query<CallbackQuery>, QueryRejection>, open: Open) -> Response {
    let web = &open.web;
    let Some(provider) = web.oidc() else { return not_set_up() };
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let flow = match flows::take(&web.identity, &query.state, asking_browser(&open.parts.headers)).await {
        Ok(flow) => flow,
        Err(error) => return over(provider, error),
    };
    if query.iss.is_some_and(|iss| iss != provider.settings.issuer.as_str()) {
        return unverified(provider, &VerifyError::Refused);
    }
    if let Some(error) = query.error {
        return declined(provider, &error);
    }
    let code = query.code.unwrap_or_default();
    let email = match verify::email(provider, &web.settings.public_url, code, &flow, web.now()).await {
        Ok(email) => email,
        Err(error) => return unverified(provider, &error),
    };
    let browser = web.browser(&open.parts);
    match flows::sign_in(&web.identity, &email, &browser, web.settings.sign_up).await {
        Ok(session) => {
            let next = flow.next.as_deref().and_then(next_page).unwrap_or("/account");
            signed_in(see_other(next), &session)
        }
        Err(error) => over(provider, error),
    }
}

fn said(status: StatusCode, title: &str, lead: String) -> Response {
    let link = Some(("/sign-in".to_owned(), "Back to signing in".to_owned()));
    page(status, message(&Message { title: title.to_owned(), lead, link, is_good: false }))
}

fn not_set_up() -> Response {
    problem_page(&Problem::not_found("page"))
}

/// It ended at the provider.
fn declined(provider: &Provider, error: &str) -> Response {
    let name = &provider.settings.name;
    if error == "access_denied" {
        let lead = format!("{name} says that you, or those who run it, said no. Nobody was signed in.");
        return said(StatusCode::FORBIDDEN, "You did not sign in", lead);
    }
    let error = shown_name(error);
    tracing::warn!(error, "the provider of company accounts answered with an error");
    let lead = format!("{name} answered with the error “{error}”. Nobody was signed in.");
    said(StatusCode::BAD_GATEWAY, "You did not sign in", lead)
}

/// The provider does not prove who it is.
fn unverified(provider: &Provider, error: &VerifyError) -> Response {
    let status = match error {
        VerifyError::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        VerifyError::Refused | VerifyError::NoEmail | VerifyError::Unverified => StatusCode::FORBIDDEN,
    };
    let lead = format!("We asked where your account is ({}): {error}.", provider.settings.name);
    said(status, "You are not signed in", lead)
}

/// Nobody signs in, for a reason of our own.
fn over(provider: &Provider, error: OidcError) -> Response {
    let detail = error.to_string();
    match error {
        OidcError::Over => said(StatusCode::FORBIDDEN, "Begin again", sentence(&detail)),
        OidcError::NotInvited => said(StatusCode::FORBIDDEN, "You are not invited", sentence(&detail)),
        OidcError::TooMany(wait) => problem_page(&Problem::rate_limited(detail, wait)),
        OidcError::Email(_) => unverified(provider, &VerifyError::NoEmail),
        OidcError::Store(error) => problem_page(&store_problem(error)),
    }
}
