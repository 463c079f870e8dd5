//! What the bot must be told: where Telegram is, and its token there.

use std::fmt;

use bursar_http::outgoing::BaseUrlError;

/// Where the Bot API is, unless a setting says otherwise.
pub const DEFAULT_URL: &str = "https://api.telegram.org";
/// Fewest letters behind the colon of a token.
const SECRET_CHARS_MIN: usize = 20;

/// A bot's token. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(String);

impl BotToken {
    /// Accepts what BotFather shows: `123456789:AAE…`.
    ///
    /// # Errors
    /// [`SettingsError::Token`].
    pub fn parse(text: &str) -> Result<BotToken, SettingsError> {
        let (id, secret) = text.split_once(':').ok_or(SettingsError::Token)?;
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if !is_id || secret.len() < SECRET_CHARS_MIN || !secret.bytes().all(letters) {
            return Err(SettingsError::Token);
        }
        Ok(BotToken(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(hidden)")
    }
}

/// Why the bot cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a token.
    #[error("a bot's token looks like 123456789:AAE…; BotFather shows it")]
    Token,
    /// Not a URL, or one with a query, a fragment or credentials.
    #[error("the URL of Telegram must be a plain https URL such as {DEFAULT_URL}")]
    Url,
    /// The token would travel unencrypted.
    #[error("the URL of Telegram must be https unless its host is a loopback address")]
    PlainHttp,
    /// The HTTP client could not be built.
    #[error("the HTTP client for Telegram cannot be built: {0}")]
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
    fn a_token_hides_itself() {
        let token = BotToken::parse("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw").unwrap();
        assert!(!format!("{token:?}").contains("AAHdq"));
        for bad in
            ["", "110201543", "x:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "1:short", "1:AAHdqTcvCH1vGWJxfSe/../x"]
        {
            assert_eq!(BotToken::parse(bad), Err(SettingsError::Token), "{bad:?}");
        }
    }
}
