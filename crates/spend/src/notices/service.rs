//! What members choose, and when a wallet is low.

use std::collections::BTreeMap;

use bursar_base::{AgentId, MemberId, OrgId, money};
use bursar_identity::OrgTx;
use bursar_money::budgets;
use bursar_money::ledger::AccountId;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::{Choice, sql};

/// What a member gets of each kind.
///
/// # Errors
/// [`StoreError`].
pub async fn choices(tx: &mut Tx, member: &MemberId) -> Result<BTreeMap<&'static str, bool>, StoreError> {
    let mut all: BTreeMap<&str, bool> =
        Choice::ALL.into_iter().map(|choice| (choice.as_str(), choice.is_on_by_default())).collect();
    for row in tx.rows(sql::CHOICES, &[member.as_str().into()]).await? {
        if let Some(choice) = Choice::parse(&row.text("kind")?) {
            all.insert(choice.as_str(), row.int("is_on")? == 1);
        }
    }
    Ok(all)
}

/// Whether a member wants mails of a kind.
///
/// # Errors
/// [`StoreError`].
pub async fn wants(tx: &mut Tx, member: &MemberId, choice: Choice) -> Result<bool, StoreError> {
    let all = choices(tx, member).await?;
    Ok(all.get(choice.as_str()).copied().unwrap_or(choice.is_on_by_default()))
}

/// Notes what a member wants, in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn choose(
    org: &mut OrgTx,
    org_id: &OrgId,
    member: &MemberId,
    wanted: &[(Choice, bool)],
    actor: &str,
) -> Result<(), StoreError> {
    let now = choices(&mut org.tx, member).await?;
    let changed: BTreeMap<&str, bool> = wanted
        .iter()
        .filter(|(choice, on)| now.get(choice.as_str()) != Some(on))
        .map(|(choice, on)| (choice.as_str(), *on))
        .collect();
    for (kind, on) in &changed {
        let args = [member.as_str().into(), (*kind).into(), org_id.as_str().into(), i64::from(*on).into()];
        org.tx.execute(sql::CHOOSE, &args).await?;
    }
    if !changed.is_empty() {
        let detail = json!({ "member_id": member, "set": changed });
        org.record(NewEvent::new("member.notifications_set", actor, &detail)).await?;
    }
    Ok(())
}

/// The wallet of an org or, with an agent, the one of its own; `None` where the agent has none.
///
/// # Errors
/// [`StoreError`].
pub async fn wallet_of(
    tx: &mut Tx,
    org_id: &OrgId,
    agent: Option<&AgentId>,
) -> Result<Option<AccountId>, StoreError> {
    let Some(agent) = agent else { return Ok(Some(AccountId::wallet(org_id.as_str()))) };
    let own = AccountId::wallet(agent.as_str());
    let budget = budgets::find(tx, agent).await?;
    Ok(budget.filter(|budget| budget.org_id == *org_id && budget.wallet == own).map(|_| own))
}

/// Sets below which sum owners are told of a wallet, in micros; without one they are told when it is empty only.
///
/// # Errors
/// [`StoreError`].
pub async fn set_alert(
    org: &mut OrgTx,
    org_id: &OrgId,
    wallet: &AccountId,
    below: Option<i64>,
    actor: &str,
) -> Result<(), StoreError> {
    match below {
        Some(micros) => {
            let args = [wallet.as_str().into(), org_id.as_str().into(), micros.into()];
            org.tx.execute(sql::SET_ALERT, &args).await?;
        }
        None => drop(org.tx.execute(sql::DROP_ALERT, &[wallet.as_str().into()]).await?),
    }
    let detail = json!({ "wallet": wallet.as_str(), "below": below.map(money::decimal) });
    org.record(NewEvent::new("wallet.alert_set", actor, &detail)).await
}

/// The org's wallets about which owners are told, each with the sum in micros.
///
/// # Errors
/// [`StoreError`].
pub async fn alerts(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<(AccountId, i64)>, StoreError> {
    let rows = tx.rows(sql::ALERTS, &[org_id.as_str().into()]).await?;
    rows.iter().map(|row| Ok((AccountId(row.text("wallet")?.into()), row.int("below_micros")?))).collect()
}
