//! A small world from a seed: agents ask, humans answer or do not, rails pay, refuse, fall silent, pay late or too much,
//! the process dies between any two steps, clocks jump. After every step the books are right; in the end, when the
//! rail has said everything it knows, its books and ours are the same.
//!
//! `BURSAR_SIM_SEED` and `BURSAR_SIM_STEPS` replay what failed, or go on for as long as one likes.

mod network;
mod rail;
mod steps;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{CardId, Clock as _, Rng as _, SeededRng};
use bursar_money::funnel::{Command, Funnel, FunnelError, Options, Outcome, Refusal, Reserve};
use bursar_money::transactions::{self, Filter, Page, Transaction};
use bursar_store::{Columns as _, Db, Engine};

use crate::books;
use crate::fixture::{Agent, World, deposit, setting, usd};

use network::Network;
use rail::Rail;
use worker::Held;

/// Steps in one world; then the next begins, with the next seed.
const WORLD_STEPS: u64 = 100;
const DEFAULT_SEED: u64 = 1_000;

/// One world.
struct Sim {
    world: World,
    rng: SeededRng,
    /// Of the process that runs now.
    db: Db,
    funnel: Funnel,
    agents: Vec<Agent>,
    /// Of each agent one.
    cards: Vec<CardId>,
    rail: Rail,
    network: Network,
    /// Everything ever asked for, and the id it got, once that is known.
    sent: Vec<(Reserve, Option<String>)>,
    /// Jobs that the worker has in memory.
    held: Vec<Held>,
    crashes: u64,
}

impl Sim {
    async fn new(engine: Engine, seed: u64) -> Sim {
        // Half an hour before the clocks change in Berlin, on the evening before.
        let world = World::at(engine, "2026-03-28T22:30:00Z").await;
        let mut agents = Vec::new();
        for zone in ["Europe/Berlin", "America/Sao_Paulo"] {
            let org = world.org(zone, false).await;
            world.payee(&org, "known.example", Some("books")).await;
            for place in 0..3 {
                let policy = steps::POLICIES[place % steps::POLICIES.len()];
                agents.push(world.agent_with(&org, Some(policy), place == 2).await);
            }
        }
        let mut cards = Vec::new();
        for agent in &agents {
            cards.push(world.card(agent).await);
        }
        let db = world.data.reopen().await;
        let funnel = start(&db, &world).await;
        let rng = SeededRng::new(seed);
        let mut sim = Sim {
            world,
            rng,
            db,
            funnel,
            agents,
            cards,
            rail: Rail::default(),
            network: Network::default(),
            sent: Vec::new(),
            held: Vec::new(),
            crashes: 0,
        };
        for place in [0, 2, 3, 5] {
            let agent = sim.agents[place].clone();
            let own = (place % 3 == 2).then_some(&agent);
            sim.submit(deposit(&agent.org, own, usd(300), "cli")).await;
        }
        sim
    }

    /// Submits; now and then the process dies before the answer arrives, and with it all that it knew.
    async fn submit(&mut self, command: Command) -> Option<Outcome> {
        match self.funnel.submit(command).await {
            Ok(outcome) => {
                if self.rng.below(25) == 0 {
                    self.crash().await;
                    return None;
                }
                assert!(!matches!(outcome, Err(Refusal::Overflow)), "nothing here is that large");
                Some(outcome)
            }
            Err(FunnelError::Busy | FunnelError::OutcomeUnknown) => None,
            Err(FunnelError::Store(error)) => panic!("{error}"),
        }
    }

    /// The process dies, and another opens what it left.
    async fn crash(&mut self) {
        self.held.clear();
        self.db = self.world.data.reopen().await;
        self.funnel = start(&self.db, &self.world).await;
        self.crashes += 1;
    }

    fn any_agent(&self) -> Agent {
        self.agents[self.pick(self.agents.len())].clone()
    }

    /// A place in something of that length.
    fn pick(&self, length: usize) -> usize {
        usize::try_from(self.rng.below(length as u64)).unwrap()
    }

    async fn transactions(&self) -> Vec<Transaction> {
        let page = Page { after: None, limit: u32::MAX };
        let mut tx = self.db.read().await.unwrap();
        let mut all = Vec::new();
        for org in [&self.agents[0].org, &self.agents[3].org] {
            all.extend(transactions::list(&mut tx, org, &Filter::default(), &page).await.unwrap());
        }
        all
    }

    async fn find(&self, id: &str) -> Option<Transaction> {
        let mut tx = self.db.read().await.unwrap();
        transactions::find(&mut tx, &bursar_base::TransactionId::from_store(id)).await.unwrap()
    }

    /// A transaction for which `wanted` holds.
    async fn any_transaction(&self, wanted: impl Fn(&Transaction) -> bool) -> Option<Transaction> {
        let mut fit: Vec<Transaction> = self.transactions().await.into_iter().filter(wanted).collect();
        (!fit.is_empty()).then(|| {
            let place = self.pick(fit.len());
            fit.swap_remove(place)
        })
    }

