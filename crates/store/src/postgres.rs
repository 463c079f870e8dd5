//! How PostgreSQL is reached: what its URL says, and TLS.
//!
//! Invariant: over a network nothing is said in the clear, and nothing to a server whose certificate does not name its
//! host, unless the URL says so. The two drivers are set up from one reading of it, so that they cannot differ.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What is wrong with a URL, and what to write instead. It repeats no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(String);

/// A PostgreSQL server and a database of it.
#[derive(Clone)]
pub struct Server {
    options: PgConnectOptions,
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { options, tls, config: _ } = self;
        let (host, database) = (options.get_host(), options.get_database());
        f.debug_struct("Server")
            .field("host", &host)
            .field("database", &database)
            .field("tls", &tls.is_some())
            .finish_non_exhaustive()
    }
}

/// Who is trusted.
enum Security {
    /// Nobody is asked who they are: the server is on this machine, or `sslmode=disable`.
    None,
    /// A server that shows a certificate for its host, of an authority that this machine trusts, or that this file names.
    Verified(Option<PathBuf>),
}

impl Server {
    /// Reads `postgres://user:password@host:port/database`. Of libpq's parameters for TLS, `sslmode` is `verify-full` (the
    /// default for other machines) or `disable` (the default for this one), and `sslrootcert` names a PEM file.
    ///
    /// # Errors
    /// [`UrlError`]; also when the file cannot be used.
    pub fn parse(url: &str) -> Result<Server, UrlError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            let says =
                "write postgres://user:password@host/database, or leave it out for the embedded database";
            return Err(UrlError(says.to_owned()));
        }
        let (bare, asked) = split(url)?;
        let options: PgConnectOptions = bare.parse().map_err(unreadable)?;
        let mut config: Config = bare.parse().map_err(unreadable)?;
        config.application_name("bursar");
        let options = options.application_name("bursar");
        match security(&options, asked)? {
            Security::None => {
                config.ssl_mode(SslMode::Disable);
                Ok(Server { options: options.ssl_mode(PgSslMode::Disable), config, tls: None })
            }
            Security::Verified(file) => {
                let tls = Some(connector(file.as_deref())?);
                config.ssl_mode(SslMode::Require);
                let options = options.ssl_mode(PgSslMode::VerifyFull);
                let options = match file {
                    Some(file) => options.ssl_root_cert(file),
                    None => options,
                };
                Ok(Server { options, config, tls })
            }
        }
    }

    /// For sqlx.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// A connection of tokio-postgres. What drives it runs as a task until the client goes or the connection breaks.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses.
    pub async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        match &self.tls {
            None => connect(&self.config, NoTls).await,
            Some(tls) => connect(&self.config, tls.clone()).await,
        }
    }
}

