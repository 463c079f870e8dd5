//! Random commands from many tasks at once, with a record of everything asked and answered.

mod tills;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bursar_base::{CardId, Clock as _, ManualClock, MemberId, Money, Rng as _, SeededRng};
use bursar_money::funnel::{
    Command, Funnel, FunnelError, GoneBack, Nonce, Options, Outcome, RailOutcome, Receive, Reply, Step, Then,
    Waiting,
};
use bursar_money::policies::RailName;
use bursar_money::transactions::{Status, Transaction};
use bursar_store::{Db, Engine};

use crate::fixture::{
    APPROVERS, Agent, World, approver, begin, cancel, decide_as, deposit, expire, freeze, paid, refused,
    reserve, settle,
};
use crate::fixture::{unfreeze, usd};

/// A command and what came of it; `None` where the database refused to take it.
pub struct Asked {
    pub command: Command,
    pub outcome: Option<Outcome>,
}

/// A process: its funnel and its own, skewed, clock.
pub struct Process {
    pub funnel: Funnel,
    pub clock: ManualClock,
    /// A process has connections of its own.
    _db: Db,
}

/// Two of it leave 64 bits.
const MANY_CENTS: i64 = i64::MAX / 20_000 * 10_000 + 10_000;

pub struct Stage {
    pub world: World,
    pub agents: Vec<Agent>,
    /// Of each agent one.
    cards: Vec<CardId>,
    tills: tills::Tills,
    pub processes: Vec<Process>,
    pub asked: Mutex<Vec<Asked>>,
    known: Mutex<Vec<Arc<Transaction>>>,
    actors: AtomicU64,
    /// Requests that PostgreSQL cannot store are sent too.
    poison: bool,
}

/// The same orgs, agents and cards in every world that is made with the same engine-independent seed.
pub async fn cast(world: &World) -> (Vec<Agent>, Vec<CardId>) {
    let mut agents = Vec::new();
    let policies = [
        "daily = \"60.00\"\nweekly = \"90.00\"\napprove_above = \"8.00\"\napprovals = 2\nbreaker = { requests = 30, seconds = 9 }",
        "per_transaction = \"12.00\"\nmonthly = \"70.00\"\nvelocity = { requests = 15, seconds = 60 }\n\
         duplicates = { seconds = 900, action = \"ask\" }",
        "lifetime = \"300.00\"\n[merchants]\nblock = [\"casino.example\"]\n[categories]\nask = [\"travel\"]",
    ];
    for zone in ["UTC", "Europe/Berlin"] {
        let org = world.org(zone, zone == "UTC").await;
        world.payee(&org, "example.com", Some("travel")).await;
        for (place, policy) in policies.iter().enumerate() {
            agents.push(world.agent_with(&org, Some(policy), place == 1).await);
        }
        // Without limits, on a rail without a wallet: what it asks for can leave 64 bits.
        agents.push(world.agent(&org, Some("")).await);
    }
    let mut cards = Vec::new();
    for agent in &agents {
        cards.push(world.card(agent).await);
    }
    (agents, cards)
}

impl Stage {
    /// So many processes on one database, in the minutes before midnight.
    pub async fn new(engine: Engine, processes: usize) -> Stage {
        let world = World::at(engine, "2026-03-28T22:58:00Z").await;
        let (agents, cards) = cast(&world).await;
        let mut running = Vec::new();
        for skew in 0..processes {
            let clock = ManualClock::new(world.clock.now().plus(Duration::from_secs(40 * skew as u64)));
            let db = match engine {
                Engine::Sqlite => world.db().clone(),
                Engine::Postgres => world.data.reopen().await,
            };
            let funnel = Funnel::start(&db, Arc::new(clock.clone()), Options::default());
            running.push(Process { funnel: funnel.await.unwrap(), clock, _db: db });
        }
        let stage = Stage {
            world,
            agents,
            cards,
            tills: tills::Tills::default(),
            processes: running,
            asked: Mutex::default(),
            known: Mutex::default(),
            actors: AtomicU64::new(0),
            poison: engine == Engine::Postgres,
        };
        for (place, agent) in stage.agents.iter().enumerate() {
            let own = (place % 4 == 1).then_some(agent);
            stage.submit(0, deposit(&agent.org, own, usd(70), &format!("fund:{place}"))).await;
        }
        stage.begin().await;
        stage
    }

