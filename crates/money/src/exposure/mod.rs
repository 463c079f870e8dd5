//! Exposure: the most that can still leave within a stretch of time, if every agent did its worst.
//!
//! Invariants: pure, as `decide` is: no I/O, no clock. The figure is an upper bound of whatever requests the agents make, of
//! what they hold already included; it is `None` where nothing bounds it. It looks at the money and the rules that are
//! there now: what somebody pays in meanwhile, another policy, and what a rail takes that was never held are not in it.

use std::time::Duration;

use bursar_base::TimeUs;
use jiff::tz::TimeZone;

use crate::holds::{Budget, Window, WindowKind, next_start};
use crate::policies::{AgentState, Ask, Policy, Rate};
use crate::transactions::Status;

/// A minute, in microseconds.
const MINUTE_US: i64 = 60_000_000;

/// An open hold.
#[derive(Debug, Clone, Copy)]
pub struct OpenHold {
    /// Where its payment stands.
    pub status: Status,
    /// How much, in micros.
    pub micros: i64,
    /// Whether it is in a wallet.
    pub is_prepaid: bool,
    /// The starts of the windows that it was put in: day, week, month.
    pub windows: [TimeUs; 3],
}

/// What an agent's new payments may be paid by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// A rail that draws on its wallet.
    pub prepaid: bool,
    /// A rail that charges the org elsewhere: no wallet bounds it.
    pub direct: bool,
}

/// A wallet, in micros.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wallet {
    /// What is in it, with what is held.
    pub balance: i64,
    /// What of that is held, by whomever.
    pub held: i64,
}

impl Wallet {
    /// The most that can leave it: what is in it, and what is held even where it holds less.
    pub fn most(self) -> i128 {
        i128::from(self.balance.max(self.held)).max(0)
    }
}

/// Everything about one agent that bounds what it spends.
#[derive(Debug)]
pub struct Agent<'a> {
    /// Its windows and state. They may have ended; they are brought to now here.
    pub budget: &'a Budget,
    /// Its policy; `None` where there is none, or it cannot be read.
    pub policy: Option<&'a Policy>,
    /// Whether all of its org is frozen.
    pub org_frozen: bool,
    /// Its rails.
    pub reach: Reach,
    /// Its wallet.
    pub wallet: Wallet,
    /// Its open holds.
    pub holds: &'a [OpenHold],
    /// The circuit breaker where the policy sets none.
    pub breaker: Rate,
}

/// The most that can leave, in micros; `None` where nothing bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Without anybody saying yes from now on.
    pub without_a_human: Option<i128>,
    /// With a yes to everything that is asked.
    pub with_approvals: Option<i128>,
}

/// The most that one agent can make leave from `now` on, for so long.
pub fn of_agent(agent: &Agent<'_>, now: TimeUs, within: Duration, zone: &TimeZone) -> Most {
    let mut budget = agent.budget.clone();
    drop(budget.roll(now, zone));
    let until = now.plus(within);
    let stopped = agent.org_frozen || budget.state != AgentState::Active;
    // Under a freeze only what a rail was called for goes on; everything else is withdrawn.
    let leaves = |hold: &OpenHold, with_yes: bool| match hold.status {
        Status::Executing | Status::Unknown => true,
        Status::Approved => !stopped,
        Status::Pending => !stopped && with_yes,
        Status::Completed
        | Status::Refunded
        | Status::Failed
        | Status::Declined
        | Status::TimedOut
        | Status::Cancelled => false,
    };
    let most = |with_yes: bool| {
        let holds: Vec<OpenHold> =
            agent.holds.iter().copied().filter(|hold| leaves(hold, with_yes)).collect();
        let held: i128 = holds.iter().map(|hold| i128::from(hold.micros)).sum();
        let Some(policy) =
            agent.policy.filter(|policy| !stopped && may_ask(policy, agent.reach, (now, until), zone))
        else {
            return Some(held);
        };
        if !with_yes && policy.ask == Ask::Everything {
            return Some(held);
        }
        let bounds = [
            by_count(policy, agent.breaker, within, with_yes).map(|new| held + new),
            by_windows(&budget, policy, &holds, until, zone),
            by_wallet(agent, &holds),
        ];
        bounds.into_iter().flatten().min()
    };
    Most { without_a_human: most(false), with_approvals: most(true) }
}

/// Whether a new payment could be allowed at all.
fn may_ask(policy: &Policy, reach: Reach, (now, until): (TimeUs, TimeUs), zone: &TimeZone) -> bool {
    if !reach.prepaid && !reach.direct {
        return false;
    }
    if policy.hours.is_empty() {
        return true;
    }
    let minutes = std::iter::successors(Some(now), |at| {
        Some(TimeUs((at.0.div_euclid(MINUTE_US) + 1).saturating_mul(MINUTE_US)))
    });
    minutes.take_while(|at| *at < until).any(|at| policy.hours.iter().any(|hours| hours.contains(at, zone)))
}

