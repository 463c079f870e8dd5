//! TLS by certificate files: read at start, and again with every SIGHUP.
//!
//! Invariant: what cannot be used is never served. At start it is an error; later the certificate before it stays.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::signals::requested;

/// The only protocol that is spoken over TLS here.
const HTTP_1_1: &[u8] = b"http/1.1";

/// Where certificate and key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The server's certificate, then those between it and its authority, as PEM.
    pub cert: PathBuf,
    /// The private key of the first certificate, as PEM.
    pub key: PathBuf,
}

/// Which of the two files cannot be used, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {message}")]
pub struct TlsError {
    /// The setting that names the file.
    pub setting: &'static str,
    /// Without the name of the setting.
    pub message: String,
}

/// A certificate that is served, and can be replaced while it is.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn open(files: &Files) -> Result<Tls, TlsError> {
        let config = read(files)?;
        Ok(Tls { files: files.clone(), current: Arc::new(RwLock::new(Arc::new(config))) })
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(current.clone())
    }

    /// Reads both files again for connections from now on. Where they cannot be used, nothing changes.
    fn read_again(&self) -> Result<(), TlsError> {
        let config = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        Ok(())
    }

    /// Reads the files again with every one of `hangups`, until the end.
    pub(super) async fn keep(self, mut hangups: Signal, mut shutdown: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = hangups.recv() => match self.read_again() {
                    Ok(()) => tracing::info!("certificate and key were read again"),
                    Err(error) => tracing::error!(%error, "the new certificate cannot be used; the one before it stays"),
                },
                () = requested(&mut shutdown) => return,
            }
        }
    }
}

fn read(files: &Files) -> Result<ServerConfig, TlsError> {
    let cert = |message: String| TlsError { setting: "BURSAR_TLS_CERT", message };
    let key = |message: String| TlsError { setting: "BURSAR_TLS_KEY", message };
    let chain = CertificateDer::pem_slice_iter(&content(&files.cert).map_err(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| cert(no_pem(&files.cert, "a certificate", &error)))?;
    if chain.is_empty() {
        return Err(cert(no_pem(&files.cert, "a certificate", &pem::Error::NoItemsFound)));
    }
    let private = PrivateKeyDer::from_pem_slice(&content(&files.key).map_err(key)?)
        .map_err(|error| key(no_pem(&files.key, "a private key without a password", &error)))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| cert(error.to_string()))?;
    let mut config =
        config.with_no_client_auth().with_single_cert(chain, private).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => key(format!(
                "{} is not the key of the first certificate in {}; name the two files that belong together",
                files.key.display(),
                files.cert.display()
            )),
            error => cert(format!("{} and its key cannot be used: {error}", files.cert.display())),
        })?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(config)
}

fn content(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| {
        format!(
            "{} cannot be read: {error}; see whether it is there, and whether this user may read it",
            path.display()
        )
    })
}

fn no_pem(path: &Path, wanted: &str, error: &pem::Error) -> String {
    match error {
        pem::Error::NoItemsFound => format!(
            "{} holds no {}; name a PEM file with one",
            path.display(),
            wanted.trim_start_matches("a ")
        ),
        error => format!("{} is no PEM file with {wanted}: {error}", path.display()),
    }
}
