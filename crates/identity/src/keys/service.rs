//! Making, rotating and revoking keys.

use std::time::Duration;

use bursar_base::{AgentId, KeyId, Mode, OrgId, TimeUs};
use bursar_http::credentials::{ApiKey, BASE62, KEY_RANDOM_CHARS};
use bursar_http::signatures::signing_secret;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{KeyView, NewKey, Scope, Scopes, sql};
use crate::{Identity, OrgTx, secrets};

/// Why a key was not made, rotated or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such key, agent or org.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// An agent's key never carries `admin`.
    #[error("an agent's key cannot carry the scope `admin`")]
    AdminForAgent,
    /// The key is over already.
    #[error("the key was revoked or has expired; make a new one")]
    Over,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The label that a key's signing secret is sealed under.
pub(crate) fn seal_label(id: &KeyId) -> String {
    format!("keys.sealed_secret:{id}")
}

/// Writes a new key in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
#[allow(clippy::too_many_arguments)] // what a key is made of, each named
pub async fn insert(
    identity: &Identity,
    org: &mut OrgTx,
    org_id: &OrgId,
    mode: Mode,
    agent: Option<&AgentId>,
    name: &str,
    scopes: Scopes,
    actor: &str,
) -> Result<NewKey, StoreError> {
    let key = ApiKey::from_random(mode, &secrets::letters(&*identity.rng, BASE62, KEY_RANDOM_CHARS));
    let id = KeyId::new(org.now, &*identity.rng);
    let sealed = identity.master.seal(&seal_label(&id), &signing_secret(key.reveal()), &*identity.rng);
    let (hash, scopes) = (key.hash(), scopes.text());
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        agent.map(AgentId::as_str).into(),
        name.into(),
        (&hash).into(),
        (&sealed).into(),
        (&scopes).into(),
        org.now.into(),
        None::<i64>.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let mut event =
        NewEvent::new("key.created", actor, &json!({ "key_id": id, "name": name, "scopes": scopes }));
    event.agent_id = agent.cloned();
    org.record(event).await?;
    Ok(NewKey { id, key })
}

/// A key that a bot got when it registered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adopted<'a> {
    pub id: &'a KeyId,
    pub hash: &'a str,
    pub sealed_secret: &'a str,
}

/// Makes the key of a bot that is claimed a key like any other, in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn adopt(
    org: &mut OrgTx,
    org_id: &OrgId,
    agent: &AgentId,
    name: &str,
    key: Adopted<'_>,
    scopes: Scopes,
    actor: &str,
) -> Result<(), StoreError> {
    let scopes = scopes.text();
    let args = [
        key.id.as_str().into(),
        org_id.as_str().into(),
        Some(agent.as_str()).into(),
        name.into(),
        key.hash.into(),
        key.sealed_secret.into(),
        (&scopes).into(),
        org.now.into(),
        None::<i64>.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "key_id": key.id, "name": name, "scopes": scopes });
    org.record(NewEvent::new("key.created", actor, &detail).agent(agent)).await
}

/// Makes one more key for an agent, or for the org itself.
///
/// # Errors
/// [`KeyError`].
pub async fn create(
    identity: &Identity,
    org_id: &OrgId,
    agent: Option<&AgentId>,
    name: &str,
    scopes: Scopes,
    actor: &str,
) -> Result<NewKey, KeyError> {
    if agent.is_some() && scopes.has(Scope::Admin) {
        return Err(KeyError::AdminForAgent);
    }
    let mut org = identity.lock(org_id).await?;
    let found = crate::orgs::service::find(&mut org.tx, org_id).await?.ok_or(KeyError::NotFound("org"))?;
    if let Some(agent) = agent {
        let known = crate::agents::service::find(&mut org.tx, agent).await?;
        known.filter(|known| known.org_id == *org_id).ok_or(KeyError::NotFound("agent"))?;
    }
    let key = insert(identity, &mut org, org_id, found.mode, agent, name, scopes, actor).await?;
    org.commit().await?;
    Ok(key)
}

