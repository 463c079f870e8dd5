//! HTTP to Stripe: one request, one answer, and every way in which that can fail told apart.

use std::time::Duration;

use bursar_base::limits::STRIPE_TIMEOUT;
use bursar_http::outgoing::base_url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkout::{CreateSession, RetrieveSession, Session};
use super::settings::{ApiKey, SettingsError};
use super::types::{
    CancelPayment, CreatePayment, CreateRefund, Customer, Dispute, ErrorBody, ListQuery, Page, PaymentIntent,
    Refund,
};

/// The version of Stripe's API that this rail was written for; sent with every request.
pub const API_VERSION: &str = "2026-10-28.endive";
/// The version in which what is only a preview is asked for.
pub(super) const PREVIEW_VERSION: &str = "2026-10-28.preview";
/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer read, in bytes. A page of a hundred expanded intents is about one megabyte.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Why there is no usable answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StripeError {
    /// Not a byte of the request left: no connection, or a request that cannot be written.
    #[error("Stripe was not reached: {0}")]
    NotSent(String),
    /// The request may have arrived; what came of it is not known.
    #[error("no usable answer from Stripe: {0}")]
    NoAnswer(String),
    /// Stripe answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

/// An error that Stripe answered with.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Stripe's name for the request, for asking its support.
    pub request_id: Option<String>,
    /// Whether this is the kept answer to an earlier request with the same key.
    pub replayed: bool,
    /// What Stripe says.
    pub error: ErrorBody,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = self.error.code.as_deref().or(self.error.kind.as_deref()).unwrap_or("no code");
        write!(f, "Stripe answered {} ({word}", self.status)?;
        if let Some(param) = &self.error.param {
            write!(f, ", {param}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", {id}")?;
        }
        f.write_str(if self.replayed { ", replayed)" } else { ")" })
    }
}

/// A connection pool, a base URL and a key.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: ApiKey,
}

