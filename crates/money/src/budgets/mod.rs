//! An agent's budget row: opened with the agent, changed by the funnel alone.

mod sql;

use bursar_base::{AgentId, Currency, OrgId, TimeUs};
use bursar_store::{Columns as _, StoreError, Tx};

use crate::funnel::{account_from, budget_from};
use crate::holds::{Budget, WindowKind};
use crate::ledger::{Account, AccountId};

pub use sql::ALL as STATEMENTS;

/// Opens a budget for a new agent, drawing on the org's wallet or on one of its own, with policy version 1 in force.
///
/// # Errors
/// [`StoreError`].
pub async fn open(
    tx: &mut Tx,
    org: &OrgId,
    agent: &AgentId,
    currency: Currency,
    own_wallet: bool,
) -> Result<(), StoreError> {
    let owner = if own_wallet { agent.as_str() } else { org.as_str() };
    let wallet = AccountId::wallet(owner);
    let args = [agent.as_str().into(), org.as_str().into(), wallet.as_str().into(), currency.as_str().into()];
    tx.execute(sql::OPEN, &args).await?;
    Ok(())
}

/// An agent's budget as it is, windows not yet brought to now.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, agent: &AgentId) -> Result<Option<Budget>, StoreError> {
    tx.row(sql::FIND, &[agent.as_str().into()]).await?.as_ref().map(budget_from).transpose()
}

/// The budgets of an org's agents.
///
/// # Errors
/// [`StoreError`].
pub async fn of_org(tx: &mut Tx, org: &OrgId) -> Result<Vec<Budget>, StoreError> {
    tx.rows(sql::OF_ORG, &[org.as_str().into()]).await?.iter().map(budget_from).collect()
}

/// What counts in the window of a kind that began at `start`, be it the current one or one that has ended; `None` where
/// nothing was ever counted in it.
///
/// # Errors
/// [`StoreError`].
pub async fn used(
    tx: &mut Tx,
    budget: &Budget,
    kind: WindowKind,
    start: TimeUs,
) -> Result<Option<i64>, StoreError> {
    if budget.window(kind).start == start {
        return Ok(Some(budget.window(kind).used()));
    }
    let args = [budget.agent_id.as_str().into(), kind.as_str().into(), start.into()];
    let row = tx.row(sql::PAST, &args).await?;
    row.map(|row| Ok(row.int("held")?.saturating_add(row.int("spent")?))).transpose()
}

/// The sums of a wallet; `None` before anything moved.
///
/// # Errors
/// [`StoreError`].
pub async fn wallet(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, StoreError> {
    tx.row(sql::WALLET, &[id.as_str().into()]).await?.as_ref().map(account_from).transpose()
}
