//! Runs `vectors/signatures.json`: what must be accepted, and what must be refused with which code.

#![allow(clippy::unwrap_used)] // in a test, a panic is the message

use std::collections::BTreeSet;

use bursar_base::TimeUs;
use bursar_http::signatures::{self, RequestHead, SignatureError, Signer, VerifiedSignature};
use http::{HeaderName, HeaderValue, Request};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    api_key: String,
    key_id: String,
    signing_secret_hex: String,
    good: Vec<Vector>,
    bad: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    now: i64,
    request: RequestText,
    error: Option<String>,
    signature_base: Option<String>,
    signature: Option<String>,
}

#[derive(Deserialize)]
struct RequestText {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    public_scheme: Option<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/signatures.json")).expect("the vectors are JSON of this shape")
}

fn request(text: &RequestText) -> Request<&str> {
    let mut request =
        Request::builder().method(text.method.as_str()).uri(text.target.as_str()).body(&*text.body).unwrap();
    for (name, value) in &text.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

fn verify(vector: &Vector, secret: &[u8; 32]) -> Result<(VerifiedSignature, String), SignatureError> {
    let request = request(&vector.request);
    let mut head = RequestHead::new(request.method(), request.uri(), request.headers());
    if let Some(scheme) = &vector.request.public_scheme {
        head = head.with_public_scheme(scheme);
    }
    let parsed = signatures::parse(head)?.expect("every vector has a signature header");
    let base = parsed.signature_base().to_owned();
    let verified = parsed.verify(secret, request.body().as_bytes(), TimeUs::from_seconds(vector.now))?;
    Ok((verified, base))
}

#[test]
fn the_secret_is_derived_as_documented() {
    let vectors = vectors();
    assert_eq!(hex::encode(signatures::signing_secret(&vectors.api_key)), vectors.signing_secret_hex);
}

#[test]
fn good_vectors_are_accepted() {
    let vectors = vectors();
    let secret = signatures::signing_secret(&vectors.api_key);
    for vector in &vectors.good {
        let (verified, base) =
            verify(vector, &secret).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(Some(&base), vector.signature_base.as_ref(), "{}", vector.name);
        assert_eq!(verified.key_id, vectors.key_id, "{}", vector.name);
        assert_eq!(verified.created, TimeUs::from_seconds(1_790_000_000), "{}", vector.name);
    }
}

#[test]
fn bad_vectors_are_refused_with_their_code() {
    let vectors = vectors();
    let secret = signatures::signing_secret(&vectors.api_key);
    for vector in &vectors.bad {
        let code = verify(vector, &secret).map(|_| "accepted").unwrap_or_else(|error| error.code());
        assert_eq!(Some(code), vector.error.as_deref(), "{}", vector.name);
    }
}

#[test]
fn every_code_has_a_vector() {
    let seen: BTreeSet<_> = vectors().bad.into_iter().filter_map(|vector| vector.error).collect();
    // One arm per variant in the source of `code`; a new variant without a vector makes these differ.
    let source = include_str!("../src/signatures/error.rs");
    let codes: BTreeSet<_> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("SignatureError::")?.split('"').nth(1))
        .map(str::to_owned)
        .collect();
    assert_eq!(seen, codes);
}

#[test]
fn our_own_client_signs_the_first_vector_alike() {
    let vectors = vectors();
    let vector = &vectors.good[0];
    let request = request(&vector.request);
    let signer = Signer { key_id: vectors.key_id, secret: signatures::signing_secret(&vectors.api_key) };
    let head = RequestHead::new(request.method(), request.uri(), request.headers());
    let created = TimeUs::from_seconds(vector.now);
    let nonce = "019a9f3e7c007abc8def0123456789ab";
    let headers = signatures::sign(head, request.body().as_bytes(), &signer, created, nonce).unwrap();
    assert_eq!(
        Some(headers.signature),
        vector.signature.as_ref().map(|signature| format!("sig=:{signature}:"))
    );
    let sent = |name: &str| request.headers()[name].to_str().unwrap();
    assert_eq!(headers.signature_input, sent("signature-input"));
    assert_eq!(headers.content_digest.as_deref(), Some(sent("content-digest")));
}
