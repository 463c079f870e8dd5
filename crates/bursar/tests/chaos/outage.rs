//! The store goes away under a running server, and comes back.

use std::sync::Arc;
use std::time::Duration;

use bursar_testkit::stripe::{Fault, Operation, StripeSim};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::heard::Heard;
use crate::house::House;
use crate::load::{Load, Wishes};
use crate::payer::{Payer, Wish};
use crate::seed::chance;
use crate::until::{until, until_so};

const CLIENTS: u64 = 8;
/// Longest that a request may take while the store is away: a client is told soon, not left waiting.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// A request that writes and one that reads are both refused: 503, as a problem, with a time to come back.
async fn assert_refused(payer: &Payer, api_key: &str, number: usize) {
    let key = format!("away-{number}");
    let ask =
        json!({ "amount": "1.00", "merchant": "shop.example", "rail": "sandbox", "idempotency_key": key });
    let began = Instant::now();
    let (status, headers, body) =
        payer.send(Method::POST, "/v1/payment-request", api_key, Some(&ask)).await.unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert_eq!(headers["content-type"], "application/problem+json");
    let after: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(after >= 1);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(matches!(body["code"].as_str(), Some("unavailable" | "outcome_unknown" | "busy")), "{body}");
    let took = began.elapsed();
    assert!(took < TOLD_WITHIN, "a client waited {took:?} to hear that the store is away");
}

async fn health(payer: &Payer, path: &str) -> StatusCode {
    let (status, _, body) = payer.send(Method::GET, path, "none", None).await.unwrap();
    println!("{path}: {status} {body}");
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_goes_away_and_comes_back_costs_no_payment_and_no_restart() {
    let (seed, _) = chance("outage");
    let cluster = Cluster::start().await;
    let sim = StripeSim::start().await.unwrap();
    let house = House::over(Some(Database::on(cluster.url()).await)).with_stripe(sim.url());
    let people = house.people("1000000.00", &["--daily", "900000"]).await;
    let server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    assert_eq!(health(&payer, "/readyz").await, StatusCode::OK);
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    let load = Load::start(std::slice::from_ref(&payer), CLIENTS, &wishes, &heard, seed);
    until_so("clients are answered", || heard.answered() > 60).await;
    sim.fail_next(Operation::CreatePayment, Fault::HoldAfter);
    let charged = Wish { key: "charged".to_owned(), cents: 1_234, merchant: "shop.example", rail: "stripe" };
    let answer = payer.ask(&charged).await;
    heard.note(&charged, &answer);
    until_so("the rail is called", || sim.held() == 1).await;
    cluster.crash().await;
    // The rail says yes, and there is nowhere to write it down.
    sim.release();
    load.enough();
    load.ended().await;

    // Several at once, so that they wait for each other where they would.
    join_all((0..6).map(|number| assert_refused(&payer, &people.api_key, number))).await;
    until("the server is not ready", || async {
        (health(&payer, "/readyz").await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    assert_eq!(health(&payer, "/healthz").await, StatusCode::OK, "the process itself is well");

    cluster.go_on().await;
    until("the server is ready again", || async {
        (health(&payer, "/readyz").await == StatusCode::OK).then_some(())
    })
    .await;
    for wish in heard.unanswered() {
        let answer = payer.ask(&wish).await;
        assert!(answer.is_ok(), "{wish:?}: {answer:?}");
        heard.note(&wish, &answer);
    }
    let load = Load::start(std::slice::from_ref(&payer), CLIENTS, &wishes, &heard, seed + 1);
    let before = heard.answered();
    until_so("clients are answered again", || heard.answered() > before + 40).await;
    load.enough();
    load.ended().await;
    house.end_leases().await;
    assert_eq!(
        payer.settled(&answer.unwrap().id).await.status,
        "completed",
        "what the rail said is booked in the end"
    );
    assert_eq!(sim.books().charges.len(), 1, "and it was charged once");
    let rows = payer.rows().await;
    heard.assert_kept(&rows);
    // A refused request decided nothing, or says so: then it may stand there.
    let mut asked = rows.clone();
    asked.retain(|key, _| !key.starts_with("away-"));
    heard.assert_complete(&asked);
    house.assert_sound().await;
}
