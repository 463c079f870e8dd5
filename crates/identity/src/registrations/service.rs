//! Registering, claiming and refusing bots.

use std::time::Duration;

use bursar_base::{AgentId, KeyId, Language, Mode, OrgId, TimeUs, limits};
use bursar_http::credentials::{ApiKey, BASE62, KEY_RANDOM_CHARS};
use bursar_http::signatures::signing_secret;
use bursar_store::events::NewEvent;
use bursar_store::rates::{self, Allowed, Rate};
use bursar_store::{StoreError, Tx};
use serde_json::json;

use super::{
    ClaimToken, NewRegistration, Registered, Registration, RegistrationError, RegistrationStatus,
    registration_from, sql,
};
use crate::keys::{Scopes, service as keys};
use crate::{Identity, OrgTx, secrets};

/// What registrations from one address are limited to.
const PER_ADDRESS: [Rate; 2] = [
    Rate { count: limits::REGISTRATIONS_PER_HOUR, within: Duration::from_secs(60 * 60) },
    Rate { count: limits::REGISTRATIONS_PER_DAY, within: Duration::from_secs(24 * 60 * 60) },
];
const MAILS: [Rate; 1] =
    [Rate { count: limits::CLAIM_MAILS_PER_DAY, within: Duration::from_secs(24 * 60 * 60) }];
const CLAIMS: [Rate; 1] = [Rate { count: limits::CLAIMS_PER_HOUR, within: Duration::from_secs(60 * 60) }];

/// The label that a bot's webhook secret is sealed under.
pub fn webhook_label(id: &AgentId) -> String {
    format!("registrations.sealed_webhook_secret:{id}")
}

/// Counts one more registration from an address.
///
/// # Errors
/// [`RegistrationError::TooMany`], [`RegistrationError::Store`].
pub async fn count(tx: &mut Tx, address: &str, now: TimeUs) -> Result<(), RegistrationError> {
    allowed(rates::take(tx, "register", address, &PER_ADDRESS, now).await?)
}

/// Counts one more mail about a bot to an owner.
///
/// # Errors
/// As [`count`].
pub async fn count_mail(tx: &mut Tx, owner_email: &str, now: TimeUs) -> Result<(), RegistrationError> {
    allowed(rates::take(tx, "claim_mail", owner_email, &MAILS, now).await?)
}

/// Counts one more try of a claim token by somebody.
///
/// # Errors
/// As [`count`].
pub async fn count_claim(tx: &mut Tx, who: &str, now: TimeUs) -> Result<(), RegistrationError> {
    allowed(rates::take(tx, "claim", who, &CLAIMS, now).await?)
}

fn allowed(allowed: Allowed) -> Result<(), RegistrationError> {
    match allowed {
        Allowed::Yes => Ok(()),
        Allowed::After(wait) => Err(RegistrationError::TooMany(wait)),
    }
}

/// Writes down a bot that registered, in the caller's transaction over the chain that says so: the system's, or the org's
/// that it was paired with.
///
/// # Errors
/// [`RegistrationError::Duplicate`], [`RegistrationError::Store`].
pub async fn insert(
    identity: &Identity,
    chain: &mut OrgTx,
    new: &NewRegistration,
) -> Result<Registered, RegistrationError> {
    let now = chain.now;
    let id = AgentId::new(now, &*identity.rng);
    let (rng, master) = (&*identity.rng, &identity.master);
    let key = ApiKey::from_random(new.mode, &secrets::letters(rng, BASE62, KEY_RANDOM_CHARS));
    let key_id = KeyId::new(now, rng);
    let sealed = master.seal(&keys::seal_label(&key_id), &signing_secret(key.reveal()), rng);
    let callback = new.callback.as_ref();
    let sealed_webhook = callback.map(|to| master.seal(&webhook_label(&id), to.secret.as_bytes(), rng));
    let claim_token = ClaimToken::new(rng);
    let (key_hash, token_hash) = (key.hash(), claim_token.hash());
    let expires = now.plus(limits::CLAIM_WITHIN);
    chain.tx.execute(sql::EXPIRE, &[(&new.owner_email).into(), now.into()]).await?;
    let args = [
        id.as_str().into(),
        (&new.name).into(),
        (&new.owner_email).into(),
        (&new.description).into(),
        callback.map(|to| to.url.as_str()).into(),
        sealed_webhook.as_deref().into(),
        new.mode.as_str().into(),
        key_id.as_str().into(),
        (&key_hash).into(),
        (&sealed).into(),
        (&new.address).into(),
        now.into(),
        expires.into(),
        new.owner_language.map(Language::as_str).into(),
    ];
    if chain.tx.execute(sql::INSERT, &args).await? != 1 {
        return Err(RegistrationError::Duplicate);
    }
    let token = [(&token_hash).into(), id.as_str().into(), expires.into()];
    chain.tx.execute(sql::ADD_TOKEN, &token).await?;
    let detail = json!({ "name": new.name, "owner_email": new.owner_email, "address": new.address });
    let event = NewEvent::new("agent.registered", format!("agent:{id}"), &detail).agent(&id);
    chain.record(event).await?;
    Ok(Registered { id, key, claim_token })
}

