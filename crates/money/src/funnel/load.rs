//! Loading the rows that a batch needs, after its orgs are locked.
//!
//! What a payment request needs can be told from the request alone, so one read brings it. What else turns out to be
//! needed by what was found (the wallet of a changed transaction, a policy that is not known yet, earlier decisions) is
//! read in further rounds until nothing is missing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bursar_base::{AgentId, OrgId, TimeUs, TransactionId};
use bursar_store::StoreError;
use jiff::tz::TimeZone;

use super::asked::Asked;
use super::command::{Command, Step, Then};
use super::consider::{Request, purchase_mark};
use super::storage::{Found, NumberRange, OrgRow, Storage, Wanted};
use super::working::{OrgState, Payees, Working};
use crate::holds::Budget;
use crate::ledger::AccountId;
use crate::policies::{AtTill, Policy, RailName, Rate};
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
    let mut asked = Asked::default();
    let mut needs = Wanted::default();
    for command in commands {
        of_command(&mut needs, command);
    }
    let wanted = asked.new_in(needs);
    let (now, found) = s.begin(&wanted).await?;
    take(&mut w, found, &wanted, copies, now)?;
    loop {
        let (mut needs, mut seen) = (Wanted::default(), HashSet::new());
        for command in commands {
            of_rows(&mut needs, &mut seen, command, &w);
        }
        of_rates(&mut needs, commands, &w, breaker);
        let wanted = asked.new_in(needs);
        if wanted.is_empty() {
            return Ok(w);
        }
        let found = s.read(&wanted).await?;
        take(&mut w, found, &wanted, copies, now)?;
    }
}

/// What can be told from the command alone.
fn of_command(needs: &mut Wanted, command: &Command) {
    needs.orgs.insert(command.org_id().clone());
    needs.nonces.extend(command.nonce().cloned());
    match command {
        Command::Reserve(r) => {
            needs.by_key.insert((r.idempotency_key.clone(), r.agent_id.clone()));
            needs.keys.insert(r.key_id.clone());
            if let Then::TakeUp(id) = &r.then {
                needs.transactions.insert(id.clone());
            }
            of_request(needs, &r.org_id, &r.agent_id, r.rail);
        }
        Command::Preview(r) => of_request(needs, &r.org_id, &r.agent_id, r.rail),
        Command::Authorize(a) => {
            needs.authorizations.insert(a.reference.clone());
            needs.cards.insert(a.card_id.clone());
            needs.reserved.insert((a.agent_id.clone(), a.merchant_key.clone()));
            of_request(needs, &a.org_id, &a.agent_id, Some(RailName::Card));
        }
        Command::Facts(f) => {
            needs.authorizations.insert(f.reference.clone());
            needs.jobs.extend(f.job.iter().map(|job| job.id.to_string()));
            of_request(needs, &f.org_id, &f.agent_id, Some(RailName::Card));
        }
        Command::Change { org_id, transaction_id, step, job, .. } => {
            needs.transactions.insert(transaction_id.clone());
            if matches!(step, Step::Decide { .. }) {
                needs.deciders.insert(org_id.clone());
                needs.votes.insert(transaction_id.clone());
            }
            needs.jobs.extend(job.iter().map(|job| job.id.to_string()));
        }
        Command::SetFrozen { agent_id, .. } => needs.agents.extend(agent_id.clone()),
        Command::Deposit { org_id, agent_id, .. } => {
            needs.agents.extend(agent_id.clone());
            let owner = agent_id.as_ref().map_or(org_id.as_str(), AgentId::as_str);
            needs.accounts.extend([AccountId::deposits(org_id), AccountId::wallet(owner)]);
        }
        Command::Receive(r) => {
            needs.receipts.insert(r.reference.clone());
            needs.agents.extend(r.agent_id.clone());
            needs.accounts.extend([AccountId::checkout(&r.org_id), AccountId::wallet(r.org_id.as_str())]);
        }
        Command::GiveBack { org_id, reference, .. } => {
            needs.receipts.insert(reference.clone());
            needs.accounts.insert(AccountId::checkout(org_id));
        }
    }
}

