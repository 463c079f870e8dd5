//! The pages of signing in.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bursar_http::Problem;
use bursar_http::cookies;
use bursar_identity::sessions::service as sessions;
use bursar_identity::sign_ins::{SignInError, service as sign_ins};
use bursar_pages::people::{self, Message, SignInPage};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::api::{asked, known_again, problem};
use crate::Web;
use crate::door::{Open, asking_browser, next_page, signed_in};
use crate::page::{answered, form, page, problem_page, see_other, sentence};

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NextQuery {
    next: String,
}

fn blank(web: &Web, next: &str) -> SignInPage {
    SignInPage {
        next: next_page(next).unwrap_or("").to_owned(),
        has_passkeys: web.passkeys().is_some(),
        company: web.oidc().map(|provider| provider.settings.name.clone()),
        ..SignInPage::default()
    }
}

/// The page that signs in; whoever is signed in already goes on.
pub async fn show(
    State(web): State<Web>,
    query: Result<Query<NextQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let next = query.map(|Query(query)| query.next).unwrap_or_default();
    if let Some(cookie) = cookies::SESSION.of(&headers)
        && let Ok(Some(_)) = sessions::find(&web.identity, cookie).await
    {
        return see_other(next_page(&next).unwrap_or("/account"));
    }
    page(StatusCode::OK, people::sign_in_page(&blank(&web, &next)))
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignInForm {
    email: String,
    next: String,
}

/// Asks for a link.
pub async fn ask(open: Open) -> Response {
    let sent: SignInForm = form(&open.body);
    match asked(&open, &sent.email, Some(&sent.next)).await {
        Ok(asked) => known_again(page(StatusCode::OK, people::sign_in_sent(&asked.email)), &asked),
        Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
            let wrong = problem.errors.first().map(|error| format!("Write {}.", error.message));
            let again = SignInPage { email: sent.email, problem: wrong, ..blank(&open.web, &sent.next) };
            page(StatusCode::BAD_REQUEST, people::sign_in_page(&again))
        }
        Err(problem) => problem_page(&problem),
    }
}

/// The page behind a link: it asks once more, because scanners of mails follow links.
pub async fn show_link(State(web): State<Web>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match sign_ins::preview(&web.identity, &token, asking_browser(&headers)).await {
        Ok(email) => page(StatusCode::OK, people::sign_in_confirm(&email, &token)),
        Err(error) => refused(error),
    }
}

/// Uses a link.
pub async fn use_link(Path(token): Path<String>, open: Open) -> Response {
    let browser = open.web.browser(&open.parts);
    let cookie = asking_browser(&open.parts.headers);
    match sign_ins::complete(&open.web.identity, &token, cookie, &browser).await {
        Ok((session, next)) => {
            let next = next.as_deref().and_then(next_page).unwrap_or("/account");
            signed_in(see_other(next), &session)
        }
        Err(error) => refused(error),
    }
}

fn refused(error: SignInError) -> Response {
    let title = match &error {
        SignInError::OtherBrowser => "Open it where you asked for it",
        SignInError::Over => "This link is over",
        SignInError::Unknown => "This link leads nowhere",
        SignInError::Email(_) | SignInError::TooMany(_) | SignInError::Store(_) => {
            return answered(Err::<Response, Problem>(problem(error)));
        }
    };
    let said = problem(error);
    let link = Some(("/sign-in".to_owned(), "Ask for a new link".to_owned()));
    let lead = sentence(&said.detail);
    page(said.status, people::message(&Message { title: title.to_owned(), lead, link, is_good: false }))
}
