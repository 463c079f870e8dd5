//! The page at the server's root.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use bursar_base::Language;
use bursar_spend::approvals::api::page_under;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::Web;

/// The route; what it answers is made once, because nothing of it changes while the server runs.
pub fn routes(description: &Value) -> Router<Web> {
    let html: Arc<str> = bursar_pages::reference::reference(&super::view(description)).into();
    let show = move |State(_): State<Web>| async move {
        let policy = bursar_pages::CONTENT_SECURITY_POLICY;
        let mut response = page_under(policy, StatusCode::OK, Language::En, html.to_string());
        // The same for everybody, and without any secret.
        let kept = HeaderValue::from_static("public, max-age=300");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
        response
    };
    Router::new().route("/docs", get(show))
}
