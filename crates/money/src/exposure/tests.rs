//! Whatever agents do, no more leaves than the figure said before.

use std::time::Duration;

use bursar_base::{AgentId, Currency, Money, OrgId, TimeUs};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::ledger::AccountId;
use crate::policies::{Decision, Document, Payment, RailName, Snapshot, Verdict, decide};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn usd(dollars: i64) -> i64 {
    dollars * 1_000_000
}

fn policy(toml: &str) -> Policy {
    Policy::compile(&Document::from_toml(toml).unwrap()).unwrap()
}

fn noon() -> TimeUs {
    TimeUs::parse_rfc3339("2026-09-23T12:00:00Z").unwrap()
}

fn budget() -> Budget {
    let (agent, org) = (AgentId::from_store("agt_1"), OrgId::from_store("org_1"));
    Budget::new(agent, org, AccountId::wallet("org_1"), Currency::USD)
}

const PREPAID: Reach = Reach { prepaid: true, direct: false };
const DIRECT: Reach = Reach { prepaid: false, direct: true };
const BREAKER: Rate = Rate { requests: 20, seconds: 60 };

fn agent<'a>(budget: &'a Budget, policy: &'a Policy, reach: Reach, holds: &'a [OpenHold]) -> Agent<'a> {
    let wallet = Wallet { balance: usd(1_000), held: 0 };
    Agent { budget, policy: Some(policy), org_frozen: false, reach, wallet, holds, breaker: BREAKER }
}

fn most(agent: &Agent<'_>, within: Duration) -> (Option<i128>, Option<i128>) {
    let most = of_agent(agent, noon(), within, &TimeZone::UTC);
    (most.without_a_human, most.with_approvals)
}

fn sum(dollars: i64) -> Option<i128> {
    Some(i128::from(usd(dollars)))
}

fn hold(status: Status, dollars: i64) -> OpenHold {
    let start = |text: &str| TimeUs::parse_rfc3339(text).unwrap();
    let windows =
        [start("2026-09-23T00:00:00Z"), start("2026-09-21T00:00:00Z"), start("2026-09-01T00:00:00Z")];
    OpenHold { status, micros: usd(dollars), is_prepaid: true, windows }
}

#[test]
fn the_narrowest_rule_is_the_figure() {
    let budget = budget();
    for (toml, hour, day) in [
        // Midnight is within the day and not within the hour.
        ("daily = \"100.00\"", sum(100), sum(200)),
        ("daily = \"100.00\"\nlifetime = \"120.00\"", sum(100), sum(120)),
        ("weekly = \"150.00\"", sum(150), sum(150)),
        // Only the wallet bounds it.
        ("", sum(1_000), sum(1_000)),
        ("per_transaction = \"1.00\"\nbreaker = { requests = 5, seconds = 3600 }", sum(5), sum(120)),
        ("per_transaction = \"1.00\"\nvelocity = { requests = 2, seconds = 1800 }", sum(4), sum(96)),
        ("hours = [{ days = [\"mon\"], from = \"09:00\", to = \"17:00\" }]", sum(0), sum(0)),
        ("hours = [{ days = [\"wed\"], from = \"14:00\", to = \"17:00\" }]", sum(0), sum(1_000)),
    ] {
        let policy = policy(toml);
        let agent = agent(&budget, &policy, PREPAID, &[]);
        assert_eq!((most(&agent, HOUR).0, most(&agent, DAY).0), (hour, day), "{toml}");
    }
}

#[test]
fn a_direct_rail_without_limits_is_unbounded_and_said_to_be() {
    let (budget, free) = (budget(), policy(""));
    assert_eq!(most(&agent(&budget, &free, DIRECT, &[]), HOUR), (None, None));
    // Where a human is asked, nothing leaves unattended.
    let asks = policy("ask = \"everything\"");
    assert_eq!(most(&agent(&budget, &asks, DIRECT, &[]), HOUR), (sum(0), None));
    let above = policy("approve_above = \"2.00\"\nbreaker = { requests = 3, seconds = 3600 }");
    assert_eq!(most(&agent(&budget, &above, DIRECT, &[]), HOUR), (sum(6), None));
    // No rail, or no policy: nothing.
    let nowhere = Reach { prepaid: false, direct: false };
    assert_eq!(most(&agent(&budget, &free, nowhere, &[]), HOUR), (sum(0), sum(0)));
    let none = Agent { policy: None, ..agent(&budget, &free, DIRECT, &[]) };
    assert_eq!(most(&none, HOUR), (sum(0), sum(0)));
}

