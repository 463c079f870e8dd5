//! One line in the log for each request, and its id.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use bursar_base::{Clock as _, SystemClock, SystemRng, ids};
use bursar_identity::keys::Seen;
use http::{HeaderName, HeaderValue, Method};
use tracing::Instrument as _;

/// Longest request id that is taken over from a client.
const MAX_REQUEST_ID_CHARS: usize = 64;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What the log says instead of a path that belongs to no route.
const NO_ROUTE: &str = "(no route)";

/// Gives the request an id, has it answered, and notes both.
pub(super) async fn note(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let _in_flight = super::metrics::in_flight();
    let id = request_id(&request);
    let method = method(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let seen = Seen::default();
    request.extensions_mut().insert(seen.clone());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = next.run(request).instrument(span).await;
    let took = began.elapsed();
    let route = path.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    line(&id, method, route, &response, took, &seen);
    super::metrics::request(method, route, response.status(), took);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn line(
    id: &HeaderValue,
    method: &str,
    path: &str,
    response: &Response,
    took: std::time::Duration,
    seen: &Seen,
) {
    let who = seen.get();
    tracing::info!(
        target: "bursar::access",
        request_id = id.to_str().unwrap_or_default(),
        method,
        path,
        status = response.status().as_u16(),
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        key = who.map(|(key, _)| key.as_str()),
        agent = who.and_then(|(_, agent)| agent.as_ref()).map(|agent| agent.as_str()),
        "request answered"
    );
}

/// The client's own id of the request where it has a decent one, else a new one.
fn request_id(request: &Request) -> HeaderValue {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let decent = |value: &&HeaderValue| {
        (1..=MAX_REQUEST_ID_CHARS).contains(&value.len()) && value.as_bytes().iter().all(plain)
    };
    let fresh = || {
        let id = ids::uuid_v7_hex(SystemClock.now(), &SystemRng);
        HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("none"))
    };
    request.headers().get(REQUEST_ID).filter(decent).cloned().unwrap_or_else(fresh)
}

/// The method by name; what clients invent is not repeated.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(header: Option<&str>) -> String {
        let mut request = Request::new(axum::body::Body::empty());
        if let Some(header) = header {
            request.headers_mut().insert(REQUEST_ID, HeaderValue::from_str(header).unwrap());
        }
        request_id(&request).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_decent_id_is_taken_over_and_any_other_replaced() {
        assert_eq!(id_for(Some("abc-1.2_3")), "abc-1.2_3");
        for bad in [None, Some(""), Some("a b"), Some("x\"y"), Some(&*"a".repeat(65))] {
            assert_eq!(id_for(bad).len(), 32, "{bad:?}");
        }
    }
}
