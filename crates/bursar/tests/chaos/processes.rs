//! Two processes on one PostgreSQL.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::heard::Heard;
use crate::house::House;
use crate::load::{Load, Wishes};
use crate::payer::{NoAnswer, Payer, Wish, micros};
use crate::seed::chance;
use crate::until::{PATIENCE, until_so};

const ASKED: usize = 80;
const ADMITTED: usize = 25;
const BUDGET: &str = "25.00";

fn wish(number: usize) -> Wish {
    Wish { key: format!("one-dollar-{number:03}"), cents: 100, merchant: "shop.example", rail: "sandbox" }
}

/// All ask at once, every other one at the other process; those without an answer ask the second again.
async fn ask_all(payers: &[Payer; 2], heard: &Heard, wishes: impl Iterator<Item = Wish>) {
    let asked = wishes.enumerate().map(|(at, wish)| async move {
        let answer = payers[at % 2].ask(&wish).await;
        heard.note(&wish, &answer);
        if let Err(silence) = &answer {
            assert!(matches!(silence, NoAnswer::Silence(_)), "{wish:?}: {silence:?}");
            let again = payers[1].ask(&wish).await;
            assert!(again.is_ok(), "the process that lives does not answer: {again:?}");
            heard.note(&wish, &again);
        }
    });
    join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_admit_exactly_what_one_budget_allows_and_one_goes_on_when_the_other_is_killed() {
    let house = House::postgres().await;
    // Both find an empty database, and bring it up to date between them.
    let (mut first, second) = tokio::join!(house.serve(), house.serve());
    let people = house.people("1000.00", &["--daily", BUDGET]).await;
    let payers = [Payer::new(&first.url, &people), Payer::new(&second.url, &people)];
    let heard = Heard::default();
    ask_all(&payers, &heard, (0..ASKED).map(wish)).await;
    assert_eq!(heard.admitted(), ADMITTED, "of a budget for {ADMITTED}");

    // As much again, and in the middle of it one of the two dies.
    let raised = serde_json::json!({ "daily_limit_cents": 5_000 });
    let limits = format!("/v1/dashboard/agents/{}/limits", people.agent_id);
    let put = payers[1].send(reqwest::Method::PUT, &limits, &people.admin_key, Some(&raised)).await.unwrap();
    assert!(put.0.is_success(), "{put:?}");
    let before = heard.answered();
    let (_, ()) = tokio::join!(ask_all(&payers, &heard, (ASKED..2 * ASKED).map(wish)), async {
        until_so("some are answered", || heard.answered() > before + 5).await;
        first.strike();
    });
    assert_eq!(heard.answered(), 2 * ASKED, "everybody has an answer in the end");
    assert_eq!(heard.admitted(), 2 * ADMITTED, "a death admits nothing that was not admitted before");
    heard.assert_kept(&payers[1].rows().await);
    first.kill().await;
    house.end_leases().await;
    for row in payers[1].rows().await.values().filter(|row| row.status != "declined") {
        assert_eq!(payers[1].settled(&row.id).await.status, "completed");
    }
    let available = house.available(&people).await;
    assert_eq!(micros(available.trim_end_matches(" USD")), micros("950.00"));
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_load_and_no_payment_is_two() {
    let (seed, _) = chance("two processes");
    let house = House::postgres().await;
    let people = house.people("1000000.00", &["--daily", "900000"]).await;
    let (first, second) = (house.serve().await, house.serve().await);
    let payers = [Payer::new(&first.url, &people), Payer::new(&second.url, &people)];
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    let load = Load::start(&payers, 12, &wishes, &heard, seed);
    until_so("clients are answered", || heard.answered() > 200).await;
    load.enough();
    load.ended().await;
    let rows = payers[0].rows().await;
    heard.assert_kept(&rows);
    heard.assert_complete(&rows);
    house.assert_sound().await;
}

/// How often a process is frozen: mostly it is in the middle of a transaction then.
const FREEZES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_frozen_in_the_middle_of_a_transaction_holds_up_the_others_for_seconds_at_most() {
    let (seed, _) = chance("frozen process");
    let house = House::postgres().await;
    let people = house.people("1000000.00", &["--daily", "900000"]).await;
    let second = house.serve().await;
    let payer = Payer::new(&second.url, &people);
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    for freeze in 0..FREEZES {
        let first = house.serve().await;
        let load = Load::start(&[payer.at(&first.url)], 12, &wishes, &heard, seed + freeze as u64);
        let enough = heard.answered() + 40;
        until_so("clients are answered", || heard.answered() >= enough).await;
        first.freeze().await;
        let alone = Wish { key: format!("alone-{freeze}"), ..wish(0) };
        let began = Instant::now();
        let answer = payer.ask(&alone).await;
        println!("the other answered {answer:?} after {:?}", began.elapsed());
        assert!(
            answer.is_ok(),
            "a frozen process holds up the others: {answer:?} after {:?}",
            began.elapsed()
        );
        assert!(
            began.elapsed() < PATIENCE / 2,
            "a frozen process holds up the others: {:?}",
            began.elapsed()
        );
        heard.note(&alone, &answer);
        first.thaw().await;
        load.enough();
        load.ended().await;
        first.kill().await;
    }
    for wish in heard.unanswered() {
        heard.note(&wish, &payer.ask(&wish).await);
    }
    let rows = payer.rows().await;
    heard.assert_kept(&rows);
    heard.assert_complete(&rows);
    house.assert_sound().await;
}
