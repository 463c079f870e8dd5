//! Errors as RFC 9457 `application/problem+json`, with a stable `code`.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `amount` or `merchants.allow[2]`.
    pub field: String,
    /// What is wrong with it, and what to send instead.
    pub message: String,
}

/// An answer that is an error. Says what to do next; says nothing of what is inside.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable; programs may depend on it.
    pub code: String,
    /// For people.
    pub detail: String,
    /// Fields that are wrong.
    pub errors: Vec<FieldError>,
    /// More members.
    pub members: Map<String, Value>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// An error with a code and a sentence.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after: None,
        }
    }

    /// 400 `validation_error`, naming one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Problem {
        let error = FieldError { field: field.into(), message: message.into() };
        let detail = format!("{}: {}", error.field, error.message);
        let mut problem = Problem::new(StatusCode::BAD_REQUEST, "validation_error", detail);
        problem.errors.push(error);
        problem
    }

    /// 404 `not_found`.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// 403 `forbidden`.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 401 with a code that says what is wrong with the credentials.
    pub fn unauthorized(code: &str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 429 `rate_limited`, saying when one more is allowed.
    pub fn rate_limited(detail: impl Into<String>, wait: Duration) -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).retry_after(wait)
    }

    /// 503 `unavailable`: Bursar refuses rather than guesses while something it needs is down.
    pub fn unavailable() -> Problem {
        let detail = "something that Bursar needs is down; nothing was done, try again shortly";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .retry_after(Duration::from_secs(1))
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds `Retry-After`, in whole seconds rounded up.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Problem {
        self.retry_after = Some(after);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("type".to_owned(), Value::String(format!("urn:bursar:problem:{}", self.code)));
        body.insert(
            "title".to_owned(),
            Value::String(self.status.canonical_reason().unwrap_or("Error").to_owned()),
        );
        body.insert("status".to_owned(), Value::from(self.status.as_u16()));
        body.insert("code".to_owned(), Value::String(self.code));
        body.insert("detail".to_owned(), Value::String(self.detail));
        if !self.errors.is_empty() {
            body.insert("errors".to_owned(), serde_json::to_value(&self.errors).unwrap_or_default());
        }
        body.extend(self.members);
        let seconds = self.retry_after.map(|after| after.as_millis().div_ceil(1_000).max(1));
        if let Some(seconds) = seconds {
            body.insert("retry_after".to_owned(), Value::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        let text = Value::Object(body).to_string();
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"bursar\""));
        }
        if let Some(value) = seconds.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok()) {
            headers.insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// The shape of every error, for the API description.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// `urn:bursar:problem:` and the code.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable; programs may depend on it.
    pub code: String,
    /// For people: what is wrong, and what to do next.
    pub detail: String,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Seconds until it makes sense to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}
