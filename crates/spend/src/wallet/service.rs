//! Looking at a wallet.

use bursar_base::AgentId;
use bursar_identity::orgs::service as orgs;
use bursar_money::budgets;
use bursar_money::holds::Budget;
use bursar_money::ledger::AccountId;
use bursar_money::policies::{self, AgentState, Policy, PolicyVersion};
use bursar_store::{StoreError, Tx};

use super::{CardStatus, SpendingLimits, WalletBody, WalletStatus, WindowBody, usd};
use crate::Spend;
use crate::cards::{Status, service as cards};
use crate::checkouts;

/// What an agent sees of its wallet; `None` when it has no budget.
///
/// # Errors
/// [`StoreError`].
pub async fn check(spend: &Spend, agent: &AgentId) -> Result<Option<WalletBody>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(mut budget) = budgets::find(&mut tx, agent).await? else {
        return Ok(None);
    };
    let now = tx.now(&*spend.identity.clock).await?;
    let zone = orgs::find(&mut tx, &budget.org_id).await?.map(|org| org.time_zone);
    if let Some(zone) = zone.and_then(|name| jiff::tz::TimeZone::get(&name).ok()) {
        // What ended is somebody else's to write down; here only the view moves on.
        drop(budget.roll(now, &zone));
    }
    let policy = policy_of(&mut tx, agent).await?;
    let account = budgets::wallet(&mut tx, &budget.wallet).await?;
    let available = account.as_ref().map_or(0, |account| account.available());
    let status = match budget.state {
        AgentState::Pending => WalletStatus::Pending,
        AgentState::Frozen => WalletStatus::Frozen,
        AgentState::Active if policy.is_none() => WalletStatus::Inactive,
        AgentState::Active if account.as_ref().is_none_or(|account| account.credits_posted == 0) => {
            WalletStatus::Inactive
        }
        AgentState::Active if available <= 0 => WalletStatus::Empty,
        AgentState::Active => WalletStatus::Active,
    };
    let limit = |of: fn(&Policy) -> Option<i64>| policy.as_ref().and_then(of);
    let (currency, text) = (budget.currency, bursar_base::money::decimal);
    let per_transaction = limit(|policy| policy.per_transaction).map(text);
    let monthly = WindowBody::new(limit(|policy| policy.monthly), budget.month.used());
    let spending_limits = SpendingLimits {
        per_transaction_usd: usd(currency, per_transaction.clone()),
        monthly_usd: usd(currency, monthly.limit.clone()),
        monthly_spent_usd: usd(currency, Some(monthly.used.clone())),
        monthly_remaining_usd: usd(currency, monthly.left.clone()),
        per_transaction,
        daily: WindowBody::new(limit(|policy| policy.daily), budget.day.used()),
        weekly: WindowBody::new(limit(|policy| policy.weekly), budget.week.used()),
        monthly,
        lifetime: WindowBody::new(limit(|policy| policy.lifetime), budget.lifetime.used()),
    };
    let (pending_topups, pending_micros) = checkouts::service::pending_topups(&mut tx, &budget, now).await?;
    Ok(Some(WalletBody {
        agent_id: agent.to_string(),
        wallet_status: status,
        wallet: if budget.wallet == AccountId::wallet(agent.as_str()) { "own" } else { "org" }.to_owned(),
        balance: text(available),
        held: text(account.map_or(0, |account| account.debits_pending)),
        currency,
        balance_usd: usd(currency, Some(text(available))),
        card_status: card_status(&mut tx, &budget, agent).await?,
        spending_limits,
        pending_topups,
        pending_topups_amount: text(pending_micros),
    }))
}

async fn card_status(tx: &mut Tx, budget: &Budget, agent: &AgentId) -> Result<CardStatus, StoreError> {
    let open = cards::live(tx, &budget.org_id, Some(agent)).await?;
    let any = |status: Status| open.iter().any(|card| card.status == status);
    Ok(if any(Status::Active) {
        CardStatus::Active
    } else if any(Status::Issuing) {
        CardStatus::Issuing
    } else if any(Status::Frozen) {
        CardStatus::Frozen
    } else if cards::newest(tx, agent).await?.is_some() {
        CardStatus::Cancelled
    } else {
        CardStatus::None
    })
}

/// The policy in force, where there is one that can be read.
async fn policy_of(tx: &mut Tx, agent: &AgentId) -> Result<Option<Policy>, StoreError> {
    let current: Option<PolicyVersion> = match policies::current(tx, agent).await {
        Ok(current) => current,
        Err(StoreError::Damaged(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(current.and_then(|version| Policy::compile(&version.document).ok()))
}
