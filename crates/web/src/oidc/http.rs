//! Calls to the provider: nothing that others could read, no redirects, answers of a bounded length within a bounded time.

use bursar_base::limits;
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use url::Url;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The address that the provider named is no place to send secrets to.
    #[error("{0} is not reached by https")]
    Plain(String),
    /// Not a request that can be sent, or no answer.
    #[error("{0}: {1:?}")]
    Http(&'static str, reqwest::Error),
    /// The library's answer cannot be made of it.
    #[error(transparent)]
    Made(#[from] ::http::Error),
    /// Longer than anything that is needed.
    #[error("the answer is longer than {} bytes", limits::OIDC_ANSWER_BYTES_MAX)]
    TooLong,
}

/// What calls the provider.
pub(super) fn client(issuer: &Url) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = bursar_http::outgoing::client()
        .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(limits::OIDC_TIMEOUT)
        .timeout(limits::OIDC_TIMEOUT);
    if super::is_loopback(issuer) {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// One request and its answer.
pub(super) async fn call(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let request = reqwest::Request::try_from(request).map_err(|e| CallError::Http("not sent", e))?;
    if !super::is_private(request.url()) {
        return Err(CallError::Plain(request.url().to_string()));
    }
    let mut answer = client.execute(request).await.map_err(|e| CallError::Http("no answer", e))?;
    let mut response = ::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|e| CallError::Http("half an answer", e))? {
        if body.len() + part.len() > limits::OIDC_ANSWER_BYTES_MAX {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(response.body(body)?)
}
