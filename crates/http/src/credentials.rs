//! What a request proves itself with: a bare key, or a signature.

use bursar_base::Mode;
use http::{HeaderMap, Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::signatures::{self, RequestHead, SignatureInput};
use crate::{Problem, cookies};

/// Letters of a key's random part and checksum.
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Letters of randomness in a key: 43 of base 62 carry 256 bits.
pub const KEY_RANDOM_CHARS: usize = 43;
/// Letters of checksum in a key.
pub const KEY_CHECKSUM_CHARS: usize = 6;

/// An API key as sent. Never shown or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Shows the prefix alone.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", self.0.get(..9).unwrap_or(""))
    }
}

impl ApiKey {
    /// Makes a key from 43 random letters of [`BASE62`].
    pub fn from_random(mode: Mode, letters: &str) -> ApiKey {
        let front = format!("bur_{}_{letters}", mode.as_str());
        let checksum = checksum(&front);
        ApiKey(front + &checksum)
    }

    /// Accepts only a key of the right form, whose checksum fits. Says nothing about whether it exists.
    pub fn parse(text: &str) -> Option<ApiKey> {
        let rest = text.strip_prefix("bur_test_").or_else(|| text.strip_prefix("bur_live_"))?;
        if rest.len() != KEY_RANDOM_CHARS + KEY_CHECKSUM_CHARS || !rest.bytes().all(|b| BASE62.contains(&b)) {
            return None;
        }
        let (front, sum) = text.split_at(text.len() - KEY_CHECKSUM_CHARS);
        (checksum(front) == sum).then(|| ApiKey(text.to_owned()))
    }

    /// SHA-256 of the key in hex: what it is found by.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The key itself: for showing it once, and for deriving its signing secret.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Six base-62 letters of the front's SHA-256: a mistyped key is told apart from an unknown one without a look-up.
fn checksum(front: &str) -> String {
    let digest = Sha256::digest(front.as_bytes());
    let mut number = u64::from_be_bytes(std::array::from_fn(|place| digest[place]));
    (0..KEY_CHECKSUM_CHARS)
        .map(|_| {
            let letter = BASE62[usize::try_from(number % 62).unwrap_or(0)];
            number /= 62;
            char::from(letter)
        })
        .collect()
}

/// What a request proves itself with.
#[derive(Debug)]
pub enum Credentials {
    /// `Authorization: Bearer <key>`.
    Bearer(ApiKey),
    /// An RFC 9421 signature, not verified yet.
    Signature(Box<SignatureInput>),
    /// The cookie of somebody who is signed in.
    Session(String),
}

impl Credentials {
    /// Reads the credentials of a request. `uri` is the one that the client sent.
    ///
    /// # Errors
    /// 401 with a code: `missing_credentials`, `invalid_key`, `two_credentials`, or that of a
    /// [`signatures::SignatureError`]. 403 `cross_site` for a cookie that another site had sent along.
    pub fn of(method: &Method, uri: &http::Uri, headers: &HeaderMap) -> Result<Credentials, Problem> {
        let signature =
            signatures::parse(RequestHead::new(method, uri, headers)).map_err(signature_problem)?;
        let bearer = headers.get(header::AUTHORIZATION);
        match (signature, bearer) {
            (Some(_), Some(_)) => Err(Problem::unauthorized(
                "two_credentials",
                "send either `Authorization: Bearer` or a signature, not both: a signing client never sends its key",
            )),
            (Some(input), None) => Ok(Credentials::Signature(Box::new(input))),
            (None, Some(value)) => {
                let text = value.to_str().unwrap_or("");
                let key = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
                let key = key.and_then(|(_, key)| ApiKey::parse(key.trim())).ok_or_else(invalid_key)?;
                Ok(Credentials::Bearer(key))
            }
            (None, None) => match cookies::SESSION.of(headers) {
                Some(cookie) => Credentials::of_browser(method, headers, cookie),
                None => Err(Problem::unauthorized(
                    "missing_credentials",
                    "send `Authorization: Bearer bur_…`, or sign the request (RFC 9421); people sign in at /sign-in",
                )),
            },
        }
    }
}

impl Credentials {
    /// Browsers send cookies along whichever page made them send a request; only a page of ours may make them change
    /// anything.
    fn of_browser(method: &Method, headers: &HeaderMap, cookie: &str) -> Result<Credentials, Problem> {
        let reads = [Method::GET, Method::HEAD].contains(method);
        if reads || cookies::is_same_origin(headers) {
            return Ok(Credentials::Session(cookie.to_owned()));
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "this came from another site than Bursar's own pages, so nothing was done; a program sends a key instead",
        ))
    }
}

/// 401 for a session that has ended, or never was.
pub fn invalid_session() -> Problem {
    Problem::unauthorized("invalid_session", "you are signed out; sign in again at /sign-in")
}

/// 401 for a key that is malformed, unknown, revoked or expired: which one is nobody's business.
pub fn invalid_key() -> Problem {
    Problem::unauthorized(
        "invalid_key",
        "this key is not known or no longer valid; ask the org's owner for a new one",
    )
}

/// 401 for a signature that is refused.
pub fn signature_problem(error: signatures::SignatureError) -> Problem {
    Problem::unauthorized(error.code(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_seen_without_a_look_up() {
        let key = ApiKey::from_random(Mode::Test, &"a".repeat(KEY_RANDOM_CHARS));
        assert_eq!(key.reveal().len(), "bur_test_".len() + 49);
        assert!(ApiKey::parse(key.reveal()).is_some());
        assert!(ApiKey::parse(&key.reveal().replace("aaa", "aab")).is_none());
        assert!(ApiKey::parse(&key.reveal().replace("test", "live")).is_none());
        assert!(!format!("{key:?}").contains("aaaa"));
    }
}