/// A request most often draws on its org's wallet; where it draws on another account, the next round brings that.
fn of_request(needs: &mut Wanted, org_id: &OrgId, agent_id: &AgentId, rail: Option<RailName>) {
    if needs.agents.insert(agent_id.clone()) || rail.is_some() {
        needs.accounts.insert(AccountId::wallet(org_id.as_str()));
        needs.accounts.insert(AccountId::rail(rail.unwrap_or(RailName::Sandbox), org_id));
    }
}

/// What the rows found so far show to be needed; `seen` are the agents and rails whose requests were looked at.
fn of_rows(
    needs: &mut Wanted,
    seen: &mut HashSet<(AgentId, Option<RailName>)>,
    command: &Command,
    w: &Working,
) {
    let (Some(org), org_id) = (w.orgs.get(command.org_id()), command.org_id()) else { return };
    if org.payees.version != org.payees_version {
        needs.payees.insert(org_id.clone());
    }
    match command {
        Command::Reserve(r) | Command::Preview(r) => {
            if let Some(t) = w.by_key.get(&(r.agent_id.clone(), r.idempotency_key.clone())) {
                of_transaction(needs, w.transactions.get(t));
            }
            if let Then::TakeUp(id) = &r.then {
                of_change(needs, id, w);
            }
            of_wish(needs, seen, &Request::from(&**r), org, w);
        }
        Command::Authorize(a) => {
            of_authorization(needs, &a.reference, w);
            for id in w.reserved.get(&(a.agent_id.clone(), a.merchant_key.clone())).into_iter().flatten() {
                of_change(needs, id, w);
            }
            of_wish(needs, seen, &Request::at_till(a, AtTill::Usable), org, w);
        }
        Command::Facts(f) => {
            of_authorization(needs, &f.reference, w);
            if let Some(budget) = w.budgets.get(&f.agent_id) {
                of_budget(needs, budget, w);
                needs.accounts.insert(budget.wallet.clone());
            }
        }
        Command::SetFrozen { agent_id, .. } => {
            if let Some(budget) = agent_id.as_ref().and_then(|agent| w.budgets.get(agent)) {
                of_budget(needs, budget, w);
            }
        }
        Command::Change { transaction_id, step, .. } => {
            of_change(needs, transaction_id, w);
            if matches!(
                step,
                Step::RequestRefund { .. } | Step::SettleRefund { .. } | Step::RefundedElsewhere { .. }
            ) {
                needs.refunds.insert(transaction_id.clone());
            }
        }
        Command::Deposit { .. } => {}
        Command::Receive(r) => {
            let budget = r.agent_id.as_ref().and_then(|agent| w.budgets.get(agent));
            needs.accounts.extend(budget.map(|budget| budget.wallet.clone()));
        }
        Command::GiveBack { reference, .. } => {
            needs.accounts.extend(w.receipts.get(reference).map(|receipt| receipt.wallet.clone()));
        }
    }
}

/// What somebody wants to spend.
fn of_wish(
    needs: &mut Wanted,
    seen: &mut HashSet<(AgentId, Option<RailName>)>,
    r: &Request<'_>,
    org: &OrgState,
    w: &Working,
) {
    let Some(budget) = w.budgets.get(r.agent_id) else { return };
    // Many requests of a batch come from the same agent, and what the first needs the others need too.
    if seen.insert((r.agent_id.clone(), r.rail)) {
        of_budget(needs, budget, w);
        needs.accounts.insert(budget.wallet.clone());
        needs.accounts.extend(accounts_of(r.rail, r.org_id, org));
    }
    of_purchase(needs, r, budget, w);
}

/// Where the money of an authorisation is booked.
fn of_authorization(needs: &mut Wanted, reference: &str, w: &Working) {
    let Some(known) = w.authorizations.get(&reference.to_owned()) else { return };
    needs.transactions.insert(known.transaction_id.clone());
    of_change(needs, &known.transaction_id, w);
}

