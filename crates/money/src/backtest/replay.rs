//! Deciding every recorded request again.

use std::collections::HashMap;
use std::time::Duration;

use bursar_base::{TimeUs, TransactionId};
use jiff::tz::TimeZone;

use super::calendar::windows_at;
use super::history::{Asked, Entry, History, Origin, Outcome, What};
use super::world::World;
use crate::funnel::{asked_to_repeat, purchase_mark};
use crate::policies::rates::used_up;
use crate::policies::{AgentState, Decision, Payment, Policy, Rate, Snapshot, Verdict, decide};
use crate::votes;

/// By what requests are decided again.
#[derive(Debug, Clone, Copy)]
pub enum Rules<'a> {
    /// By the policies that were in force.
    OnRecord,
    /// By this one, all of them.
    Draft(&'a Policy),
}

/// One request, decided again.
#[derive(Debug, Clone)]
pub struct Decided<'a> {
    /// What is on record of it.
    pub asked: &'a Asked,
    /// What is decided now.
    pub decision: Decision,
    /// What becomes of it, with the answers that humans gave then.
    pub outcome: Outcome,
}

/// Goes through a record and decides each of its requests again. `breaker` is the installation's circuit breaker.
pub fn replay<'a>(history: &'a History, rules: Rules<'a>, breaker: Rate) -> Vec<Decided<'a>> {
    let windows = windows_at(history);
    let mut run = Run::new(history, rules, breaker, World::before(history, &windows));
    let mut all = Vec::new();
    for (entry, current) in history.entries.iter().zip(&windows) {
        all.extend(run.step(entry, current));
    }
    all
}

/// What becomes of what is on record of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It moves as it did.
    AsRecorded,
    /// It never was.
    Never,
    /// It was paid at once, as asked.
    Assumed,
}

/// How a purchase stands that the rules remember.
#[derive(Debug, Clone, Copy)]
struct Life {
    is_held_or_paid: bool,
    /// It was itself asked about as a repetition, and stands for what it repeated.
    is_repetition: bool,
}

/// A purchase that the rules remember.
#[derive(Debug, Clone)]
struct Purchase {
    id: TransactionId,
    at: TimeUs,
}

struct Run<'a> {
    history: &'a History,
    rules: Rules<'a>,
    breaker: Rate,
    world: World,
    zone: TimeZone,
    agent: AgentState,
    org_frozen: bool,
    /// The breaker counts only decisions after this one.
    breaker_from: i64,
    /// The newest decision of the record.
    decisions: i64,
    /// When each decision was made.
    made_at: HashMap<i64, TimeUs>,
    fates: HashMap<&'a TransactionId, Fate>,
    /// How purchases stand that the rules remember.
    lives: HashMap<&'a TransactionId, Life>,
    purchases: HashMap<String, Purchase>,
}

