//! Registrations: bots that introduced themselves, and wait for their owner to say whose they are.
//!
//! Invariants: until it is claimed a bot has an id and a key, and nothing that could spend: no agent, no budget, no row
//! among the keys. A claim token is made of the system's randomness, shown once, stored as its hash, good once and for a
//! while; whoever tries tokens is limited.

pub mod service;
pub mod sql;
mod token;

use bursar_base::{AgentId, KeyId, Language, Mode, OrgId, TimeUs};
use bursar_http::credentials::ApiKey;
use bursar_store::{Columns as _, Row, StoreError};

use crate::languages::service as languages;

pub use token::ClaimToken;

/// What a bot says of itself, checked.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    /// What it is called.
    pub name: String,
    /// Who is said to own it.
    pub owner_email: String,
    /// The language that the owner is said to read.
    pub owner_language: Option<Language>,
    /// What it says it is.
    pub description: String,
    /// Where it wants to be told what happens.
    pub callback: Option<Callback>,
    /// Test or live.
    pub mode: Mode,
    /// Where it registered from.
    pub address: String,
}

/// Where a bot wants to be told what happens.
#[derive(Clone)]
pub struct Callback {
    /// The address.
    pub url: String,
    /// What webhooks to it are signed with. Stored sealed.
    pub secret: String,
}

/// Never shows the secret.
impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A registration that was just made. Its secrets are shown here and never again.
#[derive(Debug)]
pub struct Registered {
    /// The id of the agent that it becomes.
    pub id: AgentId,
    /// Its key.
    pub key: ApiKey,
    /// What its owner claims it with.
    pub claim_token: ClaimToken,
}

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationStatus {
    /// Nobody has claimed it yet.
    Pending,
    /// It is somebody's agent.
    Claimed,
    /// The owner does not know it.
    Refused,
    /// Nobody claimed it in time.
    Expired,
}

impl RegistrationStatus {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationStatus::Pending => "pending",
            RegistrationStatus::Claimed => "claimed",
            RegistrationStatus::Refused => "refused",
            RegistrationStatus::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Option<RegistrationStatus> {
        use RegistrationStatus::{Claimed, Expired, Pending, Refused};
        [Pending, Claimed, Refused, Expired].into_iter().find(|status| status.as_str() == text)
    }
}

/// A bot that registered.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The id of the agent that it becomes.
    pub id: AgentId,
    /// What it is called.
    pub name: String,
    /// Who is said to own it.
    pub owner_email: String,
    /// The language that the owner is said to read.
    pub owner_language: Option<Language>,
    /// What it says it is.
    pub description: String,
    /// Where it wants to be told what happens.
    pub callback_url: Option<String>,
    /// What webhooks to it are signed with, sealed under [`service::webhook_label`].
    pub sealed_webhook_secret: Option<String>,
    /// Test or live.
    pub mode: Mode,
    /// Its key.
    pub key_id: KeyId,
    /// Where it registered from.
    pub address: String,
    /// Where it stands.
    pub status: RegistrationStatus,
    /// When it registered.
    pub created_at: TimeUs,
    /// Until when it can be claimed.
    pub expires_at: TimeUs,
    /// Whose it is, once it is claimed.
    pub org_id: Option<OrgId>,
    pub(crate) key_hash: String,
    pub(crate) sealed_secret: String,
}

impl Registration {
    /// Where it stands at `now`: one that nobody claimed in time is over, whoever has noticed.
    pub fn status_at(&self, now: TimeUs) -> RegistrationStatus {
        if self.status == RegistrationStatus::Pending && now >= self.expires_at {
            return RegistrationStatus::Expired;
        }
        self.status
    }
}

/// Why a bot was not registered, claimed or refused.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// A bot of this name waits for this owner already.
    #[error(
        "a bot of this name waits for this owner already; have the owner claim it, or choose another name"
    )]
    Duplicate,
    /// Too many.
    #[error("too many registrations; try again later")]
    TooMany(std::time::Duration),
    /// No such registration, or none of this owner's.
    #[error("there is no such bot")]
    NotFound,
    /// Wrong, used or too old.
    #[error("this claim token is wrong, was used before or is too old; have a fresh one sent")]
    Token,
    /// It was claimed or refused before, or nobody claimed it in time.
    #[error("this bot is {} already", .0.as_str())]
    Over(RegistrationStatus),
    /// Its key says test, the org is live, or the other way round.
    #[error("this bot is a {bot} one and the org is a {org} one; claim it into another org", bot = .bot.as_str(), org = .org.as_str())]
    OtherMode {
        /// The bot's.
        bot: Mode,
        /// The org's.
        org: Mode,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn registration_from(row: &Row) -> Result<Registration, StoreError> {
    let (mode, status) = (row.text("mode")?, row.text("status")?);
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("registrations.{what}: {text:?}"));
    Ok(Registration {
        id: AgentId::from_store(&row.text("id")?),
        name: row.text("name")?,
        owner_email: row.text("owner_email")?,
        owner_language: row
            .opt_text("owner_language")?
            .map(|text| languages::from_store("registrations.owner_language", &text))
            .transpose()?,
        description: row.text("description")?,
        callback_url: row.opt_text("callback_url")?,
        sealed_webhook_secret: row.opt_text("sealed_webhook_secret")?,
        mode: Mode::parse(&mode).ok_or_else(|| damaged("mode", &mode))?,
        key_id: KeyId::from_store(&row.text("key_id")?),
        address: row.text("address")?,
        status: RegistrationStatus::parse(&status).ok_or_else(|| damaged("status", &status))?,
        created_at: row.time("created_us")?,
        expires_at: row.time("expires_us")?,
        org_id: row.opt_text("org_id")?.map(|id| OrgId::from_store(&id)),
        key_hash: row.text("key_hash")?,
        sealed_secret: row.text("sealed_secret")?,
    })
}
