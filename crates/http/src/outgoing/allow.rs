//! Hosts that an operator lets calls through to, whatever their addresses are: for development and tests.

use reqwest::Url;

/// Pairs of host and port. Empty unless a setting says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow(Vec<(String, u16)>);

/// Not a list of pairs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host and port; write pairs such as 127.0.0.1:9000,receiver.test:8443")]
pub struct AllowError(String);

impl Allow {
    /// Reads `host:port` pairs separated by commas.
    ///
    /// # Errors
    /// [`AllowError`] with the first that is none.
    pub fn parse(text: &str) -> Result<Allow, AllowError> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| read(pair).ok_or_else(|| AllowError(pair.to_owned())))
            .collect::<Result<_, _>>()
            .map(Allow)
    }

    /// Whether a URL leads to one of them. The pair is compared as it stands in the URL: what it resolves to does not
    /// matter.
    pub fn has(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        self.0.iter().any(|(allowed, at)| allowed == host && *at == port)
    }
}

/// A pair, its host in the form that URLs have it in.
fn read(pair: &str) -> Option<(String, u16)> {
    let (_, port) = pair.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    let url = Url::parse(&format!("http://{pair}")).ok()?;
    let bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    Some((url.host_str().filter(|_| bare && url.password().is_none())?.to_owned(), port))
}
