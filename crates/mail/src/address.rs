//! Addresses: who a mail comes from and whom it goes to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;

use lettre::Address;
use lettre::message::Mailbox;

use crate::error::SettingsError;

/// Who mails come from: an address, with a name or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub(crate) Mailbox);

impl Sender {
    /// Reads `bursar@example.com` or `Bursar <bursar@example.com>`, as in the setting `BURSAR_MAIL_FROM`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Sender, SettingsError> {
        let wrong = || {
            SettingsError(format!(
                "{text:?} is not a sender; write bursar@example.com or Bursar <bursar@example.com>"
            ))
        };
        let (name, plain) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, plain)) => (clean_name(name.trim().trim_matches('"')), plain),
            None => (None, text.trim()),
        };
        Ok(Sender(Mailbox::new(name, address(plain).ok_or_else(wrong)?)))
    }

    /// The sender where none is set: `bursar@` the host that people see in links. An IP address has no mail domain,
    /// so it becomes `bursar@localhost`.
    pub fn for_host(host: &str) -> Sender {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let domain = if host.parse::<IpAddr>().is_ok() { "localhost" } else { host };
        let email = address(&format!("bursar@{domain}"))
            .unwrap_or_else(|| Address::new_dangerous("bursar", "localhost"));
        Sender(Mailbox::new(Some("Bursar".to_owned()), email))
    }

    /// The domain of the address, which is also the name that the SMTP client gives itself.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// `Name <address>`, or the address alone.
impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One bare address, its domain in ASCII, so that only servers of non-ASCII *local parts* need SMTPUTF8.
///
/// `None` when it is no address, or holds white space or control characters: a quoted local part may, but a line break
/// there would end the SMTP command.
pub(crate) fn address(text: &str) -> Option<Address> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (user, domain) = text.rsplit_once('@')?;
    let domain = if domain.is_ascii() { domain.to_owned() } else { idna::domain_to_ascii(domain).ok()? };
    Address::from_str(&format!("{user}@{domain}")).ok()
}

/// A display name on one line, or `None` when nothing is left of it.
pub(crate) fn clean_name(name: &str) -> Option<String> {
    let name = crate::mail::one_line(name, crate::mail::MAX_SUBJECT_CHARS);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_read_with_and_without_a_name() {
        for (text, shown) in [
            ("bursar@example.com", "bursar@example.com"),
            ("Bursar <b@example.com>", "Bursar <b@example.com>"),
            ("\"Acme, Inc.\" <b@example.com>", "\"Acme, Inc.\" <b@example.com>"),
            ("b@bücher.example", "b@xn--bcher-kva.example"),
        ] {
            assert_eq!(Sender::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", "bursar", "a b@example.com", "x <y>", "a@b\r\nBcc: c@d", "a@b.example>"] {
            assert!(Sender::parse(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn every_host_gives_a_default_sender() {
        for (host, domain) in [
            ("pay.example.com", "pay.example.com"),
            ("localhost", "localhost"),
            ("127.0.0.1", "localhost"),
            ("[::1]", "localhost"),
            ("not a host", "localhost"),
        ] {
            assert_eq!(Sender::for_host(host).domain(), domain);
        }
    }
}
