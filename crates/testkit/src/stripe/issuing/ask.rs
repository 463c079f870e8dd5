//! `issuing_authorization.request`: sent at once, signed, and answered within two seconds or not at all.

use std::time::Duration;

use serde_json::Value;

use super::authorizations::{Begun, Verdict};
use super::{Parameters, SimAnswer};
use crate::stripe::errors::ApiError;
use crate::stripe::faults::Operation;
use crate::stripe::parameters::table;
use crate::stripe::shared::Shared;
use crate::stripe::webhooks::{Endpoint, SimEvent};

/// How long the endpoint has.
const WITHIN: Duration = Duration::from_secs(2);
/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Authorises or increments: what Stripe decides by itself, else what the endpoint says, else what the account is set to.
pub(in crate::stripe) async fn asked(
    shared: &Shared,
    operation: Operation,
    id: &str,
    parameters: &Parameters,
    livemode: bool,
) -> Result<Value, ApiError> {
    let now = shared.now().seconds();
    let begun = {
        let account = &mut shared.lock().account;
        match operation {
            Operation::IncrementAuthorization => account.begin_increment(id, parameters, livemode, now)?,
            _ => account.begin_authorization(parameters, livemode, now)?,
        }
    };
    let verdict = match &begun.verdict {
        Some(verdict) => verdict.clone(),
        None => ask(shared, &begun, now).await,
    };
    let now = shared.now().seconds();
    Ok(shared.lock().account.decide(&begun, &verdict, now))
}

async fn ask(shared: &Shared, begun: &Begun, now: i64) -> Verdict {
    let (endpoint, event, rules) = {
        let mut state = shared.lock();
        let Some(endpoint) = state.endpoint.clone() else {
            return Verdict::new(true, "card_active");
        };
        let object = state.account.issuing.authorizations[begun.at].clone();
        let authorization = object["id"].as_str().unwrap_or_default().to_owned();
        let id = state.account.next_id("evt");
        let event = SimEvent::new(id, "issuing_authorization.request", object, now);
        state.account.issuing.requests.push((authorization, event.clone()));
        (endpoint, event, state.account.issuing.rules)
    };
    let answer = send(shared, &endpoint, &event).await;
    let decided = |approved| Verdict::new(approved, answer.reason);
    let verdict = match answer.reason {
        "webhook_approved" => {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            Verdict { metadata: Some(body["metadata"].clone()), ..decided(true) }
        }
        "webhook_declined" => {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            Verdict { metadata: Some(body["metadata"].clone()), ..decided(false) }
        }
        _ => Verdict { message: answer.error.clone(), ..decided(rules.approves_late) },
    };
    shared.lock().account.issuing.answers.push(answer);
    verdict
}

/// Sends the last request about an authorisation once more, as a network does that lost the answer. What is said to it
/// changes nothing here. `None` when nothing was asked about it.
pub(in crate::stripe) async fn again(shared: &Shared, authorization: &str) -> Option<SimAnswer> {
    let (endpoint, event) = {
        let state = shared.lock();
        let requests = &state.account.issuing.requests;
        let (_, event) = requests.iter().rev().find(|(known, _)| known == authorization)?;
        (state.endpoint.clone()?, event.clone())
    };
    Some(send(shared, &endpoint, &event).await)
}

async fn send(shared: &Shared, endpoint: &Endpoint, event: &SimEvent) -> SimAnswer {
    let answer = |reason, error: Option<String>, status, body: String| SimAnswer {
        authorization: event.object["id"].as_str().unwrap_or_default().to_owned(),
        reason,
        error,
        status,
        body,
    };
    let sending = async {
        let response = endpoint.request(shared.http(), event, shared.now()).await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Ok::<_, reqwest::Error>((status, headers, response.text().await?))
    };
    match tokio::time::timeout(WITHIN, sending).await {
        Err(_) => answer("webhook_timeout", None, 0, String::new()),
        Ok(Err(error)) => answer("webhook_error", Some(error.without_url().to_string()), 0, String::new()),
        Ok(Ok((status, headers, body))) => {
            let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            match read(status, header("Stripe-Version"), header("Content-Type"), &body) {
                Ok(true) => answer("webhook_approved", None, status, body),
                Ok(false) => answer("webhook_declined", None, status, body),
                Err(wrong) => answer("webhook_error", Some(wrong), status, body),
            }
        }
    }
}

/// What an answer says; an error is a sentence about what is wrong with it.
fn read(status: u16, version: Option<&str>, kind: Option<&str>, body: &str) -> Result<bool, String> {
    if status != 200 {
        return Err(format!("the status is {status}, and must be 200"));
    }
    match version {
        None => return Err("there is no Stripe-Version header".to_owned()),
        Some(version) if version != table().api_version => {
            return Err(format!("{version} is no version of the API"));
        }
        Some(_) => {}
    }
    if kind.is_some_and(|kind| !kind.starts_with("application/json")) {
        return Err("the answer is no JSON".to_owned());
    }
    if body.len() > ANSWER_BYTES_MAX {
        return Err("the answer is too long".to_owned());
    }
    let body: Value = serde_json::from_str(body).map_err(|error| format!("no JSON: {error}"))?;
    let fields = body.as_object().ok_or("the answer is no object")?;
    if let Some(other) = fields.keys().find(|name| !["approved", "metadata"].contains(&name.as_str())) {
        return Err(format!("{other} is not taken for this authorization"));
    }
    let is_map = |value: &Value| {
        value.as_object().is_some_and(|map| map.len() <= 50 && map.values().all(Value::is_string))
    };
    if fields.get("metadata").is_some_and(|metadata| !is_map(metadata)) {
        return Err("metadata is no map of texts".to_owned());
    }
    fields.get("approved").and_then(Value::as_bool).ok_or_else(|| "approved is no boolean".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_counts() {
        let version = Some(table().api_version.as_str());
        let json = Some("application/json; charset=utf-8");
        assert_eq!(read(200, version, json, r#"{"approved":true}"#), Ok(true));
        assert_eq!(read(200, version, None, r#"{"approved":false,"metadata":{"a":"b"}}"#), Ok(false));
        for (status, version, kind, body) in [
            (201, version, json, r#"{"approved":true}"#),
            (200, None, json, r#"{"approved":true}"#),
            (200, Some("2019-01-01"), json, r#"{"approved":true}"#),
            (200, version, Some("text/plain"), r#"{"approved":true}"#),
            (200, version, json, r#"{"approved":"true"}"#),
            (200, version, json, r#"{"approve":true}"#),
            (200, version, json, r#"{"approved":true,"amount":1}"#),
            (200, version, json, r#"{"approved":true,"metadata":{"a":1}}"#),
            (200, version, json, "[]"),
            (200, version, json, ""),
        ] {
            assert!(read(status, version, kind, body).is_err(), "{status} {version:?} {kind:?} {body}");
        }
    }
}
