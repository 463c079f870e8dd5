//! Making, changing, disabling and removing endpoints, in the caller's transaction under the org's lock.

use bursar_base::{AgentId, EndpointId, OrgId, limits};
use bursar_http::outgoing::UrlError;
use bursar_identity::OrgTx;
use bursar_identity::agents::service as agents;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{Endpoint, Filter, NewEndpoint, Owner, Secret, State, Wanted, sql};
use crate::Spend;
use crate::mails::{About, service as mails};

/// Why an endpoint was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The URL would never be called.
    #[error("url: {0}")]
    Url(#[from] UrlError),
    /// There are as many as there may be.
    #[error("there are {0} endpoints already, as many as there may be; remove one first")]
    TooMany(usize),
    /// There is no such agent in the org.
    #[error("there is no such agent in this org")]
    NoAgent,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A secret that was made and shown before there was an endpoint to belong to: `whsec_…`, sealed under a label of its
/// own.
#[derive(Debug, Clone, Copy)]
pub struct SealedSecret<'a> {
    /// What it was sealed under.
    pub label: &'a str,
    /// What [`bursar_store::MasterKey::seal`] made of its text.
    pub sealed: &'a str,
}

/// Makes an endpoint with a new secret in the caller's transaction. It is told of every entry that is appended to the
/// org's trail after this call, also in the same transaction.
///
/// # Errors
/// [`EndpointError`].
pub async fn insert(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    wanted: Wanted,
    actor: &str,
) -> Result<NewEndpoint, EndpointError> {
    let secret = Secret::generate(&*spend.identity.rng);
    let id = write(spend, org, org_id, wanted, &secret, actor).await?;
    Ok(NewEndpoint { id, secret })
}

/// The same with a secret that its receiver has already.
///
/// # Errors
/// [`EndpointError`]; [`StoreError::Damaged`] where the secret cannot be opened.
pub async fn adopt(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    wanted: Wanted,
    secret: SealedSecret<'_>,
    actor: &str,
) -> Result<EndpointId, EndpointError> {
    let opened = spend.identity.master.open(secret.label, secret.sealed).map_err(StoreError::from)?;
    write(spend, org, org_id, wanted, &read_secret(&opened)?, actor).await
}

fn read_secret(opened: &[u8]) -> Result<Secret, StoreError> {
    let secret = std::str::from_utf8(opened).ok().and_then(Secret::parse);
    secret.ok_or_else(|| StoreError::Damaged("a webhook secret".to_owned()))
}

async fn write(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    wanted: Wanted,
    secret: &Secret,
    actor: &str,
) -> Result<EndpointId, EndpointError> {
    let url = spend.outgoing.check(&wanted.url)?;
    if let Some(agent) = &wanted.agent_id {
        let found = agents::find(&mut org.tx, agent).await?;
        found.filter(|agent| agent.org_id == *org_id).ok_or(EndpointError::NoAgent)?;
    }
    let (of_agent, max) = match wanted.owner {
        Owner::Agent => (wanted.agent_id.as_ref().map_or("", AgentId::as_str), limits::AGENT_ENDPOINTS_MAX),
        Owner::Org => ("", limits::ORG_ENDPOINTS_MAX),
    };
    let args = [org_id.as_str().into(), wanted.owner.as_str().into(), of_agent.into()];
    let count = org.tx.row(sql::COUNT, &args).await?.map_or(Ok(0), |row| row.int("endpoints"))?;
    if usize::try_from(count).unwrap_or(usize::MAX) >= max {
        return Err(EndpointError::TooMany(max));
    }
    let id = EndpointId::new(org.now, &*spend.identity.rng);
    let sealed = sealed(spend, &id, secret);
    let events = wanted.events.text();
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        wanted.owner.as_str().into(),
        wanted.agent_id.as_ref().map(AgentId::as_str).into(),
        url.as_str().into(),
        wanted.description.as_deref().into(),
        (&events).into(),
        (&sealed).into(),
        org.head.seq.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "endpoint_id": id, "url": without_query(url.as_str()), "owner": wanted.owner.as_str(), "events": events });
    let mut event = NewEvent::new("endpoint.created", actor, &detail);
    event.agent_id = wanted.agent_id;
    org.record(event).await?;
    Ok(id)
}

