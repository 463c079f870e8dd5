//! Reading a record, from one snapshot.

use std::collections::btree_map::Entry::Vacant;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bursar_base::{AgentId, Currency, Mode, Money, OrgId, TimeUs, TransactionId, limits};
use bursar_store::{Columns as _, Db, Row, StoreError, Tx};
use jiff::tz::TimeZone;

use super::gather::{Gathered, Place, gather};
use super::history::{Earlier, History};
use super::sql;
use crate::budgets;
use crate::funnel::{asked_to_repeat, purchase_mark};
use crate::holds::{Budget, WindowKind};
use crate::policies::{self, Action, AgentState, Policy, Rate, Verdict, check};
use crate::transactions::{Status, Transaction, from_row};

/// Rows read at once: some hundred kilobytes.
const PAGE_ROWS: i64 = 500;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests from then on ...
    pub since: TimeUs,
    /// ... but only so many, the newest ones.
    pub requests: u32,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Requests that were read.
    pub requests: usize,
    /// Entries of the trail that were read.
    pub entries: i64,
    /// Of so many.
    pub of_entries: i64,
}

/// A record as it was read.
#[derive(Debug)]
pub struct Recorded {
    /// The record; `None` where the agent asked for nothing in that time.
    pub history: Option<History>,
    /// Requests since then that are older than those looked at, and were left out.
    pub left_out: i64,
    /// Of the agent's wallet and windows.
    pub currency: Currency,
}

/// An org as the record ends.
pub(super) struct Org {
    pub mode: Mode,
    pub has_stripe: bool,
    zone: TimeZone,
    is_frozen: bool,
    seq: i64,
}

