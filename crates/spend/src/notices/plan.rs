//! What follows from the new entries of one org's trail. Reading only: nothing is locked meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bursar_base::{AgentId, ChatMessageId, Money, OrgId, TimeUs, TransactionId, limits, money};
use bursar_identity::orgs::{Org, service as orgs};
use bursar_money::holds::{Budget, WindowKind};
use bursar_money::ledger::{AccountId, moved};
use bursar_money::policies::Reason;
use bursar_money::{budgets, policies, transactions};
use bursar_store::events::{Event, NewEvent};
use bursar_store::{Columns as _, Row, StoreError, Tx};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Crossing, WalletState, day_of, is_near, sql};
use crate::chats::questions;
use crate::mails::About;

/// Entries that are looked at in one step.
const ENTRIES: i64 = 1_000;

/// What becomes of one org in one transaction.
#[derive(Debug)]
pub struct Plan {
    pub org_id: OrgId,
    pub from: i64,
    pub to: i64,
    pub wallets: BTreeMap<AccountId, WalletState>,
    pub declines: BTreeMap<AgentId, i64>,
    pub days: BTreeMap<(String, AgentId), DaySums>,
    pub limits: Vec<LimitUsed>,
    pub entries: Vec<NewEvent>,
    /// Each with the key that makes a second one harmless.
    pub mails: Vec<(About, String)>,
    /// Questions in chats that are to say something else by now.
    pub questions: BTreeSet<ChatMessageId>,
}

/// What an agent did on a day.
#[derive(Debug, Default)]
pub struct DaySums {
    pub paid: i64,
    pub paid_micros: i64,
    pub refunded_micros: i64,
    pub asked: i64,
    pub declined: i64,
}

/// Most of a limit is used, in the window that began at `start`.
#[derive(Debug)]
pub struct LimitUsed {
    pub agent_id: AgentId,
    pub kind: &'static str,
    pub start: TimeUs,
    pub limit: i64,
}

/// Looks at what is new behind an org's cursor.
///
/// # Errors
/// [`StoreError`].
pub async fn plan(tx: &mut Tx, org_id: &OrgId, from: i64, head: i64) -> Result<Option<Plan>, StoreError> {
    let Some(org) = orgs::find(tx, org_id).await? else { return Ok(None) };
    let zone = TimeZone::get(&org.time_zone).unwrap_or(TimeZone::UTC);
    let args = [org_id.as_str().into(), from.into(), head.into(), ENTRIES.into()];
    let events = tx.rows(sql::EVENTS, &args).await?;
    let events = events.iter().map(Event::from_row).collect::<Result<Vec<_>, _>>()?;
    let is_whole = i64::try_from(events.len()).unwrap_or(i64::MAX) < ENTRIES;
    let to = if is_whole { head } else { events.last().map_or(head, |event| event.seq) };
    let mut plan = Plan {
        org_id: org_id.clone(),
        from,
        to,
        wallets: BTreeMap::new(),
        declines: BTreeMap::new(),
        days: BTreeMap::new(),
        limits: Vec::new(),
        entries: Vec::new(),
        mails: Vec::new(),
        questions: questions::told_of(tx, org_id, (from, to)).await?,
    };
    wallets(tx, &org, &events, &mut plan).await?;
    // Of each agent and day the last payment that changed a window: its windows are looked at once.
    let mut touched: BTreeMap<(AgentId, String), (TransactionId, TimeUs)> = BTreeMap::new();
    for event in &events {
        let Some(agent) = event.agent_id.as_deref().map(AgentId::from_store) else { continue };
        let day = day_of(event.at, &zone).to_string();
        count(&mut plan, event, &agent, &day);
        declines(tx, &mut plan, event, &agent).await?;
        if let (true, Some(id)) = (changes_windows(&event.action), &event.transaction_id) {
            touched.insert((agent, day), (TransactionId::from_store(id), event.at));
        }
    }
    for ((agent, _), (id, at)) in touched {
        near_limits(tx, &mut plan, &agent, &id, at).await?;
    }
    Ok(Some(plan))
}

