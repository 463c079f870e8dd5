//! The files at the server's root.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bursar_pages::skill::{SkillView, heartbeat, skill, spending};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::Web;

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const JSON: &str = "application/json";

/// The routes; what they answer is made once, because nothing of it changes while the server runs.
pub fn routes(web: &Web, description: &Value) -> Router<Web> {
    let view = super::view(web, description);
    let files = [
        ("/skill.md", MARKDOWN, skill(&view)),
        ("/spending.md", MARKDOWN, spending(&view)),
        ("/heartbeat.md", MARKDOWN, heartbeat(&view)),
        ("/skill.json", JSON, index(&view)),
    ];
    files.into_iter().fold(Router::new(), |router, (path, content_type, text)| {
        let text: Arc<str> = text.into();
        router.route(path, get(move |State(_): State<Web>| async move { file(content_type, &text) }))
    })
}

fn file(content_type: &'static str, text: &str) -> Response {
    let kept = HeaderValue::from_static("public, max-age=300");
    let kind = HeaderValue::from_static(content_type);
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], text.to_owned()).into_response()
}

fn index(view: &SkillView) -> String {
    let base = &view.base;
    let calls: Vec<Value> = view
        .calls
        .iter()
        .map(|call| json!({ "method": call.method, "path": call.path, "summary": call.summary }))
        .collect();
    let refusals: Vec<Value> = view
        .refusals
        .iter()
        .map(|line| json!({ "code": line.code, "means": line.means, "advice": line.advice }))
        .collect();
    let index = json!({
        "name": "bursar",
        "version": view.version,
        "description": "A wallet, a budget and payments for you.",
        "homepage": base,
        "api_base": format!("{base}/v1"),
        "credentials": [{ "name": "BURSAR_API_KEY", "kind": "bearer", "from": format!("POST {base}/v1/bots/register") }],
        "metadata": { "openclaw": { "requires": { "env": ["BURSAR_API_KEY"] } } },
        "files": {
            "skill": format!("{base}/skill.md"),
            "spending": format!("{base}/spending.md"),
            "heartbeat": format!("{base}/heartbeat.md"),
            "openapi": format!("{base}/openapi.json"),
        },
        "calls": calls,
        "rate_limits": view.limits,
        "refusals": refusals,
    });
    index.to_string()
}
