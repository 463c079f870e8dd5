//! Dead around the call of a rail, and back 25 hours later: nothing is sent again, and both books say the same.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{Clock as _, ManualClock, SystemClock};
use bursar_testkit::stripe::{Fault, Operation, Sequence, StripeSim};

use crate::books::{assert_equal, payments_asked};
use crate::house::{House, People, WEBHOOK_SECRET};
use crate::inside::Inside;
use crate::payer::{Payer, Row, Wish};
use crate::until::{until, until_so};

const LATER: Duration = Duration::from_secs(25 * 60 * 60);
const LIMITS: &[&str] = &["--daily", "1000"];
const CENTS: i64 = 1_234;
const MICROS: i64 = CENTS * 10_000;

/// A house, the rail, and one clock for both.
struct Scene {
    clock: ManualClock,
    sim: StripeSim,
    house: House,
    people: People,
    inside: Inside,
}

impl Scene {
    async fn new() -> Scene {
        // From now on, because the command line made the people by the machine's clock.
        let clock = ManualClock::new(SystemClock.now().plus(Duration::from_secs(60)));
        let sim = StripeSim::start_at(([127, 0, 0, 1], 0).into(), Arc::new(clock.clone())).await.unwrap();
        let house = House::sqlite().with_stripe(sim.url());
        let people = house.people("1.00", LIMITS).await;
        let inside = Inside::start(&house, &clock).await;
        let scene = Scene { clock, sim, house, people, inside };
        scene.listen();
        scene
    }

    /// Webhooks go to whoever is there now, when the test delivers them.
    fn listen(&self) {
        self.sim.send_webhooks_to(&format!("{}/v1/webhooks/stripe", self.inside.url), WEBHOOK_SECRET, false);
    }

    fn payer(&self) -> Payer {
        Payer::new(&self.inside.url, &self.people)
    }

    async fn pay(&self) -> String {
        let wish = Wish { key: "payment".to_owned(), cents: CENTS, merchant: "shop.example", rail: "stripe" };
        self.payer().ask(&wish).await.unwrap().id
    }

    /// Pays, while the rail does `fault`, and dies when the request is held there; back 25 hours later.
    async fn dies_for_a_day_while_paying(fault: Fault) -> (Scene, String) {
        let scene = Scene::new().await;
        scene.sim.fail_next(Operation::CreatePayment, fault);
        let id = scene.pay().await;
        until_so("the payment is held", || scene.sim.held() == 1).await;
        let scene = scene.dies_for_a_day().await;
        let row = scene.payer().settled(&id).await;
        assert_eq!(row.status, "unknown", "25 hours later nothing may be sent again");
        (scene, id)
    }

    async fn dies_for_a_day(mut self) -> Scene {
        self.inside.die().await;
        self.clock.advance(LATER);
        self.inside = Inside::start(&self.house, &self.clock).await;
        self.listen();
        self
    }

    async fn release(&self) {
        self.sim.release();
        until_so("nothing is held", || self.sim.held() == 0).await;
    }

    async fn row(&self, id: &str) -> Row {
        self.payer().shown(id).await
    }

    /// Nothing differs any more, and the payment was asked for once.
    async fn assert_books(&self) {
        assert_eq!(self.inside.reconcile().await, Vec::<String>::new());
        assert_equal(&self.sim.books(), &self.payer().rows().await);
        assert_eq!(payments_asked(&self.sim), 1, "the payment was sent again after the rail forgot its key");
        self.inside.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_charged_before_the_death_is_found_a_day_later() {
    let (scene, id) = Scene::dies_for_a_day_while_paying(Fault::HoldAfter).await;
    scene.assert_books().await;
    let row = scene.row(&id).await;
    assert_eq!((row.status.as_str(), row.posted), ("completed", MICROS));
    scene.release().await;
    scene.assert_books().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_arrived_after_the_death_is_found_a_day_later() {
    let (scene, id) = Scene::dies_for_a_day_while_paying(Fault::HoldBefore).await;
    scene.release().await;
    until_so("the payment arrives", || scene.sim.books().paid_cents(&id) == CENTS).await;
    scene.assert_books().await;
    assert_eq!(scene.row(&id).await.status, "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_succeeds_after_its_void_is_booked_as_captured() {
    let (scene, id) = Scene::dies_for_a_day_while_paying(Fault::HoldBefore).await;
    scene.assert_books().await;
    assert_eq!(scene.row(&id).await.status, "failed", "a day later what Stripe does not list was never made");

    // Against all that Stripe promises the request arrives after all.
    scene.release().await;
    until_so("the payment arrives", || scene.sim.books().paid_cents(&id) == CENTS).await;
    let answers = scene.sim.deliver_new(Sequence::Reversed, 2).await;
    assert!(!answers.is_empty() && answers.iter().all(|status| *status == 200), "{answers:?}");
    let row = scene.row(&id).await;
    assert_eq!((row.status.as_str(), row.posted), ("failed", MICROS), "what came after the void is booked");
    scene.assert_books().await;
    let mails = until("humans are told", || mails(&scene.house, "was taken")).await;
    assert_eq!(mails, 1, "each owner is told once");
}

async fn mails(house: &House, words: &str) -> Option<usize> {
    let folder = house.mails();
    let texts =
        std::fs::read_dir(folder).ok()?.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
    let found = texts.filter(|text| text.contains(words)).count();
    (found > 0).then_some(found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_whose_process_died_for_a_day_is_one_refund() {
    for fault in [Fault::HoldBefore, Fault::HoldAfter] {
        let scene = Scene::new().await;
        let id = scene.pay().await;
        assert_eq!(scene.payer().settled(&id).await.status, "completed");
        scene.sim.fail_next(Operation::CreateRefund, fault.clone());
        scene.payer().refund(&id).await;
        until_so("the refund is held", || scene.sim.held() == 1).await;
        let scene = scene.dies_for_a_day().await;
        let payer = scene.payer();
        until("the refund is booked", || async {
            (payer.shown(&id).await.status == "refunded").then_some(())
        })
        .await;
        scene.release().await;
        scene.assert_books().await;
        assert_eq!(scene.sim.books().refunds.len(), 1, "{fault:?}");
    }
}