    /// What must hold at every moment.
    async fn assert_right(&self) {
        books::assert_right(&self.db).await;
        for t in self.transactions().await {
            if t.card_id.is_some() {
                let (captured, refunded, _) = self.network.of(&t);
                assert!(t.posted_micros <= captured && t.refunded_micros <= refunded, "{t:?}");
                continue;
            }
            let charged = self.rail.charged(t.id.as_str());
            assert!(t.posted_micros <= charged, "{t:?} is posted, and the rail charged {charged}");
            if charged > 0 {
                assert!(t.attempt.is_some(), "the rail was called without an attempt: {t:?}");
            }
            assert!(t.refunded_micros <= self.rail.refunded(t.id.as_str()), "{t:?}");
        }
    }

    /// Time passes until nothing is left to do; then the rail tells all it knows.
    async fn settle_everything(&mut self) {
        self.network_closes().await;
        for _ in 0..400 {
            self.world.clock.advance(Duration::from_secs(3_700));
            while self.work().await {}
            if self.jobs_left().await == 0 {
                break;
            }
        }
        assert_eq!(self.jobs_left().await, 0, "every job is done in the end");
        self.rail.all_money_arrives();
        for t in self.transactions().await.into_iter().filter(|t| t.card_id.is_none()) {
            self.hear_from_rail(&t).await;
            self.hear_refunds(&t).await;
            // An answer that was lost in a crash is heard again.
            self.hear_from_rail(&t).await;
            self.hear_refunds(&t).await;
        }
        self.assert_right().await;
        self.assert_network_agrees().await;
        for t in self.transactions().await {
            if t.card_id.is_some() {
                continue;
            }
            let (charged, refunded) = (self.rail.charged(t.id.as_str()), self.rail.refunded(t.id.as_str()));
            assert_eq!(
                (t.posted_micros, t.refunded_micros),
                (charged, refunded),
                "our books and the rail's: {t:?}"
            );
            assert!(!t.status.holds(), "everything has ended: {t:?}");
        }
    }

    /// What the network moved is booked, once, and nothing is held for it any more.
    async fn assert_network_agrees(&self) {
        let mut booked = (0, 0);
        for t in self.transactions().await.iter().filter(|t| t.card_id.is_some()) {
            let (captured, refunded, disputed) = self.network.of(t);
            assert_eq!(
                (t.posted_micros, t.refunded_micros),
                (captured, refunded),
                "the network's books: {t:?}"
            );
            assert_eq!(t.disputed_micros, if t.posted_micros > 0 { disputed } else { 0 }, "{t:?}");
            assert!(!t.status.holds(), "everything has ended: {t:?}");
            booked = (booked.0 + t.posted_micros, booked.1 + t.refunded_micros);
        }
        assert_eq!(booked, self.network.moved(), "all that moved at the network is booked");
        let report = bursar_money::ledger::check(&self.db, &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }

    async fn jobs_left(&self) -> i64 {
        let sql = "SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'ready'";
        let mut tx = self.db.read().await.unwrap();
        tx.row(sql, &[]).await.unwrap().unwrap().int("jobs").unwrap()
    }
}

async fn start(db: &Db, world: &World) -> Funnel {
    Funnel::start(db, Arc::new(world.clock.clone()), Options::default()).await.unwrap()
}

async fn simulate(engine: Engine, first_seed: u64, steps: u64) {
    let seed = setting("BURSAR_SIM_SEED", first_seed);
    let steps = setting("BURSAR_SIM_STEPS", steps);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut left = steps;
    for seed in seed.. {
        if left == 0 {
            break;
        }
        println!("replay with BURSAR_SIM_SEED={seed} BURSAR_SIM_STEPS={WORLD_STEPS}");
        let mut sim = Sim::new(engine, seed).await;
        for step in 0..left.min(WORLD_STEPS) {
            let before = sim.world.clock.now();
            sim.step().await;
            println!("step {step} at {before}: {} crashes", sim.crashes);
            sim.assert_right().await;
        }
        crate::backtest::assert_reproduced(&sim.db, &sim.agents).await;
        sim.settle_everything().await;
        let decided = crate::backtest::assert_reproduced(&sim.db, &sim.agents).await;
        println!("{decided} decisions came out again");
        for t in sim.transactions().await {
            *seen.entry(t.status.as_str().to_owned()).or_default() += 1;
        }
        left = left.saturating_sub(WORLD_STEPS);
    }
    println!("in the end: {seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_life_on_sqlite_keeps_the_books_right() {
    simulate(Engine::Sqlite, DEFAULT_SEED, 2_500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_life_on_postgres_keeps_the_books_right() {
    simulate(Engine::Postgres, DEFAULT_SEED + 500, 500).await;
}
