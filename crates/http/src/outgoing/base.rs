//! Where an API is that a setting names, and that is told a secret with every call.

use std::net::IpAddr;

use reqwest::Url;

/// Why an address cannot be that of such an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseUrlError {
    /// Not a URL, or one with a query, a fragment or credentials.
    NotPlain,
    /// Secrets would travel unencrypted.
    Unencrypted,
}

/// Checks a base URL: https anywhere, plain http only to this very machine. Returned without a slash at its end, and with
/// whether it is of this machine.
///
/// # Errors
/// [`BaseUrlError`].
pub fn base_url(text: &str) -> Result<(String, bool), BaseUrlError> {
    let url = Url::parse(text).map_err(|_| BaseUrlError::NotPlain)?;
    let bare = url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(BaseUrlError::NotPlain);
    }
    let host = url.host_str().ok_or(BaseUrlError::NotPlain)?;
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return Err(BaseUrlError::Unencrypted),
        _ => return Err(BaseUrlError::NotPlain),
    }
    Ok((url.as_str().trim_end_matches('/').to_owned(), is_loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_travels_unencrypted_to_another_machine() {
        assert_eq!(base_url("https://api.example.com/"), Ok(("https://api.example.com".into(), false)));
        assert_eq!(base_url("http://127.0.0.1:12111"), Ok(("http://127.0.0.1:12111".into(), true)));
        assert_eq!(base_url("http://[::1]:80"), Ok(("http://[::1]".into(), true)));
        assert_eq!(base_url("http://api.example.com"), Err(BaseUrlError::Unencrypted));
        assert_eq!(base_url("http://localhost.example.com"), Err(BaseUrlError::Unencrypted));
        for bad in ["", "api.example.com", "ftp://x", "https://u:p@x", "https://x/?a=b", "https://x/#f"] {
            assert_eq!(base_url(bad), Err(BaseUrlError::NotPlain), "{bad:?}");
        }
    }
}
