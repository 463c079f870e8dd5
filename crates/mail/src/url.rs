//! `BURSAR_MAIL_URL`: where mails go, written as a URL.

mod options;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::address::Sender;
use crate::error::SettingsError;
use crate::resend::ResendKey;
use options::Options;

/// The port of mail submission (RFC 6409), for `smtp:` without a port.
const SUBMISSION_PORT: u16 = 587;
/// The port of mail submission over TLS (RFC 8314), for `smtps:` without a port.
const SUBMISSIONS_PORT: u16 = 465;

/// The setting `BURSAR_MAIL_URL`, read and checked. `Display` writes it back with the password hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailUrl {
    /// How mails travel.
    pub transport: Transport,
    /// `?from=`: who they come from.
    pub from: Option<Sender>,
}

/// How mails travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// `file:DIR`: each mail becomes an `.eml` file in this directory.
    File(PathBuf),
    /// `resend:KEY`: to Resend's API.
    Resend(ResendKey),
    /// `smtp:` or `smtps:`: to a mail server.
    Smtp(SmtpUrl),
}

/// A mail server and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// Name or IP address, an IPv6 one without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When TLS begins.
    pub security: Security,
    /// What to sign in with; without it, nobody signs in.
    pub credentials: Option<Credentials>,
    /// `?ca=`: a PEM file with certificates to trust besides the usual ones.
    pub ca: Option<PathBuf>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never: the host is this machine, or `?tls=none` says so.
    None,
    /// With STARTTLS, before anything is said that matters. A server without it gets no mail and no password.
    StartTls,
    /// At once: `smtps:`.
    Implicit,
}

/// User name and password for a mail server. `Debug` hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("password", &"***").finish()
    }
}

impl MailUrl {
    /// Reads `smtp://[user:password@]host[:port]`, `smtps://…`, `resend:KEY` or `file:DIR`, each with options after `?`: `tls=none` or
    /// `tls=starttls` (`smtp:` only), `ca=FILE`, `from=ADDRESS`. User, password and values are percent-decoded.
    ///
    /// # Errors
    /// For anything else; the message says what to write, and repeats neither user nor password.
    pub fn parse(text: &str) -> Result<MailUrl, SettingsError> {
        let (address, query) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let (scheme, rest) = address.split_once(':').unwrap_or(("", address));
        match scheme {
            "file" => {
                let options = Options::parse(query, &["from"])?;
                Ok(MailUrl { transport: Transport::File(directory(rest)?), from: options.from })
            }
            "resend" => {
                let key = ResendKey::parse(rest);
                let key = key.ok_or_else(|| wrong("behind resend: stands a key of Resend, re_…"))?;
                let options = Options::parse(query, &["from"])?;
                Ok(MailUrl { transport: Transport::Resend(key), from: options.from })
            }
            "smtp" | "smtps" => {
                let implicit = scheme == "smtps";
                let known: &[&str] = if implicit { &["ca", "from"] } else { &["tls", "ca", "from"] };
                // The address first: where a `?` stands unescaped in the password, the query is part of it, and must
                // not be repeated in a message about options.
                let mut smtp = server(rest, implicit)?;
                let options = Options::parse(query, known)?;
                smtp.security = options.security.unwrap_or(smtp.security);
                if options.ca.is_some() && smtp.security == Security::None {
                    return Err(wrong("ca= has no effect without TLS; add tls=starttls, or leave ca= out"));
                }
                smtp.ca = options.ca;
                Ok(MailUrl { transport: Transport::Smtp(smtp), from: options.from })
            }
            _ => Err(wrong("it begins with none of smtp://, smtps://, resend: and file:")),
        }
    }

    /// Something true about this setting that its owner should hear at start, or `None`.
    pub fn warning(&self) -> Option<String> {
        match &self.transport {
            Transport::File(dir) => {
                Some(format!("no mail is sent; each is written as an .eml file to {}", dir.display()))
            }
            Transport::Smtp(smtp) if smtp.security == Security::None && !is_loopback(&smtp.host) => {
                Some(format!(
                    "mails, the links in them and the password go to {}:{} without encryption",
                    smtp.host, smtp.port
                ))
            }
            Transport::Smtp(_) | Transport::Resend(_) => None,
        }
    }
}

