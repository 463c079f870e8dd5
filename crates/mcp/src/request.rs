//! A tool's arguments as the request to its path, and the idempotency key of a call that has none.

use axum::body::Body;
use bursar_base::limits;
use form_urlencoded::{Serializer, byte_serialize};
use http::{HeaderValue, Request, header};
use rmcp::model::{JsonObject, RequestId};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::schema::{IDEMPOTENCY_KEY, WAIT};
use crate::tools::Tool;

/// What a made idempotency key begins with, so that people see where it comes from.
const KEY_PREFIX: &str = "mcp-";

/// The idempotency key of a call that names none: the same for a call that a client sends again by itself, which has the
/// same id in the same connection, and another one for every other. Without a connection nothing tells two calls apart,
/// so there is none, and the path asks for one.
pub(crate) fn key_of(
    session: Option<&str>,
    id: &RequestId,
    tool: &Tool,
    arguments: &JsonObject,
) -> Option<String> {
    // Written as JSON, so that no two different calls look the same; objects are in the order of their names.
    let call = serde_json::to_vec(&(session?, id, tool.spec.name, arguments)).ok()?;
    Some(format!("{KEY_PREFIX}{}", hex::encode(Sha256::digest(call))))
}

/// Adds `key` to the arguments where the tool takes one and none is there; the key that the call goes with.
pub(crate) fn with_key(
    tool: &Tool,
    arguments: &mut JsonObject,
    key: impl FnOnce(&JsonObject) -> Option<String>,
) -> Option<String> {
    if !tool.takes(IDEMPOTENCY_KEY) {
        return None;
    }
    match arguments.get(IDEMPOTENCY_KEY) {
        None | Some(Value::Null) => {
            arguments.remove(IDEMPOTENCY_KEY);
            let key = key(arguments)?;
            arguments.insert(IDEMPOTENCY_KEY.to_owned(), key.clone().into());
            Some(key)
        }
        Some(given) => given.as_str().map(str::to_owned),
    }
}

/// The request to a tool's path.
///
/// # Errors
/// What is wrong with the arguments, as far as the path could not say it itself.
pub(crate) fn request(
    tool: &Tool,
    mut arguments: JsonObject,
    authorization: HeaderValue,
) -> Result<Request<Body>, String> {
    if let Some(unknown) = arguments.keys().find(|name| !tool.takes(name)) {
        let known: Vec<&String> = tool.arguments().into_iter().flat_map(JsonObject::keys).collect();
        return Err(format!("there is no argument `{unknown}`; there are {known:?}"));
    }
    let mut target = tool.spec.path.to_owned();
    if let Some(name) = tool.spec.id {
        let id = arguments.remove(name).and_then(|id| id.as_str().map(str::to_owned));
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| format!("`{name}` is missing: a text"))?;
        target = target.replace("{id}", &byte_serialize(id.as_bytes()).collect::<String>());
    }
    if tool.takes(WAIT) {
        let wait = arguments.get(WAIT).and_then(Value::as_u64).unwrap_or(limits::MAX_TOOL_WAIT_SECONDS);
        if arguments.get(WAIT).is_none_or(|wait| wait.is_u64() || wait.is_null()) {
            arguments.insert(WAIT.to_owned(), wait.min(limits::MAX_TOOL_WAIT_SECONDS).into());
        }
    }
    let query = query(tool, &mut arguments)?;
    if !query.is_empty() {
        target = format!("{target}?{query}");
    }
    let request = Request::builder().method(tool.spec.method.clone()).uri(target);
    let request = request.header(header::AUTHORIZATION, authorization);
    let request = if tool.spec.is_read_only() {
        request.body(Body::empty())
    } else {
        let json = HeaderValue::from_static("application/json");
        request.header(header::CONTENT_TYPE, json).body(Body::from(Value::Object(arguments).to_string()))
    };
    request.map_err(|error| format!("these arguments make no request: {error}"))
}

/// Takes what belongs into the query out of the arguments.
fn query(tool: &Tool, arguments: &mut JsonObject) -> Result<String, String> {
    let mut query = Serializer::new(String::new());
    for name in &tool.query {
        let text = match arguments.remove(name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text,
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => return Err(format!("`{name}` is one plain value")),
        };
        query.append_pair(name, &text);
    }
    Ok(query.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools;

    fn tools() -> Vec<Tool> {
        tools::all(&serde_json::to_value(bursar_spend::router::openapi()).unwrap())
    }

    fn sent(name: &str, arguments: Value) -> Result<String, String> {
        let tools = tools();
        let tool = tools.iter().find(|tool| tool.spec.name == name).unwrap();
        let arguments = arguments.as_object().unwrap().clone();
        let request = request(tool, arguments, HeaderValue::from_static("Bearer x"))?;
        Ok(format!("{} {}", request.method(), request.uri()))
    }

    #[test]
    fn arguments_go_where_the_path_wants_them() {
        assert_eq!(
            sent("wait_for_payment", json!({ "transaction_id": "txn_1", "until": "settled", "wait": 99 }))
                .unwrap(),
            "GET /v1/transactions/txn_1?wait=50&until=settled"
        );
        assert_eq!(
            sent("wait_for_payment", json!({ "transaction_id": "../../dashboard/agents?x=" })).unwrap(),
            "GET /v1/transactions/..%2F..%2Fdashboard%2Fagents%3Fx%3D?wait=50"
        );
        assert_eq!(
            sent("request_payment", json!({ "dry_run": true, "merchant": "a" })).unwrap(),
            "POST /v1/payment-request?dry_run=true"
        );
        let wrong = sent("check_wallet", json!({ "agent": "agt_1" })).unwrap_err();
        assert!(wrong.contains("`agent`"), "{wrong}");
        assert!(sent("wait_for_payment", json!({})).unwrap_err().contains("`transaction_id`"));
    }

    #[test]
    fn only_the_very_same_call_has_the_same_key() {
        let tools = tools();
        let pay = tools.iter().find(|tool| tool.spec.name == "request_payment").unwrap();
        let arguments = |amount: &str| json!({ "amount": amount }).as_object().unwrap().clone();
        let key = |session, id: i64, amount| key_of(session, &RequestId::Number(id), pay, &arguments(amount));
        let first = key(Some("s"), 1, "5.00");
        assert_eq!(first, key(Some("s"), 1, "5.00"));
        assert!(first.as_ref().unwrap().len() <= limits::MAX_IDEMPOTENCY_KEY_CHARS);
        for other in [key(Some("s"), 2, "5.00"), key(Some("t"), 1, "5.00"), key(Some("s"), 1, "6.00")] {
            assert_ne!(first, other);
        }
        assert_eq!(key(None, 1, "5.00"), None);
        let mut given = json!({ "idempotency_key": "mine" }).as_object().unwrap().clone();
        assert_eq!(with_key(pay, &mut given, |_| first.clone()), Some("mine".to_owned()));
    }
}
