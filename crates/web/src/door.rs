//! Who is at the door: the extractors with which every handler of people begins.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, Request};
use axum::response::Response;
use bursar_base::Language;
use bursar_http::{Problem, Reading, cookies, parse_json, read_body};
use bursar_identity::keys::{Caller, Claimer, Freshness};
use bursar_identity::sessions::{NewSession, Session};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;

use crate::Web;

/// A request of nobody in particular, and its body.
pub struct Open {
    /// What handlers need.
    pub web: Web,
    /// All of the request but the body.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
}

/// A request of somebody who is signed in, and its body.
pub struct Signed {
    /// What handlers need.
    pub web: Web,
    /// Who is signed in.
    pub session: Session,
    /// All of the request but the body.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
}

/// A request of somebody who is signed in, or of an org by its admin key, and its body.
pub struct Claiming {
    /// What handlers need.
    pub web: Web,
    /// Who it is.
    pub by: Claimer,
    /// All of the request but the body.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
}

/// A request of somebody in an org, and its body.
pub struct InOrg {
    /// What handlers need.
    pub web: Web,
    /// Who it is.
    pub caller: Caller,
    /// All of the request but the body.
    pub parts: Parts,
    /// The body.
    pub body: Bytes,
}

/// The request with the path that the client sent, not what is left of it behind a nested router.
async fn whole(request: Request, web: &Web) -> (Parts, axum::body::Body) {
    let (mut parts, body) = request.into_parts();
    let Ok(uri) = OriginalUri::from_request_parts(&mut parts, web).await;
    parts.uri = uri.0;
    (parts, body)
}

impl FromRequest<Web> for Open {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Open, Problem> {
        let (parts, body) = whole(request, web).await;
        let body = read_body(body).await?;
        Ok(Open { web: web.clone(), parts, body })
    }
}

impl FromRequest<Web> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Signed, Problem> {
        let (parts, body) = whole(request, web).await;
        let (session, body) = web.authenticator.person(&parts, body).await?;
        Ok(Signed { web: web.clone(), session, parts, body })
    }
}

impl FromRequest<Web> for Claiming {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Claiming, Problem> {
        let (parts, body) = whole(request, web).await;
        let (by, body) = web.authenticator.claimer(&parts, body).await?;
        Ok(Claiming { web: web.clone(), by, parts, body })
    }
}

impl FromRequest<Web> for InOrg {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<InOrg, Problem> {
        let (parts, body) = whole(request, web).await;
        let (caller, body) = web.authenticator.caller(&parts, body, Freshness::Now).await?;
        Ok(InOrg { web: web.clone(), caller, parts, body })
    }
}

macro_rules! json_body {
    ($($name:ident),+) => {
        $(impl $name {
            /// The body, read strictly.
            ///
            /// # Errors
            /// As [`parse_json`].
            pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
                parse_json(&self.parts.headers, &self.body)
            }
        })+
    };
}

json_body!(Open, Signed, Claiming, InOrg);

impl Open {
    /// The language of the pages that it is answered with.
    pub(crate) fn language(&self) -> Language {
        self.web.reads(Reading::of(&self.parts.uri, &self.parts.headers))
    }
}

/// Sets the cookie of a new session, and forgets that the browser asked for a link.
pub(crate) fn signed_in(mut response: Response, session: &NewSession) -> Response {
    let headers = response.headers_mut();
    let cookie = cookies::SESSION.set(&session.cookie, bursar_base::limits::SESSION_VALID_FOR);
    headers.append(header::SET_COOKIE, cookie);
    headers.append(header::SET_COOKIE, cookies::BROWSER.clear());
    unkept(response)
}

/// An answer with a secret in it, which no cache may keep.
pub(crate) fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A page of ours that a link or form may lead on to: a path on this server, and nothing that a browser would take for
/// another host.
pub(crate) fn next_page(next: &str) -> Option<&str> {
    let is_ours =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    (is_ours && next.len() <= 500 && next.is_ascii()).then_some(next)
}

/// The cookie by which a browser is known that asked for a link.
pub(crate) fn asking_browser(headers: &HeaderMap) -> Option<&str> {
    cookies::BROWSER.of(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(next_page("/claim?token=coral-X9K2P7QD"), Some("/claim?token=coral-X9K2P7QD"));
        for next in ["", "claim", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/ü"]
        {
            assert_eq!(next_page(next), None, "{next:?}");
        }
    }
}
