//! The second step: is the signature right, given the key's secret?

use std::fmt;

use bursar_base::{TimeUs, limits::SIGNATURE_VALID_FOR};

use super::SignatureError;
use super::digest::digest_matches;
use super::secret::mac_matches;

/// One well-formed signature of one request, not yet verified. Nothing in it can be trusted before
/// [`SignatureInput::verify`].
pub struct SignatureInput {
    pub(super) base: String,
    pub(super) key_id: String,
    pub(super) nonce: String,
    /// Seconds since the epoch.
    pub(super) created_s: i64,
    /// Seconds since the epoch.
    pub(super) expires_s: Option<i64>,
    pub(super) signature: [u8; 32],
    pub(super) digest: Option<[u8; 32]>,
}

/// A signature that is right: the request was made by the holder of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The `keyid` parameter.
    pub key_id: String,
    /// When the client signed, by its own clock, in whole seconds.
    pub created: TimeUs,
    /// The `nonce` parameter. Record it with what the request writes, so that a replay is refused.
    pub nonce: String,
}

impl SignatureInput {
    /// The `keyid` parameter: whose secret to verify with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The `created` parameter.
    pub fn created(&self) -> TimeUs {
        TimeUs::from_seconds(self.created_s)
    }

    /// The `nonce` parameter, 1 to [`MAX_NONCE_CHARS`](bursar_base::limits::MAX_NONCE_CHARS) printable ASCII
    /// characters.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The text that was signed, as RFC 9421 calls it the signature base. Shown to a client it tells where its own
    /// differs; it contains no secret, though it does contain covered header fields.
    pub fn signature_base(&self) -> &str {
        &self.base
    }

    /// Verifies against the key's [`signing_secret`](super::signing_secret) and the bytes of the body as received.
    ///
    /// # Errors
    /// [`SignatureError::Stale`], [`SignatureError::FromFuture`] and [`SignatureError::Expired`] by the time;
    /// [`SignatureError::DigestMissing`] for a body that is not covered; [`SignatureError::SignatureMismatch`];
    /// [`SignatureError::DigestMismatch`], looked at last, so only the holder of the key can learn of it.
    pub fn verify(
        self,
        secret: &[u8; 32],
        body: &[u8],
        now: TimeUs,
    ) -> Result<VerifiedSignature, SignatureError> {
        self.check_time(now)?;
        if self.digest.is_none() && !body.is_empty() {
            return Err(SignatureError::DigestMissing);
        }
        if !mac_matches(secret, &self.base, &self.signature) {
            return Err(SignatureError::SignatureMismatch);
        }
        if self.digest.is_some_and(|digest| !digest_matches(body, &digest)) {
            return Err(SignatureError::DigestMismatch);
        }
        let created = self.created();
        Ok(VerifiedSignature { key_id: self.key_id, created, nonce: self.nonce })
    }

    fn check_time(&self, now: TimeUs) -> Result<(), SignatureError> {
        let created = self.created();
        let max_seconds = SIGNATURE_VALID_FOR.as_secs();
        if now.since(created) > SIGNATURE_VALID_FOR {
            return Err(SignatureError::Stale { max_seconds });
        }
        if created.since(now) > SIGNATURE_VALID_FOR {
            return Err(SignatureError::FromFuture { max_seconds });
        }
        if self.expires_s.is_some_and(|expires_s| now > TimeUs::from_seconds(expires_s)) {
            return Err(SignatureError::Expired);
        }
        Ok(())
    }
}

/// Leaves out the signature: until its nonce is spent, whoever reads it in a log could use it.
impl fmt::Debug for SignatureInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureInput")
            .field("key_id", &self.key_id)
            .field("created", &self.created())
            .field("nonce", &self.nonce)
            .finish_non_exhaustive()
    }
}
