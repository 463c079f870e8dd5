//! `kill -9` under load.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bursar_base::Rng as _;
use futures_util::future::join_all;

use crate::heard::Heard;
use crate::house::House;
use crate::load::{Load, Wishes, taken};
use crate::payer::{Payer, Row, micros};
use crate::seed::{chance, rounds};
use crate::until::{until, until_so};

const CLIENTS: u64 = 12;
const ROUNDS: u64 = 3;
const MONEY: &str = "10000000.00";
/// A human is asked about greater ones, so some payments stay pending and held.
const LIMITS: &[&str] = &["--daily", "9000000", "--approve-above", "40"];

/// Asks again for everything that was not answered, by two clients at once.
async fn ask_again(payer: &Payer, heard: &Heard) {
    let open = heard.unanswered();
    let twice = open.iter().chain(&open).map(|wish| async move { (wish, payer.ask(wish).await) });
    for (wish, answer) in join_all(twice).await {
        assert!(answer.is_ok(), "{wish:?} was asked for again: {answer:?}");
        heard.note(wish, &answer);
    }
}

/// Waits until nothing is on its way any more.
async fn at_rest(payer: &Payer) -> BTreeMap<String, Row> {
    until("no payment is on its way", || async {
        let open = payer.count("approved").await + payer.count("executing").await;
        (open == 0).then_some(())
    })
    .await;
    payer.rows().await
}

async fn rounds_of_kill(house: House, test: &str) {
    let (seed, chance) = chance(test);
    let people = house.people(MONEY, LIMITS).await;
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    for round in 0..rounds(ROUNDS) {
        let mut server = house.serve().await;
        let payer = Payer::new(&server.url, &people);
        let load = Load::start(std::slice::from_ref(&payer), CLIENTS, &wishes, &heard, seed + round);
        let enough = heard.answered() + 40 + usize::try_from(chance.below(120)).unwrap();
        until_so("clients are answered", || heard.answered() >= enough).await;
        // Not to wait for anything: so that it hits anywhere.
        tokio::time::sleep(Duration::from_micros(chance.below(5_000))).await;
        server.strike();
        load.ended().await;
        server.kill().await;
        house.end_leases().await;

        let server = house.serve().await;
        let payer = payer.at(&server.url);
        heard.assert_kept(&payer.rows().await);
        ask_again(&payer, &heard).await;
        heard.assert_kept(&payer.rows().await);
        house.assert_sound().await;
        server.kill().await;
        house.end_leases().await;
    }
    let server = house.serve().await;
    let rows = at_rest(&Payer::new(&server.url, &people)).await;
    heard.assert_kept(&rows);
    heard.assert_complete(&rows);
    house.assert_sound().await;
    assert_money(&house, &people, &heard, &rows).await;
    println!("{} payments, none lost and none twice", rows.len());
}

/// What is left is what was there, less what each merchant took, less what still is held.
async fn assert_money(
    house: &House,
    people: &crate::house::People,
    heard: &Heard,
    rows: &BTreeMap<String, Row>,
) {
    let mut left = micros(MONEY);
    for (key, row) in rows {
        let wish = heard.wish(key);
        let (status, posted) = match wish.cents > 4_000 {
            true => ("pending", 0),
            false if wish.merchant == "declines.test" => ("failed", 0),
            false => ("completed", taken(wish.merchant, row.amount)),
        };
        assert_eq!((row.status.as_str(), row.posted), (status, posted), "{wish:?}");
        left -= if status == "pending" { row.amount } else { posted };
    }
    let available = house.available(people).await;
    let available = available.trim_end_matches(" USD");
    assert_eq!(micros(available), left, "the wallet is not what was paid from it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_and_doubles_nothing_on_sqlite() {
    rounds_of_kill(House::sqlite(), "kill on sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_and_doubles_nothing_on_postgres() {
    rounds_of_kill(House::postgres().await, "kill on postgres").await;
}
