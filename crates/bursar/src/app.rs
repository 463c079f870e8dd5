//! The composition root: settings in, a working app out. Tests compose the very same one.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use bursar_base::{Clock, Mode, Rng};
use bursar_http::outgoing::Guarded;
use bursar_identity::Identity;
use bursar_identity::keys::Authenticator;
use bursar_mail::Sender;
use bursar_money::funnel::{Funnel, Options};
use bursar_spend::cards::owners::Owners;
use bursar_spend::chats::Messengers;
use bursar_spend::chats::telegram::Telegram;
use bursar_spend::rails::sandbox::SandboxRail;
use bursar_spend::rails::stripe::StripeRail;
use bursar_spend::{Parts, Rails, Settings, Spend};
use bursar_store::sqlite::DataLock;
use bursar_store::{Db, MasterKey, StoreError, installation, jobs, migrate, seal};
use bursar_web::oidc::Provider;

use crate::config::Config;

/// Connections to PostgreSQL that one process opens at most.
const POSTGRES_CONNECTIONS: u32 = 32;

/// Which parts of the work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// It answers requests.
    pub api: bool,
    /// It works through the jobs: rails, mails, deadlines.
    pub worker: bool,
}

impl Roles {
    /// All of it.
    pub const ALL: Roles = Roles { api: true, worker: true };
    /// Neither: what the command line needs.
    pub const NONE: Roles = Roles { api: false, worker: false };
}

/// Why the app does not come up. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// PostgreSQL does not answer.
    #[error(
        "the database of BURSAR_DATABASE_URL cannot be used: {0}; see whether it runs, whether host, user and \
         password are right, and, where it is on another machine, whether it speaks TLS (docs/settings.md)"
    )]
    Unreachable(StoreError),
    /// The data directory.
    #[error("the data directory {path} cannot be used: {error}; choose another with --data or BURSAR_DATA")]
    Data {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Several processes share the database, and so must share the key.
    #[error(
        "a PostgreSQL database may be shared by several processes, so they must share one master key: set \
         BURSAR_MASTER_KEY (make one with `openssl rand -hex 32`), or put the file {0} there"
    )]
    NoMasterKey(String),
    /// The database was used with another key before.
    #[error(
        "this database was sealed under another master key, so no API key in it could be used; give the one it was \
         made with as BURSAR_MASTER_KEY, or put its file master.key back into the data directory"
    )]
    OtherMasterKey,
    /// The mailer.
    #[error("{0}")]
    Mail(#[from] bursar_mail::SettingsError),
    /// What calls webhooks.
    #[error(
        "TLS for outgoing calls cannot be set up: {0}; install this machine's root certificates (ca-certificates)"
    )]
    Outgoing(reqwest::Error),
    /// The Telegram bot.
    #[error("BURSAR_TELEGRAM_TOKEN, BURSAR_TELEGRAM_URL: {0}")]
    Telegram(#[from] bursar_spend::chats::telegram::settings::SettingsError),
    /// The Stripe rail.
    #[error("BURSAR_STRIPE_KEY, BURSAR_STRIPE_URL: {0}")]
    Stripe(#[from] bursar_spend::rails::stripe::SettingsError),
}

/// Everything, wired.
#[derive(Debug, Clone)]
pub struct App {
    /// What the commands and handlers work with.
    pub spend: Spend,
    /// The provider of company accounts, where there is one.
    pub oidc: Option<Arc<Provider>>,
    /// What it was made from.
    pub config: Config,
    /// What this process does.
    pub roles: Roles,
    /// Held as long as the app lives: nobody else works on the embedded database.
    _lock: Option<Arc<DataLock>>,
}

impl App {
    /// Opens the database (the embedded one under the directory's lock), brings its schema up to date, and wires
    /// everything over it. Starts no worker and listens nowhere.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        roles: Roles,
    ) -> Result<App, AppError> {
        // Before anything is opened or made: without it a database could be used, but no key in it.
        check_master_key(config)?;
        let (db, lock) = open_database(config).await?;
        let master = match &config.master_key {
            Some(key) => key.clone(),
            None => MasterKey::load_or_create(&config.data, &*rng)?,
        };
        if !installation::is_sealed_under(&db, &master).await? {
            return Err(AppError::OtherMasterKey);
        }
        let identity = Identity { db, clock, rng, master };
        if lock.is_some() && roles.worker {
            // Nobody else works on this file, so whoever held a lease is gone: no job waits for one to run out.
            jobs::end_leases(&identity.db, identity.clock.now()).await?;
        }
        let funnel = start_funnel(config, &identity).await?;
        let authenticator = Authenticator::new(identity.clone());
        let rails = rails(config, &identity)?;
        let public_url =
            config.public_url.clone().unwrap_or_else(|| default_public_url(config, config.listen));
        let sender = config.mail_url.from.clone().or_else(|| config.mail_from.clone());
        let sender = sender.unwrap_or_else(|| Sender::for_host(&host_of(&public_url)));
        let settings = Settings {
            public_url,
            mail_domain: sender.domain().to_owned(),
            breaker: config.breaker,
            stripe_webhook_secret: config.stripe_webhook_secret.clone(),
            stripe_financial_accounts: config.stripe_financial_accounts,
            client_address_header: config.client_address_header.clone(),
            sign_up: config.sign_up,
            bot_mode: config.bot_mode.or(rails.stripe.as_ref().map(|s| s.mode())).unwrap_or(Mode::Test),
            language: config.language,
        };
        let client = bursar_http::outgoing::client().redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(AppError::Outgoing)?;
        let mailer = bursar_mail::open(&config.mail_url, sender, client, &config.resend_url)?;
        let outgoing = Guarded::new(config.webhook_allow.clone()).map_err(AppError::Outgoing)?;
        let card_owners = Owners::default();
        let telegram = config.telegram_token.clone().map(|token| Telegram::new(&config.telegram_url, token));
        let messengers = Messengers { telegram: telegram.transpose()?.map(Arc::new) };
        let spend = Spend::from(Parts {
            identity,
            authenticator,
            funnel,
            rails,
            mailer,
            messengers,
            outgoing,
            card_owners,
            settings,
        });
        let oidc = config.oidc.clone().map(Provider::new).transpose().map_err(AppError::Outgoing)?;
        Ok(App { spend, oidc: oidc.map(Arc::new), config: config.clone(), roles, _lock: lock })
    }

    /// The same with links that begin with the address it really listens on, where no public URL is set.
    #[must_use]
    pub fn listening_on(mut self, address: std::net::SocketAddr) -> App {
        if self.config.public_url.is_none() {
            let public_url = default_public_url(&self.config, address);
            self.spend = self.spend.with_settings(Settings { public_url, ..self.spend.settings.clone() });
        }
        self
    }

    /// Closes the database once everything that was begun is done.
    pub async fn close(self) {
        self.spend.identity.db.close().await;
    }
}

