//! Secrets that are shown once and found by their hash.

use bursar_base::Rng;
use bursar_http::credentials::BASE62;
use sha2::{Digest as _, Sha256};

/// Letters of a secret of 256 bits.
const SECRET_CHARS: usize = 43;

/// Letters of `alphabet`, each equally likely.
pub(crate) fn letters(rng: &dyn Rng, alphabet: &[u8], count: usize) -> String {
    // What lies above the largest multiple of the alphabet's size in a byte would favour some letters.
    let fair = 256 - 256 % alphabet.len().clamp(1, 256);
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = [0; 64];
        rng.fill(&mut bytes);
        let fair = bytes.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < fair);
        text.extend(fair.map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    text.truncate(count);
    text
}

/// A secret of 256 bits for cookies and links.
pub(crate) fn secret(rng: &dyn Rng) -> String {
    letters(rng, BASE62, SECRET_CHARS)
}

/// What a secret is stored and found as: its SHA-256 in hex.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[test]
    fn every_letter_comes_about_as_often() {
        let text = letters(&SeededRng::new(5), b"0123456789", 10_000);
        assert_eq!(text.len(), 10_000);
        for digit in b'0'..=b'9' {
            let count = text.bytes().filter(|&byte| byte == digit).count();
            assert!((850..1_150).contains(&count), "{}: {count}", char::from(digit));
        }
    }
}
