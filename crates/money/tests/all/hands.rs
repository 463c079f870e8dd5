//! One hold, many hands: whoever comes at once, from two processes whose clocks disagree, it ends once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bursar_base::{ManualClock, OrgId, Rng as _, SeededRng, TimeUs};
use bursar_money::funnel::{Command, Funnel, Options};
use bursar_money::ledger::TransferKind;
use bursar_money::policies::{self, Document};
use bursar_money::transactions::{Status, Transaction, find};
use bursar_store::{Db, Engine, events};

use crate::books::{self, Books};
use crate::fixture::{
    Agent, World, begin, cancel, decide, deposit, done, expire, freeze, paid, reserve, settle, submit, usd,
};
use crate::on_both_engines;

/// A second is left of the approval's minute on one clock when the other is past it.
const SKEW: Duration = Duration::from_secs(90);
const ROUNDS: u64 = 30;

struct Hands {
    db: [Db; 2],
    clock: [ManualClock; 2],
    funnel: [Funnel; 2],
}

impl Hands {
    async fn two(world: &World, now: TimeUs) -> Hands {
        let other = match world.db().engine() {
            Engine::Sqlite => world.db().clone(),
            Engine::Postgres => world.data.reopen().await,
        };
        let db = [world.db().clone(), other];
        let clock = [ManualClock::new(now), ManualClock::new(now.plus(SKEW))];
        let start = |at: usize| Funnel::start(&db[at], Arc::new(clock[at].clone()), Options::default());
        let funnel = [start(0).await.unwrap(), start(1).await.unwrap()];
        Hands { db, clock, funnel }
    }

    async fn set_policy(&self, at: usize, agent: &Agent) {
        let document = Document::from_toml("[merchants]\nblock = [\"example.com\"]").unwrap();
        let mut tx = self.db[at].write().await.unwrap();
        policies::set(&mut tx, &self.clock[at], &agent.org, &agent.id, &document, None, "member")
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn move_org(&self, at: usize, org: &OrgId) {
        let mut tx = self.db[at].write().await.unwrap();
        events::lock_head(&mut tx, org.as_str()).await.unwrap();
        let sql = "UPDATE orgs SET time_zone = 'America/Sao_Paulo' WHERE id = $1";
        tx.execute(sql, &[org.as_str().into()]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What one hand does. Refusals are fine: most come too late.
async fn do_one(hands: &Hands, hand: u64, at: usize, agent: &Agent, t: &Transaction) {
    let command = match hand {
        0 | 1 => decide(t, true, "member:yes"),
        2 => decide(t, false, "member:no"),
        3 => expire(t, "worker"),
        4 => cancel(t, "agent"),
        5 => freeze(agent, "member:freeze"),
        6 => deposit(&agent.org, None, usd(1), "cli"),
        7 | 8 => begin(t, "worker"),
        9 => settle(t, "rail", paid(t, t.amount_micros)),
        10 => return hands.set_policy(at, agent).await,
        _ => return hands.move_org(at, &agent.org).await,
    };
    drop(submit(&hands.funnel[at], command).await);
}

async fn one_round(world: &World, hands: &Arc<Hands>, rng: &SeededRng) -> Status {
    let org = world.org("Europe/Berlin", true).await;
    let policy = "approve_above = \"5.00\"\napproval_minutes = 1\ndaily = \"20.00\"";
    let agent = world.agent(&org, Some(policy)).await;
    let request = Command::Reserve(Box::new(reserve(world, &agent, usd(10))));
    let t = done(submit(&hands.funnel[0], request).await);
    assert_eq!(t.status, Status::Pending);
    let mut order: Vec<u64> = (0..12).filter(|_| rng.below(3) > 0).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, rng.below(place as u64 + 1) as usize);
    }
    let mut racing = tokio::task::JoinSet::new();
    for hand in order {
        // The process whose clock is behind gets most, or the deadline would decide every round.
        let at = usize::from(rng.below(4) == 0);
        let (hands, agent, t) = (hands.clone(), agent.clone(), t.clone());
        racing.spawn(async move { do_one(&hands, hand, at, &agent, &t).await });
    }
    while let Some(ended) = racing.join_next().await {
        ended.unwrap();
    }
    let mut tx = world.db().read().await.unwrap();
    let before = find(&mut tx, &t.id).await.unwrap().unwrap();
    drop(tx);
    drop(submit(&hands.funnel[0], begin(&t, "worker")).await);
    let mut tx = world.db().read().await.unwrap();
    let after = find(&mut tx, &t.id).await.unwrap().unwrap();
    if !matches!(before.status, Status::Approved | Status::Executing) {
        assert_eq!(after, before, "nothing begins after its end");
    }
    let books = Books::read(&mut tx, &org).await;
    let releases = books.transfers.iter().filter(|moved| moved.kind == TransferKind::Release);
    assert_eq!(releases.count(), usize::from(!after.status.holds()), "released exactly when ended");
    let answers = ["approval.approved", "approval.declined", "approval.timed_out", "payment.declined"];
    let answered = books.events.iter().filter(|event| answers.contains(&event.action.as_str()));
    assert!(answered.count() <= 1, "one answer to the question: {:?}", books.events);
    before.status
}

async fn race(engine: Engine, now: &str, seed: u64) {
    let world = World::at(engine, now).await;
    let hands = Arc::new(Hands::two(&world, TimeUs::parse_rfc3339(now).unwrap()).await);
    let rng = SeededRng::new(seed);
    let mut endings = BTreeSet::new();
    for _ in 0..ROUNDS {
        endings.insert(one_round(&world, &hands, &rng).await.as_str());
    }
    books::assert_right(world.db()).await;
    assert!(endings.len() >= 3, "different hands win: {endings:?}");
}

async fn at_midnight_a_hold_ends_once(engine: Engine) {
    race(engine, "2026-11-20T22:59:00Z", 1).await;
}
on_both_engines!(at_midnight_a_hold_ends_once);

async fn when_the_clocks_go_forward_a_hold_ends_once(engine: Engine) {
    race(engine, "2026-03-29T00:59:00Z", 2).await;
}
on_both_engines!(when_the_clocks_go_forward_a_hold_ends_once);

async fn when_the_clocks_go_back_a_hold_ends_once(engine: Engine) {
    race(engine, "2026-10-25T00:59:00Z", 3).await;
}
on_both_engines!(when_the_clocks_go_back_a_hold_ends_once);