/// So many decisions as breaker and velocity let through, each as large as one may be.
fn by_count(policy: &Policy, breaker: Rate, within: Duration, with_yes: bool) -> Option<i128> {
    let each = if with_yes {
        policy.per_transaction
    } else {
        [policy.per_transaction, policy.approve_above].into_iter().flatten().min()
    };
    let rates = [Some(policy.breaker.unwrap_or(breaker)), policy.velocity];
    let count = rates.into_iter().flatten().map(|rate| most_decisions(rate, within)).min()?;
    Some(count * i128::from(each?.max(0)))
}

/// In any stretch of a rate's seconds there are at most so many decisions, so in a longer one as many times that.
fn most_decisions(rate: Rate, within: Duration) -> i128 {
    let (micros, each) = (within.as_micros(), u128::from(rate.seconds.max(1)) * 1_000_000);
    let stretches = i128::try_from(micros.div_ceil(each)).unwrap_or(i128::MAX);
    stretches.saturating_mul(i128::from(rate.requests))
}

/// What the limits leave: in the windows of now what is not spent yet, in those that begin meanwhile all of it. Holds of
/// windows that have ended count in none of these.
fn by_windows(
    budget: &Budget,
    policy: &Policy,
    holds: &[OpenHold],
    until: TimeUs,
    zone: &TimeZone,
) -> Option<i128> {
    let limits = [policy.daily, policy.weekly, policy.monthly];
    let calendar =
        WindowKind::ALL.into_iter().zip(limits).enumerate().filter_map(|(place, (kind, limit))| {
            let limit = i128::from(limit?.max(0));
            let window = budget.window(kind);
            let is_here = |hold: &&OpenHold| hold.windows.get(place) == Some(&window.start);
            let here: i128 = holds.iter().filter(is_here).map(|hold| i128::from(hold.micros)).sum();
            let elsewhere: i128 = holds.iter().map(|hold| i128::from(hold.micros)).sum::<i128>() - here;
            let begins = i128::from(begin_meanwhile(kind, window, until, zone));
            Some(elsewhere + left(limit, window, here) + begins * limit)
        });
    let all: i128 = holds.iter().map(|hold| i128::from(hold.micros)).sum();
    let lifetime = policy.lifetime.map(|limit| left(i128::from(limit.max(0)), &budget.lifetime, all));
    calendar.chain(lifetime).min()
}

/// What can still leave of one window: the limit without what is spent, or what is held where that is more.
fn left(limit: i128, window: &Window, held_here: i128) -> i128 {
    held_here.max(limit - i128::from(window.spent))
}

/// How many windows of a kind begin before `until`, after the one of now.
fn begin_meanwhile(kind: WindowKind, window: &Window, until: TimeUs, zone: &TimeZone) -> i64 {
    let (mut count, mut start) = (0, window.end);
    while start < until {
        count += 1;
        start = next_start(kind, start, zone);
    }
    count
}

/// What is in the wallet, where nothing else pays.
fn by_wallet(agent: &Agent<'_>, holds: &[OpenHold]) -> Option<i128> {
    if agent.reach.direct {
        return None;
    }
    let elsewhere: i128 =
        holds.iter().filter(|hold| !hold.is_prepaid).map(|hold| i128::from(hold.micros)).sum();
    Some(elsewhere + agent.wallet.most())
}

/// One agent's figures as part of its org's.
#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    /// The account of its wallet.
    pub wallet_id: &'a str,
    /// That wallet.
    pub wallet: Wallet,
    /// Whether only its wallet pays.
    pub wallet_only: bool,
    /// What it holds by rails that charge the org elsewhere.
    pub held_elsewhere: i128,
    /// The most that it can make leave.
    pub most: Option<i128>,
}

/// The most that all agents of an org together can make leave: those that draw on one wallet share what is in it.
pub fn of_org(shares: &[Share<'_>]) -> Option<i128> {
    let mut total = 0_i128;
    let mut wallets: std::collections::BTreeMap<&str, (Wallet, i128, Option<i128>)> =
        std::collections::BTreeMap::new();
    for share in shares {
        if !share.wallet_only {
            total += share.most?;
            continue;
        }
        let (_, elsewhere, sum) = wallets.entry(share.wallet_id).or_insert((share.wallet, 0, Some(0)));
        *elsewhere += share.held_elsewhere;
        *sum = sum.zip(share.most).map(|(sum, most)| sum + most);
    }
    for (wallet, elsewhere, sum) in wallets.into_values() {
        let bound = elsewhere + wallet.most();
        total += sum.map_or(bound, |sum| sum.min(bound));
    }
    Some(total)
}

#[cfg(test)]
mod tests;