/// A registration by its id.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &AgentId) -> Result<Option<Registration>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(registration_from).transpose()
}

/// The registration that a token claims.
///
/// # Errors
/// [`RegistrationError::Token`], [`RegistrationError::Store`].
pub async fn of_token(tx: &mut Tx, token: &str, now: TimeUs) -> Result<Registration, RegistrationError> {
    let token = ClaimToken::parse(token).ok_or(RegistrationError::Token)?;
    let row = tx.row(sql::BY_TOKEN, &[(&token.hash()).into(), now.into()]).await?;
    Ok(registration_from(&row.ok_or(RegistrationError::Token)?)?)
}

/// What waits for an owner, and what an org has claimed, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    owner_email: &str,
    org_id: Option<&OrgId>,
    now: TimeUs,
) -> Result<Vec<Registration>, StoreError> {
    let args = [owner_email.into(), org_id.map_or("", |org_id| org_id.as_str()).into(), now.into()];
    tx.rows(sql::LIST, &args).await?.iter().map(registration_from).collect()
}

/// One more token for a bot that waits: for one mail to its owner. `None` when it waits no more.
///
/// # Errors
/// [`StoreError`].
pub async fn fresh_token(
    identity: &Identity,
    id: &AgentId,
) -> Result<Option<(Registration, ClaimToken)>, StoreError> {
    let mut tx = identity.db.write().await?;
    let now = tx.now(&*identity.clock).await?;
    let waiting = find(&mut tx, id).await?.filter(|r| r.status_at(now) == RegistrationStatus::Pending);
    let Some(registration) = waiting else { return Ok(None) };
    let token = ClaimToken::new(&*identity.rng);
    let hash = token.hash();
    let args = [(&hash).into(), id.as_str().into(), registration.expires_at.into()];
    tx.execute(sql::ADD_TOKEN, &args).await?;
    tx.commit().await?;
    Ok(Some((registration, token)))
}

/// Makes a bot an org's, in the caller's transaction, which makes the agent: here its registration ends, and its key
/// becomes a key like any other. Of two who claim it at once one is refused.
///
/// # Errors
/// [`RegistrationError`].
pub async fn claim(
    org: &mut OrgTx,
    org_id: &OrgId,
    mode: Mode,
    registration: &Registration,
    actor: &str,
) -> Result<(), RegistrationError> {
    if registration.mode != mode {
        return Err(RegistrationError::OtherMode { bot: registration.mode, org: mode });
    }
    end(&mut org.tx, registration, RegistrationStatus::Claimed, Some(org_id), org.now, actor).await?;
    let adopted = keys::Adopted {
        id: &registration.key_id,
        hash: &registration.key_hash,
        sealed_secret: &registration.sealed_secret,
    };
    let (id, name) = (&registration.id, &registration.name);
    Ok(keys::adopt(org, org_id, id, name, adopted, Scopes::agent(), actor).await?)
}

/// Says in the org's trail that a bot is theirs now: once all of it is made, so that its endpoint is told.
///
/// # Errors
/// [`StoreError`].
pub async fn record_claim(
    org: &mut OrgTx,
    registration: &Registration,
    actor: &str,
) -> Result<(), StoreError> {
    let detail = json!({ "name": registration.name, "owner_email": registration.owner_email });
    org.record(NewEvent::new("agent.claimed", actor, &detail).agent(&registration.id)).await
}

/// An owner does not know this bot: its key opens nothing, for good.
///
/// # Errors
/// [`RegistrationError`].
pub async fn refuse(
    identity: &Identity,
    id: &AgentId,
    actor: &str,
) -> Result<Registration, RegistrationError> {
    let mut system = identity.lock_system().await?;
    let mut registration = find(&mut system.tx, id).await?.ok_or(RegistrationError::NotFound)?;
    let now = system.now;
    end(&mut system.tx, &registration, RegistrationStatus::Refused, None, now, actor).await?;
    system
        .record(NewEvent::new("agent.refused", actor, &json!({ "name": registration.name })).agent(id))
        .await?;
    system.commit().await?;
    registration.status = RegistrationStatus::Refused;
    Ok(registration)
}

async fn end(
    tx: &mut Tx,
    registration: &Registration,
    status: RegistrationStatus,
    org_id: Option<&OrgId>,
    now: TimeUs,
    actor: &str,
) -> Result<(), RegistrationError> {
    let id = registration.id.as_str();
    let org_id = org_id.map(|org_id| org_id.as_str());
    let args = [id.into(), status.as_str().into(), org_id.into(), now.into(), actor.into()];
    if tx.execute(sql::END, &args).await? != 1 {
        let now_is = find(tx, &registration.id).await?.ok_or(RegistrationError::NotFound)?;
        return Err(RegistrationError::Over(now_is.status_at(now)));
    }
    tx.execute(sql::DROP_TOKENS, &[id.into()]).await?;
    Ok(())
}
