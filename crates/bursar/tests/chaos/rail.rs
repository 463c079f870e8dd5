//! Killed around the call of a rail, and restarted at once: the rail is paid once, and both books say so.

use bursar_testkit::stripe::{Fault, Operation, StripeSim};

use crate::books::{assert_equal, payments_asked, refunds_asked};
use crate::house::{House, People};
use crate::payer::{Payer, Row, Wish};
use crate::server::Server;
use crate::until::until_so;

const LIMITS: &[&str] = &["--daily", "100000"];

/// When the held request goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    /// After the death, before the restart.
    BetweenTheProcesses,
    /// After the restarted process has asked again.
    AfterTheRepeat,
}

/// A house that pays by a simulator, and its server.
struct Scene {
    house: House,
    sim: StripeSim,
    people: People,
    server: Server,
    payments: u32,
}

impl Scene {
    async fn new(house: House) -> Scene {
        let sim = StripeSim::start().await.unwrap();
        let house = house.with_stripe(sim.url());
        let people = house.people("1.00", LIMITS).await;
        let server = house.serve().await;
        Scene { house, sim, people, server, payments: 0 }
    }

    fn payer(&self) -> Payer {
        Payer::new(&self.server.url, &self.people)
    }

    /// Asks for one more payment; its id.
    async fn pay(&mut self) -> String {
        self.payments += 1;
        let key = format!("payment-{}", self.payments);
        let wish =
            Wish { key, cents: 1_200 + i64::from(self.payments), merchant: "shop.example", rail: "stripe" };
        self.payer().ask(&wish).await.unwrap().id
    }

    /// Kills the server; `meanwhile` happens before the next one is there.
    async fn die_and_live(mut self, meanwhile: impl FnOnce(&StripeSim)) -> Scene {
        self.server.kill().await;
        meanwhile(&self.sim);
        self.house.end_leases().await;
        self.server = self.house.serve().await;
        self
    }

    async fn held(&self) {
        until_so("a request is held", || self.sim.held() > 0).await;
    }

    async fn release(&self) {
        self.sim.release();
        until_so("nothing is held", || self.sim.held() == 0).await;
    }

    /// Reconciles, and compares all books; the rows as they are then.
    async fn assert_books(&self) {
        self.house.run(&["reconcile"]).await;
        assert_equal(&self.sim.books(), &self.payer().rows().await);
        self.house.assert_sound().await;
    }
}

/// Dies while the payment is held at the rail, and lets it go on when it should.
async fn dies_while_held(mut scene: Scene, fault: Fault, goes_on: GoesOn) -> Scene {
    println!("{fault:?}, and the request goes on {goes_on:?}");
    let asked = payments_asked(&scene.sim);
    scene.sim.fail_next(Operation::CreatePayment, fault);
    let id = scene.pay().await;
    scene.held().await;
    let scene = match goes_on {
        GoesOn::BetweenTheProcesses => scene.die_and_live(StripeSim::release).await,
        GoesOn::AfterTheRepeat => {
            let scene = scene.die_and_live(|_| {}).await;
            until_so("the payment was asked for again", || payments_asked(&scene.sim) >= asked + 2).await;
            scene.release().await;
            scene
        }
    };
    let Row { status, posted, .. } = scene.payer().settled(&id).await;
    assert_eq!(status, "completed");
    assert_eq!(posted, scene.sim.books().paid_cents(&id) * 10_000);
    scene.assert_books().await;
    scene
}

async fn killed_around_the_call(house: House) {
    let mut scene = Scene::new(house).await;
    for fault in [Fault::HoldBefore, Fault::HoldAfter] {
        for goes_on in [GoesOn::BetweenTheProcesses, GoesOn::AfterTheRepeat] {
            scene = dies_while_held(scene, fault.clone(), goes_on).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_process_died_around_the_call_is_charged_once_on_sqlite() {
    killed_around_the_call(House::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_whose_process_died_around_the_call_is_charged_once_on_postgres() {
    killed_around_the_call(House::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_without_an_answer_stays_unknown_through_a_death_until_reconcile_asks() {
    let mut scene = Scene::new(House::sqlite()).await;
    for fault in [Fault::DropAfter, Fault::CutAfter, Fault::ErrorAfter, Fault::GarbageAfter] {
        scene.sim.fail_next(Operation::CreatePayment, fault.clone());
        let id = scene.pay().await;
        assert_eq!(scene.payer().settled(&id).await.status, "unknown", "{fault:?}");
        scene = scene.die_and_live(|_| {}).await;
        assert_eq!(scene.payer().shown(&id).await.status, "unknown", "{fault:?}");
        scene.assert_books().await;
        assert_eq!(scene.payer().shown(&id).await.status, "completed", "{fault:?}");
    }
    assert_eq!(payments_asked(&scene.sim), 4, "an unknown payment was sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_whose_process_died_around_the_call_is_one_refund() {
    let mut scene = Scene::new(House::sqlite()).await;
    for (fault, goes_on) in [
        (Fault::HoldBefore, GoesOn::BetweenTheProcesses),
        (Fault::HoldBefore, GoesOn::AfterTheRepeat),
        (Fault::HoldAfter, GoesOn::BetweenTheProcesses),
        (Fault::HoldAfter, GoesOn::AfterTheRepeat),
    ] {
        println!("{fault:?}, and the refund goes on {goes_on:?}");
        let id = scene.pay().await;
        assert_eq!(scene.payer().settled(&id).await.status, "completed");
        let asked = refunds_asked(&scene.sim);
        // What was done already is found before anything is sent again.
        let repeats = fault == Fault::HoldBefore;
        scene.sim.fail_next(Operation::CreateRefund, fault);
        scene.payer().refund(&id).await;
        scene.held().await;
        scene = match goes_on {
            GoesOn::BetweenTheProcesses => scene.die_and_live(StripeSim::release).await,
            GoesOn::AfterTheRepeat => {
                let scene = scene.die_and_live(|_| {}).await;
                if repeats {
                    until_so("the refund was asked for again", || refunds_asked(&scene.sim) >= asked + 2)
                        .await;
                }
                scene.release().await;
                scene
            }
        };
        refunded(&scene, &id).await;
        let refunds = scene.sim.books().refunds;
        assert_eq!(refunds.len(), usize::try_from(scene.payments).unwrap(), "{refunds:?}");
        scene.assert_books().await;
    }
}

async fn refunded(scene: &Scene, id: &str) {
    let payer = scene.payer();
    crate::until::until("the refund is booked", || async {
        (payer.shown(id).await.status == "refunded").then_some(())
    })
    .await;
}