/// Follows every wallet through the entries, and tells which lines it crosses.
async fn wallets(tx: &mut Tx, org: &Org, events: &[Event], plan: &mut Plan) -> Result<(), StoreError> {
    let mut moves: HashMap<i64, Vec<moved::Moved>> = HashMap::new();
    for one in moved::in_wallets(tx, &org.id, plan.from, plan.to).await? {
        moves.entry(one.seq).or_default().push(one);
    }
    for event in events {
        let mut changed = Vec::new();
        for one in moves.remove(&event.seq).unwrap_or_default() {
            let state = known(tx, plan, &one.wallet).await?;
            state.available = state.available.saturating_add(one.micros);
            changed.push(one.wallet);
        }
        if event.action == "wallet.alert_set" {
            let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
            if let Some(wallet) = detail["wallet"].as_str() {
                let wallet = AccountId(wallet.into());
                let below = detail["below"].as_str().and_then(|text| money::parse_micros(text).ok());
                let state = known(tx, plan, &wallet).await?;
                (state.below, state.is_low) = (below, false);
                changed.push(wallet);
            }
        }
        changed.sort();
        changed.dedup();
        for wallet in changed {
            let state = known(tx, plan, &wallet).await?;
            let (crossed, left, below) = (state.look(), state.available, state.below);
            tell_wallet(tx, org, plan, event, &wallet, (&crossed, left, below)).await?;
        }
    }
    Ok(())
}

async fn known<'p>(
    tx: &mut Tx,
    plan: &'p mut Plan,
    wallet: &AccountId,
) -> Result<&'p mut WalletState, StoreError> {
    if !plan.wallets.contains_key(wallet) {
        let row = tx.row(sql::WALLET, &[wallet.as_str().into()]).await?;
        let state = row.as_ref().map_or_else(|| Ok(WalletState::unmoved()), wallet_from)?;
        plan.wallets.insert(wallet.clone(), state);
    }
    Ok(plan.wallets.entry(wallet.clone()).or_insert_with(WalletState::unmoved))
}

fn wallet_from(row: &Row) -> Result<WalletState, StoreError> {
    Ok(WalletState {
        available: row.int("available_micros")?,
        below: row.opt_int("below_micros")?,
        is_funded: row.int("is_funded")? == 1,
        is_low: row.int("is_low")? == 1,
        is_empty: row.int("is_empty")? == 1,
    })
}

async fn tell_wallet(
    tx: &mut Tx,
    org: &Org,
    plan: &mut Plan,
    event: &Event,
    wallet: &AccountId,
    (crossed, left, below): (&[Crossing], i64, Option<i64>),
) -> Result<(), StoreError> {
    let owner = wallet.as_str().trim_start_matches("wallet:");
    let agent = (owner != org.id.as_str()).then(|| AgentId::from_store(owner));
    for line in crossed {
        let action = match line {
            Crossing::Activated => "wallet.activated",
            Crossing::Low => "wallet.balance_low",
            Crossing::Empty => "wallet.empty",
        };
        if *line == Crossing::Activated {
            // Before there is an agent that draws on it, there is nobody to tell.
            let args = [org.id.as_str().into(), wallet.as_str().into(), event.at.into()];
            if tx.row(sql::DRAWN_ON, &args).await?.is_none() {
                continue;
            }
        }
        let detail =
            json!({ "wallet": wallet.as_str(), "below": below.map(money::decimal), "entry": event.seq });
        let mut entry = NewEvent::new(action, "worker", &detail);
        entry.agent_id.clone_from(&agent);
        entry.amount = Some(Money { micros: left, currency: org.currency });
        plan.entries.push(entry);
    }
    let below = match (crossed.contains(&Crossing::Empty), crossed.contains(&Crossing::Low)) {
        (true, _) => None,
        (false, true) => below,
        (false, false) => return Ok(()),
    };
    let key = format!("balance_low:{}:{}", wallet.as_str(), event.seq);
    plan.mails.push((About::BalanceLow { agent_id: agent, left, below, at: event.at }, key));
    Ok(())
}

