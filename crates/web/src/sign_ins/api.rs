//! Signing in by mail over JSON.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use bursar_base::{OrgId, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, cookies};
use bursar_identity::sign_ins::{Asked, SignInError, service as sign_ins};
use bursar_spend::context::store_problem;
use bursar_spend::mails::{About, service as mails};
use bursar_store::events;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::door::{Open, asking_browser, next_page, signed_in, unkept};

/// Who wants to sign in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Where the link is sent.
    pub email: String,
    /// The page of this server to go on to afterwards.
    pub next: Option<String>,
}

/// What was done: whether the address is known is not told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignInAskedBody {
    /// Where the link is sent, if anybody there may sign in.
    pub email: String,
    /// For how many seconds it works.
    pub expires_in: u64,
}

/// What a sign-in problem is over HTTP.
pub(super) fn problem(error: SignInError) -> Problem {
    let detail = error.to_string();
    match error {
        SignInError::Email(message) => Problem::field("email", message),
        SignInError::TooMany(wait) => Problem::rate_limited(detail, wait),
        SignInError::Unknown => Problem::new(StatusCode::BAD_REQUEST, "invalid_sign_in_token", detail),
        SignInError::Over => Problem::new(StatusCode::GONE, "sign_in_over", detail),
        SignInError::OtherBrowser => Problem::new(StatusCode::FORBIDDEN, "other_browser", detail),
        SignInError::Store(error) => store_problem(error),
    }
}

/// Ask for a link to sign in with. The answer sets a cookie: the link works only where it is.
#[utoipa::path(post, path = "/sign-in", tag = "people", request_body = SignInBody,
    responses((status = 202, body = SignInAskedBody)))]
pub async fn ask(open: Open) -> Result<Response, Problem> {
    let body: SignInBody = open.json()?;
    let asked = asked(&open, &body.email, body.next.as_deref()).await?;
    let answer = SignInAskedBody { email: asked.email.clone(), expires_in: limits::SIGN_IN_WITHIN.as_secs() };
    Ok(known_again((StatusCode::ACCEPTED, Json(answer)).into_response(), &asked))
}

/// Writes down who wants to sign in, and queues the mail.
pub(super) async fn asked(open: &Open, email: &str, next: Option<&str>) -> Result<Asked, Problem> {
    let web: &Web = &open.web;
    let next = next.and_then(next_page);
    let browser = web.browser(&open.parts);
    let asked = sign_ins::ask(&web.identity, email, &browser, next, web.settings.sign_up).await;
    let (asked, tx, now) = asked.map_err(problem)?;
    if let Some(mut tx) = tx {
        let about = About::SignIn { sign_in_id: asked.id.clone() };
        let key = format!("sign_in:{}", asked.id);
        let org_id = OrgId::from_store(events::SYSTEM);
        let queued = mails::queue_to(web, (&mut tx, now), &org_id, &about, &asked.email, &key).await;
        queued.map_err(store_problem)?;
        tx.commit().await.map_err(store_problem)?;
        web.funnel.wake_workers();
    }
    Ok(asked)
}

/// Sets the cookie by which the browser is known that asked.
pub(super) fn known_again(mut response: Response, asked: &Asked) -> Response {
    let cookie = cookies::BROWSER.set(&asked.browser, limits::SIGN_IN_WITHIN);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    unkept(response)
}

/// The token of a link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteBody {
    /// The last part of the link.
    pub token: String,
}

/// Somebody who is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedInBody {
    /// The session.
    pub session_id: String,
    /// Whether they are in no org yet.
    pub is_new: bool,
    /// The page to go on to.
    pub next: Option<String>,
}

/// Use a link: the answer sets the cookie of the session.
#[utoipa::path(post, path = "/sign-in/complete", tag = "people", request_body = CompleteBody,
    responses((status = 200, body = SignedInBody),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`other_browser`: open it where it was asked for"),
        (status = 410, body = ProblemBody, content_type = "application/problem+json",
            description = "`sign_in_over`: used before, or too old")))]
pub async fn complete(open: Open) -> Result<Response, Problem> {
    let body: CompleteBody = open.json()?;
    let browser = open.web.browser(&open.parts);
    let cookie = asking_browser(&open.parts.headers);
    let done = sign_ins::complete(&open.web.identity, &body.token, cookie, &browser).await;
    let (session, next) = done.map_err(problem)?;
    let answer = SignedInBody { session_id: session.id.to_string(), is_new: session.is_new, next };
    Ok(signed_in(Json(answer).into_response(), &session))
}
