//! Asking the API, in this process, as the person whose browser sent the request.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use bursar_http::Problem;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use tower::ServiceExt as _;

/// Longest answer that is read, in bytes; a page of a hundred payments with all their contexts is far below.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// What of a browser's request is not the API's business: it is about the page's own body.
const OF_THE_BODY: [HeaderName; 3] =
    [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING];

/// The API.
#[derive(Debug, Clone)]
pub(super) struct Api(Router);

/// What is asked of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// How.
    pub method: &'a Method,
    /// Where.
    pub path: &'a str,
    /// With what.
    pub body: Option<&'a serde_json::Value>,
    /// Only if this version is in force.
    pub version: Option<i64>,
}

/// What the API says where it refuses.
#[derive(serde::Deserialize)]
struct Refusal {
    code: String,
    detail: String,
}

impl Api {
    pub(super) fn over(router: Router) -> Api {
        Api(router)
    }

    /// Reads something.
    ///
    /// # Errors
    /// The API's own.
    pub(super) async fn get<T: DeserializeOwned>(&self, parts: &Parts, path: &str) -> Result<T, Problem> {
        let call = Call { method: &Method::GET, path, body: None, version: None };
        let answer = self.call(parts, call).await?;
        read(&answer, path)
    }

    /// Does something, and reads the answer.
    ///
    /// # Errors
    /// The API's own.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        parts: &Parts,
        call: Call<'_>,
    ) -> Result<T, Problem> {
        let answer = self.call(parts, call).await?;
        read(&answer, call.path)
    }

    async fn call(&self, parts: &Parts, call: Call<'_>) -> Result<Bytes, Problem> {
        let unreachable = |_| Problem::not_found("page");
        let body = call.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder().method(call.method).uri(call.path).body(body);
        let mut request = request.map_err(unreachable)?;
        let headers = request.headers_mut();
        headers.clone_from(&parts.headers);
        for name in OF_THE_BODY {
            headers.remove(name);
        }
        if call.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(version) =
            call.version.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok())
        {
            headers.insert(header::IF_MATCH, version);
        }
        if let Some(peer) = parts.extensions.get::<bursar_http::peer::Peer>() {
            request.extensions_mut().insert(*peer);
        }
        let Ok(response) = self.0.clone().oneshot(request).await;
        let status = response.status();
        let broken =
            |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "try again in a moment");
        let body = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(broken)?;
        if status.is_success() {
            return Ok(body);
        }
        Err(match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => Problem::new(status, refusal.code, refusal.detail),
            Err(_) => Problem::new(status, "refused", "the API refused this"),
        })
    }
}

fn read<T: DeserializeOwned>(answer: &[u8], path: &str) -> Result<T, Problem> {
    serde_json::from_slice(answer).map_err(|error| {
        tracing::error!(%error, path, "the dashboard cannot read an answer of the API");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "a mistake inside of Bursar")
    })
}
