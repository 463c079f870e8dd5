//! What a path answered, as a tool's result: structured for programs, and in words for models.
//!
//! A refusal of money is a result like any other. An error is what was wrong with the call, or went wrong with it; it
//! carries no structured content, because it is not what the tool's schema promises.

use http::StatusCode;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use crate::schema::NEXT;
use crate::words;

/// The result of an answer. `key` is the idempotency key that the call went with.
pub(crate) fn result(status: StatusCode, body: Value, key: Option<&str>) -> CallToolResult {
    if status.is_success() {
        return done(body);
    }
    match refused(&body) {
        Some(body) => done(body),
        None => failed(status, &body, key),
    }
}

/// A call that cannot be sent on.
pub(crate) fn wrong(says: &str) -> CallToolResult {
    let advice = words::mended_by(StatusCode::BAD_REQUEST, "");
    CallToolResult::error(vec![ContentBlock::text(format!("{says}. Next: {advice}"))])
}

fn done(mut body: Value) -> CallToolResult {
    let next = words::next(&body);
    if let (Some(next), Some(fields)) = (&next, body.as_object_mut()) {
        fields.insert(NEXT.to_owned(), next.as_str().into());
    }
    // Clients that know no structured content show the text alone to their model.
    let words = next.into_iter().chain([body.to_string()]).map(ContentBlock::text).collect();
    let mut result = CallToolResult::success(words);
    result.structured_content = Some(body);
    result
}

/// The payment, or the preview, that a refusal is about.
fn refused(problem: &Value) -> Option<Value> {
    if problem["transaction"].is_object() {
        return Some(problem["transaction"].clone());
    }
    let previews = problem["dry_run"] == true && problem["decision"].is_array();
    previews.then(|| {
        let fields = [
            ("dry_run", true.into()),
            ("status", "declined".into()),
            ("reason", problem["code"].clone()),
            ("decision", problem["decision"].clone()),
        ];
        Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>())
    })
}

fn failed(status: StatusCode, problem: &Value, key: Option<&str>) -> CallToolResult {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let code = text(&problem["code"]);
    let mut says = format!("{code}: {}.", text(&problem["detail"]).trim_end_matches('.'));
    for error in problem["errors"].as_array().into_iter().flatten() {
        says.push_str(&format!(" `{}`: {}.", text(&error["field"]), text(&error["message"])));
    }
    if let Some(seconds) = problem["retry_after"].as_u64() {
        says.push_str(&format!(" Wait {seconds} s."));
    }
    says.push_str(&format!(" Next: {}", words::mended_by(status, &code)));
    if let Some(key) = key.filter(|_| status.is_server_error()) {
        says.push_str(&format!(" This call's idempotency_key was `{key}`."));
    }
    CallToolResult::error(vec![ContentBlock::text(says)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(result: &CallToolResult) -> String {
        serde_json::to_value(result).unwrap()["content"][0]["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_refusal_of_money_is_a_result_that_says_why_and_what_next() {
        let refused = json!({ "code": "daily_exceeded", "transaction": {
            "transaction_id": "txn_1", "status": "declined", "reason": "daily_exceeded",
            "decision": [{ "rule": "daily", "verdict": "decline", "limit": "10.00", "used": "8.00", "asked": "5.00" }],
        }});
        let result = result(StatusCode::PAYMENT_REQUIRED, refused, None);
        assert_ne!(result.is_error, Some(true));
        let next = result.structured_content.as_ref().unwrap()[NEXT].as_str().unwrap().to_owned();
        assert_eq!(next, text(&result));
        for word in ["daily_exceeded", "limit 10.00, used 8.00, asked 5.00", "ask your owner"] {
            assert!(next.contains(word), "{next}");
        }
    }

    #[test]
    fn what_is_next_is_said_where_there_is_something_to_do() {
        let next = |body: Value| result(StatusCode::OK, body, None).structured_content.unwrap()[NEXT].clone();
        assert!(
            next(json!({ "transaction_id": "txn_1", "status": "pending" }))
                .to_string()
                .contains("wait_for_payment")
        );
        assert!(next(json!({ "wallet_status": "pending" })).to_string().contains("claim"));
        for nothing in
            [json!({ "wallet_status": "active" }), json!({ "status": "pending" }), json!({ "data": [] })]
        {
            assert_eq!(next(nothing.clone()), Value::Null, "{nothing}");
        }
    }

    #[test]
    fn a_wrong_call_is_an_error_that_names_the_field() {
        let problem = json!({ "code": "validation_error", "detail": "a field is wrong",
            "errors": [{ "field": "amount", "message": "must be greater than zero" }] });
        let result = result(StatusCode::BAD_REQUEST, problem, Some("k"));
        assert_eq!(result.is_error, Some(true));
        assert!(result.structured_content.is_none());
        let text = text(&result);
        assert!(text.contains("`amount`: must be greater than zero"));
    }

    #[test]
    fn a_lost_answer_can_be_asked_for_again() {
        let problem = json!({ "code": "outcome_unknown", "detail": "it is not known" });
        let text = text(&result(StatusCode::SERVICE_UNAVAILABLE, problem, Some("mcp-1")));
        assert!(text.contains("`mcp-1`"), "{text}");
    }
}