impl fmt::Display for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let smtp = match &self.transport {
            Transport::File(dir) => return write!(f, "file:{}", dir.display()),
            Transport::Resend(_) => return f.write_str("resend:***"),
            Transport::Smtp(smtp) => smtp,
        };
        f.write_str(if smtp.security == Security::Implicit { "smtps://" } else { "smtp://" })?;
        if let Some(credentials) = &smtp.credentials {
            write!(f, "{}:***@", credentials.user)?;
        }
        if smtp.host.contains(':') {
            write!(f, "[{}]:{}", smtp.host, smtp.port)?;
        } else {
            write!(f, "{}:{}", smtp.host, smtp.port)?;
        }
        match smtp.security {
            Security::None => f.write_str("?tls=none"),
            Security::StartTls => f.write_str("?tls=starttls"),
            Security::Implicit => Ok(()),
        }
    }
}

fn wrong(why: &str) -> SettingsError {
    SettingsError(format!(
        "BURSAR_MAIL_URL: {why}. It is smtp://user:password@host:port, smtps://user:password@host:port, resend:KEY or file:DIR"
    ))
}

fn decoded(text: &str) -> Result<String, SettingsError> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong("a %-escape in it is not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(wrong("there is a control character in it"));
    }
    Ok(text.into_owned())
}

/// `DIR`, `/DIR` or `///DIR`; `//host/DIR` would be another machine.
fn directory(rest: &str) -> Result<PathBuf, SettingsError> {
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => {
            return Err(wrong("file: names a directory of this machine: file:DIR or file:///DIR"));
        }
        None => rest,
    };
    if path.is_empty() {
        return Err(wrong("file: needs a directory, as in file:mail"));
    }
    Ok(PathBuf::from(decoded(path)?))
}

/// `//[user:password@]host[:port][/]`
fn server(rest: &str, implicit: bool) -> Result<SmtpUrl, SettingsError> {
    let rest = rest.strip_prefix("//").ok_or_else(|| wrong("after the scheme comes //"))?;
    // The last @ ends the password, so that one inside it need not be escaped.
    let (sign_in, place) = match rest.rsplit_once('@') {
        Some((sign_in, place)) => (Some(sign_in), place),
        None => (None, rest),
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let (host, port) = match place.strip_prefix('[') {
        Some(v6) => {
            let (host, after) =
                v6.split_once(']').ok_or_else(|| wrong("the ] of the IPv6 address is missing"))?;
            (host, after.strip_prefix(':').or(after.is_empty().then_some("")))
        }
        None => place.split_once(':').map_or((place, Some("")), |(host, port)| (host, Some(port))),
    };
    let bad_port =
        || wrong("the port is not a number from 1 to 65535; in a password, : / ? # @ are percent-encoded");
    let port = match port.ok_or_else(bad_port)? {
        "" if place.ends_with(':') => return Err(bad_port()),
        "" if implicit => SUBMISSIONS_PORT,
        "" => SUBMISSION_PORT,
        port => port.parse().ok().filter(|port| *port > 0).ok_or_else(bad_port)?,
    };
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || !(host.chars().all(name) || host.parse::<IpAddr>().is_ok()) {
        return Err(wrong("the host is neither a name nor an IP address"));
    }
    let security = match implicit {
        true => Security::Implicit,
        false if is_loopback(host) => Security::None,
        false => Security::StartTls,
    };
    let credentials = sign_in.map(credentials).transpose()?;
    Ok(SmtpUrl { host: host.to_owned(), port, security, credentials, ca: None })
}

fn credentials(sign_in: &str) -> Result<Credentials, SettingsError> {
    let (user, password) = sign_in.split_once(':').unwrap_or((sign_in, ""));
    if user.is_empty() || password.is_empty() {
        return Err(wrong("before the @ stand a user name and a password, with a : between them"));
    }
    Ok(Credentials { user: decoded(user)?, password: decoded(password)? })
}

/// Whether `host` is this machine, where nobody between could listen.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
