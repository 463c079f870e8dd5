//! The client for addresses that users supply.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bursar_base::limits;
use http::HeaderMap;
use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Url};

use super::resolver::{NotPublic, PublicOnly, System};
use super::{Allow, client, is_public};

/// The port of https, the only one below [`FIRST_FREE_PORT`] that is called.
const HTTPS_PORT: u16 = 443;
/// Below it live services of machines, which no webhook is sent to: mail, remote logins, name servers.
const FIRST_FREE_PORT: u16 = 1_024;
/// What a receiver sees in `User-Agent`.
const USER_AGENT: &str = concat!("Bursar/", env!("CARGO_PKG_VERSION"));

/// Calls addresses that users supply, and only such as are on the public internet. Cheap to clone.
#[derive(Clone)]
pub struct Guarded {
    /// https alone, and public addresses alone.
    public: reqwest::Client,
    /// For what the operator allowed.
    allowed: reqwest::Client,
    allow: Arc<Allow>,
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("allow", &self.allow).finish_non_exhaustive()
    }
}

/// Why a URL is never called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error(
        "a whole URL such as https://bot.example/hooks, of at most {} characters",
        limits::OUTGOING_URL_CHARS_MAX
    )]
    Form,
    /// Not https.
    #[error("https only")]
    Scheme,
    /// It would be stored and shown with the password in it.
    #[error("no user name and no password in it; messages are signed instead")]
    Credentials,
    /// It is never sent.
    #[error("nothing behind a #")]
    Fragment,
    /// A port of a machine's own services.
    #[error("port 443, or one from 1024")]
    Port,
    /// Not on the public internet.
    #[error("a host on the public internet; an address inside a network is never called")]
    Inside,
}

/// Why a call has no answer. What it says may be shown to whoever supplied the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The URL is never called.
    #[error("not called: {0}")]
    Url(#[from] UrlError),
    /// The host's name leads inside, or nowhere.
    #[error("not called: the host's name leads to no public address")]
    Inside,
    /// Time is over.
    #[error("no answer within {} seconds", limits::OUTGOING_TIMEOUT.as_secs())]
    Timeout,
    /// No connection, or no TLS.
    #[error("no connection: the host was not found, refused it, or has no valid certificate")]
    Connect,
    /// The connection broke, or what came was no HTTP.
    #[error("the connection broke off before the answer")]
    Broken,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status. A redirect is an answer like any other: it is not followed.
    pub status: u16,
    /// For how long it wants to be left alone, where it says so in seconds (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// The beginning of the body, at most [`limits::OUTGOING_ANSWER_BYTES_MAX`].
    pub body: Vec<u8>,
}

impl Guarded {
    /// A client that resolves names as this machine does.
    ///
    /// # Errors
    /// When TLS cannot be set up: the machine has no root certificates.
    pub fn new(allow: Allow) -> Result<Guarded, reqwest::Error> {
        Guarded::with_resolver(allow, Arc::new(System))
    }

    /// A client that resolves names by `resolver`, whose answers are sifted all the same.
    ///
    /// # Errors
    /// As [`Guarded::new`].
    pub fn with_resolver(allow: Allow, resolver: Arc<dyn Resolve>) -> Result<Guarded, reqwest::Error> {
        let public = bounded(client()).https_only(true).dns_resolver(PublicOnly(resolver)).build()?;
        let allowed = bounded(client()).build()?;
        Ok(Guarded { public, allowed, allow: Arc::new(allow) })
    }

    /// Reads a URL that a user supplies, and says whether it would ever be called. Names are resolved by the call alone.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn check(&self, text: &str) -> Result<Url, UrlError> {
        let url = Url::parse(text.trim()).map_err(|_| UrlError::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(UrlError::Form)?;
        if url.as_str().len() > limits::OUTGOING_URL_CHARS_MAX || !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Form);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        if self.allow.has(&url) {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(UrlError::Scheme);
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if port != HTTPS_PORT && port < FIRST_FREE_PORT {
            return Err(UrlError::Port);
        }
        if leads_inside(host) { Err(UrlError::Inside) } else { Ok(url) }
    }

    /// Sends a POST and waits for the answer, within [`limits::OUTGOING_TIMEOUT`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, CallError> {
        let url = self.check(url)?;
        let client = if self.allow.has(&url) { &self.allowed } else { &self.public };
        let mut response = client.post(url).headers(headers).body(body).send().await.map_err(call_error)?;
        let status = response.status().as_u16();
        let retry_after = seconds(response.headers());
        let mut body = Vec::new();
        while body.len() < limits::OUTGOING_ANSWER_BYTES_MAX {
            // The status is there, so the answer is: a body that breaks off changes nothing.
            let Ok(Some(piece)) = response.chunk().await else { break };
            let room = limits::OUTGOING_ANSWER_BYTES_MAX - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        Ok(Answer { status, retry_after, body })
    }
}

fn seconds(headers: &HeaderMap) -> Option<Duration> {
    headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// What holds for every call. Connections are not kept: the next call looks at the address again.
fn bounded(builder: ClientBuilder) -> ClientBuilder {
    builder
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .user_agent(USER_AGENT)
        .pool_max_idle_per_host(0)
        .connect_timeout(limits::OUTGOING_CONNECT_TIMEOUT)
        .timeout(limits::OUTGOING_TIMEOUT)
}

/// Whether the host as written can be no public one: an address inside, or a name that only a network itself knows. URLs
/// have addresses in one form, however they were written.
fn leads_inside(host: &str) -> bool {
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = literal.parse::<IpAddr>() {
        return !is_public(address);
    }
    let name = host.trim_end_matches('.');
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_none_or(|last| matches!(last, "localhost" | "local" | "internal" | "home" | "lan" | "corp"))
        || name.ends_with(".home.arpa")
}

fn call_error(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::Timeout;
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(found) = source {
        let inner = found.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if found.is::<NotPublic>() || inner.is_some_and(|inner| inner.is::<NotPublic>()) {
            return CallError::Inside;
        }
        source = found.source();
    }
    if error.is_connect() { CallError::Connect } else { CallError::Broken }
}
