//! Who is calling: credentials looked up and verified, and held against the table of who may do what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::extract::MatchedPath;
use bursar_base::{AgentId, KeyId, OrgId, TimeUs};
use bursar_http::credentials::{self, Credentials};
use bursar_http::signatures::VerifiedSignature;
use bursar_http::{Problem, read_body};
use bursar_store::{Columns as _, Row, StoreError};
use http::StatusCode;
use http::request::Parts;

use super::{Caller, Freshness, Proof, Scopes, Seen, SessionProof, service, sql};
use crate::Identity;
use crate::access::{self, Who};
use crate::members::Role;
use crate::registrations::{self, Registration, RegistrationStatus};
use crate::sessions::{Session, service as sessions};

#[derive(Debug, Clone)]
struct Record {
    caller: Caller,
    secret: [u8; 32],
    expires: Option<TimeUs>,
    revoked: bool,
}

/// A bot that calls: somebody's agent, or one that waits for its owner.
#[derive(Debug)]
pub enum Registrant {
    /// Somebody's agent.
    Agent(Caller),
    /// Nobody's yet, or no more.
    Bot(Box<Registration>),
}

/// Who says that something is theirs.
#[derive(Debug)]
pub enum Claimer {
    /// Somebody who is signed in.
    Person(Box<Session>),
    /// An org, by its admin key.
    AdminKey(Caller),
}

/// Looks keys up and verifies what was signed with them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Authenticator {
    identity: Identity,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    by_hash: RwLock<HashMap<String, Arc<Record>>>,
    by_id: RwLock<HashMap<String, Arc<Record>>>,
    used: Mutex<HashMap<KeyId, TimeUs>>,
}

/// Copies beyond this are dropped all at once; looking them up again is cheap.
const MAX_COPIES: usize = 100_000;

impl Authenticator {
    /// Over these keys.
    pub fn new(identity: Identity) -> Authenticator {
        Authenticator { identity, shared: Arc::default() }
    }

    /// Reads the body and finds out who is calling, and whether they may. `parts.uri` must be the one that the client
    /// sent.
    ///
    /// # Errors
    /// 401 with a code; 403; 4xx of [`read_body`]; 503 when the store is down.
    pub async fn caller(
        &self,
        parts: &Parts,
        body: Body,
        freshness: Freshness,
    ) -> Result<(Caller, Bytes), Problem> {
        let rule = rule_of(parts);
        let credentials = Credentials::of(&parts.method, &parts.uri, &parts.headers)?;
        let body = read_body(body).await?;
        let caller = match credentials {
            Credentials::Session(cookie) => self.member(&self.session_of(&cookie).await?)?,
            Credentials::Bearer(_) | Credentials::Signature(_) => {
                match self.registrant_of(parts, credentials, &body, freshness).await? {
                    Registrant::Agent(caller) => caller,
                    Registrant::Bot(bot) => {
                        return Err(not_claimed(bot.status_at(self.identity.clock.now())));
                    }
                }
            }
        };
        access::check(rule, &caller)?;
        Ok((caller, body))
    }

    /// Reads the body and finds out which bot is calling, be it claimed or not. Only for paths of
    /// [`access::Who::Registered`].
    ///
    /// # Errors
    /// As [`Authenticator::caller`].
    pub async fn registrant(&self, parts: &Parts, body: Body) -> Result<Registrant, Problem> {
        let Some(Who::Registered { agents }) = rule_of(parts).map(|rule| rule.who) else {
            return Err(Problem::forbidden("nobody may do this"));
        };
        let credentials = Credentials::of(&parts.method, &parts.uri, &parts.headers)?;
        let body = read_body(body).await?;
        if let Credentials::Session(_) = credentials {
            return Err(Problem::forbidden("only bots ask this, with their key"));
        }
        let found = self.registrant_of(parts, credentials, &body, Freshness::Now).await?;
        match &found {
            Registrant::Agent(caller) if caller.agent_id.is_none() => {
                Err(Problem::forbidden("this needs a bot's key; an org's admin key is none"))
            }
            Registrant::Agent(caller) => access::has_scope(agents, caller).map(|()| found),
            Registrant::Bot(_) => Ok(found),
        }
    }

    /// Reads the body and finds out who is signed in, in an org or not. Only for paths of [`access::Who::Person`].
    ///
    /// # Errors
    /// 401, 403 `cross_site`; 4xx of [`read_body`]; 503.
    pub async fn person(&self, parts: &Parts, body: Body) -> Result<(Session, Bytes), Problem> {
        must_be_for(parts, |who| *who == Who::Person)?;
        match self.person_or_admin_key_of(parts, body).await? {
            (Claimer::Person(session), body) => Ok((*session, body)),
            (Claimer::AdminKey(_), _) => Err(only_people()),
        }
    }

