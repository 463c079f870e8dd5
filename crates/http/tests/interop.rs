//! Requests that clients of other authors sign are accepted: `tests/interop/sign.mjs` with an npm package and
//! `tests/interop/sign.py` with a PyPI package. `./test` installs both; a missing one fails.

#![allow(clippy::unwrap_used)] // in a test, a panic is the message

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bursar_base::TimeUs;
use bursar_http::signatures::{self, RequestHead, SignatureError};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::json;

const API_KEY: &str = "bur_test_4fQ9vY2kLr7XcM1nTz8WbJ5hGdS3pEaU6oRiVyKqDwCx0Z9k2";
const KEY_ID: &str = "key_019a9f3e-7c00-7abc-8def-0123456789ab";
const CREATED_S: i64 = 1_790_000_000;
const ORIGIN: &str = "https://bursar.example.com";

/// Method, target, body, nonce.
const REQUESTS: [(&str, &str, &str, &str); 5] = [
    (
        "POST",
        "/v1/payment-request",
        r#"{"amount":"12.50","currency":"USD"}"#,
        "019a9f3e7c007abc8def0123456789ab",
    ),
    ("POST", "/v1/payment-request?dry_run=true&x=%C3%A4+b", r#"{"purpose":"Zoë's tea ☕"}"#, "1"),
    ("GET", "/v1/transactions", "", "a nonce with spaces; and = (\"quotes\") \\ too"),
    ("DELETE", "/v1/a%2Fb/c,d;e=f", "", "n"),
    ("PUT", "/v1/dashboard/agents/agent_1/policy?", "[]", "n-2"),
];

fn interop_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop")
}

/// Runs a signing script and gives the headers that it made.
fn signed_by(program: &str, script: &str, advice: &str, request: &serde_json::Value) -> HeaderMap {
    let mut child = Command::new(program)
        .arg(interop_dir().join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run `{program}` ({error}); {advice}"));
    // A script that dies early closes its end; what it says on the way out is the better message.
    let _ = child.stdin.take().unwrap().write_all(request.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{program} {script}` failed; {advice}\n{errors}");
    let headers: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
    headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap()))
        .collect()
}

fn verify(
    target: &str,
    method: &str,
    headers: &HeaderMap,
    body: &str,
) -> Result<(String, String), SignatureError> {
    let (method, uri) = (method.parse::<Method>().unwrap(), target.parse::<Uri>().unwrap());
    let parsed = signatures::parse(RequestHead::new(&method, &uri, headers))?.expect("the script has signed");
    let secret = signatures::signing_secret(API_KEY);
    let verified = parsed.verify(&secret, body.as_bytes(), TimeUs::from_seconds(CREATED_S + 1))?;
    assert_eq!(verified.created, TimeUs::from_seconds(CREATED_S));
    Ok((verified.key_id, verified.nonce))
}

fn accepts_requests_signed_by(program: &str, script: &str, advice: &str) {
    for (method, target, body, nonce) in REQUESTS {
        let url = format!("{ORIGIN}{target}");
        let request = json!({
            "method": method, "url": url, "body": body,
            "api_key": API_KEY, "key_id": KEY_ID, "created": CREATED_S, "nonce": nonce,
        });
        let headers = signed_by(program, script, advice, &request);
        let accepted = verify(target, method, &headers, body);
        assert_eq!(accepted, Ok((KEY_ID.to_owned(), nonce.to_owned())), "{script}: {method} {target}");

        let elsewhere = verify("/v1/elsewhere", method, &headers, body);
        assert_eq!(elsewhere, Err(SignatureError::SignatureMismatch), "{script}: {method} {target}");
    }
}

#[test]
fn requests_signed_by_the_npm_package_are_accepted() {
    accepts_requests_signed_by(
        "node",
        "sign.mjs",
        "install Node.js 20 or later and run `npm ci` in tests/interop, or run `./test`, which does",
    );
}

#[test]
fn requests_signed_by_the_pypi_package_are_accepted() {
    let python = std::env::var("BURSAR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    accepts_requests_signed_by(
        &python,
        "sign.py",
        "set BURSAR_TEST_PYTHON to a Python that has tests/interop/requirements.txt, or run `./test`, which does",
    );
}