impl<'a> Run<'a> {
    fn new(history: &'a History, rules: Rules<'a>, breaker: Rate, world: World) -> Run<'a> {
        let mut run = Run {
            history,
            rules,
            breaker,
            world,
            zone: history.zone.clone(),
            agent: if history.agent_frozen { AgentState::Frozen } else { AgentState::Active },
            org_frozen: history.org_frozen,
            breaker_from: history.breaker_from,
            decisions: 0,
            made_at: HashMap::new(),
            fates: HashMap::new(),
            lives: HashMap::new(),
            purchases: HashMap::new(),
        };
        for earlier in &history.earlier {
            run.made_at.insert(earlier.number, earlier.at);
            let life = Life { is_held_or_paid: earlier.counts, is_repetition: earlier.repeated };
            run.lives.insert(&earlier.id, life);
            if let Some(mark) = &earlier.mark {
                run.purchases.insert(mark.clone(), Purchase { id: earlier.id.clone(), at: earlier.at });
            }
        }
        run
    }

    fn step(&mut self, entry: &'a Entry, current: &[TimeUs; 3]) -> Option<Decided<'a>> {
        match &entry.what {
            What::Asked(asked) => {
                let decided = self.ask(asked, current, entry);
                self.decisions = asked.number;
                self.made_at.insert(asked.number, asked.at);
                self.book(entry, current);
                return decided;
            }
            What::Went { to } => {
                let id = entry.transaction.as_ref().filter(|id| self.fate_of(id) == Fate::AsRecorded);
                if let Some(life) = id.and_then(|id| self.lives.get_mut(id)) {
                    life.is_held_or_paid = to.holds() || to.is_paid();
                }
            }
            What::AgentFrozen(true) if self.agent == AgentState::Active => self.agent = AgentState::Frozen,
            What::AgentFrozen(false) if self.agent == AgentState::Frozen => {
                self.agent = AgentState::Active;
                self.breaker_from = self.decisions;
            }
            What::OrgFrozen(frozen) => self.org_frozen = *frozen,
            What::Zone(zone) => self.zone = zone.clone(),
            What::AgentFrozen(_) | What::Other => {}
        }
        self.book(entry, current);
        None
    }

    fn fate_of(&self, id: &TransactionId) -> Fate {
        self.fates.get(id).copied().unwrap_or(Fate::AsRecorded)
    }

    /// Moves what the entry moved, where its transaction is what it was.
    fn book(&mut self, entry: &Entry, current: &[TimeUs; 3]) {
        if entry.transaction.as_ref().is_some_and(|id| self.fate_of(id) != Fate::AsRecorded) {
            return;
        }
        self.world.count(&entry.windows, i128::from(entry.remembered));
        self.world.count(current, i128::from(entry.forced));
        self.world.pay(i128::from(entry.wallet));
    }

    fn policy_for(&self, asked: &Asked) -> Option<&'a Policy> {
        match self.rules {
            Rules::OnRecord => self.history.policies.get(&asked.policy_version).and_then(Option::as_ref),
            Rules::Draft(draft) => Some(draft),
        }
    }

    fn ask(&mut self, asked: &'a Asked, current: &[TimeUs; 3], entry: &Entry) -> Option<Decided<'a>> {
        let policy = self.policy_for(asked);
        match &asked.origin {
            Origin::Told => return None,
            Origin::TookUp(reservation) => {
                let fate = self.fate_of(reservation);
                self.fates.insert(&asked.id, fate);
                if fate == Fate::AsRecorded {
                    self.remember(asked, policy, asked_to_repeat(&asked.checks));
                }
                return None;
            }
            Origin::Decided => {}
        }
        let decision = self.decide(asked, policy, current);
        if decision.trips_breaker() {
            self.agent = AgentState::Frozen;
        }
        let (outcome, fate) = self.outcome(asked, &decision);
        self.fates.insert(&asked.id, fate);
        if fate == Fate::Assumed {
            self.world.count(&entry.windows, i128::from(asked.amount.micros));
            if asked.rail.is_prepaid() {
                self.world.pay(-i128::from(asked.amount.micros));
            }
        }
        if decision.verdict != Verdict::Decline {
            self.remember(asked, policy, asked_to_repeat(&decision.checks));
        }
        Some(Decided { asked, decision, outcome })
    }

    fn decide(&self, asked: &Asked, policy: Option<&Policy>, current: &[TimeUs; 3]) -> Decision {
        let repeat_of = self.repeat_of(asked, policy);
        let within = policy
            .and_then(|policy| policy.duplicates)
            .map(|rule| Duration::from_secs(u64::from(rule.seconds)));
        let is_duplicate =
            |earlier: &&Purchase| within.is_some_and(|within| asked.at.since(earlier.at) < within);
        let breaker = policy.and_then(|policy| policy.breaker).unwrap_or(self.breaker);
        let velocity = policy.and_then(|policy| policy.velocity);
        let snapshot = Snapshot {
            policy,
            org_frozen: self.org_frozen,
            agent: self.agent,
            card: asked.card,
            rail_available: asked.rail_available,
            zone: &self.zone,
            currency: self.history.currency(),
            usage: self.world.usage(current),
            available: self.world.available(),
            payee_known: asked.payee_known,
            category: asked.category.as_deref(),
            breaker,
            breaker_spent: self.is_spent(breaker, self.breaker_from, asked),
            velocity_spent: velocity.is_some_and(|rate| self.is_spent(rate, 0, asked)),
            duplicate_of: repeat_of.filter(is_duplicate).map(|earlier| earlier.id.as_str()),
            repeat_of: repeat_of.map(|earlier| earlier.id.as_str()),
        };
        let payment = Payment { amount: asked.amount, merchant_key: &asked.merchant_key, rail: asked.rail };
        decide(&snapshot, &payment, asked.at)
    }

    fn is_spent(&self, rate: Rate, from: i64, asked: &Asked) -> bool {
        used_up(rate, asked.number - 1, from, asked.at, |number| self.made_at.get(&number).copied())
    }

    fn repeat_of(&self, asked: &Asked, policy: Option<&Policy>) -> Option<&Purchase> {
        if !policy?.looks_back() {
            return None;
        }
        let earlier = self.purchases.get(&mark_of(asked))?;
        self.lives
            .get(&earlier.id)
            .is_some_and(|life| life.is_held_or_paid || life.is_repetition)
            .then_some(earlier)
    }

    fn remember(&mut self, asked: &'a Asked, policy: Option<&Policy>, is_repetition: bool) {
        // As the funnel: looking whether a card is good buys nothing.
        if asked.amount.micros == 0 || policy.is_none_or(|policy| !policy.looks_back()) {
            return;
        }
        self.purchases.insert(mark_of(asked), Purchase { id: asked.id.clone(), at: asked.at });
        self.lives.insert(&asked.id, Life { is_held_or_paid: true, is_repetition });
    }

    /// What becomes of a request that is decided in this way, and of what is on record of it.
    fn outcome(&self, asked: &Asked, decision: &Decision) -> (Outcome, Fate) {
        let nobody_asked = asked.verdict != Verdict::Ask;
        let answers = self.history.answers.get(&asked.id).cloned().unwrap_or_default();
        let outcome = match decision.verdict {
            Verdict::Approve => Outcome::Approved,
            Verdict::Decline => Outcome::Declined,
            Verdict::Ask if nobody_asked => Outcome::NeedsApproval,
            Verdict::Ask => {
                let (then, now) = (votes::needed_by(&asked.checks), votes::needed_by(&decision.checks));
                if then == now { answers.recorded() } else { answers.outcome(now) }
            }
        };
        let was_paid = match asked.verdict {
            Verdict::Approve => true,
            Verdict::Ask => answers.recorded() == Outcome::ApprovedByHuman,
            Verdict::Decline => false,
        };
        let fate = match (asked.verdict, outcome) {
            (Verdict::Decline, Outcome::Declined) => Fate::AsRecorded,
            (Verdict::Approve | Verdict::Ask, Outcome::Declined) => Fate::Never,
            (Verdict::Decline, _) => Fate::Assumed,
            (Verdict::Approve | Verdict::Ask, outcome) if outcome.is_allowed() && !was_paid => Fate::Assumed,
            (Verdict::Approve | Verdict::Ask, _) => Fate::AsRecorded,
        };
        (outcome, fate)
    }
}

fn mark_of(asked: &Asked) -> String {
    purchase_mark(asked.amount, &asked.merchant_key, &asked.purpose)
}