    /// The same, or an org's admin key. Only for paths of [`access::Who::PersonOrAdminKey`].
    ///
    /// # Errors
    /// As [`Authenticator::person`].
    pub async fn claimer(&self, parts: &Parts, body: Body) -> Result<(Claimer, Bytes), Problem> {
        must_be_for(parts, |who| *who == Who::PersonOrAdminKey)?;
        self.person_or_admin_key_of(parts, body).await
    }

    async fn person_or_admin_key_of(&self, parts: &Parts, body: Body) -> Result<(Claimer, Bytes), Problem> {
        let credentials = Credentials::of(&parts.method, &parts.uri, &parts.headers)?;
        let body = read_body(body).await?;
        if let Credentials::Session(cookie) = credentials {
            return Ok((Claimer::Person(Box::new(self.session_of(&cookie).await?)), body));
        }
        match self.registrant_of(parts, credentials, &body, Freshness::Now).await? {
            Registrant::Agent(caller) if caller.agent_id.is_none() => Ok((Claimer::AdminKey(caller), body)),
            Registrant::Agent(_) | Registrant::Bot(_) => Err(only_people()),
        }
    }

    async fn session_of(&self, cookie: &str) -> Result<Session, Problem> {
        let found = sessions::find(&self.identity, cookie).await.map_err(unavailable)?;
        found.ok_or_else(credentials::invalid_session)
    }

    fn member(&self, session: &Session) -> Result<Caller, Problem> {
        let Some(member) = &session.member else {
            let detail = "you are in no org yet: claim a bot, or accept an invitation";
            return Err(Problem::new(StatusCode::FORBIDDEN, "no_org", detail));
        };
        if session.org_is_frozen && member.role != Role::Owner {
            let detail = "the org is frozen: until an owner lets it go on, only its owners get in";
            return Err(Problem::new(StatusCode::FORBIDDEN, "org_frozen", detail));
        }
        Ok(Caller {
            org_id: member.org_id.clone(),
            mode: member.mode,
            agent_id: None,
            proof: Proof::Session(SessionProof {
                session_id: session.id.clone(),
                email: session.email.clone(),
                role: member.role,
                is_stepped_up: session.is_stepped_up(self.identity.clock.now()),
            }),
        })
    }

    async fn registrant_of(
        &self,
        parts: &Parts,
        credentials: Credentials,
        body: &[u8],
        freshness: Freshness,
    ) -> Result<Registrant, Problem> {
        let now = self.identity.clock.now();
        let (found, signature) = match credentials {
            Credentials::Session(_) => return Err(credentials::invalid_key()),
            Credentials::Bearer(key) => {
                let hash = key.hash();
                (self.find(freshness, &self.shared.by_hash, &hash, By::Hash).await?, None)
            }
            Credentials::Signature(input) => {
                let found = self.find(freshness, &self.shared.by_id, input.key_id(), By::Id).await?;
                let signature = input.verify(found.secret(), body, now);
                (found, Some(signature.map_err(credentials::signature_problem)?))
            }
        };
        match found {
            Found::Bot(bot, _) => Ok(Registrant::Bot(bot)),
            Found::Key(record) => Ok(Registrant::Agent(self.seen(parts, &record, signature, now)?)),
        }
    }

    /// The caller of a valid key, whose use is noted.
    fn seen(
        &self,
        parts: &Parts,
        record: &Record,
        signature: Option<VerifiedSignature>,
        now: TimeUs,
    ) -> Result<Caller, Problem> {
        let mut caller = record.valid_at(now)?.caller.clone();
        if let Proof::Key { key_id, signature: place, .. } = &mut caller.proof {
            *place = signature;
            let mut used = self.shared.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.insert(key_id.clone(), now);
            if let Some(seen) = parts.extensions.get::<Seen>() {
                seen.fill(key_id, caller.agent_id.as_ref());
            }
        }
        Ok(caller)
    }

    async fn find(
        &self,
        freshness: Freshness,
        copies: &RwLock<HashMap<String, Arc<Record>>>,
        name: &str,
        by: By,
    ) -> Result<Found, Problem> {
        if freshness == Freshness::Copy {
            let known = copies.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
            if let Some(known) = known {
                return Ok(Found::Key(known));
            }
        }
        let found = self.read(name, by).await.map_err(unavailable)?;
        let found = found.ok_or_else(credentials::invalid_key)?;
        if let Found::Key(record) = &found {
            let mut copies = copies.write().unwrap_or_else(PoisonError::into_inner);
            if copies.len() >= MAX_COPIES {
                copies.clear();
            }
            copies.insert(name.to_owned(), record.clone());
        }
        Ok(found)
    }

