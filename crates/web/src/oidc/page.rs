//! The pages on the way to the provider and back.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use bursar_base::{Language, limits};
use bursar_http::{Problem, cookies};
use bursar_identity::oidc::{OidcError, service as flows};
use bursar_pages::Words;
use bursar_pages::people::{Message, shown_name};
use bursar_spend::context::store_problem;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::provider::{self, Provider};
use super::verify::{self, VerifyError};
use crate::door::{Open, asking_browser, next_page, signed_in};
use crate::page::{form, problem_page, said, see_other};

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NextForm {
    next: String,
}

/// Sends somebody to the provider.
pub async fn begin(open: Open) -> Response {
    let (web, language) = (&open.web, open.language());
    let Some(provider) = web.oidc() else { return not_set_up(language) };
    let sent: NextForm = form(&open.body);
    // Counted before anybody is asked anything.
    let begun = flows::begin(&web.identity, &web.browser(&open.parts), next_page(&sent.next)).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error) => return over((provider, language), error),
    };
    let Ok((client, _)) = provider.client(&web.settings.public_url, web.now()).await else {
        return unverified((provider, language), &VerifyError::Unreachable);
    };
    let address = provider::address(&client, &begun);
    let (name, words) = (&provider.settings.name, Words::of(language));
    let on_the_way = Message {
        title: words.text("on-to").with("name", name).to_string(),
        lead: words.text("you-sign-in-there-and-come-back").to_string(),
        link: Some((address.to_string(), words.text("go-on").to_string())),
        is_good: true,
        language,
    };
    // A page that goes on, not a redirect: our pages let forms lead to this server only, and browsers hold redirects of
    // a form's answer to that too.
    let mut response = said(StatusCode::OK, &on_the_way);
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
    let (web, language) = (&open.web, open.language());
    let Some(provider) = web.oidc() else { return not_set_up(language) };
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let flow = match flows::take(&web.identity, &query.state, asking_browser(&open.parts.headers)).await {
        Ok(flow) => flow,
        Err(error) => return over((provider, language), error),
    };
    if query.iss.is_some_and(|iss| iss != provider.settings.issuer.as_str()) {
        return unverified((provider, language), &VerifyError::Refused);
    }
    if let Some(error) = query.error {
        return declined((provider, language), &error);
    }
    let code = query.code.unwrap_or_default();
    let email = match verify::email(provider, &web.settings.public_url, code, &flow, web.now()).await {
        Ok(email) => email,
        Err(error) => return unverified((provider, language), &error),
    };
    let browser = web.browser(&open.parts);
    match flows::sign_in(&web.identity, &email, &browser, web.settings.sign_up).await {
        Ok(session) => {
            let next = flow.next.as_deref().and_then(next_page).unwrap_or("/account");
            signed_in(see_other(next), &session)
        }
        Err(error) => over((provider, language), error),
    }
}

/// Nobody was signed in: what happened, by the name of its title, and what that means.
fn ended(status: StatusCode, language: Language, title: &'static str, lead: String) -> Response {
    let words = Words::of(language);
    let link = Some(("/sign-in".to_owned(), words.text("back-to-signing-in").to_string()));
    let title = words.text(title).to_string();
    said(status, &Message { title, lead, link, is_good: false, language })
}

fn not_set_up(language: Language) -> Response {
    problem_page(&Problem::not_found("page"), language)
}

/// It ended at the provider.
fn declined((provider, language): (&Provider, Language), error: &str) -> Response {
    let (name, words) = (&provider.settings.name, Words::of(language));
    if error == "access_denied" {
        let lead = words.text("they-said-no").with("name", name).to_string();
        return ended(StatusCode::FORBIDDEN, language, "you-did-not-sign-in", lead);
    }
    let error = shown_name(error);
    tracing::warn!(error, "the provider of company accounts answered with an error");
    let lead = words.text("they-answered-with-an-error").with("name", name).with("error", error).to_string();
    ended(StatusCode::BAD_GATEWAY, language, "you-did-not-sign-in", lead)
}

/// The provider does not prove who it is.
fn unverified((provider, language): (&Provider, Language), error: &VerifyError) -> Response {
    let (status, why) = match error {
        VerifyError::Unreachable => (StatusCode::SERVICE_UNAVAILABLE, "oidc-unreachable"),
        VerifyError::Refused => (StatusCode::FORBIDDEN, "oidc-refused"),
        VerifyError::NoEmail => (StatusCode::FORBIDDEN, "oidc-no-email"),
        VerifyError::Unverified => (StatusCode::FORBIDDEN, "oidc-unverified"),
    };
    let words = Words::of(language);
    let lead = words.text("we-asked-where-your-account-is").with("name", &provider.settings.name);
    let lead = lead.with("why", words.text(why)).to_string();
    ended(status, language, "you-are-not-signed-in", lead)
}

/// Nobody signs in, for a reason of our own.
fn over((provider, language): (&Provider, Language), error: OidcError) -> Response {
    let words = Words::of(language);
    let detail = error.to_string();
    match error {
        OidcError::Over => {
            ended(StatusCode::FORBIDDEN, language, "begin-again", words.text("oidc-over").to_string())
        }
        OidcError::NotInvited => {
            let lead = words.text("oidc-not-invited").to_string();
            ended(StatusCode::FORBIDDEN, language, "you-are-not-invited", lead)
        }
        OidcError::TooMany(wait) => problem_page(&Problem::rate_limited(detail, wait), language),
        OidcError::Email(_) => unverified((provider, language), &VerifyError::NoEmail),
        OidcError::Store(error) => problem_page(&store_problem(error), language),
    }
}