async fn open_database(config: &Config) -> Result<(Db, Option<Arc<DataLock>>), AppError> {
    let (db, lock) = match &config.database_url {
        Some(url) => (Db::postgres(&url.0, POSTGRES_CONNECTIONS).await.map_err(AppError::Unreachable)?, None),
        None => {
            make_private(&config.data)
                .map_err(|error| AppError::Data { path: config.data.display().to_string(), error })?;
            let lock = DataLock::take(&config.data)?;
            (Db::sqlite(&config.data).await?, Some(Arc::new(lock)))
        }
    };
    migrate::run(&db).await?;
    Ok((db, lock))
}

/// Makes the data directory for its owner alone. One that exists keeps the rights that somebody gave it, but those of
/// others: links and keys lie in it.
fn make_private(dir: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mode = std::fs::metadata(dir)?.permissions().mode();
    if mode & 0o007 != 0 {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(mode & 0o770))?;
    }
    Ok(())
}

fn check_master_key(config: &Config) -> Result<(), AppError> {
    let file = config.data.join(seal::FILE_NAME);
    if config.database_url.is_some() && config.master_key.is_none() && !file.exists() {
        return Err(AppError::NoMasterKey(file.display().to_string()));
    }
    Ok(())
}

async fn start_funnel(config: &Config, identity: &Identity) -> Result<Funnel, StoreError> {
    let options = Options { breaker: config.breaker, ..Options::default() };
    Funnel::start(&identity.db, identity.clock.clone(), options).await
}

fn rails(config: &Config, identity: &Identity) -> Result<Rails, AppError> {
    let stripe = match &config.stripe_key {
        None => None,
        Some(key) => {
            Some(Arc::new(StripeRail::new(&config.stripe_url, key.clone(), identity.clock.clone())?))
        }
    };
    Ok(Rails { sandbox: Arc::new(SandboxRail), stripe })
}

/// Where a server is reached that listens on `address`; the unspecified address is reached through loopback, and loopback
/// by its name, because browsers keep passkeys for names only.
fn default_public_url(config: &Config, address: std::net::SocketAddr) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let ip = address.ip();
    let is_this_machine = ip.is_unspecified() || ip == std::net::Ipv4Addr::LOCALHOST;
    if is_this_machine {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// The host of a URL that was checked.
pub(crate) fn host_of(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned())
}