/// Makes a key like `id`, which goes on working for `overlap`.
///
/// # Errors
/// [`KeyError`].
pub async fn rotate(
    identity: &Identity,
    org_id: &OrgId,
    id: &KeyId,
    overlap: Duration,
    actor: &str,
) -> Result<NewKey, KeyError> {
    let mut org = identity.lock(org_id).await?;
    let (old, mode) = of_org(&mut org.tx, org_id, id).await?;
    if old.revoked_at.is_some() || old.expires_at.is_some_and(|at| at <= org.now) {
        return Err(KeyError::Over);
    }
    let scopes = Scopes::parse(&old.scopes).ok_or_else(|| StoreError::Damaged("keys.scopes".to_owned()))?;
    let key =
        insert(identity, &mut org, org_id, mode, old.agent_id.as_ref(), &old.name, scopes, actor).await?;
    let until = org.now.plus(overlap);
    org.tx.execute(sql::EXPIRE, &[id.as_str().into(), until.into()]).await?;
    let detail = json!({ "key_id": id, "successor": key.id, "works_until": until });
    org.record(NewEvent::new("key.rotated", actor, &detail)).await?;
    org.commit().await?;
    Ok(key)
}

/// Ends a key now.
///
/// # Errors
/// [`KeyError`].
pub async fn revoke(identity: &Identity, org_id: &OrgId, id: &KeyId, actor: &str) -> Result<(), KeyError> {
    let mut org = identity.lock(org_id).await?;
    of_org(&mut org.tx, org_id, id).await?;
    let now = org.now;
    if org.tx.execute(sql::REVOKE, &[id.as_str().into(), now.into()]).await? == 1 {
        org.record(NewEvent::new("key.revoked", actor, &json!({ "key_id": id }))).await?;
    }
    Ok(org.commit().await?)
}

/// An org's keys, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<KeyView>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into()]).await?.iter().map(view_from).collect()
}

/// How many live keys an org's agents have, or one of them.
///
/// # Errors
/// [`StoreError`].
pub async fn count_of_agents(
    tx: &mut Tx,
    org_id: &OrgId,
    agent: Option<&AgentId>,
    now: TimeUs,
) -> Result<i64, StoreError> {
    let agent = agent.map_or("", AgentId::as_str);
    let row = tx.row(sql::COUNT_OF_AGENTS, &[org_id.as_str().into(), agent.into(), now.into()]).await?;
    row.map_or(Ok(0), |row| row.int("live"))
}

/// The org that a key belongs to, be the key an agent's or its own.
///
/// # Errors
/// [`StoreError`].
pub async fn org_of(tx: &mut Tx, id: &KeyId) -> Result<Option<OrgId>, StoreError> {
    let row = tx.row(sql::BY_ID, &[id.as_str().into()]).await?;
    row.map(|row| Ok(OrgId::from_store(&row.text("org_id")?))).transpose()
}

async fn of_org(tx: &mut Tx, org_id: &OrgId, id: &KeyId) -> Result<(KeyView, Mode), KeyError> {
    let row = tx.row(sql::BY_ID, &[id.as_str().into()]).await?.ok_or(KeyError::NotFound("key"))?;
    if row.text("org_id")? != org_id.as_str() {
        return Err(KeyError::NotFound("key"));
    }
    Ok((view_from(&row)?, mode_from(&row)?))
}

pub(super) fn mode_from(row: &Row) -> Result<Mode, StoreError> {
    let mode = row.text("mode")?;
    Mode::parse(&mode).ok_or_else(|| StoreError::Damaged(format!("orgs.mode: {mode:?}")))
}

fn view_from(row: &Row) -> Result<KeyView, StoreError> {
    Ok(KeyView {
        key_id: KeyId::from_store(&row.text("id")?),
        agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
        name: row.text("name")?,
        scopes: row.text("scopes")?,
        created_at: row.time("created_us")?,
        expires_at: row.opt_time("expires_us")?,
        revoked_at: row.opt_time("revoked_us")?,
        last_used_at: row.opt_time("last_used_us")?,
    })
}

/// Notes when keys were used; called now and then with what was gathered since, never on a request's way.
///
/// # Errors
/// [`StoreError`].
pub async fn note_used(tx: &mut Tx, used: &[(KeyId, TimeUs)]) -> Result<(), StoreError> {
    for (id, at) in used {
        tx.execute(sql::USED, &[id.as_str().into(), (*at).into()]).await?;
    }
    Ok(())
}
