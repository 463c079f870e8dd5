//! Making, listing and changing agents.

use bursar_base::{AgentId, OrgId, TimeUs};
use bursar_identity::agents::{Agent, service as agents};
use bursar_identity::keys::{NewKey, Scopes, service as keys};
use bursar_identity::orgs::{Org, service as orgs};
use bursar_identity::registrations::Registration;
use bursar_identity::{OrgTx, valid_name};
use bursar_money::budgets;
use bursar_money::holds::Budget;
use bursar_money::ledger::AccountId;
use bursar_money::policies::{self, AgentState, Document, DocumentError, Policy};
use bursar_money::votes;
use bursar_store::{StoreError, Tx};

use super::{AgentBody, ApproversBody, LimitBody, Limits, NewAgent};
use crate::Spend;

/// Why an agent was not made.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The name is wrong.
    #[error("name: {0}")]
    Name(String),
    /// A limit is wrong.
    #[error(transparent)]
    Limit(#[from] DocumentError),
    /// There is no such org.
    #[error("there is no such org")]
    NoOrg,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Limits {
    /// The policy that these limits are. Without any, a human is asked for everything.
    pub fn document(&self) -> Document {
        if *self == Limits::default() {
            return Document::ask_for_everything();
        }
        Document {
            per_transaction: self.per_tx.clone(),
            daily: self.daily.clone(),
            weekly: self.weekly.clone(),
            monthly: self.monthly.clone(),
            lifetime: self.lifetime.clone(),
            approve_above: self.approve_above.clone(),
            ..Document::default()
        }
    }
}

/// Makes an agent with a budget, a policy and a key, which is shown here and never again.
///
/// # Errors
/// [`AgentError`].
pub async fn create(
    spend: &Spend,
    org_id: &OrgId,
    new: NewAgent,
    actor: &str,
) -> Result<(AgentId, NewKey), AgentError> {
    let org = spend.identity.lock(org_id).await?;
    create_in(spend, org, org_id, new, actor).await
}

/// The same in a transaction that the caller has begun.
///
/// # Errors
/// [`AgentError`].
pub async fn create_in(
    spend: &Spend,
    mut org: OrgTx,
    org_id: &OrgId,
    new: NewAgent,
    actor: &str,
) -> Result<(AgentId, NewKey), AgentError> {
    let made = write(spend, &mut org, org_id, new, actor).await?;
    org.commit().await?;
    Ok(made)
}

/// The same in a transaction that the caller goes on with and commits.
///
/// # Errors
/// [`AgentError`].
pub async fn write(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    new: NewAgent,
    actor: &str,
) -> Result<(AgentId, NewKey), AgentError> {
    let name = valid_name(&new.name).map_err(AgentError::Name)?;
    let document = new.limits.document();
    Policy::compile(&document)?;
    let found = orgs::find(&mut org.tx, org_id).await?.ok_or(AgentError::NoOrg)?;
    let id = AgentId::new(org.now, &*spend.identity.rng);
    open(org, &found, &id, &name, &document, new.own_wallet, actor).await?;
    let scopes = Scopes::agent();
    let key = keys::insert(&spend.identity, org, org_id, found.mode, Some(&id), &name, scopes, actor).await?;
    Ok((id, key))
}

/// Makes the agent that a bot becomes once it is claimed, in the caller's transaction. The policy was checked.
///
/// # Errors
/// [`StoreError`].
pub async fn adopt(
    org: &mut OrgTx,
    found: &Org,
    bot: &Registration,
    document: &Document,
    actor: &str,
) -> Result<(), StoreError> {
    open(org, found, &bot.id, &bot.name, document, false, actor).await
}

/// An agent, its budget and the first version of its policy.
async fn open(
    org: &mut OrgTx,
    found: &Org,
    id: &AgentId,
    name: &str,
    document: &Document,
    own_wallet: bool,
    actor: &str,
) -> Result<(), StoreError> {
    agents::insert(org, &found.id, id, name, actor).await?;
    budgets::open(&mut org.tx, &found.id, id, found.currency, own_wallet).await?;
    let now = org.now;
    policies::insert_version(&mut org.tx, &mut org.head, &found.id, id, 1, document, actor, now).await
}

/// An org's agents, oldest first, each with its limits and what is used of them.
///
/// # Errors
/// [`StoreError`].
pub async fn list(spend: &Spend, org_id: &OrgId) -> Result<Vec<AgentBody>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(org) = orgs::find(&mut tx, org_id).await? else {
        return Ok(Vec::new());
    };
    let now = tx.now(&*spend.identity.clock).await?;
    let mut bodies = Vec::new();
    for agent in agents::list(&mut tx, org_id).await? {
        if let Some(budget) = budgets::find(&mut tx, &agent.id).await? {
            bodies.push(body(&mut tx, &org, &agent, budget, now).await?);
        }
    }
    Ok(bodies)
}

/// One agent as owners see it.
///
/// # Errors
/// [`StoreError`].
pub async fn find(spend: &Spend, agent: &Agent) -> Result<Option<AgentBody>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(org) = orgs::find(&mut tx, &agent.org_id).await? else {
        return Ok(None);
    };
    let now = tx.now(&*spend.identity.clock).await?;
    let Some(budget) = budgets::find(&mut tx, &agent.id).await? else {
        return Ok(None);
    };
    Ok(Some(body(&mut tx, &org, agent, budget, now).await?))
}

async fn body(
    tx: &mut Tx,
    org: &Org,
    agent: &Agent,
    mut budget: Budget,
    now: TimeUs,
) -> Result<AgentBody, StoreError> {
    if let Ok(zone) = jiff::tz::TimeZone::get(&org.time_zone) {
        // What ended is somebody else's to write down; here only the view moves on.
        drop(budget.roll(now, &zone));
    }
    let document =
        policies::current(tx, &agent.id).await?.map(|version| version.document).unwrap_or_default();
    let approvals = ApproversBody {
        needed: document.approvals.unwrap_or(1),
        possible: votes::possible(tx, &agent.org_id).await?,
    };
    let available = budgets::wallet(tx, &budget.wallet).await?.map_or(0, |account| account.available());
    let line =
        |limit: Option<String>, used: i64| LimitBody { limit, used: bursar_base::money::decimal(used) };
    let own = AccountId::wallet(agent.id.as_str());
    Ok(AgentBody {
        agent_id: agent.id.to_string(),
        name: agent.name.clone(),
        status: state_text(budget.state).to_owned(),
        frozen_reason: budget.frozen_reason.clone(),
        wallet: if budget.wallet == own { "own" } else { "org" }.to_owned(),
        available: bursar_base::money::decimal(available),
        currency: budget.currency.to_string(),
        daily: line(document.daily, budget.day.used()),
        weekly: line(document.weekly, budget.week.used()),
        monthly: line(document.monthly, budget.month.used()),
        lifetime: line(document.lifetime, budget.lifetime.used()),
        per_tx: document.per_transaction,
        approve_above: document.approve_above,
        approvals,
        policy_version: budget.policy_version,
        created_at: agent.created_at,
    })
}

fn state_text(state: AgentState) -> &'static str {
    match state {
        AgentState::Active => "active",
        AgentState::Frozen => "frozen",
        AgentState::Pending => "pending",
    }
}