#[test]
fn holds_count_by_where_their_payment_stands() {
    let (mut budget, limited) = (budget(), policy("daily = \"100.00\""));
    drop(budget.roll(noon(), &TimeZone::UTC));
    let holds = [
        hold(Status::Pending, 10),
        hold(Status::Approved, 20),
        hold(Status::Executing, 30),
        hold(Status::Unknown, 5),
    ];
    budget.day.held = usd(65);
    budget.day.spent = usd(15);
    let mut agent = agent(&budget, &limited, PREPAID, &holds);
    agent.wallet.held = usd(65);
    // What is held and does not leave makes room for something else.
    assert_eq!(most(&agent, HOUR), (sum(85), sum(85)));
    // Under a freeze only what a rail was called for goes on.
    agent.org_frozen = true;
    assert_eq!(most(&agent, HOUR), (sum(35), sum(35)));
    let asks = policy("ask = \"everything\"");
    let asking = Agent { policy: Some(&asks), org_frozen: false, ..agent };
    assert_eq!(most(&asking, HOUR).0, sum(55));
}

#[test]
fn agents_that_share_a_wallet_share_what_is_in_it() {
    let wallet = Wallet { balance: usd(100), held: 0 };
    let share =
        |wallet_id, wallet_only, most| Share { wallet_id, wallet, wallet_only, held_elsewhere: 0, most };
    let one = share("w1", true, sum(80));
    assert_eq!(of_org(&[one, one]), sum(100));
    assert_eq!(of_org(&[one, share("w2", true, sum(80))]), sum(160));
    assert_eq!(of_org(&[one, share("w1", true, None)]), sum(100));
    assert_eq!(of_org(&[one, share("w1", false, sum(80))]), sum(160));
    assert_eq!(of_org(&[one, share("w1", false, None)]), None);
}

/// What an agent does next, and what becomes of what it has.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// It asks for so many dollars.
    Ask(i64),
    /// A human says yes to the oldest that waits, where there are humans.
    Yes,
    /// The oldest that waits is not wanted, or its time is over.
    No,
    /// The rail is called for the oldest that is allowed, and pays so many percent of it.
    Pay(i64),
    /// The oldest that is allowed is withdrawn.
    Cancel,
}

fn deeds() -> impl Strategy<Value = Vec<(i64, Deed)>> {
    let deed = prop_oneof![
        6 => (1..60_i64).prop_map(Deed::Ask),
        2 => Just(Deed::Yes),
        1 => Just(Deed::No),
        3 => (1..=100_i64).prop_map(Deed::Pay),
        1 => Just(Deed::Cancel),
    ];
    prop::collection::vec((0..400_i64, deed), 0..120)
}

fn policies() -> impl Strategy<Value = Policy> {
    let limit = |most: i64| prop::option::of((0..most).prop_map(usd));
    let rate = || {
        prop::option::of((1..6_u32, 60..4_000_u32).prop_map(|(requests, seconds)| Rate { requests, seconds }))
    };
    let limits = (limit(40), limit(200), limit(300), limit(400), limit(500), limit(40));
    (limits, rate(), rate(), prop::bool::weighted(0.1)).prop_map(|(limits, velocity, breaker, everything)| {
        let mut policy = policy("");
        (policy.per_transaction, policy.daily, policy.weekly) = (limits.0, limits.1, limits.2);
        (policy.monthly, policy.lifetime, policy.approve_above) = (limits.3, limits.4, limits.5);
        (policy.velocity, policy.breaker) = (velocity, breaker);
        if everything {
            policy.ask = Ask::Everything;
        }
        policy
    })
}

/// A small world in which the real `decide` decides.
struct World<'a> {
    policy: &'a Policy,
    rail: RailName,
    zone: TimeZone,
    now: TimeUs,
    budget: Budget,
    wallet: Wallet,
    made: Vec<TimeUs>,
    open: Vec<OpenHold>,
}