/// What changing a transaction moves: it, its agent's budget, and the windows it was put in.
fn of_change(needs: &mut Wanted, id: &TransactionId, w: &Working) {
    let Some(t) = w.transactions.get(id) else { return };
    of_transaction(needs, Some(t));
    let Some(budget) = w.budgets.get(&t.agent_id) else { return };
    of_budget(needs, budget, w);
    let ended = t.windows().into_iter().filter(|&(kind, start)| budget.window(kind).start != start);
    needs.past.extend(ended.map(|(kind, start)| (t.agent_id.clone(), kind, start)));
}

fn of_transaction(needs: &mut Wanted, t: Option<&Arc<Transaction>>) {
    let Some(t) = t else { return };
    needs.agents.insert(t.agent_id.clone());
    needs.keys.extend(t.key_id.clone());
    needs.cards.extend(t.card_id.clone());
    needs.accounts.extend([t.debit.clone(), t.credit.clone()]);
}

fn of_budget(needs: &mut Wanted, budget: &Budget, w: &Working) {
    let key = (budget.agent_id.clone(), budget.policy_version);
    if !w.policies.contains_key(&key) {
        needs.policies.insert(key);
    }
}

/// The accounts that a request by this rail may move, besides the wallet; by the org's default when it names none.
fn accounts_of(rail: Option<RailName>, org_id: &OrgId, org: &OrgState) -> Vec<AccountId> {
    let rail = rail.unwrap_or(if org.has_stripe() { RailName::Stripe } else { RailName::Sandbox });
    let mut accounts = vec![AccountId::rail(rail, org_id)];
    if !rail.is_prepaid() {
        accounts.push(AccountId::payment_method(org_id));
    }
    accounts
}

/// The newest purchase of this kind, and the transaction that it was.
fn of_purchase(needs: &mut Wanted, r: &Request<'_>, budget: &Budget, w: &Working) {
    if w.policy(budget).is_none_or(|policy| !policy.looks_back()) {
        return;
    }
    let key = (r.agent_id.clone(), purchase_mark(r.amount, r.merchant_key, r.purpose));
    if let Some(earlier) = w.purchases.get(&key).filter(|p| w.transactions.get(&p.transaction_id).is_none()) {
        needs.transactions.insert(earlier.transaction_id.clone());
    }
    needs.purchases.insert(key);
}

/// The decisions that breaker and velocity must look back to.
fn of_rates(needs: &mut Wanted, commands: &[&Command], w: &Working, breaker: Rate) {
    let mut requests: BTreeMap<&AgentId, i64> = BTreeMap::new();
    for command in commands {
        let agent = match command {
            Command::Reserve(r) | Command::Preview(r) => &r.agent_id,
            Command::Authorize(a) => &a.agent_id,
            // What the network tells of may become a transaction of its own, which has a number too.
            Command::Facts(f) => &f.agent_id,
            Command::Change { .. }
            | Command::SetFrozen { .. }
            | Command::Deposit { .. }
            | Command::Receive(_)
            | Command::GiveBack { .. } => continue,
        };
        *requests.entry(agent).or_default() += 1;
    }
    for (agent, count) in requests {
        let Some(budget) = w.budgets.get(agent) else { continue };
        if !w.policies.contains_key(&(agent.clone(), budget.policy_version)) {
            continue;
        }
        let policy = w.policy(budget);
        let breaker = policy.as_ref().and_then(|policy| policy.breaker).unwrap_or(breaker);
        let velocity = policy.and_then(|policy| policy.velocity);
        let rates = [Some((breaker, budget.breaker_from)), velocity.map(|rate| (rate, 0))];
        for (rate, after) in rates.into_iter().flatten() {
            let from = (budget.decisions + 1 - i64::from(rate.requests)).max(after + 1);
            let to = (from + count - 1).min(budget.decisions);
            if budget.decisions + count - i64::from(rate.requests) > after && from <= to {
                needs.numbers.insert(NumberRange { agent_id: agent.clone(), from, to });
            }
        }
    }
}

