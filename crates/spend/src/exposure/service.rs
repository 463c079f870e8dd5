//! Reading what an org's exposure is made of, and adding it up.

use std::collections::HashMap;
use std::time::Duration;

use bursar_base::{AgentId, Mode, OrgId, TimeUs, limits, money};
use bursar_identity::agents::{Agent, service as agents};
use bursar_identity::orgs::{Org, service as orgs};
use bursar_money::budgets;
use bursar_money::exposure::{self, Most, OpenHold, Reach, Share, Wallet};
use bursar_money::holds::Budget;
use bursar_money::ledger::AccountId;
use bursar_money::policies::{self, Policy, RailName};
use bursar_money::transactions::Status as PaymentStatus;
use bursar_store::{Columns as _, StoreError, Tx};
use jiff::tz::TimeZone;

use super::api::{AgentExposure, ExposureBody, ForcedBody, HoldsBody, HorizonBody};
use super::sql;
use crate::Spend;
use crate::cards::{Status, service as cards};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One agent and all that bounds it.
struct Facts {
    agent: Agent,
    budget: Budget,
    policy: Option<Policy>,
    reach: Reach,
    wallet: Wallet,
    holds: Vec<OpenHold>,
    live_cards: usize,
}

impl Facts {
    fn most(&self, spend: &Spend, org: &Org, zone: &TimeZone, now: TimeUs, within: Duration) -> Most {
        let facts = exposure::Agent {
            budget: &self.budget,
            policy: self.policy.as_ref(),
            org_frozen: org.frozen_at.is_some(),
            reach: self.reach,
            wallet: self.wallet,
            holds: &self.holds,
            breaker: spend.settings.breaker,
        };
        exposure::of_agent(&facts, now, within, zone)
    }

    fn share(&self, most: Option<i128>) -> Share<'_> {
        let elsewhere = self.holds.iter().filter(|hold| !hold.is_prepaid);
        Share {
            wallet_id: self.budget.wallet.as_str(),
            wallet: self.wallet,
            wallet_only: !self.reach.direct,
            held_elsewhere: elsewhere.map(|hold| i128::from(hold.micros)).sum(),
            most,
        }
    }
}

/// The rails that an org's agent can pay by: those that the org has and the policy allows.
fn reach(org: &Org, policy: Option<&Policy>, live_cards: usize) -> Reach {
    let allowed = |rail: RailName| {
        let listed =
            policy.is_none_or(|policy| policy.rails.as_ref().is_none_or(|rails| rails.contains(&rail)));
        let there = match rail {
            RailName::Sandbox => org.mode == Mode::Test,
            RailName::Stripe => org.stripe_payment_method.is_some(),
            RailName::Card => live_cards > 0,
            // Those that are not there yet. A rail that comes is counted as soon as it is.
            RailName::X402 | RailName::Tokens | RailName::Browser | RailName::Compute => false,
        };
        listed && there
    };
    let any = |prepaid: bool| RailName::ALL.iter().any(|rail| rail.is_prepaid() == prepaid && allowed(*rail));
    Reach { prepaid: any(true), direct: any(false) }
}

/// An org's exposure. `None` when it is gone.
///
/// # Errors
/// [`StoreError`].
pub async fn read(spend: &Spend, org_id: &OrgId) -> Result<Option<ExposureBody>, StoreError> {
    let mut tx = spend.identity.db.snapshot().await?;
    let Some(org) = orgs::find(&mut tx, org_id).await? else { return Ok(None) };
    let zone = TimeZone::get(&org.time_zone)
        .map_err(|_| StoreError::Damaged(format!("orgs.time_zone: {:?}", org.time_zone)))?;
    let now = tx.now(&*spend.identity.clock).await?;
    let (mut holds, holds_body) = open_holds(&mut tx, org_id, now).await?;
    let mut all = Vec::new();
    for agent in agents::list(&mut tx, org_id).await? {
        let Some(budget) = budgets::find(&mut tx, &agent.id).await? else { continue };
        let version = policies::current(&mut tx, &agent.id).await?;
        let policy = version.and_then(|version| Policy::compile(&version.document).ok());
        let wallet = wallet(&mut tx, &budget.wallet).await?;
        let cards = cards::live(&mut tx, org_id, Some(&agent.id)).await?;
        let live_cards = cards.iter().filter(|card| card.status == Status::Active).count();
        let reach = reach(&org, policy.as_ref(), live_cards);
        let holds = holds.remove(&agent.id).unwrap_or_default();
        all.push(Facts { agent, budget, policy, reach, wallet, holds, live_cards });
    }
    let forced = forced(&mut tx, org_id, now).await?;
    drop(tx);
    Ok(Some(ExposureBody {
        at: now,
        currency: org.currency.to_string(),
        hour: horizon(spend, &org, &zone, now, HOUR, &all),
        day: horizon(spend, &org, &zone, now, DAY, &all),
        agents: all.iter().map(|facts| of_agent(spend, &org, &zone, now, facts)).collect(),
        holds: holds_body,
        forced_captures: forced,
        is_frozen: org.frozen_at.is_some(),
    }))
}

