//! Looking at a request against the running state, and asking the one pure function about it.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{AgentId, CardId, KeyId, Mode, Money, OrgId, TimeUs, TransactionId};
use sha2::{Digest as _, Sha256};

use super::command::{Authorize, Refusal, Reserve, Then, Waiting};
use super::working::{OrgState, Payee, Working};
use crate::holds::{Budget, WindowKind};
use crate::policies::rates::used_up;
use crate::policies::{
    AtTill, Check, Decision, Payment, Policy, RailName, Rate, Snapshot, Usage, Verdict, candidates, decide,
};
use crate::transactions::Transaction;

/// What the `duplicates` rule takes for the purpose of whatever is bought with a card: a till names none.
pub const CARD_PURPOSE: &str = "card purchase";
/// What stands for the purpose where a shop only looks whether a card is good.
pub const CARD_CHECK: &str = "account verification";

/// What somebody wants to spend, by payment request or at a till.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The id it gets if it is new.
    pub transaction_id: &'a TransactionId,
    /// Who pays.
    pub org_id: &'a OrgId,
    /// Who asks.
    pub agent_id: &'a AgentId,
    /// With which key or card.
    pub with: With<'a>,
    /// Chosen by whoever asks; unique for the agent.
    pub idempotency_key: &'a str,
    /// Hash of the normalised request.
    pub fingerprint: &'a str,
    /// How much.
    pub amount: Money,
    /// As written.
    pub merchant: &'a str,
    /// As compared.
    pub merchant_key: &'a str,
    /// The agent's claim.
    pub purpose: &'a str,
    /// The agent's own JSON.
    pub context: Option<&'a str>,
    /// The agent's claim.
    pub claimed_category: Option<&'a str>,
    /// By which rail; the org's default when unset.
    pub rail: Option<RailName>,
    /// How it waits for its purchase, where it does.
    pub waiting: Option<Waiting>,
}

/// What stands for a request.
#[derive(Debug, Clone, Copy)]
pub enum With<'a> {
    /// A key of the agent's.
    Key(&'a KeyId),
    /// A card of the agent's, at a till.
    Card {
        /// Which.
        id: &'a CardId,
        /// How it stands there.
        state: AtTill,
        /// What the network says is sold there.
        category: Option<&'a str>,
    },
}

impl<'a> From<&'a Reserve> for Request<'a> {
    fn from(r: &'a Reserve) -> Request<'a> {
        Request {
            transaction_id: &r.transaction_id,
            org_id: &r.org_id,
            agent_id: &r.agent_id,
            with: With::Key(&r.key_id),
            idempotency_key: &r.idempotency_key,
            fingerprint: &r.fingerprint,
            amount: r.amount,
            merchant: &r.merchant,
            merchant_key: &r.merchant_key,
            purpose: &r.purpose,
            context: r.context.as_deref(),
            claimed_category: r.claimed_category.as_deref(),
            rail: r.rail,
            waiting: match r.then {
                Then::Wait(waiting) => Some(waiting),
                Then::Pay | Then::TakeUp(_) => None,
            },
        }
    }
}

impl<'a> Request<'a> {
    /// A purchase at a till; `state` says how the card stands there.
    pub fn at_till(a: &'a Authorize, state: AtTill) -> Request<'a> {
        Request {
            transaction_id: &a.transaction_id,
            org_id: &a.org_id,
            agent_id: &a.agent_id,
            with: With::Card { id: &a.card_id, state, category: a.category.as_deref() },
            idempotency_key: &a.reference,
            fingerprint: &a.reference,
            amount: a.amount,
            merchant: &a.merchant,
            merchant_key: &a.merchant_key,
            purpose: if a.amount.micros == 0 { CARD_CHECK } else { CARD_PURPOSE },
            context: None,
            claimed_category: None,
            rail: Some(RailName::Card),
            waiting: None,
        }
    }

    /// How the card stands that is used, where one is.
    pub fn card(&self) -> Option<AtTill> {
        match self.with {
            With::Key(_) => None,
            With::Card { state, .. } => Some(state),
        }
    }

    /// The category by the card network.
    pub fn network_category(&self) -> Option<&'a str> {
        match self.with {
            With::Key(_) => None,
            With::Card { category, .. } => category,
        }
    }
}

