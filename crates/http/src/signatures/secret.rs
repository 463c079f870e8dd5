//! From an API key to the secret it signs with, and the signature itself.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The `info` of the derivation. Another purpose needs another text, so that secrets never serve two purposes.
pub const SIGNING_SECRET_INFO: &str = "bursar request signature v1";

/// The secret that the holder of `api_key` signs with: 32 bytes of HKDF-SHA256 (RFC 5869) with
/// `ikm` = the whole API key as ASCII, prefix and checksum included; no salt; `info` = [`SIGNING_SECRET_INFO`].
///
/// The server keeps it sealed; it cannot be derived from the stored hash of the key.
pub fn signing_secret(api_key: &str) -> [u8; 32] {
    let mut secret = [0_u8; 32];
    Hkdf::<Sha256>::new(None, api_key.as_bytes())
        .expand(SIGNING_SECRET_INFO.as_bytes(), &mut secret)
        .expect("32 bytes are fewer than the 8,160 that HKDF-SHA256 can give");
    secret
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

/// The signature over `base`.
pub(super) fn mac(secret: &[u8], base: &str) -> [u8; 32] {
    keyed(secret).chain_update(base).finalize().into_bytes().into()
}

/// Whether `signature` is the one over `base`; takes the same time wherever they differ.
pub(super) fn mac_matches(secret: &[u8; 32], base: &str, signature: &[u8; 32]) -> bool {
    keyed(secret).chain_update(base).verify_slice(signature).is_ok()
}
