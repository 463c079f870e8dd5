//! Every setting by name. `docs/settings.md` shows the same list, and a test keeps the two alike.

/// What every setting's environment variable begins with.
pub const PREFIX: &str = "BURSAR_";

/// What agents and other clients are told by, on whose machine a command may run as well. They set nothing here.
pub const OF_CLIENTS: &[&str] = &["BURSAR_API_KEY", "BURSAR_URL"];

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable. In the file: the same in lower case, without the prefix.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// A value that can be used.
    pub example: &'static str,
}

impl Setting {
    /// The name in the file of settings.
    pub fn key(&self) -> String {
        self.name.trim_start_matches(PREFIX).to_lowercase()
    }
}

const fn setting(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Setting {
    Setting { name, default, meaning, example }
}

/// Every setting, in the order in which people meet them.
pub const SETTINGS: &[Setting] = &[
    setting(
        "BURSAR_DATA",
        "./bursar-data",
        "The data directory: the embedded database, the master key, mails as files, the command line's socket. Only its owner can read it.",
        "/var/lib/bursar",
    ),
    setting(
        "BURSAR_DATABASE_URL",
        "",
        "A PostgreSQL database to use instead of the embedded SQLite file. Any number of processes may share it. \
         On another machine it must show a certificate for its name; `?sslrootcert=FILE` names an authority of your own, \
         `?sslmode=disable` does without where nobody can listen.",
        "postgres://bursar:secret@db.example.com/bursar",
    ),
    setting(
        "BURSAR_LISTEN",
        "127.0.0.1:8480",
        "Where `bursar serve` listens: an IP address and a port; port 0 takes any free one.",
        "0.0.0.0:8480",
    ),
    setting(
        "BURSAR_TLS_CERT",
        "",
        "Makes `bursar serve` speak https itself: a PEM file with its certificate, and after it those that lead to the authority. Without it the server speaks http, for a proxy on the same machine. SIGHUP has both files read again.",
        "/etc/bursar/fullchain.pem",
    ),
    setting(
        "BURSAR_TLS_KEY",
        "",
        "The private key of that certificate, a PEM file without a password; needed with BURSAR_TLS_CERT.",
        "/etc/bursar/privkey.pem",
    ),
    setting(
        "BURSAR_PUBLIC_URL",
        "http://LISTEN",
        "What links in mails begin with: where people reach this server from their phones. For an address of this machine alone the default is `http://localhost:PORT`; with BURSAR_TLS_CERT it is https. Passkeys need a host name here, and https unless it is `localhost`.",
        "https://pay.example.com",
    ),
    setting(
        "BURSAR_MAIL_URL",
        "file:DATA/mail",
        "How mails leave: `smtp://user:password@host:port` (STARTTLS is required unless the host is this machine or `?tls=none` is added), `smtps://…`, `resend:KEY` with a key of Resend, or `file:DIR`, which writes each mail as an .eml file.",
        "smtp://bursar:secret@mail.example.com:587",
    ),
    setting(
        "BURSAR_RESEND_URL",
        "https://api.resend.com",
        "Where Resend is; another one is for tests.",
        "http://127.0.0.1:12112",
    ),
    setting(
        "BURSAR_MAIL_FROM",
        "Bursar <bursar@HOST>",
        "Who mails come from; HOST is the host of the public URL.",
        "Treasury <treasury@example.com>",
    ),
    setting(
        "BURSAR_TELEGRAM_TOKEN",
        "",
        "The token of a Telegram bot of yours, from BotFather: members who link a chat are asked there too, and decide there. Telegram calls `PUBLIC_URL/v1/webhooks/telegram`, so the public URL must be https and reachable. See docs/telegram.md.",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    ),
    setting(
        "BURSAR_TELEGRAM_URL",
        "https://api.telegram.org",
        "Where Telegram's Bot API is; another one is for tests, or a Bot API server of your own.",
        "http://127.0.0.1:12113",
    ),
    setting(
        "BURSAR_BREAKER_REQUESTS",
        "20",
        "Circuit breaker: how many new payment requests an agent may make within BURSAR_BREAKER_SECONDS; the next one freezes it. A policy can set its own.",
        "50",
    ),
    setting("BURSAR_BREAKER_SECONDS", "60", "Circuit breaker: within how many seconds.", "60"),
    setting(
        "BURSAR_STRIPE_KEY",
        "",
        "A secret or restricted key of your Stripe account; without one there is no `stripe` rail. A test key serves test orgs, a live key live ones.",
        "rk_test_51Abc",
    ),
    setting(
        "BURSAR_STRIPE_URL",
        "https://api.stripe.com",
        "Where Stripe is; another one is for tests.",
        "http://127.0.0.1:12111",
    ),
    setting(
        "BURSAR_STRIPE_WEBHOOK_SECRET",
        "",
        "Proves that what arrives at /v1/webhooks/stripe comes from Stripe; without it all of that is refused.",
        "whsec_abc",
    ),
    setting(
        "BURSAR_STRIPE_FINANCIAL_ACCOUNTS",
        "off",
        "Whether the financial accounts of your Stripe account, and what is in them, are shown: `on` or `off`. Stripe offers them as a preview only, version 2 of its money management, and opens it for an account on request. Reading is all that is done with them.",
        "on",
    ),
    setting(
        "BURSAR_CLIENT_ADDRESS_HEADER",
        "",
        "Behind a proxy: the header in which your own proxy says where a request comes from; its last entry is taken. Limits per address need it. Without a proxy leave it out, or clients could write there what they like.",
        "X-Forwarded-For",
    ),
    setting(
        "BURSAR_SIGN_UP",
        "open",
        "Who may sign in: `open` (anybody; who is new gets an org with the first bot they claim), or `invited` (members and those who were invited).",
        "invited",
    ),
    setting(
        "BURSAR_OIDC_ISSUER",
        "",
        "People may sign in with an account of their company: the OpenID Connect provider, as it names itself, by https. Register `PUBLIC_URL/sign-in/oidc/callback` there as the redirect URI. It must tell `email` and `email_verified`.",
        "https://login.example.com",
    ),
    setting(
        "BURSAR_OIDC_CLIENT_ID",
        "",
        "Who this server is to that provider; needed with BURSAR_OIDC_ISSUER.",
        "bursar",
    ),
    setting(
        "BURSAR_OIDC_CLIENT_SECRET",
        "",
        "What proves it there; needed with BURSAR_OIDC_ISSUER.",
        "the secret that the provider shows",
    ),
    setting(
        "BURSAR_OIDC_NAME",
        "Company account",
        "What the button says that leads there; at most 40 characters.",
        "Acme account",
    ),
    setting(
        "BURSAR_BOT_MODE",
        "that of BURSAR_STRIPE_KEY, else test",
        "Whether bots that register on their own, and the org of the first run, are `test` or `live` ones.",
        "live",
    ),
    setting(
        "BURSAR_LANGUAGE",
        "en",
        "The language of mails and pages for people whose own is not known: `en` or `pt-BR`. Programs are always answered in English.",
        "pt-BR",
    ),
    setting(
        "BURSAR_WEBHOOK_ALLOW",
        "",
        "For development and tests: pairs `host:port`, separated by commas, that webhooks are sent to whatever their address is, with http too. Everything else is reached by https, and on the public internet only.",
        "127.0.0.1:9000",
    ),
    setting(
        "BURSAR_MASTER_KEY",
        "DATA/master.key",
        "64 hex digits under which secrets in the database are sealed. When none is given, one is made and kept in the data directory, readable by its owner alone. Processes that share a PostgreSQL database share this key, so there it must be given.",
        "the output of `openssl rand -hex 32`",
    ),
    setting(
        "BURSAR_LOG",
        "info",
        "What is logged, as a filter of the crate `tracing`: a level, or levels by module. `bursar::access` is the line for each request.",
        "info,bursar::access=off",
    ),
    setting(
        "BURSAR_LOG_FORMAT",
        "text",
        "How lines of the log look: `text`, or `json` for machines.",
        "json",
    ),
    setting(
        "BURSAR_SENTRY_DSN",
        "",
        "Tells errors and panics of `bursar serve` to Sentry, or to what speaks like it: the DSN of a project. What looks like a key, an address or the number of a card is taken out first; requests and people are not told.",
        "https://KEY@o1.ingest.sentry.io/2",
    ),
];

/// The setting with this environment variable.
pub fn by_name(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The setting with this key in the file.
pub fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key() == key)
}

/// The known name that looks most like `unknown`, if one does.
pub fn closest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const MAX_DISTANCE: usize = 4;
    known
        .map(|name| (strsim::damerau_levenshtein(&unknown.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .min()
        .map(|(_, name)| name)
}
