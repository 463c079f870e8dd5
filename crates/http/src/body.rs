//! Request bodies: bounded in size and time, strict JSON, errors that name the field.

use std::fmt;
use std::marker::PhantomData;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use bursar_base::limits;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Problem;

/// Reads a whole body within [`limits::MAX_BODY_BYTES`] and [`limits::REQUEST_READ_TIMEOUT`].
///
/// # Errors
/// 413 `body_too_large`, 408 `request_timeout`, 400 `body_incomplete`.
pub async fn read_body(body: Body) -> Result<Bytes, Problem> {
    let reading = axum::body::to_bytes(body, limits::MAX_BODY_BYTES);
    match tokio::time::timeout(limits::REQUEST_READ_TIMEOUT, reading).await {
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "the body did not arrive in time",
        )),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => {
            let detail = format!("a body is at most {} bytes", limits::MAX_BODY_BYTES);
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail))
        }
        Ok(Err(_)) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "body_incomplete", "the body broke off; send it again"))
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit") {
            return true;
        }
        source = error.source();
    }
    false
}

/// Room for an answer before it must grow: more than most need.
const ANSWER_BYTES: usize = 2_048;

/// An answer in JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(ANSWER_BYTES);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => {
            let json = HeaderValue::from_static("application/json");
            (status, [(header::CONTENT_TYPE, json)], bytes).into_response()
        }
        // Answers are structs of texts and numbers, which always serialise.
        Err(_) => Problem::unavailable().into_response(),
    }
}

/// Reads JSON strictly: the right content type, the right types, no unknown fields where the type says so.
///
/// # Errors
/// 415 `unsupported_media_type`, 400 `invalid_json`, 400 `validation_error` naming the field.
pub fn parse_json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "send the header `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    // Serde would read a list as the fields of an object in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::field("body", "a JSON object is expected, not a list"));
    }
    // Following the path to an error costs as much as reading does, so it is done only where there is one.
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Problem::field(field_of(&path, &inner), plain(&inner)),
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => unreadable(body, &path, &inner),
        }
    })?;
    deserializer.end().map_err(|error| invalid_json(&error))?;
    Ok(value)
}

/// Reads a field that is a struct: from an object only, never from a list whose items serde would take for the fields in
/// their order. For `#[serde(deserialize_with)]`.
///
/// # Errors
/// For whatever is no object, or not the right one.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_map(Object(PhantomData))
}

/// serde_json calls it bad syntax, too, when something else stands where a word out of a list belongs.
fn unreadable(body: &[u8], path: &str, error: &serde_json::Error) -> Problem {
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => Problem::field(field_of(path, error), "of the wrong type: a text belongs here"),
        Err(_) => invalid_json(error),
    }
}

fn invalid_json(error: &serde_json::Error) -> Problem {
    let detail = format!("the body is no JSON: {error}");
    Problem::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
}

/// The path, or the field that the message itself names (a missing or unknown one).
fn field_of(path: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let named = message.split('`').nth(1).filter(|_| message.contains(" field `"));
    match (path, named) {
        ("." | "", Some(name)) => name.to_owned(),
        ("." | "", None) => "body".to_owned(),
        (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    }
}

/// The message without the position, which means nothing to a program's author.
fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        amount: String,
        count: Option<u8>,
        kind: Option<Kind>,
        #[serde(default, deserialize_with = "object")]
        inner: Inner,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        word: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Only,
    }

    fn parse(content_type: &'static str, body: &[u8]) -> Problem {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        parse_json::<Sample>(&headers, body).unwrap_err()
    }

    #[test]
    fn errors_name_the_field() {
        for (body, field) in [
            (&br#"{"amount": 5}"#[..], "amount"),
            (br#"{"amount": "1", "count": 999}"#, "count"),
            (br#"{"amount": "1", "extra": 1}"#, "extra"),
            (br#"{"count": 1}"#, "amount"),
            (br#"{"amount": "1", "kind": 1}"#, "kind"),
            (br#"{"amount": "1", "kind": "other"}"#, "kind"),
            (b"[]", "body"),
            (b"7", "body"),
        ] {
            let problem = parse("application/json", body);
            assert_eq!(problem.status, StatusCode::BAD_REQUEST);
            assert_eq!(problem.errors[0].field, field, "{:?}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for body in [&b"{"[..], b"", b"{}x", b"\xff\xfe", br#"{"amount": "1"} {}"#] {
            assert!(
                ["invalid_json", "validation_error"].contains(&parse("application/json", body).code.as_str())
            );
        }
        assert_eq!(parse("text/plain", b"{}").status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
