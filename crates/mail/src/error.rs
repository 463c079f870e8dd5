//! What can go wrong, in words that a person can act on and that are safe to store and to show.

use crate::url::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest text of a mail server that is repeated in an error, in characters.
const MAX_SERVER_TEXT_CHARS: usize = 300;

/// Why a mail was not sent. The message names the server and what it said, never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// This mail will not be taken, however often it is tried: a 5xx of a mail server, most 4xx over HTTP, or a mail that is
    /// malformed.
    #[error("{message}")]
    Permanent {
        /// The SMTP reply code or HTTP status, where the server gave one.
        code: Option<u16>,
        /// What happened, for people.
        message: String,
    },
    /// Trying again later may help: a 4xx of the server, no connection, no trust in it, or no answer in time.
    #[error("{message}")]
    Transient {
        /// The SMTP reply code or HTTP status, where the server gave one.
        code: Option<u16>,
        /// What happened, for people.
        message: String,
    },
}

impl SendError {
    /// Whether another attempt is pointless.
    pub fn is_permanent(&self) -> bool {
        matches!(self, SendError::Permanent { .. })
    }

    /// The SMTP reply code or HTTP status, where the server gave one.
    pub fn code(&self) -> Option<u16> {
        match self {
            SendError::Permanent { code, .. } | SendError::Transient { code, .. } => *code,
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> SendError {
        SendError::Permanent { code: None, message: message.into() }
    }

    pub(crate) fn later(message: impl Into<String>) -> SendError {
        SendError::Transient { code: None, message: message.into() }
    }
}

/// A mail setting that cannot be used. The message says which one, why, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

/// What a server said, made fit for logs and pages: one line, of bounded length, without our secrets.
///
/// Servers do repeat the command they did not like, and that can be the one with the password in it.
pub(crate) fn server_text(text: &str, credentials: Option<&Credentials>) -> String {
    let mut text = text.to_owned();
    if let Some(credentials) = credentials {
        let Credentials { user, password } = credentials;
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        let login = STANDARD.encode(password);
        for secret in [plain.as_str(), login.as_str(), password.as_str()] {
            if !secret.is_empty() {
                text = text.replace(secret, "***");
            }
        }
    }
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = one_line.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(MAX_SERVER_TEXT_CHARS) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_repeats_the_password_does_not_get_it_into_the_message() {
        let credentials = Credentials { user: "bob".into(), password: "hunter2".into() };
        let said = "500 unknown command AUTH PLAIN AGJvYgBodW50ZXIy\r\nor aHVudGVyMg==, that is hunter2";
        assert_eq!(
            server_text(said, Some(&credentials)),
            "500 unknown command AUTH PLAIN *** or ***, that is ***"
        );
    }

    #[test]
    fn a_talkative_server_is_cut_short() {
        assert_eq!(server_text(&"é".repeat(1_000), None).chars().count(), MAX_SERVER_TEXT_CHARS + 1);
    }
}