fn sealed(spend: &Spend, id: &EndpointId, secret: &Secret) -> String {
    spend.identity.master.seal(&Secret::label(id), secret.reveal().as_bytes(), &*spend.identity.rng)
}

/// The secrets that messages are signed with at `now`, the newest first.
///
/// # Errors
/// [`StoreError::Damaged`].
pub fn secrets(spend: &Spend, endpoint: &Endpoint) -> Result<Vec<Secret>, StoreError> {
    let now = spend.now();
    let old = endpoint.old_secret.as_ref().filter(|(_, until)| now < *until).map(|(sealed, _)| sealed);
    let label = Secret::label(&endpoint.id);
    let open = |sealed: &String| read_secret(&spend.identity.master.open(&label, sealed)?);
    std::iter::once(&endpoint.sealed_secret).chain(old).map(open).collect()
}

/// What is changed of an endpoint; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Where to.
    pub url: Option<String>,
    /// Of what.
    pub events: Option<Filter>,
    /// For people; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Whether it is called.
    pub enabled: Option<bool>,
}

/// Changes an endpoint. One that is enabled again is told of what comes from now on; what it missed can be replayed.
///
/// # Errors
/// [`EndpointError`].
pub async fn change(
    spend: &Spend,
    org: &mut OrgTx,
    endpoint: Endpoint,
    change: Change,
    actor: &str,
) -> Result<Endpoint, EndpointError> {
    let url = match change.url {
        Some(url) => spend.outgoing.check(&url)?.to_string(),
        None => endpoint.url.clone(),
    };
    let events = change.events.unwrap_or_else(|| endpoint.events.clone());
    let description = change.description.unwrap_or_else(|| endpoint.description.clone());
    let enable = change.enabled == Some(true) && endpoint.state != State::Active;
    if enable || url != endpoint.url || events != endpoint.events || description != endpoint.description {
        let text = events.text();
        let args = [
            endpoint.id.as_str().into(),
            (&url).into(),
            description.as_deref().into(),
            (&text).into(),
            org.now.into(),
        ];
        org.tx.execute(sql::UPDATE, &args).await?;
        if enable {
            let args = [endpoint.id.as_str().into(), org.head.seq.into(), org.now.into()];
            org.tx.execute(sql::ENABLE, &args).await?;
        }
        let detail = json!({ "endpoint_id": endpoint.id, "url": without_query(&url), "events": text, "enabled": enable });
        org.record(about(&endpoint, "endpoint.changed", actor, &detail)).await?;
    }
    if change.enabled == Some(false) {
        disable(org, &endpoint, "by hand", actor).await?;
    }
    let changed = find(&mut org.tx, &endpoint.id).await?;
    Ok(changed.unwrap_or(endpoint))
}

/// Stops calling an endpoint. `false` when it was stopped before.
///
/// # Errors
/// [`StoreError`].
pub async fn disable(
    org: &mut OrgTx,
    endpoint: &Endpoint,
    reason: &str,
    actor: &str,
) -> Result<bool, StoreError> {
    let id = endpoint.id.as_str();
    if org.tx.execute(sql::DISABLE, &[id.into(), reason.into(), org.now.into()]).await? == 0 {
        return Ok(false);
    }
    org.tx.execute(sql::CANCEL_DELIVERIES, &[id.into(), "the endpoint was disabled".into()]).await?;
    let detail = json!({ "endpoint_id": id, "url": without_query(&endpoint.url), "reason": reason });
    org.record(about(endpoint, "endpoint.disabled", actor, &detail)).await?;
    Ok(true)
}

