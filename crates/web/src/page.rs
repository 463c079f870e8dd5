//! What pages have in common: how they are sent, who is at their door, what their forms send.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use bursar_http::Problem;
use bursar_identity::sessions::Session;
use bursar_pages::people::{Message, message};
use bursar_spend::approvals::api::page_under;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::Web;
use crate::door::Signed;

/// Sends a page that may use our script.
pub(crate) fn page(status: StatusCode, html: String) -> Response {
    page_under(bursar_pages::CONTENT_SECURITY_POLICY_WITH_SCRIPT, status, html)
}

/// Leads on to another page of ours.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/account"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// What went wrong, for people.
pub(crate) fn problem_page(problem: &Problem) -> Response {
    let (title, link) = match problem.status {
        StatusCode::SERVICE_UNAVAILABLE => return page(problem.status, bursar_pages::try_again()),
        StatusCode::NOT_FOUND => return page(problem.status, bursar_pages::invalid_link()),
        StatusCode::TOO_MANY_REQUESTS => ("That was too often", None),
        StatusCode::UNAUTHORIZED => ("You are signed out", Some(("/sign-in", "Sign in again"))),
        _ => ("That did not work", Some(("/account", "Go to your account"))),
    };
    let mut lead = sentence(&problem.detail);
    if let Some(wait) = problem.retry_after {
        let minutes = wait.as_secs().div_ceil(60).max(1);
        lead.push_str(&format!(" Try again in {minutes} minutes."));
    }
    let link = link.map(|(path, words)| (path.to_owned(), words.to_owned()));
    page(problem.status, message(&Message { title: title.to_owned(), lead, link, is_good: false }))
}

/// A problem's detail as a sentence.
pub(crate) fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// Somebody who is signed in, on a page. Who is not is led to sign in, and back.
pub struct Visitor {
    pub(crate) web: Web,
    pub(crate) session: Session,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

impl FromRequest<Web> for Visitor {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Visitor, Response> {
        let target = request.uri().path_and_query().map_or("/account", |target| target.as_str()).to_owned();
        match Signed::from_request(request, web).await {
            Ok(Signed { web, session, parts, body }) => Ok(Visitor { web, session, parts, body }),
            Err(problem) if problem.status == StatusCode::UNAUTHORIZED => {
                let next: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
                Err(see_other(&format!("/sign-in?next={next}")))
            }
            Err(problem) => Err(problem_page(&problem)),
        }
    }
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
pub(crate) fn answered(result: Result<Response, Problem>) -> Response {
    result.unwrap_or_else(|problem| problem_page(&problem))
}
