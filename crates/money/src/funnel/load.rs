//! Loading the rows that a batch needs, in few statements, after its orgs are locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bursar_base::{AgentId, KeyId, OrgId, TransactionId};
use bursar_store::StoreError;
use jiff::tz::TimeZone;

use super::command::{Command, Step};
use super::reserve::purchase_mark;
use super::storage::{NumberRange, OrgRow, Storage};
use super::working::{OrgState, Payees, Working};
use crate::holds::{Budget, WindowKind};
use crate::ledger::AccountId;
use crate::policies::{Policy, RailName, Rate};
use crate::transactions::Transaction;

/// Compiled policies and payees that the funnel keeps between batches. Both are immutable under their version, and the
/// version in force is read under the lock every time, so an old copy is never used.
#[derive(Debug, Default)]
pub struct Copies {
    policies: HashMap<(AgentId, i64), Option<Arc<Policy>>>,
    payees: HashMap<OrgId, Arc<Payees>>,
}

/// Copies beyond this are dropped all at once; reading them again is cheap.
const MAX_COPIES: usize = 50_000;

/// The orgs of a batch, in the order they are locked in.
pub fn orgs_of(commands: &[&Command]) -> Vec<OrgId> {
    commands.iter().map(|command| command.org_id().clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Begins, locks and loads.
///
/// # Errors
/// [`StoreError`].
pub async fn load<S: Storage>(
    s: &mut S,
    commands: &[&Command],
    copies: &mut Copies,
    breaker: Rate,
) -> Result<Working, StoreError> {
    let mut w = Working::default();
    let org_ids = orgs_of(commands);
    let now = s.begin(&org_ids).await?;
    for row in s.orgs(&org_ids).await? {
        let payees = payees_of(s, &row, copies).await?;
        w.orgs.insert(row.id.clone(), org_state(row, now, payees)?);
    }
    let nonces: Vec<_> = commands.iter().filter_map(|command| command.nonce().cloned()).collect();
    if !nonces.is_empty() {
        w.fresh_nonces.extend(s.use_nonces(&nonces).await?);
        w.nonces_recorded = !w.fresh_nonces.is_empty();
    }
    transactions(s, commands, &mut w).await?;
    money(s, commands, &mut w).await?;
    policies(s, &mut w, copies).await?;
    rates(s, commands, &mut w, breaker).await?;
    purchases(s, commands, &mut w).await?;
    rest(s, commands, &mut w).await?;
    Ok(w)
}

fn org_state(row: OrgRow, now: bursar_base::TimeUs, payees: Arc<Payees>) -> Result<OrgState, StoreError> {
    let zone = TimeZone::get(&row.time_zone)
        .map_err(|_| StoreError::Damaged(format!("orgs.time_zone: {:?}", row.time_zone)))?;
    Ok(OrgState {
        now: now.max(row.head.last),
        head: row.head,
        mode: row.mode,
        zone,
        currency: row.currency,
        stripe_customer: row.stripe_customer,
        stripe_payment_method: row.stripe_payment_method,
        payees,
    })
}

async fn payees_of<S: Storage>(
    s: &mut S,
    row: &OrgRow,
    copies: &mut Copies,
) -> Result<Arc<Payees>, StoreError> {
    if let Some(known) = copies.payees.get(&row.id).filter(|known| known.version == row.payees_version) {
        return Ok(known.clone());
    }
    let by_key =
        if row.payees_version == 0 { HashMap::new() } else { s.payees(&row.id).await?.into_iter().collect() };
    let fresh = Arc::new(Payees { version: row.payees_version, by_key });
    if copies.payees.len() >= MAX_COPIES {
        copies.payees.clear();
    }
    copies.payees.insert(row.id.clone(), fresh.clone());
    Ok(fresh)
}

async fn transactions<S: Storage>(
    s: &mut S,
    commands: &[&Command],
    w: &mut Working,
) -> Result<(), StoreError> {
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for command in commands {
        match command {
            Command::Reserve(r) => drop(keys.insert((r.idempotency_key.clone(), r.agent_id.clone()))),
            Command::Change { transaction_id, .. } => drop(ids.insert(transaction_id.clone())),
            Command::Preview(_) | Command::SetFrozen { .. } | Command::Deposit { .. } => {}
        }
    }
    if !keys.is_empty() {
        let keys: Vec<_> = keys.into_iter().collect();
        for t in s.by_keys(&keys).await? {
            w.by_key.insert((t.agent_id.clone(), t.idempotency_key.clone()), t.id.clone());
            w.transactions.load(t.id.clone(), t);
        }
    }
    let ids: Vec<TransactionId> = ids.into_iter().collect();
    if !ids.is_empty() {
        for t in s.transactions(&ids).await? {
            w.transactions.load(t.id.clone(), t);
        }
    }
    Ok(())
}

async fn money<S: Storage>(s: &mut S, commands: &[&Command], w: &mut Working) -> Result<(), StoreError> {
    let mut agents: BTreeSet<AgentId> = BTreeSet::new();
    let mut keys: BTreeSet<KeyId> = BTreeSet::new();
    let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
    for t in w.transactions.values() {
        agents.insert(t.agent_id.clone());
        keys.insert(t.key_id.clone());
        accounts.extend([t.debit.clone(), t.credit.clone()]);
    }
    for command in commands {
        match command {
            Command::Reserve(r) | Command::Preview(r) => {
                agents.insert(r.agent_id.clone());
                keys.insert(r.key_id.clone());
                accounts.extend(accounts_of(r.rail, &r.org_id, w));
            }
            Command::SetFrozen { agent_id, .. } => drop(agents.insert(agent_id.clone())),
            Command::Deposit { org_id, agent_id, .. } => {
                agents.extend(agent_id.clone());
                accounts.insert(AccountId::deposits(org_id));
                accounts
                    .insert(AccountId::wallet(agent_id.as_ref().map_or(org_id.as_str(), AgentId::as_str)));
            }
            Command::Change { .. } => {}
        }
    }
    let agents: Vec<_> = agents.into_iter().collect();
    for budget in s.budgets(&agents).await? {
        accounts.insert(budget.wallet.clone());
        w.budgets.load(budget.agent_id.clone(), budget);
    }
    let keys: Vec<_> = keys.into_iter().collect();
    w.keys.extend(s.keys(&keys).await?);
    let accounts: Vec<_> = accounts.into_iter().collect();
    for account in s.accounts(&accounts).await? {
        w.accounts.load(account.id.clone(), account);
    }
    Ok(())
}

/// The accounts that a request by this rail may move, besides the wallet; by either default when it names none.
fn accounts_of(rail: Option<RailName>, org: &OrgId, w: &Working) -> Vec<AccountId> {
    let has_stripe = w.orgs.get(org).is_some_and(OrgState::has_stripe);
    let rail = rail.unwrap_or(if has_stripe { RailName::Stripe } else { RailName::Sandbox });
    let mut accounts = vec![AccountId::rail(rail, org)];
    if !rail.is_prepaid() {
        accounts.push(AccountId::payment_method(org));
    }
    accounts
}

async fn policies<S: Storage>(s: &mut S, w: &mut Working, copies: &mut Copies) -> Result<(), StoreError> {
    if copies.policies.len() >= MAX_COPIES {
        copies.policies.clear();
    }
    let wanted: Vec<(AgentId, i64)> =
        w.budgets.values().map(|budget| (budget.agent_id.clone(), budget.policy_version)).collect();
    for (agent, version) in wanted {
        let key = (agent, version);
        let policy = match copies.policies.get(&key) {
            Some(known) => known.clone(),
            None => {
                let fresh = read_policy(s, &key).await?;
                copies.policies.insert(key.clone(), fresh.clone());
                fresh
            }
        };
        w.policies.insert(key, policy);
    }
    Ok(())
}

async fn read_policy<S: Storage>(s: &mut S, key: &(AgentId, i64)) -> Result<Option<Arc<Policy>>, StoreError> {
    let Some(text) = s.policy(&key.0, key.1).await? else {
        return Ok(None);
    };
    match Policy::from_json(&text) {
        Ok(policy) => Ok(Some(Arc::new(policy))),
        Err(error) => {
            tracing::error!(agent = %key.0, version = key.1, %error, "a policy cannot be read; its agent spends nothing");
            Ok(None)
        }
    }
}

/// Loads when those decisions were made that breaker and velocity must look back to.
async fn rates<S: Storage>(
    s: &mut S,
    commands: &[&Command],
    w: &mut Working,
    breaker: Rate,
) -> Result<(), StoreError> {
    let mut requests: BTreeMap<&AgentId, i64> = BTreeMap::new();
    for command in commands {
        if let Command::Reserve(r) | Command::Preview(r) = command {
            *requests.entry(&r.agent_id).or_default() += 1;
        }
    }
    for (agent, count) in requests {
        let Some(budget) = w.budgets.get(agent) else {
            continue;
        };
        let policy = w.policy(budget);
        let breaker = policy.as_ref().and_then(|policy| policy.breaker).unwrap_or(breaker);
        let velocity = policy.and_then(|policy| policy.velocity);
        let rates = [Some((breaker, budget.breaker_from)), velocity.map(|rate| (rate, 0))];
        for (rate, after) in rates.into_iter().flatten() {
            let from = (budget.decisions + 1 - i64::from(rate.requests)).max(after + 1);
            let to = (from + count - 1).min(budget.decisions);
            if budget.decisions + count - i64::from(rate.requests) <= after || to < from {
                continue;
            }
            let range = NumberRange { agent_id: agent.clone(), from, to };
            for (number, at) in s.numbers(&range).await? {
                w.numbers.insert((agent.clone(), number), at);
            }
        }
    }
    Ok(())
}

async fn purchases<S: Storage>(s: &mut S, commands: &[&Command], w: &mut Working) -> Result<(), StoreError> {
    let mut earlier = BTreeSet::new();
    for command in commands {
        let (Command::Reserve(r) | Command::Preview(r)) = command else {
            continue;
        };
        let policy = w.budgets.get(&r.agent_id).and_then(|budget| w.policy(budget));
        if policy.is_none_or(|policy| policy.duplicates.is_none()) {
            continue;
        }
        let mark = purchase_mark(r.amount, &r.merchant_key, &r.purpose);
        if let Some(purchase) = s.purchase(&r.agent_id, &mark).await? {
            earlier.insert(purchase.transaction_id.clone());
            w.purchases.load((r.agent_id.clone(), mark), purchase);
        }
    }
    let missing: Vec<_> = earlier.into_iter().filter(|id| w.transactions.get(id).is_none()).collect();
    if !missing.is_empty() {
        for t in s.transactions(&missing).await? {
            w.transactions.load(t.id.clone(), t);
        }
    }
    Ok(())
}

/// What only changes of transactions need: windows that have ended, refunds, and the jobs they are results of.
async fn rest<S: Storage>(s: &mut S, commands: &[&Command], w: &mut Working) -> Result<(), StoreError> {
    let mut fences = Vec::new();
    for command in commands {
        let Command::Change { transaction_id, step, job, .. } = command else {
            continue;
        };
        fences.extend(job.iter().map(|job| job.id.to_string()));
        let Some(t) = w.transactions.get(transaction_id).cloned() else {
            continue;
        };
        past_windows(s, w, &t).await?;
        match step {
            Step::RequestRefund { .. } | Step::SettleRefund { .. } | Step::RefundedInAll { .. } => {
                for refund in s.refunds(transaction_id).await? {
                    w.refunds.load(refund.id.clone(), refund);
                }
            }
            Step::Decide { .. }
            | Step::Expire
            | Step::Cancel { .. }
            | Step::BeginAttempt
            | Step::Settle(_)
            | Step::Resolve { .. }
            | Step::DisputedInAll { .. } => {}
        }
    }
    if !fences.is_empty() {
        fences.sort();
        w.fences.extend(s.fences(&fences).await?);
    }
    Ok(())
}

async fn past_windows<S: Storage>(s: &mut S, w: &mut Working, t: &Transaction) -> Result<(), StoreError> {
    let starts = [
        (WindowKind::Day, t.day_start),
        (WindowKind::Week, t.week_start),
        (WindowKind::Month, t.month_start),
    ];
    for (kind, start) in starts {
        let current = w.budgets.get(&t.agent_id).map(|budget: &Budget| budget.window(kind).start);
        if current == Some(start) {
            continue;
        }
        if let Some(past) = s.past_window(&t.agent_id, kind, start).await? {
            w.past.load((t.agent_id.clone(), kind, start), past);
        }
    }
    Ok(())
}