impl World<'_> {
    fn spent(&self, rate: Rate) -> bool {
        let count = usize::try_from(rate.requests).unwrap();
        let Some(at) = self.made.len().checked_sub(count).and_then(|place| self.made.get(place)) else {
            return false;
        };
        self.now.since(*at) < Duration::from_secs(rate.seconds.into())
    }

    fn decide(&self, micros: i64) -> Decision {
        let breaker = self.policy.breaker.unwrap_or(BREAKER);
        let snapshot = Snapshot {
            policy: Some(self.policy),
            org_frozen: false,
            agent: self.budget.state,
            card: None,
            rail_available: true,
            zone: &self.zone,
            currency: Currency::USD,
            usage: self.budget.usage(),
            available: self.wallet.balance - self.wallet.held,
            payee_known: false,
            category: None,
            breaker,
            breaker_spent: self.spent(breaker),
            velocity_spent: self.policy.velocity.is_some_and(|rate| self.spent(rate)),
            duplicate_of: None,
            repeat_of: None,
        };
        let amount = Money { micros, currency: Currency::USD };
        decide(&snapshot, &Payment { amount, merchant_key: "shop.example", rail: self.rail }, self.now)
    }

    /// Does one thing; what left by it.
    fn step(&mut self, deed: Deed, humans: bool) -> i64 {
        drop(self.budget.roll(self.now, &self.zone));
        match deed {
            Deed::Ask(dollars) => self.ask(usd(dollars)),
            Deed::Yes if humans => {
                if let Some(hold) = self.open.iter_mut().find(|hold| hold.status == Status::Pending) {
                    hold.status = Status::Approved;
                }
            }
            Deed::Yes => {}
            Deed::No => drop(self.end(Status::Pending, 0)),
            Deed::Cancel => drop(self.end(Status::Approved, 0)),
            // Under a freeze the funnel withdraws it instead.
            Deed::Pay(_) if self.budget.state == AgentState::Frozen => drop(self.end(Status::Approved, 0)),
            Deed::Pay(percent) => return self.end(Status::Approved, percent).unwrap_or(0),
        }
        0
    }

    fn ask(&mut self, micros: i64) {
        let decision = self.decide(micros);
        if decision.trips_breaker() {
            self.budget.state = AgentState::Frozen;
        }
        self.made.push(self.now);
        let status = match decision.verdict {
            Verdict::Decline => return,
            Verdict::Ask => Status::Pending,
            Verdict::Approve => Status::Approved,
        };
        let windows = WindowKind::ALL.map(|kind| self.budget.window(kind).start);
        self.open.push(OpenHold { status, micros, is_prepaid: self.rail.is_prepaid(), windows });
        self.adjust(windows, micros, 0);
        if self.rail.is_prepaid() {
            self.wallet.held += micros;
        }
    }

    fn end(&mut self, status: Status, percent: i64) -> Option<i64> {
        let place = self.open.iter().position(|hold| hold.status == status)?;
        let hold = self.open.remove(place);
        let paid = hold.micros / 100 * percent;
        self.adjust(hold.windows, -hold.micros, paid);
        if hold.is_prepaid {
            self.wallet.held -= hold.micros;
            self.wallet.balance -= paid;
        }
        Some(paid)
    }

    fn adjust(&mut self, windows: [TimeUs; 3], held: i64, spent: i64) {
        for (kind, start) in WindowKind::ALL.into_iter().zip(windows) {
            let window = self.budget.window_mut(kind);
            if window.start == start {
                window.adjust(held, spent).unwrap();
            }
        }
        self.budget.lifetime.adjust(held, spent).unwrap();
    }

    fn figure(&self, within: Duration) -> Most {
        let direct = !self.rail.is_prepaid();
        let agent = Agent {
            budget: &self.budget,
            policy: Some(self.policy),
            org_frozen: false,
            reach: Reach { prepaid: !direct, direct },
            wallet: self.wallet,
            holds: &self.open,
            breaker: BREAKER,
        };
        of_agent(&agent, self.now, within, &self.zone)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_an_agent_asks_for_no_more_leaves_than_the_figure(
        policy in policies(),
        direct in any::<bool>(),
        humans in any::<bool>(),
        whole_day in any::<bool>(),
        start in 0..200_000_i64,
        balance in 0..600_i64,
        before in deeds(),
        after in deeds(),
    ) {
        let mut world = World {
            policy: &policy,
            rail: if direct { RailName::Stripe } else { RailName::Sandbox },
            // Here a day has 25 hours, and a month ends.
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            now: TimeUs::parse_rfc3339("2026-10-24T20:00:00Z").unwrap().plus(Duration::from_secs(start.unsigned_abs())),
            budget: budget(),
            wallet: Wallet { balance: usd(balance), held: 0 },
            made: Vec::new(),
            open: Vec::new(),
        };
        for (seconds, deed) in before {
            world.now = world.now.plus(Duration::from_secs(seconds.unsigned_abs()));
            world.step(deed, true);
        }
        let within = if whole_day { DAY } else { HOUR };
        let (figure, until) = (world.figure(within), world.now.plus(within));
        // Without humans what waits already is never said yes to either.
        let bound = if humans { figure.with_approvals } else { figure.without_a_human };
        let mut left = 0_i128;
        for (seconds, deed) in after {
            world.now = world.now.plus(Duration::from_secs(seconds.unsigned_abs() * if whole_day { 8 } else { 1 }));
            if world.now >= until {
                break;
            }
            left += i128::from(world.step(deed, humans));
        }
        if world.budget.state == AgentState::Active {
            // What is allowed at the end could have been paid too.
            let allowed = world.open.iter().filter(|hold| hold.status == Status::Approved);
            left += allowed.map(|hold| i128::from(hold.micros)).sum::<i128>();
        }
        prop_assert!(bound.is_none_or(|bound| left <= bound), "{left} left, the figure was {bound:?}: {policy:?}");
    }
}