fn count(plan: &mut Plan, event: &Event, agent: &AgentId, day: &str) {
    let micros = event.amount_micros.unwrap_or(0);
    let mut sums = DaySums::default();
    match event.action.as_str() {
        "payment.completed" => (sums.paid, sums.paid_micros) = (1, micros),
        "payment.captured" => sums.paid_micros = micros,
        "payment.refunded" => sums.refunded_micros = micros,
        "approval.asked" => sums.asked = 1,
        "payment.declined" | "approval.declined" => sums.declined = 1,
        _ => return,
    }
    let all = plan.days.entry((day.to_owned(), agent.clone())).or_default();
    all.paid += sums.paid;
    all.paid_micros = all.paid_micros.saturating_add(sums.paid_micros);
    all.refunded_micros = all.refunded_micros.saturating_add(sums.refunded_micros);
    all.asked += sums.asked;
    all.declined += sums.declined;
}

async fn declines(tx: &mut Tx, plan: &mut Plan, event: &Event, agent: &AgentId) -> Result<(), StoreError> {
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let reason = detail["reason"].as_str().unwrap_or_default();
    let declined = match event.action.as_str() {
        // Of a freeze owners are told already.
        "payment.declined" if is_frozen(reason) => return Ok(()),
        "payment.declined" => true,
        "payment.approved" | "approval.asked" => false,
        _ => return Ok(()),
    };
    let before = match plan.declines.get(agent) {
        Some(count) => *count,
        None => {
            let row = tx.row(sql::DECLINES, &[agent.as_str().into()]).await?;
            row.map_or(Ok(0), |row| row.int("declines"))?
        }
    };
    let count = if declined { before.saturating_add(1) } else { 0 };
    if count != before {
        plan.declines.insert(agent.clone(), count);
    }
    if count == limits::DECLINES_IN_A_ROW && declined {
        let reason = reason.to_owned();
        let key = format!("declines:{agent}:{}", event.seq);
        plan.mails.push((About::Declines { agent_id: agent.clone(), count, reason, at: event.at }, key));
    }
    Ok(())
}

fn is_frozen(reason: &str) -> bool {
    [Reason::AgentFrozen.as_str(), Reason::OrgFrozen.as_str()].contains(&reason)
}

fn changes_windows(action: &str) -> bool {
    matches!(action, "payment.approved" | "approval.asked" | "payment.completed" | "payment.captured")
}

/// Tells of the limits that most of is used, in the windows that a payment was put in.
async fn near_limits(
    tx: &mut Tx,
    plan: &mut Plan,
    agent: &AgentId,
    id: &TransactionId,
    at: TimeUs,
) -> Result<(), StoreError> {
    let (Some(t), Some(budget)) = (transactions::find(tx, id).await?, budgets::find(tx, agent).await?) else {
        return Ok(());
    };
    let Some(document) = policies::current(tx, agent).await?.map(|version| version.document) else {
        return Ok(());
    };
    for (kind, start) in t.windows() {
        let limit = match kind {
            WindowKind::Day => &document.daily,
            WindowKind::Week => &document.weekly,
            WindowKind::Month => &document.monthly,
        };
        let used = budgets::used(tx, &budget, kind, start).await?.unwrap_or(0);
        near(tx, plan, &budget, (kind.as_str(), start), (limit.as_deref(), used), at).await?;
    }
    let (limit, used) = (document.lifetime.as_deref(), budget.lifetime.used());
    near(tx, plan, &budget, ("lifetime", TimeUs(0)), (limit, used), at).await
}

async fn near(
    tx: &mut Tx,
    plan: &mut Plan,
    budget: &Budget,
    (kind, start): (&'static str, TimeUs),
    (limit, used): (Option<&str>, i64),
    at: TimeUs,
) -> Result<(), StoreError> {
    let Some(limit) = limit.and_then(|text| money::parse_micros(text).ok()) else { return Ok(()) };
    if !is_near(used, limit) {
        return Ok(());
    }
    let agent_id = budget.agent_id.clone();
    let known = |told: &LimitUsed| {
        (&told.agent_id, told.kind, told.start, told.limit) == (&agent_id, kind, start, limit)
    };
    let args = [agent_id.as_str().into(), kind.into(), start.into(), limit.into()];
    if plan.limits.iter().any(known) || tx.row(sql::LIMIT_TOLD, &args).await?.is_some() {
        return Ok(());
    }
    let key = format!("limit_near:{agent_id}:{kind}:{}:{limit}", start.0);
    let about = About::LimitNear { agent_id: agent_id.clone(), window: kind.to_owned(), used, limit, at };
    plan.mails.push((about, key));
    plan.limits.push(LimitUsed { agent_id, kind, start, limit });
    Ok(())
}