/// A decision, and what it was made with.
pub struct Considered {
    /// The answer.
    pub decision: Decision,
    /// The policy in force.
    pub policy: Option<Arc<Policy>>,
    /// The rail it goes by.
    pub rail: RailName,
    /// The payee it goes to.
    pub payee: Option<Payee>,
    /// The reservation that it takes up, in whose windows it goes on to count.
    pub reserved: Option<Arc<Transaction>>,
}

/// Decides a request. `more_of` is the open purchase that it would make larger, where it is not a new one.
///
/// # Errors
/// [`Refusal`].
pub fn consider(
    w: &mut Working,
    r: &Request<'_>,
    more_of: Option<&Transaction>,
    breaker: Rate,
) -> Result<Considered, Refusal> {
    w.budget(r.org_id, r.agent_id)?;
    w.roll_windows(r.org_id, r.agent_id);
    let (org, budget) = (w.org(r.org_id)?, w.budget(r.org_id, r.agent_id)?);
    let policy = w.policy(budget);
    let rail = r.rail.or_else(|| default_rail(org)).ok_or(Refusal::NoRail)?;
    if rail == RailName::Stripe && r.amount.cents().is_none() {
        return Err(Refusal::TooFine);
    }
    let payee = candidates(r.merchant_key).find_map(|key| org.payees.by_key.get(key)).cloned();
    let seen = Seen { org, budget, policy: policy.as_deref(), payee: payee.as_ref(), rail, breaker };
    let decision = match more_of {
        None => look_and_decide(w, r, seen),
        Some(t) => decide_more(w, r, t, seen)?,
    };
    Ok(Considered { decision, policy, rail, payee, reserved: None })
}

/// The rail of an org that names none: its saved payment method, or the sandbox of a test org.
fn default_rail(org: &OrgState) -> Option<RailName> {
    match (org.has_stripe(), org.mode) {
        (true, _) => Some(RailName::Stripe),
        (false, Mode::Test) => Some(RailName::Sandbox),
        (false, Mode::Live) => None,
    }
}

/// What a decision is made with.
#[derive(Clone, Copy)]
struct Seen<'a> {
    org: &'a OrgState,
    budget: &'a Budget,
    policy: Option<&'a Policy>,
    payee: Option<&'a Payee>,
    rail: RailName,
    breaker: Rate,
}

