//! Payment requests as bytes, signed before they are measured, so that signing costs the run nothing.

use bursar_base::{Clock as _, Rng, SystemClock, SystemRng, ids};
use bursar_http::signatures::{RequestHead, Signer, sign, signing_secret};
use http::{HeaderMap, Method, Uri};

use crate::Failure;

/// Size of a request's body.
const BODY_BYTES: usize = 500;

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Its place among the agents of the run.
    pub n: usize,
    /// Whose agent it is.
    pub org_id: String,
    /// The agent.
    pub agent_id: String,
    /// The key's public id.
    pub key_id: String,
    /// The key.
    pub api_key: String,
}

/// How idempotency keys and nonces are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// In the order of time, as the SDKs make them.
    Ordered,
    /// At random.
    Arbitrary,
}

/// One request, ready to be sent.
pub fn request(sender: &Sender, keys: Keys, signed: bool) -> Result<Vec<u8>, Failure> {
    let now = SystemClock.now();
    let key = token(keys);
    let body = body(sender.n, &key);
    let mut head = String::from(
        "POST /v1/payment-request HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n",
    );
    if signed {
        let signer = Signer { key_id: sender.key_id.clone(), secret: signing_secret(&sender.api_key) };
        let (method, uri, headers) =
            (Method::POST, Uri::from_static("/v1/payment-request"), HeaderMap::new());
        let nonce = token(keys);
        let made = sign(RequestHead::new(&method, &uri, &headers), body.as_bytes(), &signer, now, &nonce)?;
        let mut extra = HeaderMap::new();
        made.apply(&mut extra)?;
        for (name, value) in &extra {
            head.push_str(&format!("{name}: {}\r\n", value.to_str()?));
        }
    } else {
        head.push_str(&format!("authorization: Bearer {}\r\n", sender.api_key));
    }
    Ok(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

fn body(n: usize, key: &str) -> String {
    let make = |note: &str| {
        format!(
            r#"{{"amount":"0.01","currency":"USD","merchant":"api.example.com","purpose":"one call of the weather service","context":{{"n":{n},"note":"{note}"}},"idempotency_key":"{key}"}}"#
        )
    };
    let padding = BODY_BYTES.saturating_sub(make("").len());
    make(&"x".repeat(padding))
}

/// An idempotency key or a nonce.
fn token(keys: Keys) -> String {
    match keys {
        Keys::Ordered => ids::uuid_v7_hex(SystemClock.now(), &SystemRng),
        Keys::Arbitrary => random_hex(&SystemRng),
    }
}

fn random_hex(rng: &dyn Rng) -> String {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