/// The same because of what came back, or did not; owners get a mail.
///
/// # Errors
/// [`StoreError`].
pub async fn give_up(
    spend: &Spend,
    org: &mut OrgTx,
    endpoint: &Endpoint,
    reason: &str,
) -> Result<(), StoreError> {
    if !disable(org, endpoint, reason, "worker").await? {
        return Ok(());
    }
    let about = About::EndpointDisabled {
        endpoint_id: endpoint.id.clone(),
        url: without_query(&endpoint.url).to_owned(),
        agent_id: endpoint.agent_id.clone(),
        reason: reason.to_owned(),
        at: org.now,
    };
    let key = format!("{}:{}:{}", about.kind(), endpoint.id, org.now.0);
    mails::queue(spend, org, &endpoint.org_id, &about, &key).await
}

/// Gives an endpoint a new secret. The one before signs too for [`limits::ENDPOINT_SECRET_OVERLAP`]; one older than that
/// no longer does.
///
/// # Errors
/// [`StoreError`].
pub async fn rotate(
    spend: &Spend,
    org: &mut OrgTx,
    endpoint: &Endpoint,
    actor: &str,
) -> Result<Secret, StoreError> {
    let secret = Secret::generate(&*spend.identity.rng);
    let until = org.now.plus(limits::ENDPOINT_SECRET_OVERLAP);
    let sealed = sealed(spend, &endpoint.id, &secret);
    let args = [endpoint.id.as_str().into(), (&sealed).into(), until.into(), org.now.into()];
    org.tx.execute(sql::ROTATE, &args).await?;
    let detail = json!({ "endpoint_id": endpoint.id, "old_secret_until": until });
    org.record(about(endpoint, "endpoint.secret_rotated", actor, &detail)).await?;
    Ok(secret)
}

/// Removes an endpoint, with the log of what was sent there.
///
/// # Errors
/// [`StoreError`].
pub async fn remove(org: &mut OrgTx, endpoint: &Endpoint, actor: &str) -> Result<(), StoreError> {
    let id = endpoint.id.as_str();
    org.tx.execute(sql::DELETE, &[id.into()]).await?;
    org.tx.execute(sql::DELETE_DELIVERIES, &[id.into()]).await?;
    let detail = json!({ "endpoint_id": id, "url": without_query(&endpoint.url) });
    org.record(about(endpoint, "endpoint.deleted", actor, &detail)).await
}

/// A URL as the trail and mails have it: receivers put secrets of theirs behind the question mark.
fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(place, _)| place)
}

fn about(endpoint: &Endpoint, action: &'static str, actor: &str, detail: &serde_json::Value) -> NewEvent {
    let mut event = NewEvent::new(action, actor, detail);
    event.agent_id.clone_from(&endpoint.agent_id);
    event
}

/// One endpoint, of whichever org: the caller checks.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// An org's endpoints, its agents' among them, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<Endpoint>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into()]).await?.iter().map(from_row).collect()
}

/// Reads a row of `webhook_endpoints`.
///
/// # Errors
/// [`StoreError`].
pub fn from_row(row: &Row) -> Result<Endpoint, StoreError> {
    let owner = row.text("owner")?;
    let state = match row.text("status")?.as_str() {
        "active" => State::Active,
        _ => State::Disabled { reason: row.opt_text("disabled_reason")?.unwrap_or_default() },
    };
    Ok(Endpoint {
        id: EndpointId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        owner: Owner::parse(&owner).ok_or_else(|| StoreError::Damaged(format!("owner {owner:?}")))?,
        agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
        url: row.text("url")?,
        description: row.opt_text("description")?,
        events: Filter::from_store(&row.text("events")?),
        sealed_secret: row.text("sealed_secret")?,
        old_secret: row.opt_text("sealed_old_secret")?.zip(row.opt_time("old_secret_until_us")?),
        state,
        cursor_seq: row.int("cursor_seq")?,
        failing_since: row.opt_time("failing_since_us")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}
