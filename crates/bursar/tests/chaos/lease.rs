//! A worker that stands still in the middle of a payment while another takes it over.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{Clock as _, ManualClock, SystemClock, limits};
use bursar_testkit::stripe::{Fault, Operation, StripeSim};
use reqwest::Method;

use crate::books::{assert_equal, payments_asked};
use crate::house::{House, People};
use crate::inside::Inside;
use crate::payer::{Payer, Wish};
use crate::until::{until, until_so};

const LIMITS: &[&str] = &["--daily", "1000"];

fn wish() -> Wish {
    Wish { key: "payment".to_owned(), cents: 1_234, merchant: "shop.example", rail: "stripe" }
}

/// How many jobs a process lost to another one, as its metrics say.
async fn lost(payer: &Payer) -> u64 {
    let (_, _, text) = payer.send(Method::GET, "/metrics", "none", None).await.unwrap();
    let lines =
        text.lines().filter(|line| line.starts_with("bursar_jobs_total") && line.contains("lease_lost"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_process_that_comes_back_after_its_lease_does_no_harm() {
    let sim = StripeSim::start().await.unwrap();
    let house = House::postgres().await.with_stripe(sim.url());
    let people = house.people("1.00", LIMITS).await;
    let first = house.serve().await;
    let frozen = Payer::new(&first.url, &people);
    sim.fail_next(Operation::CreatePayment, Fault::HoldBefore);
    let id = frozen.ask(&wish()).await.unwrap().id;
    until_so("the first call is held", || sim.held() == 1).await;
    first.freeze().await;
    house.end_leases().await;

    let second = house.serve().await;
    let payer = frozen.at(&second.url);
    assert_eq!(payer.settled(&id).await.status, "completed", "the second process repeats with the same key");
    sim.release();
    first.thaw().await;
    until("the first process hears that it has lost the job", || async {
        (lost(&frozen).await == 1).then_some(())
    })
    .await;
    assert_eq!(payments_asked(&sim), 2);
    house.run(&["reconcile"]).await;
    assert_equal(&sim.books(), &payer.rows().await);
    house.assert_sound().await;
}

/// Two apps on one database, by one clock. The first hangs in the call of the rail and takes no more jobs.
struct Two {
    clock: ManualClock,
    sim: StripeSim,
    people: People,
    first: Inside,
    second: Inside,
    id: String,
    /// Last, so that the database outlives who uses it.
    _house: House,
}

impl Two {
    async fn after(stall: Duration) -> Two {
        let clock = ManualClock::new(SystemClock.now().plus(Duration::from_secs(60)));
        let sim = StripeSim::start_at(([127, 0, 0, 1], 0).into(), Arc::new(clock.clone())).await.unwrap();
        let house = House::postgres().await.with_stripe(sim.url());
        let people = house.people("1.00", LIMITS).await;
        let first = Inside::start(&house, &clock).await;
        sim.fail_next(Operation::CreatePayment, Fault::HoldBefore);
        let id = Payer::new(&first.url, &people).ask(&wish()).await.unwrap().id;
        until_so("the first call is held", || sim.held() == 1).await;
        first.take_no_more_jobs();
        clock.advance(stall);
        let second = Inside::start(&house, &clock).await;
        Two { clock, sim, people, first, second, id, _house: house }
    }

    fn payer(&self) -> Payer {
        Payer::new(&self.second.url, &self.people)
    }

    /// The first one's call goes on, and its answer comes too late.
    async fn first_wakes(&self) {
        let first = Payer::new(&self.first.url, &self.people);
        let before = lost(&first).await;
        self.sim.release();
        until("the first hears that it has lost the job", || async {
            (lost(&first).await > before).then_some(())
        })
        .await;
    }

    async fn assert_books(&self) {
        assert_eq!(self.second.reconcile().await, Vec::<String>::new());
        assert_equal(&self.sim.books(), &self.payer().rows().await);
        self.second.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_lease_within_23_hours_is_repeated_with_the_same_key_and_charged_once() {
    let two = Two::after(limits::JOB_LEASE + Duration::from_secs(1)).await;
    assert_eq!(two.payer().settled(&two.id).await.status, "completed");
    assert_eq!(payments_asked(&two.sim), 2);
    two.first_wakes().await;
    assert_eq!(two.payer().shown(&two.id).await.status, "completed");
    two.assert_books().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_lease_after_25_hours_is_unknown_until_reconcile_asks() {
    let two = Two::after(Duration::from_secs(25 * 60 * 60)).await;
    assert_eq!(two.payer().settled(&two.id).await.status, "unknown");
    assert_eq!(payments_asked(&two.sim), 1, "after a day nothing is sent again");
    two.first_wakes().await;
    assert_eq!(
        two.payer().shown(&two.id).await.status,
        "unknown",
        "the first one's late answer is not booked"
    );
    two.clock.advance(Duration::from_secs(60));
    two.assert_books().await;
    assert_eq!(two.payer().shown(&two.id).await.status, "completed");
}
