//! What the rail must be told: where Stripe is and who we are there.

use std::fmt;

use bursar_base::Mode;
use bursar_http::outgoing::BaseUrlError;

/// Where Stripe is, unless a setting says otherwise.
pub const DEFAULT_URL: &str = "https://api.stripe.com";

/// A secret or restricted Stripe API key. Never shown by `Debug`.
#[derive(Clone)]
pub struct ApiKey {
    text: String,
    mode: Mode,
}

impl ApiKey {
    /// Accepts `sk_test_…`, `rk_test_…`, `sk_live_…` and `rk_live_…`.
    ///
    /// # Errors
    /// [`SettingsError::Key`] for anything else, publishable keys included.
    pub fn parse(text: &str) -> Result<ApiKey, SettingsError> {
        let mode = key_mode(text).ok_or(SettingsError::Key)?;
        Ok(ApiKey { text: text.to_owned(), mode })
    }

    /// Whether this key moves real money.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}, hidden)", self.mode.as_str())
    }
}

/// Whether a Stripe key is for testing or for real money; `None` when it is no secret or restricted key at all.
///
/// # Examples
/// ```
/// use bursar_base::Mode;
/// use bursar_spend::rails::stripe::key_mode;
/// assert_eq!(key_mode("rk_test_123"), Some(Mode::Test));
/// assert_eq!(key_mode("sk_live_123"), Some(Mode::Live));
/// assert_eq!(key_mode("pk_test_123"), None);
/// ```
pub fn key_mode(key: &str) -> Option<Mode> {
    let rest = key.strip_prefix("sk_").or_else(|| key.strip_prefix("rk_"))?;
    let (mode, secret) = rest.split_once('_')?;
    let well_formed = !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Mode::parse(mode).filter(|_| well_formed)
}

/// Why the rail cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a secret or restricted key.
    #[error("a Stripe key begins with sk_test_, rk_test_, sk_live_ or rk_live_")]
    Key,
    /// Not a URL, or one with a query, a fragment or credentials.
    #[error("the Stripe URL must be a plain https URL such as {DEFAULT_URL}")]
    Url,
    /// The key would travel unencrypted.
    #[error("the Stripe URL must be https unless its host is a loopback address")]
    PlainHttp,
    /// The HTTP client could not be built.
    #[error("the HTTP client for Stripe cannot be built: {0}")]
    Client(String),
}

impl From<BaseUrlError> for SettingsError {
    fn from(error: BaseUrlError) -> SettingsError {
        match error {
            BaseUrlError::NotPlain => SettingsError::Url,
            BaseUrlError::Unencrypted => SettingsError::PlainHttp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_their_mode_and_hide_themselves() {
        let key = ApiKey::parse("sk_test_abc123").unwrap();
        assert_eq!(key.mode(), Mode::Test);
        assert!(!format!("{key:?}").contains("abc123"));
        for bad in ["", "sk_test_", "sk_prod_x", "pk_live_x", "whsec_x", "sk_test_a b", "sk_test_a\nb"] {
            assert!(ApiKey::parse(bad).is_err(), "{bad:?}");
        }
    }
}
