//! Reading and checking each value.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use bursar_base::{Language, Mode, SystemClock, limits};
use bursar_http::outgoing::{Allow, base_url};
use bursar_identity::sign_ins::SignUp;
use bursar_mail::{MailUrl, Sender, Transport};
use bursar_money::policies::Rate;
use bursar_spend::chats::telegram::settings::{self as telegram, BotToken, DEFAULT_URL as TELEGRAM_URL};
use bursar_spend::rails::stripe::webhook::WebhookSecret;
use bursar_spend::rails::stripe::{ApiKey, DEFAULT_URL, StripeRail};
use bursar_store::MasterKey;
use bursar_store::postgres::Server;
use bursar_web::oidc;
use tracing_subscriber::EnvFilter;

use super::gather::Values;
use super::{Config, Fault, LogFormat, Secret};
use crate::serve::tls::Files;

/// The data directory where none is named.
const DEFAULT_DATA: &str = "./bursar-data";
/// Where the server listens where nothing is said.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);
/// What is logged where nothing is said.
const DEFAULT_LOG: &str = "info";
/// Longest name of one, in characters: it stands on a button.
const COMPANY_NAME_CHARS: usize = 40;
/// What an account of the company is called where nothing is said.
const DEFAULT_COMPANY: &str = "Company account";

struct Reader<'a> {
    values: &'a Values,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// The value of `name`, read by `parse`, which says what is wrong.
    fn take<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (value, source) = self.values.get(name)?;
        match parse(value.trim()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.faults.push(Fault { name: name.to_owned(), source: source.clone(), message });
                None
            }
        }
    }

    fn number(&mut self, name: &str, default: u64) -> u32 {
        let read = |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|n| *n > 0)
                .ok_or_else(|| format!("write a whole number from 1, such as {default}"))
        };
        self.take(name, read).unwrap_or(u32::try_from(default).unwrap_or(u32::MAX))
    }

    /// The provider of company accounts: three settings that mean nothing without each other, and what it is called.
    fn oidc(&mut self) -> Option<oidc::Settings> {
        let text = |text: &str| match text {
            "" => Err("write what the provider gave you, or leave it out".to_owned()),
            text => Ok(text.to_owned()),
        };
        let found = self.faults.len();
        let issuer = self.take("BURSAR_OIDC_ISSUER", oidc::issuer);
        let client_id = self.take("BURSAR_OIDC_CLIENT_ID", text);
        let client_secret = self.take("BURSAR_OIDC_CLIENT_SECRET", text);
        let name = self.take("BURSAR_OIDC_NAME", company_name).unwrap_or_else(|| DEFAULT_COMPANY.to_owned());
        if let (Some(issuer), Some(id), Some(secret)) = (issuer, client_id, client_secret) {
            return Some(oidc::Settings::new(issuer, id, secret, name));
        }
        if found == self.faults.len() {
            self.all_or_none(&["BURSAR_OIDC_ISSUER", "BURSAR_OIDC_CLIENT_ID", "BURSAR_OIDC_CLIENT_SECRET"]);
        }
        None
    }

    /// The certificate that the server shows, and its key. Whether they can be used is seen when they are.
    fn tls(&mut self) -> Option<Files> {
        let cert = self.take("BURSAR_TLS_CERT", file);
        let key = self.take("BURSAR_TLS_KEY", file);
        if let (Some(cert), Some(key)) = (cert, key) {
            return Some(Files { cert, key });
        }
        self.all_or_none(&["BURSAR_TLS_CERT", "BURSAR_TLS_KEY"]);
        None
    }

    /// Names each of `together` that is missing, where another one is set.
    fn all_or_none(&mut self, together: &[&str]) {
        let source = together.iter().find_map(|name| self.values.get(name)).map(|(_, source)| source.clone());
        let Some(source) = source else { return };
        let message = format!("set it too, or none of {}", together.join(", "));
        let missing = together.iter().filter(|name| !self.values.contains_key(*name));
        self.faults.extend(missing.map(|name| Fault {
            name: (*name).to_owned(),
            source: source.clone(),
            message: message.clone(),
        }));
    }
}

/// Where Resend is.
const RESEND_URL: &str = "https://api.resend.com";

