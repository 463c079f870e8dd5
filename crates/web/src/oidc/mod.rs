//! Signing in with an account of a company, through the OpenID Connect provider that the operator names.
//!
//! Invariants: only an address that the provider says is verified signs anybody in, out of a token that was asked for from
//! this browser and whose signature, issuer, audience, nonce and time hold. Where the provider cannot be asked, nobody
//! gets in this way. The way back changes something although it is a GET: the `state` in it is good once, and in that
//! browser alone, so nobody else's link does anything.

mod http;
pub mod page;
mod provider;
mod verify;

use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use url::Url;

pub use provider::Provider;

/// Where the provider sends people back to, behind the public URL.
pub const CALLBACK_PATH: &str = "/sign-in/oidc/callback";

/// What the operator says of the provider. The secret does not show in `Debug`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which one it is, letter by letter as it calls itself.
    pub issuer: IssuerUrl,
    /// Who we are there.
    pub client_id: ClientId,
    /// What proves it.
    pub client_secret: ClientSecret,
    /// What people call an account there.
    pub name: String,
}

impl Settings {
    /// All of it.
    pub fn new(issuer: IssuerUrl, client_id: String, client_secret: String, name: String) -> Settings {
        let (client_id, client_secret) = (ClientId::new(client_id), ClientSecret::new(client_secret));
        Settings { issuer, client_id, client_secret, name }
    }
}

/// Reads an issuer's address.
///
/// # Errors
/// A sentence about what is wrong.
pub fn issuer(text: &str) -> Result<IssuerUrl, String> {
    let wrong = || format!("{text:?} is no issuer; write its address, such as https://login.example.com");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare || url.host_str().is_none() {
        return Err(wrong());
    }
    if !is_private(&url) {
        return Err("an issuer is reached by https, unless it is on this machine; write https://…".to_owned());
    }
    IssuerUrl::new(text.to_owned()).map_err(|_| wrong())
}

/// Whether nobody between us and this address can listen or answer in its place.
fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::issuer;

    #[test]
    fn an_issuer_is_reached_where_nobody_listens() {
        for good in ["https://login.example.com", "https://x.example/realms/a/", "http://127.0.0.1:3000"] {
            assert_eq!(issuer(good).unwrap().as_str(), good, "kept letter by letter");
        }
        for bad in [
            "login.example.com",
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "ftp://login.example.com",
            "https://login.example.com/?a=b",
            "https://login.example.com/#a",
            "https://me:secret@login.example.com",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
