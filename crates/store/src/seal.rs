//! Secrets at rest: sealed with XChaCha20-Poly1305 under keys derived from the master key.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bursar_base::Rng;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::StoreError;

/// Name of the file in the data directory that holds the master key when none is given.
pub const FILE_NAME: &str = "master.key";
const NONCE_BYTES: usize = 24;

/// 256 bits from which every other secret of the installation is derived or under which it is sealed.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

/// Never shows the key.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Why a master key or a sealed secret was refused.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not 64 hex digits.
    #[error("a master key is 64 hex digits; make one with `openssl rand -hex 32`")]
    Form,
    /// Sealed under another master key, or damaged.
    #[error("a secret cannot be opened: it was sealed under another master key, or is damaged")]
    Open,
}

impl From<SealError> for StoreError {
    fn from(error: SealError) -> Self {
        StoreError::Damaged(error.to_string())
    }
}

impl MasterKey {
    /// A new key.
    pub fn generate(rng: &dyn Rng) -> MasterKey {
        let mut key = [0; 32];
        rng.fill(&mut key);
        MasterKey(key)
    }

    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// [`SealError::Form`].
    pub fn parse(text: &str) -> Result<MasterKey, SealError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| SealError::Form)?;
        Ok(MasterKey(key))
    }

    /// Reads the key kept in `dir`, or makes one there that only the owner of the file can read.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be read or made, [`StoreError::Damaged`] when it holds no key.
    pub fn load_or_create(dir: &Path, rng: &dyn Rng) -> Result<MasterKey, StoreError> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = dir.join(FILE_NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(MasterKey::parse(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let key = MasterKey::generate(rng);
        // Written beside and renamed, so that a crash cannot leave half a key.
        let fresh = dir.join(format!("{FILE_NAME}.new"));
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        writeln!(file, "{}", hex::encode(key.0))?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        std::fs::File::open(dir)?.sync_all()?;
        Ok(key)
    }

    /// A key of 256 bits for one purpose; different purposes have unrelated keys.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut out = [0; 32];
        // 32 bytes are far below HKDF-SHA256's limit of 8,160.
        if Hkdf::<Sha256>::new(None, &self.0).expand(purpose.as_bytes(), &mut out).is_err() {
            unreachable!("32 bytes fit HKDF-SHA256");
        }
        out
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive("bursar sealed secrets v1").into())
    }

    /// Seals `secret` for the place named by `label`; it opens only there, so rows cannot be swapped.
    pub fn seal(&self, label: &str, secret: &[u8], rng: &dyn Rng) -> String {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill(&mut nonce);
        let payload = Payload { msg: secret, aad: label.as_bytes() };
        let Ok(sealed) = self.cipher().encrypt(&XNonce::from(nonce), payload) else {
            unreachable!("sealing a short secret in memory cannot fail");
        };
        STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// Opens what [`MasterKey::seal`] made for the same label.
    ///
    /// # Errors
    /// [`SealError::Open`].
    pub fn open(&self, label: &str, sealed: &str) -> Result<Vec<u8>, SealError> {
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| SealError::Open)?;
        let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or(SealError::Open)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::Open)?;
        let payload = Payload { msg: text, aad: label.as_bytes() };
        self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Open)
    }
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_under_its_key_and_label() {
        let rng = SeededRng::new(7);
        let key = MasterKey::generate(&rng);
        let sealed = key.seal("key_1", b"secret", &rng);
        assert_eq!(key.open("key_1", &sealed).unwrap(), b"secret");
        assert!(key.open("key_2", &sealed).is_err());
        assert!(MasterKey::generate(&rng).open("key_1", &sealed).is_err());
        assert!(key.open("key_1", "short").is_err());
    }

    #[test]
    fn the_key_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let rng = SeededRng::new(8);
        let first = MasterKey::load_or_create(dir.path(), &rng).unwrap();
        let again = MasterKey::load_or_create(dir.path(), &rng).unwrap();
        assert_eq!(first.0, again.0);
        let mode = std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