/// Reads every value; where some cannot be read, the settings hold defaults in their place.
pub(super) fn read(values: &Values) -> (Config, Vec<Fault>) {
    let mut r = Reader { values, faults: Vec::new() };
    let data = r.take("BURSAR_DATA", directory).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let stripe_key = |text: &str| ApiKey::parse(text).map_err(|error| error.to_string());
    let master_key = |text: &str| MasterKey::parse(text).map_err(|error| error.to_string());
    let webhook_allow = |text: &str| Allow::parse(text).map_err(|error| error.to_string());
    let sender = |text: &str| Sender::parse(text).map_err(|error| error.to_string());
    let mail_in_data = MailUrl { transport: Transport::File(data.join("mail")), from: None };
    let config = Config {
        database_url: r.take("BURSAR_DATABASE_URL", database_url),
        listen: r.take("BURSAR_LISTEN", listen).unwrap_or(DEFAULT_LISTEN),
        tls: r.tls(),
        public_url: r.take("BURSAR_PUBLIC_URL", public_url),
        mail_url: r.take("BURSAR_MAIL_URL", mail_url).unwrap_or(mail_in_data),
        resend_url: r.take("BURSAR_RESEND_URL", resend_url).unwrap_or_else(|| RESEND_URL.to_owned()),
        mail_from: r.take("BURSAR_MAIL_FROM", sender),
        telegram_token: r.take("BURSAR_TELEGRAM_TOKEN", bot_token),
        telegram_url: r.take("BURSAR_TELEGRAM_URL", telegram_url).unwrap_or_else(|| TELEGRAM_URL.to_owned()),
        breaker: Rate {
            requests: r.number("BURSAR_BREAKER_REQUESTS", limits::BREAKER_REQUESTS),
            seconds: r.number("BURSAR_BREAKER_SECONDS", limits::BREAKER_SECONDS),
        },
        stripe_key: r.take("BURSAR_STRIPE_KEY", stripe_key),
        stripe_url: r.take("BURSAR_STRIPE_URL", stripe_url).unwrap_or_else(|| DEFAULT_URL.to_owned()),
        stripe_webhook_secret: r.take("BURSAR_STRIPE_WEBHOOK_SECRET", webhook_secret),
        stripe_financial_accounts: r.take("BURSAR_STRIPE_FINANCIAL_ACCOUNTS", switch).unwrap_or(false),
        client_address_header: r.take("BURSAR_CLIENT_ADDRESS_HEADER", header),
        sign_up: r.take("BURSAR_SIGN_UP", sign_up).unwrap_or(SignUp::Open),
        oidc: r.oidc(),
        bot_mode: r.take("BURSAR_BOT_MODE", mode),
        language: r.take("BURSAR_LANGUAGE", language).unwrap_or_default(),
        webhook_allow: r.take("BURSAR_WEBHOOK_ALLOW", webhook_allow).unwrap_or_default(),
        master_key: r.take("BURSAR_MASTER_KEY", master_key),
        log: r.take("BURSAR_LOG", log).unwrap_or_else(|| DEFAULT_LOG.to_owned()),
        log_format: r.take("BURSAR_LOG_FORMAT", log_format).unwrap_or(LogFormat::Text),
        sentry_dsn: r.take("BURSAR_SENTRY_DSN", sentry_dsn),
        data,
    };
    (config, r.faults)
}

fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if text.is_empty() {
        return Err(format!("write the path of a directory, such as {DEFAULT_DATA}"));
    }
    if path.exists() && !path.is_dir() {
        return Err(format!("{text} is a file; write the path of a directory"));
    }
    Ok(path)
}

fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        return Err(format!("{text} is a directory; write the path of a PEM file"));
    }
    Ok(path)
}

fn database_url(text: &str) -> Result<Secret, String> {
    // The text is not repeated: there is a password in it.
    Server::parse(text).map(|_| Secret(text.to_owned())).map_err(|error| error.to_string())
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is not an IP address and a port; write 127.0.0.1:8480, or 0.0.0.0:8480 to be reached from \
             outside")
    })
}

fn public_url(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} cannot begin a link; write https://pay.example.com, without a path");
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || url.path() != "/" || !bare {
        return Err(wrong());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn mail_url(text: &str) -> Result<MailUrl, String> {
    let shorter = |message: String| match message.strip_prefix("BURSAR_MAIL_URL: ") {
        Some(rest) => rest.to_owned(),
        None => message,
    };
    MailUrl::parse(text).map_err(|error| shorter(error.to_string()))
}

fn resend_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let wrong = || format!("{text:?} is no address of an API; write {RESEND_URL}");
    url.filter(|url| url.has_host() && url.query().is_none()).map(|_| text.to_owned()).ok_or_else(wrong)
}

fn bot_token(text: &str) -> Result<BotToken, String> {
    // The text is not repeated: it is a secret.
    BotToken::parse(text).map_err(|error| error.to_string())
}

fn telegram_url(text: &str) -> Result<String, String> {
    let url = base_url(text).map_err(telegram::SettingsError::from);
    url.map(|(base, _)| base).map_err(|error| error.to_string())
}

fn stripe_url(text: &str) -> Result<String, String> {
    // The rail itself knows best what it takes; the key is for looks.
    let key = ApiKey::parse("sk_test_check").map_err(|error| error.to_string())?;
    StripeRail::new(text, key, Arc::new(SystemClock)).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn webhook_secret(text: &str) -> Result<WebhookSecret, String> {
    if !text.starts_with("whsec_") || text.len() <= "whsec_".len() {
        return Err("a webhook secret begins with whsec_; Stripe shows it beside the endpoint".to_owned());
    }
    Ok(WebhookSecret::new(text))
}

fn header(text: &str) -> Result<http::HeaderName, String> {
    text.parse().map_err(|_| format!("{text:?} is no name of a header; write X-Forwarded-For"))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{text:?} is neither; write on or off")),
    }
}

fn sign_up(text: &str) -> Result<SignUp, String> {
    match text {
        "open" => Ok(SignUp::Open),
        "invited" => Ok(SignUp::Invited),
        _ => Err(format!("{text:?} is neither; write open or invited")),
    }
}

fn company_name(text: &str) -> Result<String, String> {
    let name = bursar_identity::valid_name(text)?;
    if name.chars().count() > COMPANY_NAME_CHARS {
        return Err(format!("a button has room for {COMPANY_NAME_CHARS} characters; write Company account"));
    }
    Ok(name)
}

fn mode(text: &str) -> Result<Mode, String> {
    Mode::parse(text).ok_or_else(|| format!("{text:?} is neither; write test or live"))
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|_| format!("{text:?} is none of ours; write en or pt-BR"))
}

fn log(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map_err(|error| {
        format!("{error}; write error, warn, info, debug or trace, or info,bursar::access=off")
    })?;
    Ok(text.to_owned())
}

fn sentry_dsn(text: &str) -> Result<Secret, String> {
    // The text is not repeated: there is a key in it.
    let wrong = |error| {
        format!(
            "this is no address of a project ({error}); write what Sentry shows as its DSN, such as https://KEY@o1.ingest.sentry.io/2"
        )
    };
    text.parse::<sentry::types::Dsn>().map_err(wrong)?;
    Ok(Secret(text.to_owned()))
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is no format; write text or json")),
    }
}