/// Reads what is on record of an agent, with what a `draft` and the installation's `breaker` look back at. `None` where
/// there is no such agent.
///
/// # Errors
/// [`StoreError`].
pub async fn read(
    db: &Db,
    agent: &AgentId,
    bounds: Bounds,
    draft: &Policy,
    breaker: Rate,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Option<Recorded>, StoreError> {
    let mut tx = db.snapshot().await?;
    let Some(budget) = budgets::find(&mut tx, agent).await? else { return Ok(None) };
    let org = org_of(&mut tx, &budget.org_id).await?;
    let asked = requests(&mut tx, agent, bounds, org.seq - limits::BACKTEST_ENTRIES_MAX, progress).await?;
    let first_number = asked.first().map_or(budget.decisions + 1, |first| first.number);
    let left_out = first_number - first_since(&mut tx, agent, bounds.since, first_number).await?;
    let Some(first) = asked.first() else {
        return Ok(Some(Recorded { history: None, left_out, currency: budget.currency }));
    };
    let (first_seq, first_at) = (first.seq, first.created);
    let mut policies: BTreeMap<i64, Option<Policy>> = BTreeMap::new();
    for t in &asked {
        if let Vacant(place) = policies.entry(t.policy_version) {
            place.insert(policies::version(&mut tx, agent, t.policy_version).await?);
        }
    }
    let back = Back::of(policies.values().flatten().chain([draft]), breaker, first_at);
    let place =
        Place { org_id: &budget.org_id, agent, wallet: &budget.wallet, after: first_seq - 1, to: org.seq };
    let gathered = gather(&mut tx, &place, &org, &policies, asked, progress).await?;
    let (earlier, seqs) = earlier(&mut tx, agent, first_number, &back, &gathered).await?;
    let breaker_from = breaker_from(&mut tx, &budget, first_seq, &gathered, &seqs).await?;
    let zone = match gathered.zone_set {
        true => zone_before(&mut tx, &budget.org_id, first_seq).await?.unwrap_or(org.zone),
        false => org.zone,
    };
    let used = used(&mut tx, &budget, &gathered).await?;
    let available = budgets::wallet(&mut tx, &budget.wallet).await?.map_or(0, |account| account.available());
    let currency = budget.currency;
    let history = History {
        used,
        available,
        zone,
        agent_frozen: gathered.agent_was_frozen.unwrap_or(budget.state == AgentState::Frozen),
        org_frozen: gathered.org_was_frozen.unwrap_or(org.is_frozen),
        breaker_from,
        earlier,
        policies,
        answers: gathered.answers,
        entries: gathered.entries,
        budget,
    };
    Ok(Some(Recorded { history: Some(history), left_out, currency }))
}

async fn org_of(tx: &mut Tx, id: &OrgId) -> Result<Org, StoreError> {
    let row = tx.row(sql::ORG, &[id.as_str().into()]).await?;
    let row = row.ok_or_else(|| StoreError::Damaged(format!("orgs: no {id}")))?;
    let mode = row.text("mode")?;
    Ok(Org {
        mode: Mode::parse(&mode).ok_or_else(|| StoreError::Damaged(format!("orgs.mode: {mode:?}")))?,
        has_stripe: row.opt_text("stripe_payment_method")?.is_some(),
        zone: zone_named(&row.text("time_zone")?)?,
        is_frozen: row.opt_int("frozen_us")?.is_some(),
        seq: row.int("seq")?,
    })
}

pub(super) fn zone_named(name: &str) -> Result<TimeZone, StoreError> {
    TimeZone::get(name).map_err(|_| StoreError::Damaged(format!("orgs.time_zone: {name:?}")))
}

async fn zone_before(tx: &mut Tx, org: &OrgId, seq: i64) -> Result<Option<TimeZone>, StoreError> {
    let row = tx.row(sql::ZONE_BEFORE, &[org.as_str().into(), seq.into()]).await?;
    let detail = row.map(|row| row.text("detail")).transpose()?;
    detail.and_then(|detail| super::gather::zone_in(&detail)).map(|name| zone_named(&name)).transpose()
}

/// The newest requests within bounds and behind entry `after`, oldest first.
async fn requests(
    tx: &mut Tx,
    agent: &AgentId,
    bounds: Bounds,
    after: i64,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Transaction>, StoreError> {
    let (mut all, most) = (Vec::new(), usize::try_from(bounds.requests).unwrap_or(usize::MAX));
    let mut below = i64::MAX;
    'pages: loop {
        let rows = tx.rows(sql::REQUESTS, &[agent.as_str().into(), below.into(), PAGE_ROWS.into()]).await?;
        for row in &rows {
            let t = Transaction { context: None, ..from_row(row)? };
            below = t.number;
            if all.len() == most || t.created < bounds.since || t.seq <= after {
                break 'pages;
            }
            all.push(t);
        }
        progress(Progress { requests: all.len(), entries: 0, of_entries: 0 });
        if rows.is_empty() {
            break;
        }
    }
    all.reverse();
    Ok(all)
}

/// The number of the first request since then, or `upto`, before which it is looked for. Numbers have no gaps, and time never goes back.
async fn first_since(tx: &mut Tx, agent: &AgentId, since: TimeUs, upto: i64) -> Result<i64, StoreError> {
    let (mut low, mut high) = (1, upto);
    while low < high {
        let middle = low + (high - low) / 2;
        let row = tx.row(sql::DECIDED_AT, &[agent.as_str().into(), middle.into()]).await?;
        let is_since = row.map_or(Ok(false), |row| row.time("created_us").map(|at| at >= since))?;
        if is_since {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// How far back rules look.
struct Back {
    /// At everything since then ...
    since: TimeUs,
    /// ... or at everything.
    without_end: bool,
}

impl Back {
    fn of<'a>(policies: impl Iterator<Item = &'a Policy>, breaker: Rate, first: TimeUs) -> Back {
        let (mut seconds, mut without_end) = (breaker.seconds, false);
        for policy in policies {
            let rates = [policy.breaker, policy.velocity].into_iter().flatten().map(|rate| rate.seconds);
            let all = rates.chain(policy.duplicates.map(|rule| rule.seconds));
            seconds = all.fold(seconds, u32::max);
            without_end |= policy.recurring != Action::Allow;
        }
        Back { since: first.minus(Duration::from_secs(u64::from(seconds))), without_end }
    }
}

/// The requests before number `below` that rules look back at, oldest first, and the entries that they began with.
async fn earlier(
    tx: &mut Tx,
    agent: &AgentId,
    below: i64,
    back: &Back,
    gathered: &Gathered,
) -> Result<(Vec<Earlier>, Vec<i64>), StoreError> {
    let (mut all, mut seqs, mut below) = (Vec::new(), Vec::new(), below);
    'pages: loop {
        let rows = tx.rows(sql::EARLIER, &[agent.as_str().into(), below.into(), PAGE_ROWS.into()]).await?;
        for row in &rows {
            let earlier = earlier_from(row, gathered)?;
            let is_needed = back.without_end || earlier.at >= back.since;
            if !is_needed || all.len() == limits::BACKTEST_EARLIER_MAX {
                break 'pages;
            }
            below = earlier.number;
            all.push(earlier);
            seqs.push(row.int("seq")?);
        }
        if rows.is_empty() {
            break;
        }
    }
    all.reverse();
    seqs.reverse();
    Ok((all, seqs))
}

fn earlier_from(row: &Row, gathered: &Gathered) -> Result<Earlier, StoreError> {
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("transactions.{what}: {text:?}"));
    let (decision, status, currency) = (row.text("decision")?, row.text("status")?, row.text("currency")?);
    let checks = check::from_json(&decision).map_err(|error| damaged("decision", &error.to_string()))?;
    let status = Status::parse(&status).ok_or_else(|| damaged("status", &status))?;
    let currency = Currency::parse(&currency).map_err(|_| damaged("currency", &currency))?;
    let id = TransactionId::from_store(&row.text("id")?);
    // What is remembered was looked at by one of these rules, and not refused by any.
    let looked = checks.iter().any(|check| matches!(&*check.rule, "duplicates" | "recurring"));
    let refused = checks.last().is_some_and(|check| check.verdict == Verdict::Decline);
    let mark = (looked && !refused).then_some((row.text("merchant_key")?, row.text("purpose")?));
    let amount = Money { micros: row.int("amount_micros")?, currency };
    Ok(Earlier {
        number: row.int("number")?,
        at: row.time("created_us")?,
        mark: mark.map(|(merchant, purpose)| purchase_mark(amount, &merchant, &purpose)),
        counts: gathered.counted.get(&id).copied().unwrap_or(status.holds() || status.is_paid()),
        repeated: asked_to_repeat(&checks),
        id,
    })
}

/// After which decision the circuit breaker counts, as the record begins: the newest one before the agent last was let
/// go on. One before all those that are looked back at is as good as none.
async fn breaker_from(
    tx: &mut Tx,
    budget: &Budget,
    first_seq: i64,
    gathered: &Gathered,
    seqs: &[i64],
) -> Result<i64, StoreError> {
    if !gathered.unfrozen {
        return Ok(budget.breaker_from);
    }
    let (org, agent) = (budget.org_id.as_str(), budget.agent_id.as_str());
    let frozen = tx.row(sql::FROZEN_BEFORE, &[org.into(), agent.into(), first_seq.into()]).await?;
    let Some(frozen) = frozen else { return Ok(0) };
    let args = [org.into(), frozen.int("seq")?.into(), first_seq.into(), agent.into()];
    let Some(unfrozen) = tx.row(sql::UNFROZEN, &args).await? else { return Ok(0) };
    let unfrozen = unfrozen.int("seq")?;
    let since = i64::try_from(seqs.iter().filter(|seq| **seq > unfrozen).count()).unwrap_or(0);
    Ok(gathered.first_number - 1 - since)
}

/// What counts in every window that something on record counts in, the current ones included.
async fn used(
    tx: &mut Tx,
    budget: &Budget,
    gathered: &Gathered,
) -> Result<HashMap<(WindowKind, TimeUs), i64>, StoreError> {
    let current = WindowKind::ALL.map(|kind| {
        let window = budget.window(kind);
        ((kind, window.start), window.used())
    });
    let mut used = HashMap::from(current);
    let oldest =
        gathered.entries.iter().filter(|entry| entry.transaction.is_some()).flat_map(|e| e.windows).min();
    let Some(oldest) = oldest else { return Ok(used) };
    for row in tx.rows(sql::PAST_WINDOWS, &[budget.agent_id.as_str().into(), oldest.into()]).await? {
        let kind = row.text("kind")?;
        let damaged = || StoreError::Damaged(format!("past_windows.kind: {kind:?}"));
        let kind = WindowKind::parse(&kind).ok_or_else(damaged)?;
        used.insert((kind, row.time("start_us")?), row.int("held")?.saturating_add(row.int("spent")?));
    }
    Ok(used)
}