    /// One of each in good order, so that every life has them, whoever is frozen soon and for how long.
    async fn begin(&self) {
        let agent = &self.agents[0];
        for micros in [usd(9), usd(61), usd(1)] {
            self.submit(0, Command::Reserve(Box::new(reserve(&self.world, agent, micros)))).await;
        }
        let paid_for = self.known.lock().unwrap().last().unwrap().clone();
        self.submit(0, begin(&paid_for, "begin:1")).await;
        self.submit(0, settle(&paid_for, "begin:2", paid(&paid_for, usd(1)))).await;
        self.buy_at_the_till().await;
    }

    /// Lets `tasks` tasks take `steps` random steps each, all at once.
    pub async fn play(self: &Arc<Stage>, seed: u64, tasks: u64, steps: u64) {
        let mut running = tokio::task::JoinSet::new();
        for task in 0..tasks {
            let stage = self.clone();
            running.spawn(async move {
                let rng = SeededRng::new(seed * 1_000 + task);
                for _ in 0..steps {
                    stage.step(&rng).await;
                }
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.unwrap();
        }
    }

    /// One decision per agent at a common late time, so that all windows have moved on as far.
    pub async fn close(&self) {
        let late = self.processes.iter().map(|process| process.clock.now()).max().unwrap();
        for process in &self.processes {
            process.clock.set(late.plus(Duration::from_secs(3_600)));
        }
        for agent in &self.agents {
            let last = reserve(&self.world, agent, 10_000);
            self.submit(0, Command::Reserve(Box::new(last))).await;
        }
    }

    async fn step(&self, rng: &SeededRng) {
        let process = rng.below(self.processes.len() as u64) as usize;
        let place = rng.below(self.agents.len() as u64) as usize;
        let agent = &self.agents[place];
        let actor = format!("cli:{}", self.actors.fetch_add(1, Ordering::SeqCst));
        match rng.below(100) {
            0..34 => self.request(rng, process, agent).await,
            34..39 => self.repeat(rng, process).await,
            39..42 => self.buy_what_was_intended(rng, process).await,
            42..62 => self.at_the_till(rng, process, place).await,
            62..90 => {
                if let Some(t) = self.pick(rng) {
                    self.submit(process, change(rng, &t, &actor)).await;
                }
            }
            90..92 if rng.below(6) == 0 => self.submit(process, org_frozen(agent, true, &actor)).await,
            90..92 => self.submit(process, freeze(agent, &actor)).await,
            92..96 if rng.below(3) == 0 => self.submit(process, org_frozen(agent, false, &actor)).await,
            92..96 => self.submit(process, unfreeze(agent, &actor)).await,
            96 => self.submit(process, paid_in(rng, agent, &actor)).await,
            97 => {
                let own = rng.below(3) == 0;
                let micros = if rng.below(9) == 0 { i64::MAX - 5 } else { usd(40) };
                self.submit(process, deposit(&agent.org, own.then_some(agent), micros, &actor)).await;
            }
            _ => {
                let seconds = [1, 20, 300, 4_000][rng.below(4) as usize];
                self.processes[process].clock.advance(Duration::from_secs(seconds));
            }
        }
    }

    /// A transaction seen earlier; mostly one that is open or paid.
    fn pick(&self, rng: &SeededRng) -> Option<Arc<Transaction>> {
        let any = rng.below(4) == 0;
        self.any(rng, |t| any || t.status.holds() || t.status.is_paid())
    }

    /// A transaction for which `wanted` held when it was seen last.
    fn any(&self, rng: &SeededRng, wanted: impl Fn(&Transaction) -> bool) -> Option<Arc<Transaction>> {
        let known = self.known.lock().unwrap();
        let fit: Vec<_> = known.iter().filter(|t| wanted(t)).collect();
        fit.get(rng.below(fit.len().max(1) as u64) as usize).map(|&t| t.clone())
    }

    async fn request(&self, rng: &SeededRng, process: usize, agent: &Agent) {
        let amounts = [usd(1), usd(3), 7_650_000, usd(9), usd(15), usd(70)];
        let mut r = reserve(&self.world, agent, amounts[rng.below(6) as usize]);
        let merchants = ["shop.example.com", "casino.example", "other.example"];
        r.merchant_key = merchants[rng.below(3) as usize].to_owned();
        r.merchant.clone_from(&r.merchant_key);
        if rng.below(2) == 0 {
            r.purpose = "the usual".to_owned();
        }
        if rng.below(4) == 0 {
            r.rail = Some(RailName::Sandbox);
        }
        if rng.below(30) == 0 {
            r.amount.micros = MANY_CENTS;
            r.rail = Some(RailName::Stripe);
        }
        if self.poison && rng.below(40) == 0 {
            r.purpose = "not\0text".to_owned();
        }
        if rng.below(5) == 0 {
            r.nonce = Some(Nonce {
                created: bursar_base::TimeUs(5),
                key_id: r.key_id.clone(),
                nonce: format!("nonce-{}", self.world.next()),
            });
        }
        if rng.below(6) == 0 {
            let tolerance_micros = [0, usd(1)][rng.below(2) as usize];
            r.then = Then::Wait(Waiting { within: Duration::from_secs(600), tolerance_micros });
            r.rail = if rng.below(2) == 0 { Some(RailName::Card) } else { r.rail };
        }
        // Some come several times at once, to several processes, with the same key and the same nonce.
        let copies = if rng.below(6) == 0 { 3 } else { 1 };
        let again = || Command::Reserve(Box::new(r.clone()));
        let sent = (0..copies).map(|copy| self.submit(self.beside(process, copy), again()));
        futures_util::future::join_all(sent).await;
    }

    /// A purchase that names an intent; often one too many, or another one.
    async fn buy_what_was_intended(&self, rng: &SeededRng, process: usize) {
        let Some(intent) = self.any(rng, |t| t.is_intent() && t.awaits(t.amount_micros, t.updated)) else {
            return;
        };
        let Some(agent) = self.agents.iter().find(|agent| agent.id == intent.agent_id) else { return };
        let below = [0, 0, 1, usd(1)][rng.below(4) as usize];
        let mut r = reserve(&self.world, agent, (intent.amount_micros - below).max(1));
        r.merchant_key.clone_from(&intent.merchant_key);
        r.merchant.clone_from(&intent.merchant);
        r.then = Then::TakeUp(intent.id.clone());
        self.submit(process, Command::Reserve(Box::new(r))).await;
    }

    /// The same key again, with the same body or with another.
    async fn repeat(&self, rng: &SeededRng, process: usize) {
        let earlier = {
            let asked = self.asked.lock().unwrap();
            let place = rng.below(asked.len().max(1) as u64) as usize;
            asked.get(place).map(|asked| asked.command.clone())
        };
        if let Some(Command::Reserve(mut r)) = earlier {
            // The id is for a new transaction, which this is not.
            r.transaction_id = reserve(&self.world, &self.agents[0], 1).transaction_id;
            r.nonce = r.nonce.filter(|_| rng.below(2) == 0);
            if rng.below(3) == 0 {
                r.fingerprint.push('x');
            }
            self.submit(process, Command::Reserve(r)).await;
        }
    }

    /// Another process than that, where there are several.
    fn beside(&self, process: usize, by: usize) -> usize {
        (process + by) % self.processes.len()
    }

    async fn submit(&self, process: usize, command: Command) {
        self.tell(process, command).await;
    }

    /// Submits; what came of it, where the database took it.
    async fn tell(&self, process: usize, command: Command) -> Option<Outcome> {
        let outcome = match self.processes[process].funnel.submit(command.clone()).await {
            Ok(outcome) => Some(outcome),
            Err(FunnelError::Store(error)) => {
                let poisoned = matches!(&command, Command::Reserve(r) if r.purpose.contains('\0'));
                assert!(poisoned, "only what cannot be stored fails: {error} for {command:?}");
                None
            }
            Err(error) => panic!("{error} for {command:?}"),
        };
        if let Some(Ok(Reply::Transaction { transaction, .. } | Reply::Authorization { transaction, .. })) =
            &outcome
        {
            let mut known = self.known.lock().unwrap();
            match known.iter_mut().find(|t| t.id == transaction.id) {
                Some(place) => *place = transaction.clone(),
                None => known.push(transaction.clone()),
            }
        }
        self.asked.lock().unwrap().push(Asked { command, outcome: outcome.clone() });
        outcome
    }
}

/// Money that somebody paid in elsewhere, or what of it went back; often heard of before.
fn paid_in(rng: &SeededRng, agent: &Agent, actor: &str) -> Command {
    let number = rng.below(4);
    let reference = format!("cs_{}_{number}", agent.org);
    let amount = Money::usd_micros(usd(number as i64 + 1));
    let back = usd(rng.below(number + 2) as i64);
    let gone = match rng.below(6) {
        0 => GoneBack::Refunded { gross: back, failed: back.min(usd(rng.below(3) as i64)) },
        1 => GoneBack::Disputed(back),
        _ => {
            return Command::Receive(Box::new(Receive {
                org_id: agent.org.clone(),
                agent_id: number.is_multiple_of(2).then(|| agent.id.clone()),
                amount,
                reference,
                about: "topup_1".to_owned(),
                note: "paid elsewhere".to_owned(),
                actor: actor.to_owned(),
            }));
        }
    };
    Command::GiveBack { org_id: agent.org.clone(), reference, gone, actor: actor.to_owned() }
}

/// A step that fits where the transaction stood when it was last seen; now and then one that does not.
fn change(rng: &SeededRng, t: &Transaction, actor: &str) -> Command {
    let status = match rng.below(5) {
        0 => Status::ALL[rng.below(Status::ALL.len() as u64) as usize],
        _ => t.status,
    };
    if t.rail == RailName::Card && !matches!(t.status, Status::Pending | Status::Approved) {
        // Only the network ends what was bought at a till.
        return match rng.below(4) {
            0 => expire(t, actor),
            1 => cancel(t, actor),
            2 => begin(t, actor),
            _ => refund(rng, t, actor),
        };
    }
    match status {
        Status::Pending => match rng.below(6) {
            0..3 => decide_as(t, true, &somebody(rng, t), actor),
            3 => decide_as(t, false, &somebody(rng, t), actor),
            4 => expire(t, actor),
            _ => cancel(t, actor),
        },
        Status::Approved => match rng.below(9) {
            0..7 => begin(t, actor),
            7 => expire(t, actor),
            _ => cancel(t, actor),
        },
        Status::Executing | Status::Unknown => settle(t, actor, rail_says(rng, t)),
        Status::Completed | Status::Refunded | Status::Failed => match rng.below(6) {
            0..3 => refund(rng, t, actor),
            3 => step(t, actor, Step::DisputedInAll { micros: usd(rng.below(3) as i64) }),
            4 => step(t, actor, Step::RefundedElsewhere { micros: usd(2) }),
            _ => settle(t, actor, rail_says(rng, t)),
        },
        Status::Declined | Status::TimedOut | Status::Cancelled => settle(t, actor, rail_says(rng, t)),
    }
}

fn org_frozen(agent: &Agent, frozen: bool, actor: &str) -> Command {
    Command::SetFrozen {
        org_id: agent.org.clone(),
        agent_id: None,
        frozen,
        reason: "a test".to_owned(),
        actor: actor.to_owned(),
        nonce: None,
    }
}

fn somebody(rng: &SeededRng, t: &Transaction) -> MemberId {
    approver(&t.org_id, rng.below(u64::from(APPROVERS)) as u8)
}

fn rail_says(rng: &SeededRng, t: &Transaction) -> RailOutcome {
    let micros = t.amount_micros;
    match rng.below(8) {
        0..3 => paid(t, micros),
        3 => paid(t, micros / 2),
        4 => paid(t, micros.saturating_add(usd(2))),
        5 => refused(t),
        _ => RailOutcome::Unknown { why: "no answer".to_owned(), reference: Some(format!("pi_{}", t.id)) },
    }
}

fn refund(rng: &SeededRng, t: &Transaction, actor: &str) -> Command {
    let number = rng.below(3);
    let refund_id = format!("ref_{}_{number}", t.id);
    let asked = Step::RequestRefund {
        refund_id: refund_id.clone(),
        micros: (number > 0).then_some(1_000_000),
        idempotency_key: number.to_string(),
        reason: "sent back".to_owned(),
    };
    let settled = Step::SettleRefund { refund_id, reference: (rng.below(3) > 0).then(|| "re_1".to_owned()) };
    step(t, actor, if rng.below(2) == 0 { asked } else { settled })
}

fn step(t: &Transaction, actor: &str, step: Step) -> Command {
    Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: actor.to_owned(),
        job: None,
        nonce: None,
    }
}
