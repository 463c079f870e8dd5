//! Killed at random moments while a rail is called and misbehaves: many seeds find what chosen points do not.

use std::collections::BTreeSet;
use std::time::Duration;

use bursar_base::{Rng as _, SeededRng};
use bursar_testkit::stripe::{Fault, Operation, Outcome, StripeSim};
use futures_util::future::join_all;
use serde_json::Value;

use crate::books::{assert_equal, payments_asked};
use crate::house::House;
use crate::payer::{Payer, Wish};
use crate::seed::{chance, rounds};
use crate::until::{until, until_so};

const ROUNDS: u64 = 4;
const PAYMENTS_A_ROUND: u64 = 6;
/// Within how long after the first call the process is killed: attempt, send, answer and post all fall into it.
const KILL_WITHIN_MICROS: u64 = 60_000;
const LIMITS: &[&str] = &["--daily", "100000"];

fn payment_fault(chance: &SeededRng) -> Fault {
    match chance.below(14) {
        0 => Fault::DropBefore,
        1 => Fault::DropAfter,
        2 => Fault::CutAfter,
        3 => Fault::ErrorBefore,
        4 => Fault::ErrorAfter,
        5 => Fault::RateLimited,
        6 => Fault::InUse,
        7 => Fault::SlowBefore { millis: chance.below(60) },
        8 => Fault::SlowAfter { millis: chance.below(60) },
        9 => Fault::Payment { outcome: Outcome::declined("insufficient_funds") },
        10 => Fault::Payment { outcome: Outcome::RequiresAction },
        _ => Fault::Pass,
    }
}

fn refund_fault(chance: &SeededRng) -> Fault {
    match chance.below(6) {
        0 => Fault::DropBefore,
        1 => Fault::DropAfter,
        2 => Fault::SlowBefore { millis: chance.below(40) },
        3 => Fault::SlowAfter { millis: chance.below(40) },
        _ => Fault::Pass,
    }
}

async fn ask_for_payments(payer: &Payer, round: u64) {
    let asked = (0..PAYMENTS_A_ROUND).map(|number| async move {
        let key = format!("payment-{round}-{number}");
        let cents = i64::try_from(500 + round * 10 + number).unwrap();
        // The death may come before the answer; what was decided is then on the books all the same.
        drop(payer.ask(&Wish { key, cents, merchant: "shop.example", rail: "stripe" }).await);
    });
    join_all(asked).await;
}

/// Asks for some of what was paid to be given back.
async fn ask_for_refunds(payer: &Payer, chance: &SeededRng, sim: &StripeSim, asked: &mut BTreeSet<String>) {
    for row in payer.rows().await.into_values() {
        if row.status == "completed" && chance.below(3) == 0 && asked.insert(row.id.clone()) {
            sim.fail_next(Operation::CreateRefund, refund_fault(chance));
            payer.refund(&row.id).await;
        }
    }
}

async fn random_deaths(house: House, test: &str) {
    let (_, chance) = chance(test);
    let sim = StripeSim::start().await.unwrap();
    let house = house.with_stripe(sim.url());
    let people = house.people("1.00", LIMITS).await;
    let mut asked_back = BTreeSet::new();
    for round in 0..rounds(ROUNDS) {
        let mut server = house.serve().await;
        let payer = Payer::new(&server.url, &people);
        sim.clear_faults();
        for _ in 0..PAYMENTS_A_ROUND {
            sim.fail_next(Operation::CreatePayment, payment_fault(&chance));
        }
        ask_for_refunds(&payer, &chance, &sim, &mut asked_back).await;
        let before = payments_asked(&sim);
        let asking = tokio::spawn({
            let payer = payer.clone();
            async move { ask_for_payments(&payer, round).await }
        });
        until_so("the rail is called", || payments_asked(&sim) > before).await;
        // Not to wait for anything: so that it hits anywhere.
        tokio::time::sleep(Duration::from_micros(chance.below(KILL_WITHIN_MICROS))).await;
        server.strike();
        asking.await.unwrap();
        server.kill().await;
        house.end_leases().await;
    }
    sim.clear_faults();
    let server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    until("every payment and every refund has been tried to its end", || nothing_to_do(&house)).await;
    house.run(&["reconcile"]).await;
    let rows = payer.rows().await;
    assert_equal(&sim.books(), &rows);
    house.assert_sound().await;
    println!(
        "{} payments, {} charges, {} refunds",
        rows.len(),
        sim.books().charges.len(),
        sim.books().refunds.len()
    );
    server.kill().await;
}

async fn nothing_to_do(house: &House) -> Option<()> {
    let jobs = house.run(&["jobs", "list"]).await;
    let waits = |job: &Value| matches!(job["kind"].as_str(), Some("execute" | "refund"));
    let open: Vec<&Value> = jobs.as_array().unwrap().iter().filter(|job| waits(job)).collect();
    assert!(open.iter().all(|job| job["state"] != "dead"), "{open:?}");
    open.is_empty().then_some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_at_random_moments_of_a_payment_leave_equal_books_on_sqlite() {
    random_deaths(House::sqlite(), "random deaths on sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaths_at_random_moments_of_a_payment_leave_equal_books_on_postgres() {
    random_deaths(House::postgres().await, "random deaths on postgres").await;
}
