//! The options of `BURSAR_MAIL_URL`.

use std::path::PathBuf;

use super::{Security, decoded, wrong};
use crate::address::Sender;
use crate::error::SettingsError;

/// What stands after the `?`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) security: Option<Security>,
    pub(super) ca: Option<PathBuf>,
    pub(super) from: Option<Sender>,
}

impl Options {
    /// Reads those named in `known`.
    ///
    /// # Errors
    /// For any other, and for values that make no sense.
    pub(super) fn parse(query: &str, known: &[&str]) -> Result<Options, SettingsError> {
        let mut options = Options::default();
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = decoded(value)?;
            match name {
                "tls" if known.contains(&"tls") => {
                    options.security = Some(match value.as_str() {
                        "none" => Security::None,
                        "starttls" => Security::StartTls,
                        _ => return Err(wrong("tls= is none or starttls; TLS from the start is smtps://")),
                    });
                }
                "ca" if known.contains(&"ca") && !value.is_empty() => options.ca = Some(PathBuf::from(value)),
                "from" => {
                    let sender = Sender::parse(&value).map_err(|error| wrong(&format!("from=: {error}")))?;
                    options.from = Some(sender);
                }
                _ => {
                    let known = known.join("=, ");
                    return Err(wrong(&format!(
                        "an option is unknown or empty; here these are known: {known}=. A ? inside a password is \
                         written %3F"
                    )));
                }
            }
        }
        Ok(options)
    }
}
