//! Answers on their way to the wire, whole or broken.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::stream;

use super::errors::ApiError;

/// How long the first part of a cut answer is given to leave before the connection ends.
const CUT_AFTER: Duration = Duration::from_millis(30);

/// What goes back on the wire.
#[derive(Debug)]
pub(super) enum Reply {
    Answer { status: u16, body: String, replayed: bool },
    Html { status: u16 },
    Drop,
    Cut { body: String },
}

impl Reply {
    pub(super) fn error(error: &ApiError) -> Reply {
        Reply::Answer { status: error.status, body: error.body().to_string(), replayed: false }
    }

    pub(super) fn into_response(self, number: u64) -> Response<Body> {
        let response = Response::builder().header("Request-Id", format!("req_sim{number:08}"));
        let json = "application/json";
        let built = match self {
            Reply::Answer { status, body, replayed } => {
                let response = response.status(status).header("Content-Type", json);
                let response =
                    if replayed { response.header("Idempotent-Replayed", "true") } else { response };
                response.body(Body::from(body))
            }
            Reply::Html { status } => {
                let page = "<html><body>This is not the API.</body></html>";
                response.status(status).header("Content-Type", "text/html").body(Body::from(page))
            }
            Reply::Drop => response.body(broken(None)),
            Reply::Cut { body } => {
                let length = body.len();
                let half = body.get(..length / 2).unwrap_or_default().to_owned();
                response
                    .header("Content-Type", json)
                    .header("Content-Length", length)
                    .body(broken(Some(half)))
            }
        };
        built.unwrap_or_default()
    }
}

/// A body that breaks off: hyper ends the connection, and where nothing came first, not even the head is sent.
fn broken(first: Option<String>) -> Body {
    Body::from_stream(stream::unfold(Some(first), |left| async move {
        match left? {
            Some(part) => Some((Ok(Bytes::from(part)), Some(None))),
            None => {
                tokio::time::sleep(CUT_AFTER).await;
                Some((Err(std::io::Error::other("cut on purpose")), None))
            }
        }
    }))
}
