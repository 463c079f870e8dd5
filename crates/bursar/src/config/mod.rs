//! Settings: what they are called, where they come from, and what is wrong with them.
//!
//! From the lowest to the highest: defaults, the file of `--config`, the environment, flags. All mistakes are found at
//! once, and each is named with what to write instead. Secrets never show in `Debug`, in an error or in the log.

mod gather;
pub mod names;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use bursar_base::{Language, Mode};
use bursar_http::outgoing::Allow;
use bursar_identity::sign_ins::SignUp;
use bursar_mail::{MailUrl, Sender};
use bursar_money::policies::Rate;
use bursar_spend::chats::telegram::settings::BotToken;
use bursar_spend::rails::stripe::ApiKey;
use bursar_spend::rails::stripe::webhook::WebhookSecret;
use bursar_store::MasterKey;
use bursar_web::oidc;

use crate::serve::tls::Files;

pub use gather::environment;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// All settings, read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded file.
    pub database_url: Option<Secret>,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The certificate that it shows; without one it speaks plain HTTP.
    pub tls: Option<Files>,
    /// What links begin with, without a slash at the end; by default where the server listens.
    pub public_url: Option<String>,
    /// How mails leave.
    pub mail_url: MailUrl,
    /// Where Resend is.
    pub resend_url: String,
    /// Who they come from; by default `bursar@` the public host.
    pub mail_from: Option<Sender>,
    /// The Telegram bot by which members are asked in chats.
    pub telegram_token: Option<BotToken>,
    /// Where Telegram's Bot API is.
    pub telegram_url: String,
    /// The circuit breaker of agents whose policy sets none.
    pub breaker: Rate,
    /// Who we are at Stripe.
    pub stripe_key: Option<ApiKey>,
    /// Where Stripe is.
    pub stripe_url: String,
    /// What proves that an event is Stripe's.
    pub stripe_webhook_secret: Option<WebhookSecret>,
    /// Whether Stripe's financial accounts are shown.
    pub stripe_financial_accounts: bool,
    /// The header in which the operator's proxy says where a request comes from.
    pub client_address_header: Option<http::HeaderName>,
    /// Who may sign in.
    pub sign_up: SignUp,
    /// Where accounts of the company are, with which people sign in.
    pub oidc: Option<oidc::Settings>,
    /// Whether bots that register on their own are test or live ones; by default as Stripe's key.
    pub bot_mode: Option<Mode>,
    /// The language of people whose own is not known.
    pub language: Language,
    /// Hosts that webhooks reach whatever their address is.
    pub webhook_allow: Allow,
    /// What secrets are sealed under; by default kept in the data directory.
    pub master_key: Option<MasterKey>,
    /// What is logged.
    pub log: String,
    /// How the log looks.
    pub log_format: LogFormat,
    /// Whom errors and panics are told.
    pub sentry_dsn: Option<Secret>,
}

/// The settings that have a flag of their own.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
}

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On the command line.
    Flag(&'static str),
    /// In the environment.
    Environment,
    /// In this file.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag(flag) => f.write_str(flag),
            Source::Environment => f.write_str("environment"),
            Source::File(path) => path.display().fmt(f),
        }
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which setting, or what was taken for one.
    pub name: String,
    /// Where it was found.
    pub source: Source,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.source, self.message)
    }
}

/// Settings that cannot be used: everything that is wrong with them.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Faults(pub Vec<Fault>);

/// What was found.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, where all are usable.
    pub config: Result<Config, Faults>,
    /// Environment variables that look like settings and are none. They harm nothing, but somebody may rely on them.
    pub unknown: Vec<Fault>,
    /// Where the value of each setting that is set was found.
    pub sources: BTreeMap<&'static str, Source>,
}

impl Config {
    /// Reads all settings; `environment` is every variable, ours or not.
    pub fn load(flags: &Flags, environment: impl IntoIterator<Item = (String, String)>) -> Loaded {
        let gathered = gather::gather(flags, environment);
        let (config, mut faults) = read::read(&gathered.values);
        faults.splice(0..0, gathered.faults);
        Loaded {
            config: if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) },
            unknown: gathered.unknown,
            sources: gathered.values.into_iter().map(|(name, (_, source))| (name, source)).collect(),
        }
    }
}
