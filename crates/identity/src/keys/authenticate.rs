//! Who is calling: credentials looked up and verified.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use bursar_base::{AgentId, KeyId, Mode, OrgId, TimeUs};
use bursar_http::credentials::{self, Credentials};
use bursar_http::signatures::VerifiedSignature;
use bursar_http::{Problem, read_body};
use bursar_store::{Columns as _, Row, StoreError};
use http::request::Parts;

use super::{Scope, Scopes, service, sql};
use crate::Identity;

/// How new the look at the key must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The database is asked. For everything that is answered without the funnel.
    Now,
    /// A copy in memory will do, because the funnel checks the key again under its lock.
    Copy,
}

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The org.
    pub org_id: OrgId,
    /// Its mode.
    pub mode: Mode,
    /// The agent; absent for an org's own key.
    pub agent_id: Option<AgentId>,
    /// The key.
    pub key_id: KeyId,
    /// What the key may do.
    pub scopes: Scopes,
    /// The signature, when the request was signed: its nonce must be used up by whatever the request writes.
    pub signature: Option<VerifiedSignature>,
}

impl Caller {
    /// The agent that is calling, with this scope.
    ///
    /// # Errors
    /// 403.
    pub fn agent(&self, scope: Scope) -> Result<&AgentId, Problem> {
        let Some(agent) = &self.agent_id else {
            return Err(Problem::forbidden("this needs an agent's key; an org's admin key spends nothing"));
        };
        if !self.scopes.has(scope) {
            return Err(Problem::forbidden(format!("this key has not the scope `{}`", scope.as_str())));
        }
        Ok(agent)
    }

    /// That an owner is calling, by the org's admin key.
    ///
    /// # Errors
    /// 403.
    pub fn owner(&self) -> Result<(), Problem> {
        if self.scopes.has(Scope::Admin) {
            return Ok(());
        }
        Err(Problem::forbidden("this needs the org's admin key"))
    }

    /// For the audit trail.
    pub fn actor(&self) -> String {
        match &self.agent_id {
            Some(agent) => format!("agent:{agent}"),
            None => format!("key:{}", self.key_id),
        }
    }
}

/// Where the line about a request in the log learns who called: put into the request's extensions before it is
/// handled, filled once the caller is known.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<OnceLock<(KeyId, Option<AgentId>)>>);

impl Seen {
    /// The key and its agent, once they are known.
    pub fn get(&self) -> Option<&(KeyId, Option<AgentId>)> {
        self.0.get()
    }
}

#[derive(Debug, Clone)]
struct Record {
    caller: Caller,
    secret: [u8; 32],
    expires: Option<TimeUs>,
    revoked: bool,
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

    /// Reads the body and finds out who is calling. `parts.uri` must be the one that the client sent.
    ///
    /// # Errors
    /// 401 with a code; 4xx of [`read_body`]; 503 when the store is down.
    pub async fn caller(
        &self,
        parts: &Parts,
        body: Body,
        freshness: Freshness,
    ) -> Result<(Caller, Bytes), Problem> {
        let credentials = Credentials::of(&parts.method, &parts.uri, &parts.headers)?;
        let body = read_body(body).await?;
        let now = self.identity.clock.now();
        let caller = match credentials {
            Credentials::Bearer(key) => {
                let record = self.find(freshness, &self.shared.by_hash, &key.hash(), sql::BY_HASH).await?;
                record.valid_at(now)?.caller.clone()
            }
            Credentials::Signature(input) => {
                let record = self.find(freshness, &self.shared.by_id, input.key_id(), sql::BY_ID).await?;
                let signature = input.verify(&record.valid_at(now)?.secret, &body, now);
                let signature = signature.map_err(credentials::signature_problem)?;
                Caller { signature: Some(signature), ..record.caller.clone() }
            }
        };
        self.shared.used.lock().unwrap_or_else(PoisonError::into_inner).insert(caller.key_id.clone(), now);
        if let Some(seen) = parts.extensions.get::<Seen>() {
            // Filled before only when a handler authenticates twice; it is the same caller.
            drop(seen.0.set((caller.key_id.clone(), caller.agent_id.clone())));
        }
        Ok((caller, body))
    }

    async fn find(
        &self,
        freshness: Freshness,
        copies: &RwLock<HashMap<String, Arc<Record>>>,
        name: &str,
        statement: &'static str,
    ) -> Result<Arc<Record>, Problem> {
        if freshness == Freshness::Copy {
            let known = copies.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
            if let Some(known) = known {
                return Ok(known);
            }
        }
        let found = self.read(name, statement).await.map_err(|error| {
            tracing::error!(%error, "keys cannot be looked up");
            Problem::unavailable()
        })?;
        let record = Arc::new(found.ok_or_else(credentials::invalid_key)?);
        let mut copies = copies.write().unwrap_or_else(PoisonError::into_inner);
        if copies.len() >= MAX_COPIES {
            copies.clear();
        }
        copies.insert(name.to_owned(), record.clone());
        Ok(record)
    }

    async fn read(&self, name: &str, statement: &'static str) -> Result<Option<Record>, StoreError> {
        let row = self.identity.db.read().await?.row(statement, &[name.into()]).await?;
        row.as_ref().map(|row| self.record_from(row)).transpose()
    }

    fn record_from(&self, row: &Row) -> Result<Record, StoreError> {
        let key_id = KeyId::from_store(&row.text("id")?);
        let opened = self.identity.master.open(&service::seal_label(&key_id), &row.text("sealed_secret")?)?;
        let damaged = |what: &str| StoreError::Damaged(format!("keys.{what} of {key_id}"));
        let secret = opened.try_into().map_err(|_| damaged("sealed_secret"))?;
        let scopes = Scopes::parse(&row.text("scopes")?).ok_or_else(|| damaged("scopes"))?;
        let caller = Caller {
            org_id: OrgId::from_store(&row.text("org_id")?),
            mode: service::mode_from(row)?,
            agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
            key_id,
            scopes,
            signature: None,
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

impl Record {
    fn valid_at(&self, now: TimeUs) -> Result<&Record, Problem> {
        if self.revoked || self.expires.is_some_and(|at| now >= at) {
            return Err(credentials::invalid_key());
        }
        Ok(self)
    }
}