async fn connect<T>(config: &Config, tls: T) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, driver) = config.connect(tls).await?;
    tokio::spawn(async move {
        if let Err(error) = driver.await {
            tracing::warn!(%error, "a connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

fn unreadable(error: impl fmt::Display) -> UrlError {
    UrlError(format!("it cannot be read ({error}); write postgres://user:password@host/database"))
}

/// What a URL says about TLS.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    root: Option<PathBuf>,
}

/// The URL without what it says about TLS, which the two drivers read differently.
fn split(url: &str) -> Result<(String, Asked), UrlError> {
    let mut asked = Asked::default();
    let Some((bare, query)) = url.split_once('?') else { return Ok((url.to_owned(), asked)) };
    let mut rest = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        match &*name {
            "sslmode" => asked.mode = Some(value.into_owned()),
            "sslrootcert" => asked.root = Some(PathBuf::from(value.into_owned())),
            other if other.starts_with("ssl") => {
                let says =
                    format!("{other} is not supported; of TLS only sslmode and sslrootcert can be set");
                return Err(UrlError(says));
            }
            _ => rest.push(pair),
        }
    }
    let bare = if rest.is_empty() { bare.to_owned() } else { format!("{bare}?{}", rest.join("&")) };
    Ok((bare, asked))
}

fn security(options: &PgConnectOptions, asked: Asked) -> Result<Security, UrlError> {
    let verified = match asked.mode.as_deref() {
        Some("verify-full") => true,
        Some("disable") => false,
        None => asked.root.is_some() || !is_near(options),
        Some(other) => {
            return Err(UrlError(format!(
                "sslmode={other} would trust whoever answers; write sslmode=verify-full, with sslrootcert=FILE where the \
                 server's certificate is of an authority of your own, or sslmode=disable where nobody can listen"
            )));
        }
    };
    match (verified, asked.root) {
        (true, root) => Ok(Security::Verified(root)),
        (false, None) => Ok(Security::None),
        (false, Some(_)) => {
            Err(UrlError("sslrootcert has no effect with sslmode=disable; leave one of them out".to_owned()))
        }
    }
}

/// Whether the server is on this machine.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

fn connector(root: Option<&Path>) -> Result<MakeRustlsConnect, UrlError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = root {
        let unusable = |why: String| {
            let path = path.display();
            UrlError(format!(
                "sslrootcert={path} {why}; it names a PEM file with the certificate of an authority"
            ))
        };
        let pem = std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| unusable(format!("is damaged: {error}")))?;
            roots.add(certificate).map_err(|error| unusable(format!("cannot be used: {error}")))?;
        }
        if roots.len() == before {
            return Err(unusable("holds no certificate".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| UrlError(format!("TLS cannot be set up: {error}")))?;
    Ok(MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_tls(url: &str) -> bool {
        Server::parse(url).unwrap().tls.is_some()
    }

    fn refusal(url: &str) -> String {
        Server::parse(url).unwrap_err().to_string()
    }

    #[test]
    fn what_leaves_this_machine_is_encrypted_unless_the_url_says_otherwise() {
        for near in ["localhost", "127.0.0.1:5433", "[::1]:5432", "%2Fvar%2Frun%2Fpostgresql"] {
            assert!(!has_tls(&format!("postgres://ann:secret@{near}/bursar")), "{near}");
        }
        assert!(has_tls("postgres://ann:secret@db.example.com/bursar"));
        assert!(has_tls("postgresql://ann:secret@10.0.0.7/bursar?connect_timeout=5"));
        assert!(has_tls("postgres://ann:secret@localhost/bursar?sslmode=verify-full"));
        assert!(!has_tls("postgres://ann:secret@db.example.com/bursar?sslmode=disable"));
    }

    #[test]
    fn modes_that_trust_whoever_answers_are_refused() {
        for mode in ["require", "verify-ca", "prefer", "allow", "on"] {
            let says = refusal(&format!("postgres://ann:secret@db.example.com/bursar?sslmode={mode}"));
            assert!(says.contains("verify-full") && says.contains("disable"), "{says}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_and_no_password_is_repeated() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        let empty = empty.path().display();
        for (url, word) in [
            ("mysql://ann:secret@h/d".to_owned(), "postgres://"),
            ("postgres://ann:secret@h:port/d".to_owned(), "postgres://"),
            ("postgres://ann:secret@h/d?sslcert=x".to_owned(), "sslcert"),
            ("postgres://ann:secret@h/d?sslmode=disable&sslrootcert=x".to_owned(), "no effect"),
            ("postgres://ann:secret@h/d?sslrootcert=/absent.pem".to_owned(), "cannot be read"),
            (format!("postgres://ann:secret@h/d?sslrootcert={empty}"), "holds no certificate"),
        ] {
            let says = refusal(&url);
            assert!(says.contains(word) && !says.contains("secret"), "{says}");
        }
        assert!(
            !format!("{:?}", Server::parse("postgres://ann:secret@localhost/d").unwrap()).contains("secret")
        );
    }
}
