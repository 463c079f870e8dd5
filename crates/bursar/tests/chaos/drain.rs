//! Asked to stop under load: what was accepted is finished.

use std::sync::Arc;
use std::time::Duration;

use bursar_testkit::stripe::{Fault, Operation, StripeSim};
use futures_util::future::join_all;
use reqwest::Method;
use tokio::time::Instant;

use crate::books::{assert_equal, payments_asked};
use crate::heard::Heard;
use crate::house::House;
use crate::load::{Load, Wishes};
use crate::payer::{Payer, Wish};
use crate::seed::chance;
use crate::until::{until, until_so};

const CLIENTS: u64 = 12;
/// Nobody who only waits holds up the end for longer.
const SOON: Duration = Duration::from_secs(5);

async fn drained_under_load(house: House, test: &str) {
    let (seed, _) = chance(test);
    let people = house.people("1000000.00", &["--daily", "900000"]).await;
    let server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    let load = Load::start(std::slice::from_ref(&payer), CLIENTS, &wishes, &heard, seed);
    until_so("clients are answered", || heard.answered() > 100).await;
    server.ask_to_stop().await;
    let end = server.ended().await;
    assert_eq!(end.code(), Some(0), "{end}");
    load.ended().await;

    let server = house.serve().await;
    let payer = payer.at(&server.url);
    heard.assert_kept(&payer.rows().await);
    // Who was not answered was not heard either: no decision went without its answer.
    let again = heard.unanswered().into_iter().map(|wish| {
        let payer = payer.clone();
        async move { (payer.ask(&wish).await, wish) }
    });
    for (answer, wish) in join_all(again).await {
        heard.note(&wish, &answer);
        let shown = answer.unwrap();
        assert!(!shown.replayed, "{wish:?} was decided as {shown:?}, and its client never heard");
    }
    let rows = payer.rows().await;
    heard.assert_kept(&rows);
    heard.assert_complete(&rows);
    house.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_under_load_answers_what_it_accepted_on_sqlite() {
    drained_under_load(House::sqlite(), "drain on sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_under_load_answers_what_it_accepted_on_postgres() {
    drained_under_load(House::postgres().await, "drain on postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_finishes_the_payment_that_its_rail_is_busy_with() {
    let sim = StripeSim::start().await.unwrap();
    let house = House::sqlite().with_stripe(sim.url());
    let people = house.people("1.00", &["--daily", "1000"]).await;
    let mut server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    sim.fail_next(Operation::CreatePayment, Fault::HoldAfter);
    let wish = Wish { key: "payment".to_owned(), cents: 1_234, merchant: "shop.example", rail: "stripe" };
    let id = payer.ask(&wish).await.unwrap().id;
    until_so("the call is held", || sim.held() == 1).await;
    server.ask_to_stop().await;
    until("no new connection is accepted", || async { payer.ask(&wish).await.is_err().then_some(()) }).await;
    // It could have ended by now, and must not have.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(server.runs(), "the server ended before its job did");
    sim.release();
    assert_eq!(server.ended().await.code(), Some(0));

    let server = house.serve().await;
    let payer = payer.at(&server.url);
    assert_eq!(payer.shown(&id).await.status, "completed", "the job was finished before the end");
    assert_eq!(payments_asked(&sim), 1);
    house.run(&["reconcile"]).await;
    assert_equal(&sim.books(), &payer.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_answers_who_waits_for_a_human_at_once() {
    let house = House::sqlite();
    let people = house.people("1000.00", &["--approve-above", "1.00"]).await;
    let server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    let wish = Wish { key: "payment".to_owned(), cents: 1_234, merchant: "shop.example", rail: "sandbox" };
    let id = payer.ask(&wish).await.unwrap().id;
    let path = format!("/v1/transactions/{id}?wait=60");
    let waiting = tokio::spawn({
        let (payer, key) = (payer.clone(), people.api_key.clone());
        async move { payer.send(Method::GET, &path, &key, None).await }
    });
    // A second request on its way back proves nothing about the first, but by then it mostly is there.
    payer.shown(&id).await;
    let began = Instant::now();
    server.ask_to_stop().await;
    let (status, _, body) = waiting.await.unwrap().expect("who waits is answered before the end");
    assert!(status.is_success(), "{status} {body}");
    assert!(body.contains("\"pending\""), "{body}");
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(began.elapsed() < SOON, "the end took {:?}", began.elapsed());
}