impl<'a> Seen<'a> {
    /// What holds for any request; windows and wallet as they are now.
    fn snapshot(&self, w: &Working, r: &Request<'a>) -> Snapshot<'a> {
        let Seen { org, budget, policy, payee, rail, breaker } = *self;
        let by_payee = payee.and_then(|payee| payee.category.as_deref());
        Snapshot {
            policy,
            org_frozen: org.is_frozen,
            agent: budget.state,
            card: r.card(),
            rail_available: rail.is_there(org.mode, org.has_stripe()),
            zone: &org.zone,
            currency: budget.currency,
            usage: budget.usage(),
            available: w.accounts.get(&budget.wallet).map_or(0, crate::ledger::Account::available),
            payee_known: payee.is_some(),
            category: r.network_category().or(by_payee),
            breaker: policy.and_then(|policy| policy.breaker).unwrap_or(breaker),
            breaker_spent: false,
            velocity_spent: false,
            duplicate_of: None,
            repeat_of: None,
        }
    }

    fn decide(&self, snapshot: &Snapshot<'_>, r: &Request<'_>, amount: Money) -> Decision {
        let payment = Payment { amount, merchant_key: r.merchant_key, rail: self.rail };
        decide(snapshot, &payment, self.org.now)
    }
}

fn look_and_decide(w: &Working, r: &Request<'_>, seen: Seen<'_>) -> Decision {
    let Seen { org, budget, policy, .. } = seen;
    let velocity = policy.and_then(|policy| policy.velocity);
    let repeated = repeat_of(w, r, policy);
    let within =
        policy.and_then(|policy| policy.duplicates).map(|rule| Duration::from_secs(rule.seconds.into()));
    let is_duplicate = |(_, at): (&str, TimeUs)| within.is_some_and(|within| org.now.since(at) < within);
    let plain = seen.snapshot(w, r);
    let snapshot = Snapshot {
        breaker_spent: spent(w, budget, plain.breaker, budget.breaker_from, org.now),
        velocity_spent: velocity.is_some_and(|rate| spent(w, budget, rate, 0, org.now)),
        duplicate_of: repeated.filter(|&earlier| is_duplicate(earlier)).map(|(id, _)| id),
        repeat_of: repeated.map(|(id, _)| id),
        ..plain
    };
    seen.decide(&snapshot, r, r.amount)
}

/// Whether an open purchase may become larger: as if all of it were asked for now, in windows without it. It goes on
/// counting in the windows it was put in, so where those have ended the fuller of then and now is looked at.
fn decide_more(w: &Working, r: &Request<'_>, t: &Transaction, seen: Seen<'_>) -> Result<Decision, Refusal> {
    let so_far = t.held_micros.checked_add(t.posted_micros).ok_or(Refusal::Overflow)?;
    let micros = so_far.checked_add(r.amount.micros).ok_or(Refusal::Overflow)?;
    let budget = seen.budget;
    // What never held anything counts from now on.
    let counts_now = t.amount_micros == 0;
    let used = |kind: WindowKind, start: TimeUs| {
        let (now, key) = (budget.window(kind), (t.agent_id.clone(), kind, start));
        let then = if counts_now || now.start == start {
            0
        } else {
            w.past.get(&key).map_or(0, |p| p.window.used())
        };
        now.used().max(then).saturating_sub(so_far)
    };
    let plain = seen.snapshot(w, r);
    let snapshot = Snapshot {
        usage: Usage {
            day: used(WindowKind::Day, t.day_start),
            week: used(WindowKind::Week, t.week_start),
            month: used(WindowKind::Month, t.month_start),
            lifetime: plain.usage.lifetime.saturating_sub(so_far),
        },
        available: plain.available.saturating_add(so_far),
        ..plain
    };
    Ok(seen.decide(&snapshot, r, Money { micros, ..r.amount }))
}

fn spent(w: &Working, budget: &Budget, rate: Rate, from: i64, now: TimeUs) -> bool {
    let made_at = |number| w.numbers.get(&(budget.agent_id.clone(), number)).copied();
    used_up(rate, budget.decisions, from, now, made_at)
}

/// What the rules `duplicates` and `recurring` compare: agent, amount, merchant and purpose.
pub fn purchase_mark(amount: Money, merchant_key: &str, purpose: &str) -> String {
    let fields = (amount.micros, amount.currency, merchant_key, purpose);
    hex::encode(Sha256::digest(serde_json::to_vec(&fields).unwrap_or_default()))
}

/// The newest purchase of the same kind that is held or paid, and when it was made.
fn repeat_of<'w>(w: &'w Working, r: &Request<'_>, policy: Option<&Policy>) -> Option<(&'w str, TimeUs)> {
    if !policy?.looks_back() {
        return None;
    }
    let mark = purchase_mark(r.amount, r.merchant_key, r.purpose);
    let earlier = w.purchases.get(&(r.agent_id.clone(), mark))?;
    let t = w.transactions.get(&earlier.transaction_id)?;
    let counts = t.status.holds() || t.status.is_paid() || asked_to_repeat(&t.checks);
    counts.then(|| (earlier.transaction_id.as_str(), earlier.at))
}

/// Whether it was itself asked about as a repetition. It then stands for the purchase it repeated, which its own mark
/// has replaced: a human's no to it must not make room for a third.
pub fn asked_to_repeat(checks: &[Check]) -> bool {
    let looks_back = |rule: &str| matches!(rule, "duplicates" | "recurring");
    checks.iter().any(|check| looks_back(&check.rule) && check.verdict == Verdict::Ask)
}
