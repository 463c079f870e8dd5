//! RFC 9421 HTTP message signatures: how a client proves that it holds an API key without sending it.
//!
//! Reading a request takes two steps, so that the caller can look the key up in between:
//!
//! 1. [`parse`] reads the headers, refuses whatever is not exactly one complete signature, and assembles the text that
//!    was signed. The [`SignatureInput`] it gives owns all it needs and says which key to look up.
//! 2. [`SignatureInput::verify`] checks time, signature and body digest against the key's signing secret.
//!
//! [`sign`] is the client's side. `docs/signatures.md` describes the profile for authors of SDKs.
//!
//! Invariants: nothing here performs I/O, reads a clock or draws a random number. That a nonce is used only once is
//! **not** checked here: whoever writes records the nonce in the transaction of the write.

mod base;
mod digest;
mod error;
mod input;
mod params;
mod reader;
mod secret;
mod sign;
mod verify;

use http::{HeaderMap, Method, Uri, request::Parts};

pub use digest::content_digest;
pub use error::SignatureError;
pub use input::parse;
pub use secret::{SIGNING_SECRET_INFO, signing_secret};
pub use sign::{SignatureHeaders, Signer, sign};
pub use verify::{SignatureInput, VerifiedSignature};

/// Header that names what is signed and with which key.
pub const SIGNATURE_INPUT_HEADER: &str = "signature-input";
/// Header that carries the signature itself.
pub const SIGNATURE_HEADER: &str = "signature";
/// Header that carries the SHA-256 of the body (RFC 9530).
pub const CONTENT_DIGEST_HEADER: &str = "content-digest";
/// The only algorithm accepted, by its registered name.
pub const ALGORITHM: &str = "hmac-sha256";
/// What every signature covers. A request with a body also covers `content-digest`.
pub const REQUIRED_COMPONENTS: [&str; 3] = ["@method", "@path", "@query"];

/// Longest `Signature-Input` header, in bytes. A usual one has 180; the longest nonce and key id fit as well.
pub const MAX_SIGNATURE_INPUT_BYTES: usize = 2_048;
/// Most components that one signature may cover.
pub const MAX_COVERED_COMPONENTS: usize = 16;
/// Longest `keyid`, in characters.
pub const MAX_KEY_ID_CHARS: usize = 128;

/// The parts of a request that a signature can cover, its body aside.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    public_scheme: Option<&'r str>,
}

impl<'r> RequestHead<'r> {
    /// `uri` must be the one of the request line: a router that strips a prefix from nested routes would make every
    /// signature wrong.
    pub fn new(method: &'r Method, uri: &'r Uri, headers: &'r HeaderMap) -> RequestHead<'r> {
        RequestHead { method, uri, headers, public_scheme: None }
    }

    /// The scheme (`https` or `http`) under which clients reach the server. A request line rarely carries it, and a
    /// proxy that ends TLS hides it; without it signatures over `@scheme` and `@target-uri` are refused.
    #[must_use]
    pub fn with_public_scheme(mut self, scheme: &'r str) -> RequestHead<'r> {
        self.public_scheme = Some(scheme);
        self
    }
}

impl<'r> From<&'r Parts> for RequestHead<'r> {
    fn from(parts: &'r Parts) -> RequestHead<'r> {
        RequestHead::new(&parts.method, &parts.uri, &parts.headers)
    }
}
