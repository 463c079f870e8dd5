//! The pages of signing in.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bursar_base::Language;
use bursar_http::{Reading, cookies};
use bursar_identity::sessions::service as sessions;
use bursar_identity::sign_ins::{SignInError, service as sign_ins};
use bursar_pages::Words;
use bursar_pages::people::{self, Message, SignInPage};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::api::{asked, known_again, problem};
use crate::Web;
use crate::door::{Open, asking_browser, next_page, signed_in};
use crate::page::{form, page, problem_page, said, see_other};
use crate::problems::what_happened;

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NextQuery {
    next: String,
}

fn blank(web: &Web, next: &str, language: Language) -> SignInPage {
    SignInPage {
        language,
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
    reading: Reading,
    headers: HeaderMap,
) -> Response {
    let language = web.reads(reading);
    let next = query.map(|Query(query)| query.next).unwrap_or_default();
    if let Some(cookie) = cookies::SESSION.of(&headers)
        && let Ok(Some(_)) = sessions::find(&web.identity, cookie).await
    {
        return see_other(next_page(&next).unwrap_or("/account"));
    }
    page(StatusCode::OK, language, people::sign_in_page(&blank(&web, &next, language)))
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
    let (sent, language): (SignInForm, _) = (form(&open.body), open.language());
    match asked(&open, &sent.email, Some(&sent.next)).await {
        Ok(asked) => {
            let sent = people::sign_in_sent(&asked.email, language);
            known_again(page(StatusCode::OK, language, sent), &asked)
        }
        Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
            let wrong = Some(what_happened(&problem, language));
            let blank = blank(&open.web, &sent.next, language);
            let again = SignInPage { email: sent.email, problem: wrong, ..blank };
            page(StatusCode::BAD_REQUEST, language, people::sign_in_page(&again))
        }
        Err(problem) => problem_page(&problem, language),
    }
}

/// The page behind a link: it asks once more, because scanners of mails follow links.
pub async fn show_link(
    State(web): State<Web>,
    Path(token): Path<String>,
    reading: Reading,
    headers: HeaderMap,
) -> Response {
    let language = web.reads(reading);
    match sign_ins::preview(&web.identity, &token, asking_browser(&headers)).await {
        Ok(email) => page(StatusCode::OK, language, people::sign_in_confirm(&email, &token, language)),
        Err(error) => refused(error, language),
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
        Err(error) => refused(error, open.language()),
    }
}

fn refused(error: SignInError, language: Language) -> Response {
    let title = match &error {
        SignInError::OtherBrowser => "open-it-where-you-asked-for-it",
        SignInError::Over => "this-link-is-over",
        SignInError::Unknown => "this-link-leads-nowhere",
        SignInError::Email(_) | SignInError::TooMany(_) | SignInError::Store(_) => {
            return problem_page(&problem(error), language);
        }
    };
    let (problem, words) = (problem(error), Words::of(language));
    let link = Some(("/sign-in".to_owned(), words.text("ask-for-a-new-link").to_string()));
    let (title, lead) = (words.text(title).to_string(), what_happened(&problem, language));
    said(problem.status, &Message { title, lead, link, is_good: false, language })
}
