//! What pages have in common: how they are sent, who is at their door, what their forms send.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use bursar_base::Language;
use bursar_http::{Problem, Reading};
use bursar_identity::sessions::Session;
use bursar_pages::Words;
use bursar_pages::people::{Message, message};
use bursar_spend::approvals::api::page_under;
use bursar_spend::context::store_problem;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::Web;
use crate::door::Signed;
use crate::problems::what_happened;

/// Sends a page that may use our script.
pub(crate) fn page(status: StatusCode, language: Language, html: String) -> Response {
    page_under(bursar_pages::CONTENT_SECURITY_POLICY_WITH_SCRIPT, status, language, html)
}

/// Leads on to another page of ours.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/account"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Sends a page that says one thing.
pub(crate) fn said(status: StatusCode, said: &Message) -> Response {
    page(status, said.language, message(said))
}

/// What went wrong, for people.
pub(crate) fn problem_page(problem: &Problem, language: Language) -> Response {
    let words = Words::of(language);
    let (title, link) = match problem.status {
        StatusCode::SERVICE_UNAVAILABLE => {
            return page(problem.status, language, bursar_pages::try_again(language));
        }
        StatusCode::NOT_FOUND => return page(problem.status, language, bursar_pages::invalid_link(language)),
        StatusCode::TOO_MANY_REQUESTS => ("that-was-too-often", None),
        StatusCode::UNAUTHORIZED => ("you-are-signed-out", Some(("/sign-in", "sign-in-again"))),
        _ => ("that-did-not-work", Some(("/account", "go-to-your-account"))),
    };
    let mut lead = what_happened(problem, language);
    if let Some(wait) = problem.retry_after {
        let minutes = i64::try_from(wait.as_secs().div_ceil(60)).unwrap_or(i64::MAX).max(1);
        lead.push(' ');
        lead.push_str(&words.text("try-again-in-minutes").count("minutes", minutes).to_string());
    }
    let link = link.map(|(path, text)| (path.to_owned(), words.text(text).to_string()));
    let title = words.text(title).to_string();
    said(problem.status, &Message { title, lead, link, is_good: false, language })
}

/// Somebody who is signed in, on a page. Who is not is led to sign in, and back.
pub struct Visitor {
    pub(crate) web: Web,
    pub(crate) session: Session,
    pub(crate) language: Language,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

impl FromRequest<Web> for Visitor {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Visitor, Response> {
        let target = request.uri().path_and_query().map_or("/account", |target| target.as_str()).to_owned();
        let reading = Reading::of(request.uri(), request.headers());
        match Signed::from_request(request, web).await {
            Ok(Signed { web, session, parts, body }) => {
                let language = language_of(&web, reading, &session).await;
                let language = language.map_err(|problem| problem_page(&problem, web.reads(reading)))?;
                Ok(Visitor { web, session, language, parts, body })
            }
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED => {
                let next: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
                Err(see_other(&format!("/sign-in?next={next}")))
            }
            Err(problem) => Err(problem_page(&problem, web.reads(reading))),
        }
    }
}

/// The language of pages for somebody who is signed in.
async fn language_of(web: &Web, reading: Reading, session: &Session) -> Result<Language, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    web.reads_as(&mut tx, reading, &session.email).await.map_err(store_problem)
}

impl Visitor {
    /// The same for a handler that answers programs; what the form sent is left out.
    pub(crate) fn signed(&self) -> Signed {
        let (web, session) = (self.web.clone(), self.session.clone());
        Signed { web, session, parts: self.parts.clone(), body: Bytes::new() }
    }
}

/// What a form sent; what is missing is empty.
pub(crate) fn form<T: DeserializeOwned + Default>(body: &[u8]) -> T {
    serde_qs::from_bytes(body).unwrap_or_default()
}

/// A problem, where there is one, as its page.
pub(crate) fn answered(result: Result<Response, Problem>, language: Language) -> Response {
    result.unwrap_or_else(|problem| problem_page(&problem, language))
}
