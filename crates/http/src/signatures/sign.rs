//! The client's side: signs a request.

use std::ops::RangeInclusive;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bursar_base::{TimeUs, limits::MAX_NONCE_CHARS};
use http::{HeaderMap, HeaderName, HeaderValue, header::InvalidHeaderValue};

use super::base::BaseBuilder;
use super::secret::mac;
use super::{
    ALGORITHM, CONTENT_DIGEST_HEADER, MAX_KEY_ID_CHARS, REQUIRED_COMPONENTS, RequestHead, SIGNATURE_HEADER,
    SIGNATURE_INPUT_HEADER, SignatureError, content_digest,
};

/// The label that [`sign`] uses. Servers accept any.
const LABEL: &str = "sig";

/// A key to sign with.
#[derive(Clone)]
pub struct Signer {
    /// The id of the key, not the key.
    pub key_id: String,
    /// See [`signing_secret`](super::signing_secret).
    pub secret: [u8; 32],
}

/// The headers that turn a request into a signed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `Content-Digest`; `None` for an empty body.
    pub content_digest: Option<String>,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

/// Signs a request: method, path, query and, unless it is empty, the digest of `body`.
///
/// `created` is cut to the second. `nonce` must be new for every request of the key.
///
/// # Errors
/// [`SignatureError::ParameterInvalid`] when `nonce` or the key id is empty, too long or not printable ASCII.
pub fn sign<'r>(
    head: impl Into<RequestHead<'r>>,
    body: &[u8],
    signer: &Signer,
    created: TimeUs,
    nonce: &str,
) -> Result<SignatureHeaders, SignatureError> {
    check("nonce", nonce, 1..=MAX_NONCE_CHARS)?;
    check("keyid", &signer.key_id, 1..=MAX_KEY_ID_CHARS)?;
    let mut base = BaseBuilder::new(head.into());
    for name in REQUIRED_COMPONENTS {
        base.component(name)?;
    }
    let content_digest = (!body.is_empty()).then(|| content_digest(body));
    if let Some(digest) = &content_digest {
        base.component_with_value(CONTENT_DIGEST_HEADER, digest);
    }
    base.end_of_components();
    base.integer("created", created.seconds());
    base.string("nonce", nonce);
    base.string("keyid", &signer.key_id);
    base.string("alg", ALGORITHM);
    let (base, params) = base.finish();
    let signature = STANDARD.encode(mac(&signer.secret, &base));
    Ok(SignatureHeaders {
        content_digest,
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{signature}:"),
    })
}

fn check(name: &'static str, text: &str, chars: RangeInclusive<usize>) -> Result<(), SignatureError> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if printable && chars.contains(&text.len()) {
        return Ok(());
    }
    Err(SignatureError::ParameterInvalid {
        name,
        expected: "printable ASCII, neither empty nor longer than allowed",
    })
}

impl SignatureHeaders {
    /// Sets the headers, replacing older ones of the same names.
    ///
    /// # Errors
    /// Only when the fields were filled by hand with what no header may contain.
    pub fn apply(&self, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        let all = [
            (CONTENT_DIGEST_HEADER, self.content_digest.as_ref()),
            (SIGNATURE_INPUT_HEADER, Some(&self.signature_input)),
            (SIGNATURE_HEADER, Some(&self.signature)),
        ];
        for (name, value) in all {
            let name = HeaderName::from_static(name);
            match value {
                Some(value) => headers.insert(name, HeaderValue::from_str(value)?),
                None => headers.remove(name),
            };
        }
        Ok(())
    }
}

/// Leaves out the secret.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
