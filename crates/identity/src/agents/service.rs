//! Making and reading agents.

use bursar_base::{AgentId, OrgId};
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use serde_json::json;

use super::{Agent, sql};
use crate::OrgTx;

/// Writes a new agent in the caller's transaction, which opens its budget too. The name was checked by
/// [`crate::valid_name`].
///
/// # Errors
/// [`StoreError`].
pub async fn insert(
    org: &mut OrgTx,
    org_id: &OrgId,
    id: &AgentId,
    name: &str,
    actor: &str,
) -> Result<(), StoreError> {
    org.tx
        .execute(sql::INSERT, &[id.as_str().into(), org_id.as_str().into(), name.into(), org.now.into()])
        .await?;
    org.record(NewEvent::new("agent.created", actor, &json!({ "name": name })).agent(id)).await
}

/// One agent, of whichever org: the caller checks.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &AgentId) -> Result<Option<Agent>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(agent_from).transpose()
}

/// An org's agents, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<Agent>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into()]).await?.iter().map(agent_from).collect()
}

fn agent_from(row: &Row) -> Result<Agent, StoreError> {
    Ok(Agent {
        id: AgentId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        name: row.text("name")?,
        created_at: row.time("created_us")?,
    })
}