async fn wallet(tx: &mut Tx, id: &AccountId) -> Result<Wallet, StoreError> {
    let account = budgets::wallet(tx, id).await?;
    Ok(account.map_or_else(Wallet::default, |account| Wallet {
        balance: account.available().saturating_add(account.debits_pending),
        held: account.debits_pending,
    }))
}

fn of_agent(spend: &Spend, org: &Org, zone: &TimeZone, now: TimeUs, facts: &Facts) -> AgentExposure {
    let of = |within| HorizonBody::from(facts.most(spend, org, zone, now, within));
    let held: i64 = facts.holds.iter().map(|hold| hold.micros).sum();
    AgentExposure {
        agent_id: facts.agent.id.to_string(),
        name: facts.agent.name.clone(),
        hour: of(HOUR),
        day: of(DAY),
        held: money::decimal(held),
        available: money::decimal(facts.wallet.balance - facts.wallet.held),
        live_cards: i64::try_from(facts.live_cards).unwrap_or(i64::MAX),
    }
}

fn horizon(
    spend: &Spend,
    org: &Org,
    zone: &TimeZone,
    now: TimeUs,
    within: Duration,
    all: &[Facts],
) -> HorizonBody {
    let each: Vec<Most> = all.iter().map(|facts| facts.most(spend, org, zone, now, within)).collect();
    let total = |of: fn(&Most) -> Option<i128>| {
        let shares: Vec<Share<'_>> =
            all.iter().zip(&each).map(|(facts, most)| facts.share(of(most))).collect();
        exposure::of_org(&shares)
    };
    HorizonBody::from(Most {
        without_a_human: total(|most| most.without_a_human),
        with_approvals: total(|most| most.with_approvals),
    })
}

async fn open_holds(
    tx: &mut Tx,
    org_id: &OrgId,
    now: TimeUs,
) -> Result<(HashMap<AgentId, Vec<OpenHold>>, Vec<HoldsBody>), StoreError> {
    let mut by_agent: HashMap<AgentId, Vec<OpenHold>> = HashMap::new();
    let mut bodies: Vec<HoldsBody> = Vec::new();
    for row in tx.rows(sql::OPEN_HOLDS, &[org_id.as_str().into()]).await? {
        let (status, rail) = (row.text("status")?, row.text("rail")?);
        let damaged = |what: &str, text: &str| StoreError::Damaged(format!("transactions.{what}: {text:?}"));
        let hold = OpenHold {
            status: PaymentStatus::parse(&status).ok_or_else(|| damaged("status", &status))?,
            micros: row.int("held_micros")?,
            is_prepaid: RailName::parse(&rail).ok_or_else(|| damaged("rail", &rail))?.is_prepaid(),
            windows: [row.time("day_start_us")?, row.time("week_start_us")?, row.time("month_start_us")?],
        };
        let is_old = now.since(row.time("created_us")?) >= HOUR;
        match bodies.iter_mut().find(|body| body.status == status && body.older_than_an_hour == is_old) {
            Some(body) => body.add(hold.micros),
            None => bodies.push(HoldsBody::new(&status, is_old, hold.micros)),
        }
        by_agent.entry(AgentId::from_store(&row.text("agent_id")?)).or_default().push(hold);
    }
    bodies.sort_by(|a, b| (&a.status, a.older_than_an_hour).cmp(&(&b.status, b.older_than_an_hour)));
    Ok((by_agent, bodies))
}

async fn forced(tx: &mut Tx, org_id: &OrgId, now: TimeUs) -> Result<ForcedBody, StoreError> {
    let since = now.minus(limits::FORCED_CAPTURES_SHOWN);
    let row = tx.row(sql::FORCED, &[org_id.as_str().into(), since.into()]).await?;
    let row = row.ok_or_else(|| StoreError::Damaged("no sum of forced captures".to_owned()))?;
    Ok(ForcedBody { count: row.int("captures")?, amount: money::decimal(row.int("micros")?) })
}
