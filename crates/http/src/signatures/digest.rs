//! `Content-Digest` (RFC 9530), SHA-256 only.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{CONTENT_DIGEST_HEADER, SignatureError};

/// The value of the `Content-Digest` header for `body`: `sha-256=:...:`.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Whether `digest` is the SHA-256 of `body`.
pub(super) fn digest_matches(body: &[u8], digest: &[u8; 32]) -> bool {
    Sha256::digest(body).as_slice().ct_eq(digest).into()
}

/// The SHA-256 digest that the request claims for its body. Digests by other algorithms may stand beside it and are
/// not looked at: one that is right is enough.
pub(super) fn claimed_digest(headers: &HeaderMap) -> Result<[u8; 32], SignatureError> {
    let mut lines = headers.get_all(CONTENT_DIGEST_HEADER).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(SignatureError::DigestMalformed);
    };
    let mut found = Found::default();
    Parser::new(line.as_bytes())
        .parse_dictionary_with_visitor(&mut found)
        .map_err(|_| SignatureError::DigestMalformed)?;
    found.sha_256.ok_or(SignatureError::DigestMalformed)
}

#[derive(Default)]
struct Found {
    sha_256: Option<[u8; 32]>,
}

/// The visitor has seen what it does not accept. `sfv` turns it into text, so it carries nothing.
#[derive(Debug, thiserror::Error)]
#[error("not a SHA-256 digest")]
struct NotADigest;

impl<'de> DictionaryVisitor<'de> for &mut Found {
    type Out = ();
    type Error = NotADigest;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, NotADigest> {
        if key.as_str() != "sha-256" {
            return Ok(None);
        }
        // Two digests by one algorithm: no telling which one others would believe.
        if self.sha_256.is_some() { Err(NotADigest) } else { Ok(Some(Sha256Member(self))) }
    }

    fn finish(self) -> Result<(), NotADigest> {
        Ok(())
    }
}

struct Sha256Member<'f>(&'f mut Found);

impl<'de> EntryVisitor<'de> for Sha256Member<'_> {
    type Error = NotADigest;

    fn item(self) -> Result<impl ItemVisitor<'de>, NotADigest> {
        Ok(move |item: BareItemFromInput<'de>| {
            let BareItemFromInput::ByteSequence(bytes) = item else {
                return Err(NotADigest);
            };
            self.0.sha_256 = Some(bytes.as_slice().try_into().map_err(|_| NotADigest)?);
            Ok(Ignored)
        })
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, NotADigest> {
        Err::<Ignored, _>(NotADigest)
    }
}
