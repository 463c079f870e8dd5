//! Every version of every policy is kept; one is in force.

use bursar_base::{AgentId, Clock, OrgId, TimeUs};
use bursar_store::events::{self, Head, NewEvent};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde::Serialize;
use serde_json::json;

use super::{Document, DocumentError, Policy, sql};
use crate::votes;

/// One version, as kept.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyVersion {
    /// 1 is the first.
    pub version: i64,
    /// What it says.
    pub document: Document,
    /// Who made it.
    pub actor: String,
    /// When.
    pub created_at: TimeUs,
}

/// Why a policy was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetPolicyError {
    /// There is no such agent in this org.
    #[error("no such agent")]
    NoAgent,
    /// The document is no policy.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// More have to say yes than there are who can.
    #[error(
        "approvals: {needed} have to say yes, and {possible} members of the org can; add approvers first"
    )]
    TooFewApprovers {
        /// How many have to.
        needed: u32,
        /// How many can.
        possible: u32,
    },
    /// Somebody else changed it meanwhile.
    #[error("the policy is at version {current} by now; read it again and send If-Match with that version")]
    Changed {
        /// The version in force.
        current: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes `document` the agent's policy in force. With `expected`, only if that version still is. Windows stay as they
/// are: a change of policy never empties one.
///
/// # Errors
/// [`SetPolicyError`].
pub async fn set(
    tx: &mut Tx,
    clock: &dyn Clock,
    org: &OrgId,
    agent: &AgentId,
    document: &Document,
    expected: Option<i64>,
    actor: &str,
) -> Result<i64, SetPolicyError> {
    let needed = Policy::compile(document)?.approvals;
    let mut head = events::lock_head(tx, org.as_str()).await?;
    let now = events::now_for(tx, &head, clock).await?;
    let row = tx.row(sql::CURRENT_VERSION, &[agent.as_str().into()]).await?.ok_or(SetPolicyError::NoAgent)?;
    if row.text("org_id")? != org.as_str() {
        return Err(SetPolicyError::NoAgent);
    }
    let current = row.int("policy_version")?;
    if expected.is_some_and(|expected| expected != current) {
        return Err(SetPolicyError::Changed { current });
    }
    enough_approvers(tx, org, needed).await?;
    let version = current + 1;
    insert_version(tx, &mut head, org, agent, version, document, actor, now).await?;
    tx.execute(sql::PUT_IN_FORCE, &[agent.as_str().into(), version.into()]).await?;
    events::save_head(tx, &head).await?;
    Ok(version)
}

/// Whether a document could be put in force in an org: what [`set`] demands of it, ready to decide with.
///
/// # Errors
/// [`SetPolicyError::Document`], [`SetPolicyError::TooFewApprovers`], [`SetPolicyError::Store`].
pub async fn check_for(tx: &mut Tx, org: &OrgId, document: &Document) -> Result<Policy, SetPolicyError> {
    let policy = Policy::compile(document)?;
    enough_approvers(tx, org, policy.approvals).await?;
    Ok(policy)
}

async fn enough_approvers(tx: &mut Tx, org: &OrgId, needed: u32) -> Result<(), SetPolicyError> {
    if needed > 1 {
        let possible = votes::possible(tx, org).await?;
        if needed > possible {
            return Err(SetPolicyError::TooFewApprovers { needed, possible });
        }
    }
    Ok(())
}

/// Writes one version and its audit entry, under the caller's lock of `head`.
///
/// # Errors
/// [`StoreError`].
#[allow(clippy::too_many_arguments)] // one row, one argument a column
pub async fn insert_version(
    tx: &mut Tx,
    head: &mut Head,
    org: &OrgId,
    agent: &AgentId,
    version: i64,
    document: &Document,
    actor: &str,
    now: TimeUs,
) -> Result<(), StoreError> {
    let json = document.to_json();
    let args = [
        agent.as_str().into(),
        version.into(),
        org.as_str().into(),
        (&json).into(),
        actor.into(),
        now.into(),
    ];
    tx.execute(sql::INSERT, &args).await?;
    let event =
        NewEvent::new("policy.set", actor, &json!({ "version": version, "document": document })).agent(agent);
    events::append(tx, head, now, event).await?;
    Ok(())
}

/// The version in force.
///
/// # Errors
/// [`StoreError::Damaged`] when what is stored is no document.
pub async fn current(tx: &mut Tx, agent: &AgentId) -> Result<Option<PolicyVersion>, StoreError> {
    tx.row(sql::CURRENT, &[agent.as_str().into()]).await?.as_ref().map(version_from).transpose()
}

/// One version, ready to decide with; `None` where there is none, or it cannot be read.
///
/// # Errors
/// [`StoreError`].
pub async fn version(tx: &mut Tx, agent: &AgentId, version: i64) -> Result<Option<Policy>, StoreError> {
    let row = tx.row(sql::VERSION, &[agent.as_str().into(), version.into()]).await?;
    let text = row.map(|row| row.text("document")).transpose()?;
    Ok(text.and_then(|text| Policy::from_json(&text).ok()))
}

/// The newest `limit` versions, newest first.
///
/// # Errors
/// [`StoreError::Damaged`] when what is stored is no document.
pub async fn history(tx: &mut Tx, agent: &AgentId, limit: u32) -> Result<Vec<PolicyVersion>, StoreError> {
    let rows = tx.rows(sql::HISTORY, &[agent.as_str().into(), i64::from(limit).into()]).await?;
    rows.iter().map(version_from).collect()
}

fn version_from(row: &Row) -> Result<PolicyVersion, StoreError> {
    let document = serde_json::from_str(&row.text("document")?)
        .map_err(|error| StoreError::Damaged(format!("policy: {error}")))?;
    Ok(PolicyVersion {
        version: row.int("version")?,
        document,
        actor: row.text("actor")?,
        created_at: row.time("created_us")?,
    })
}