    async fn read(&self, name: &str, by: By) -> Result<Option<Found>, StoreError> {
        let mut tx = self.identity.db.read().await?;
        let (key, registration) = match by {
            By::Hash => (sql::BY_HASH, registrations::sql::BY_KEY_HASH),
            By::Id => (sql::BY_ID, registrations::sql::BY_KEY_ID),
        };
        if let Some(row) = tx.row(key, &[name.into()]).await? {
            return Ok(Some(Found::Key(Arc::new(self.record_from(&row)?))));
        }
        let Some(row) = tx.row(registration, &[name.into()]).await? else { return Ok(None) };
        let bot = registrations::registration_from(&row)?;
        let secret = self.secret(&bot.key_id, &bot.sealed_secret)?;
        Ok(Some(Found::Bot(Box::new(bot), secret)))
    }

    fn secret(&self, key_id: &KeyId, sealed: &str) -> Result<[u8; 32], StoreError> {
        let opened = self.identity.master.open(&service::seal_label(key_id), sealed)?;
        opened.try_into().map_err(|_| StoreError::Damaged(format!("keys.sealed_secret of {key_id}")))
    }

    fn record_from(&self, row: &Row) -> Result<Record, StoreError> {
        let key_id = KeyId::from_store(&row.text("id")?);
        let secret = self.secret(&key_id, &row.text("sealed_secret")?)?;
        let scopes = Scopes::parse(&row.text("scopes")?)
            .ok_or_else(|| StoreError::Damaged(format!("keys.scopes of {key_id}")))?;
        let caller = Caller {
            org_id: OrgId::from_store(&row.text("org_id")?),
            mode: service::mode_from(row)?,
            agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
            proof: Proof::Key { key_id, scopes, signature: None },
        };
        let revoked = row.opt_time("revoked_us")?.is_some();
        Ok(Record { caller, secret, expires: row.opt_time("expires_us")?, revoked })
    }

    /// Writes down when keys were used since the last call.
    ///
    /// # Errors
    /// [`StoreError`]; what was gathered is then lost, which only makes `last_used_at` older than it is.
    pub async fn write_down_use(&self) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *self.shared.used.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        let used: Vec<_> = used.into_iter().collect();
        let mut tx = self.identity.db.write().await?;
        service::note_used(&mut tx, &used).await?;
        tx.commit().await
    }
}

fn rule_of(parts: &Parts) -> Option<&'static access::Rule> {
    let matched = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    access::rule(parts.method.as_str(), matched)
}

/// A handler that asks for another kind of caller than the table says is a mistake of ours, and lets nobody in.
fn must_be_for(parts: &Parts, kind: impl Fn(&Who) -> bool) -> Result<(), Problem> {
    if rule_of(parts).is_some_and(|rule| kind(&rule.who)) {
        return Ok(());
    }
    Err(Problem::forbidden("nobody may do this"))
}

fn only_people() -> Problem {
    Problem::forbidden("only people do this: sign in at /sign-in")
}

/// What a key is found by.
#[derive(Debug, Clone, Copy)]
enum By {
    Hash,
    Id,
}

/// Whose key it is.
enum Found {
    Key(Arc<Record>),
    Bot(Box<Registration>, [u8; 32]),
}

impl Found {
    /// What its signatures are made with. Those of keys that are over are refused afterwards.
    fn secret(&self) -> &[u8; 32] {
        match self {
            Found::Key(record) => &record.secret,
            Found::Bot(_, secret) => secret,
        }
    }
}

fn unavailable(error: StoreError) -> Problem {
    tracing::error!(%error, "keys and sessions cannot be looked up");
    Problem::unavailable()
}

fn not_claimed(status: RegistrationStatus) -> Problem {
    let detail = match status {
        RegistrationStatus::Pending => {
            "this bot is not claimed yet: its owner got a mail; poll GET /v1/bots/status until it is `active`"
        }
        RegistrationStatus::Expired => "nobody claimed this bot in time; register again",
        RegistrationStatus::Refused => "the owner who was named does not know this bot; it can do nothing",
        // Claimed, and its key is gone from the keys: which does not happen.
        RegistrationStatus::Claimed => return credentials::invalid_key(),
    };
    Problem::new(StatusCode::FORBIDDEN, "agent_not_active", detail).with("bot_status", status.as_str())
}

impl Record {
    fn valid_at(&self, now: TimeUs) -> Result<&Record, Problem> {
        if self.revoked || self.expires.is_some_and(|at| now >= at) {
            return Err(credentials::invalid_key());
        }
        Ok(self)
    }
}