/// Puts what was found where the commands look for it.
fn take(
    w: &mut Working,
    found: Found,
    wanted: &Wanted,
    copies: &mut Copies,
    now: TimeUs,
) -> Result<(), StoreError> {
    for row in found.orgs {
        let payees = copies.payees.get(&row.id).filter(|known| known.version == row.payees_version);
        let payees = payees.cloned().unwrap_or_default();
        w.orgs.insert(row.id.clone(), org_state(row, now, payees)?);
    }
    w.nonces_recorded |= !found.nonces.is_empty();
    w.fresh_nonces.extend(found.nonces);
    for t in found.transactions {
        w.by_key.insert((t.agent_id.clone(), t.idempotency_key.clone()), t.id.clone());
        w.transactions.load(t.id.clone(), Arc::new(t));
    }
    for budget in found.budgets {
        let key = (budget.agent_id.clone(), budget.policy_version);
        if let Some(known) = copies.policies.get(&key) {
            w.policies.insert(key, known.clone());
        }
        w.budgets.load(budget.agent_id.clone(), budget);
    }
    w.keys.extend(found.keys);
    w.cards.extend(found.cards);
    for t in found.reserved {
        let reserved = w.reserved.entry((t.agent_id.clone(), t.merchant_key.clone())).or_default();
        reserved.push(t.id.clone());
        w.transactions.load(t.id.clone(), Arc::new(t));
    }
    for authorization in found.authorizations {
        w.authorizations.load(authorization.reference.clone(), authorization);
    }
    for account in found.accounts {
        w.accounts.load(account.id.clone(), account);
    }
    w.fences.extend(found.fences);
    take_payees(w, found.payees, wanted, copies);
    take_policies(w, found.policies, wanted, copies);
    w.numbers.extend(found.numbers);
    for purchase in found.purchases {
        w.purchases.load((purchase.agent_id.clone(), purchase.mark.clone()), purchase);
    }
    for past in found.past {
        w.past.load((past.agent_id.clone(), past.kind, past.window.start), past);
    }
    for receipt in found.receipts {
        w.receipts.load(receipt.reference.clone(), receipt);
    }
    w.deciders.extend(found.deciders);
    for vote in found.votes {
        w.votes.load((vote.transaction_id.clone(), vote.member_id.clone()), vote);
    }
    for refund in found.refunds {
        w.refunds.load(refund.id.clone(), refund);
    }
    Ok(())
}

fn org_state(row: OrgRow, now: TimeUs, payees: Arc<Payees>) -> Result<OrgState, StoreError> {
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
        payees_version: row.payees_version,
        is_frozen: row.is_frozen,
        payees,
    })
}

fn take_payees(
    w: &mut Working,
    found: Vec<(OrgId, String, super::working::Payee)>,
    wanted: &Wanted,
    copies: &mut Copies,
) {
    let mut by_org: HashMap<OrgId, Payees> = HashMap::new();
    for (org, key, payee) in found {
        by_org.entry(org).or_default().by_key.insert(key, payee);
    }
    for org_id in &wanted.payees {
        let Some(org) = w.orgs.get_mut(org_id) else { continue };
        let mut payees = by_org.remove(org_id).unwrap_or_default();
        payees.version = org.payees_version;
        org.payees = Arc::new(payees);
        if copies.payees.len() >= MAX_COPIES {
            copies.payees.clear();
        }
        copies.payees.insert(org_id.clone(), org.payees.clone());
    }
}

fn take_policies(
    w: &mut Working,
    found: Vec<((AgentId, i64), String)>,
    wanted: &Wanted,
    copies: &mut Copies,
) {
    let mut documents: HashMap<(AgentId, i64), String> = found.into_iter().collect();
    for key in &wanted.policies {
        let policy = documents.remove(key).and_then(|text| compiled(key, &text));
        if copies.policies.len() >= MAX_COPIES {
            copies.policies.clear();
        }
        copies.policies.insert(key.clone(), policy.clone());
        w.policies.insert(key.clone(), policy);
    }
}

fn compiled(key: &(AgentId, i64), text: &str) -> Option<Arc<Policy>> {
    match Policy::from_json(text) {
        Ok(policy) => Some(Arc::new(policy)),
        Err(error) => {
            tracing::error!(agent = %key.0, version = key.1, %error, "a policy cannot be read; its agent spends nothing");
            None
        }
    }
}