impl Client {
    pub(super) fn new(url: &str, key: ApiKey, timeout: Duration) -> Result<Client, SettingsError> {
        let (base, loopback) = base_url(url)?;
        let mut headers = HeaderMap::new();
        headers.insert("Stripe-Version", HeaderValue::from_static(API_VERSION));
        let mut secret =
            HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| SettingsError::Key)?;
        secret.set_sensitive(true);
        headers.insert(AUTHORIZATION, secret);
        let mut builder = bursar_http::outgoing::client()
            .default_headers(headers)
            .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout.min(STRIPE_TIMEOUT));
        if loopback {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|e| SettingsError::Client(e.to_string()))?;
        Ok(Client { http, base, key })
    }

    pub(super) fn key(&self) -> &ApiKey {
        &self.key
    }

    pub(super) async fn create_payment(
        &self,
        payment: &CreatePayment,
        idempotency_key: &str,
    ) -> Result<PaymentIntent, StripeError> {
        self.post("/v1/payment_intents", payment, Some(idempotency_key)).await
    }

    pub(super) async fn retrieve_payment(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        self.get(&format!("/v1/payment_intents/{}", path_id(id)?), &Nothing {}).await
    }

    /// Without an idempotency key: cancelling twice is harmless, and a kept 500 would stand in the way for a day.
    pub(super) async fn cancel_payment(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        let form = CancelPayment { cancellation_reason: "abandoned" };
        self.post(&format!("/v1/payment_intents/{}/cancel", path_id(id)?), &form, None).await
    }

    pub(super) async fn list_payments(&self, query: &ListQuery) -> Result<Page<PaymentIntent>, StripeError> {
        self.get("/v1/payment_intents", query).await
    }

    pub(super) async fn retrieve_customer(&self, id: &str) -> Result<Customer, StripeError> {
        self.get(&format!("/v1/customers/{}", path_id(id)?), &Nothing {}).await
    }

    pub(super) async fn create_refund(
        &self,
        refund: &CreateRefund,
        idempotency_key: &str,
    ) -> Result<Refund, StripeError> {
        self.post("/v1/refunds", refund, Some(idempotency_key)).await
    }

    pub(super) async fn retrieve_refund(&self, id: &str) -> Result<Refund, StripeError> {
        self.get(&format!("/v1/refunds/{}", path_id(id)?), &Nothing {}).await
    }

    pub(super) async fn list_refunds(&self, query: &ListQuery) -> Result<Page<Refund>, StripeError> {
        self.get("/v1/refunds", query).await
    }

    pub(super) async fn list_disputes(&self, query: &ListQuery) -> Result<Page<Dispute>, StripeError> {
        self.get("/v1/disputes", query).await
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) async fn create_session(
        &self,
        session: &CreateSession,
        idempotency_key: &str,
    ) -> Result<Session, StripeError> {
        self.post("/v1/checkout/sessions", session, Some(idempotency_key)).await
    }

    pub(super) async fn retrieve_session(
        &self,
        id: &str,
        query: &RetrieveSession,
    ) -> Result<Session, StripeError> {
        self.get(&format!("/v1/checkout/sessions/{}", path_id(id)?), query).await
    }

    /// Without an idempotency key: expiring twice is harmless.
    pub(super) async fn expire_session(&self, id: &str) -> Result<Session, StripeError> {
        self.post(&format!("/v1/checkout/sessions/{}/expire", path_id(id)?), &Nothing {}, None).await
    }

    pub(super) async fn retrieve_payment_with_charge(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        let query = Expand { expand: ["latest_charge"] };
        self.get(&format!("/v1/payment_intents/{}", path_id(id)?), &query).await
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, StripeError> {
        self.get_in(API_VERSION, path, query).await
    }

    /// The same in another version of the API.
    pub(super) async fn get_in<T: DeserializeOwned>(
        &self,
        version: &'static str,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, StripeError> {
        let query = encode(query)?;
        let mark = if query.is_empty() { "" } else { "?" };
        let request = self.http.request(Method::GET, format!("{}{path}{mark}{query}", self.base));
        self.answer(path, request.header("Stripe-Version", version)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Result<T, StripeError> {
        let mut request = self
            .http
            .request(Method::POST, format!("{}{path}", self.base))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encode(form)?);
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        self.answer(path, request).await
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<T, StripeError> {
        let response = request.send().await.map_err(not_answered)?;
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let request_id = header("Request-Id").map(str::to_owned);
        let replayed = header("Idempotent-Replayed") == Some("true");
        let named = |what: &str| match &request_id {
            Some(id) => StripeError::NoAnswer(format!("{what} (status {}, {id})", status.as_u16())),
            None => StripeError::NoAnswer(format!("{what} (status {})", status.as_u16())),
        };
        let body = read(response).await.map_err(|what| named(&what))?;
        tracing::debug!(path, status = status.as_u16(), request_id, replayed, "stripe answered");
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| named("not the JSON that was expected"));
        }
        let envelope: Envelope =
            serde_json::from_slice(&body).map_err(|_| named("not an error of Stripe's"))?;
        let refusal = Refusal { status: status.as_u16(), request_id, replayed, error: envelope.error };
        Err(StripeError::Refused(Box::new(refusal)))
    }
}

/// A request for more of an object.
#[derive(Serialize)]
struct Expand {
    expand: [&'static str; 1],
}

/// A request without parameters.
#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(serde::Deserialize)]
struct Envelope {
    error: ErrorBody,
}

/// Nested forms the way Stripe reads them: `metadata[transaction_id]=…`, `expand[0]=…`.
fn encode(form: &impl Serialize) -> Result<String, StripeError> {
    serde_qs::to_string(form).map_err(|e| StripeError::NotSent(format!("the request cannot be written: {e}")))
}

/// Ids go into paths, so they may hold nothing that means something there.
pub(super) fn path_id(id: &str) -> Result<&str, StripeError> {
    let harmless = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if harmless { Ok(id) } else { Err(StripeError::NotSent("not an id of Stripe's".to_owned())) }
}

fn not_answered(error: reqwest::Error) -> StripeError {
    let error = error.without_url();
    let what = with_causes(&error);
    if error.is_connect() || error.is_builder() {
        StripeError::NotSent(what)
    } else {
        StripeError::NoAnswer(what)
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                return Err("too long an answer".into());
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => {
                return Err(format!("the answer was cut: {}", with_causes(&error.without_url())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_change_the_path() {
        assert!(path_id("pi_3Nx").is_ok());
        for bad in ["", "..", "pi_1/cancel", "pi_1?x", "pi 1", "pi_%2e"] {
            assert!(path_id(bad).is_err(), "{bad:?}");
        }
    }
}
