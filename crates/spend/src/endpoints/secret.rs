//! What messages are signed with, after the Standard Webhooks specification: HMAC-SHA256 over id, time and body.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bursar_base::{EndpointId, Rng};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a new secret.
const BYTES: usize = 32;
/// Bytes that a secret may have, by the specification.
const BYTES_ALLOWED: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret. Never shown but by [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    bytes: Vec<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one.
    pub fn generate(rng: &dyn Rng) -> Secret {
        let mut bytes = vec![0; BYTES];
        rng.fill(&mut bytes);
        Secret { text: format!("{PREFIX}{}", STANDARD.encode(&bytes)), bytes }
    }

    /// Reads `whsec_` and base64.
    pub fn parse(text: &str) -> Option<Secret> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        BYTES_ALLOWED.contains(&bytes.len()).then(|| Secret { text: text.to_owned(), bytes })
    }

    /// The secret itself, for the one time that it is shown.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// One signature, as it stands in the header `webhook-signature`. Several are separated by spaces.
    pub fn sign(&self, message_id: &str, seconds: i64, body: &[u8]) -> String {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.bytes) else {
            unreachable!("HMAC takes keys of any length");
        };
        let mac = mac.chain_update(format!("{message_id}.{seconds}.")).chain_update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// The label that an endpoint's secrets are sealed under.
    pub(super) fn label(id: &EndpointId) -> String {
        format!("webhook_endpoints.secret:{id}")
    }
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[test]
    fn the_vector_of_the_specification_is_signed_the_same() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_new_secret_reads_itself_back_and_is_not_shown_by_accident() {
        let secret = Secret::generate(&SeededRng::new(1));
        assert_eq!(secret.reveal().len(), PREFIX.len() + 44);
        assert_eq!(Secret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for wrong in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%"] {
            assert_eq!(Secret::parse(wrong), None, "{wrong}");
        }
    }
}
