//! Nothing is lost, and two workers do not send the same.

use std::collections::BTreeSet;
use std::time::Duration;

use bursar_base::limits;
use bursar_spend::{deliveries, worker};
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, Roles, eventually};
use bursar_testkit::on_both_engines;
use serde_json::json;

use super::{Endpoint, House};

on_both_engines!(
    what_was_not_turned_into_messages_is_after_a_restart,
    what_was_turned_into_messages_and_not_sent_is_sent_after_a_restart,
    two_workers_send_each_message_once,
    a_worker_that_is_lost_in_the_middle_of_sending_is_followed_by_another,
    what_cannot_be_sent_fast_enough_waits_in_the_trail,
);

async fn without_workers(engine: Engine) -> House {
    House::with(engine, |setup| setup.roles(Roles { api: true, worker: false })).await
}

async fn what_was_not_turned_into_messages_is_after_a_restart(engine: Engine) {
    let house = without_workers(engine).await;
    let endpoint = house.endpoint().await;
    for _ in 0..3 {
        house.agent.pay("1.00", "shop.example").await.expect(200);
    }
    house.app.restart().await;
    assert!(endpoint.log().await.is_empty());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(worker::run(house.app.spend(), stopped));
    house.receiver.wait(6).await;
    house.app.at_rest().await;
    stop.send_replace(true);
    workers.await.unwrap();
    assert_eq!(house.receiver.of("transaction.approved").len(), 3);
    assert_eq!(house.receiver.of("transaction.completed").len(), 3);
}

async fn what_was_turned_into_messages_and_not_sent_is_sent_after_a_restart(engine: Engine) {
    let house = without_workers(engine).await;
    let endpoint = house.endpoint().await;
    for _ in 0..3 {
        house.agent.pay("1.00", "shop.example").await.expect(200);
    }
    // The cursor has moved and the process ends before anything was sent.
    assert!(deliveries::look(&house.app.spend()).await.unwrap());
    assert!(!deliveries::look(&house.app.spend()).await.unwrap(), "there is nothing more to be told");
    let log = endpoint.log().await;
    assert_eq!(log.len(), 3);
    assert!(house.receiver.received().is_empty());
    house.app.restart().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(worker::run(house.app.spend(), stopped));
    house.receiver.wait(6).await;
    house.app.at_rest().await;
    stop.send_replace(true);
    workers.await.unwrap();
    let received = house.receiver.received();
    let ids: BTreeSet<&str> = received.iter().map(|message| message.id()).collect();
    assert_eq!((received.len(), ids.len()), (6, 6));
    for entry in &log {
        assert!(ids.contains(entry["message_id"].as_str().unwrap()), "{entry:#}");
    }
}

async fn two_workers_send_each_message_once(engine: Engine) {
    let house = without_workers(engine).await;
    house.endpoint().await;
    Endpoint::make(house.org.admin(), json!({ "url": house.receiver.url("/org") })).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let spend = || house.app.spend();
    let workers = [
        tokio::spawn(worker::run(spend(), stopped.clone())),
        tokio::spawn(worker::run(spend(), stopped.clone())),
        tokio::spawn(worker::run(spend(), stopped)),
    ];
    for round in 0..12 {
        house.agent.pay(&format!("{round}.50"), "shop.example").await.expect(200);
    }
    let all = eventually(PATIENCE, || async {
        // Those that found no place at their endpoint come again after a moment.
        house.app.advance(Duration::from_secs(1));
        (house.receiver.received().len() >= 48).then_some(())
    });
    all.await.expect("everything is told");
    house.app.at_rest().await;
    stop.send_replace(true);
    for worker in workers {
        worker.await.unwrap();
    }
    let received = house.receiver.received();
    let told: BTreeSet<(&str, &str)> =
        received.iter().map(|message| (message.path.as_str(), message.id())).collect();
    assert_eq!((received.len(), told.len()), (48, 48));
    house.app.must_balance().await;
}

async fn a_worker_that_is_lost_in_the_middle_of_sending_is_followed_by_another(engine: Engine) {
    let house = without_workers(engine).await;
    let endpoint = house.endpoint().await;
    endpoint.test().await;
    let spend = house.app.spend();
    let (db, clock) = (&spend.identity.db, &*spend.identity.clock);
    // It claims the message and is never heard of again.
    let claimed =
        bursar_store::jobs::claim_in(db, clock, bursar_store::jobs::Lane::Webhooks, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(worker::run(spend.clone(), stopped));
    house.app.advance(limits::JOB_LEASE + Duration::from_secs(1));
    house.receiver.wait(1).await;
    endpoint.newest_at("delivered").await;
    // Back from the dead, it sends the message once more, and may not write down that it did.
    let late = deliveries::deliver(&spend, &claimed[0]).await;
    assert!(late.is_err(), "{late:?}");
    stop.send_replace(true);
    workers.await.unwrap();
    assert_eq!(endpoint.log().await[0]["attempts"], 1);
}

async fn what_cannot_be_sent_fast_enough_waits_in_the_trail(engine: Engine) {
    let house = without_workers(engine).await;
    let endpoint = house.endpoint().await;
    let sql = "UPDATE webhook_deliveries SET status = 'delivered' WHERE status = 'pending'";
    let waiting = limits::DELIVERIES_WAITING_MAX;
    let spend = house.app.spend();
    // Each freeze and unfreeze is a message; so many that they do not all fit.
    let id = bursar_base::AgentId::parse(&house.agent.id).unwrap();
    let mut org = spend.identity.lock(&house.org.id).await.unwrap();
    for _ in 0..waiting + 50 {
        let event = bursar_store::events::NewEvent::new("agent.unfrozen", "test", &json!({})).agent(&id);
        org.record(event).await.unwrap();
    }
    org.commit().await.unwrap();
    let count = || async { house.app.row_counts().await["webhook_deliveries"] };
    while deliveries::look(&spend).await.unwrap() {}
    assert_eq!(count().await, i64::try_from(waiting).unwrap());
    assert!(endpoint.shown().await["status"] == "active");
    let mut tx = spend.identity.db.write().await.unwrap();
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    while deliveries::look(&spend).await.unwrap() {}
    let all = i64::try_from(waiting + 50).unwrap();
    assert!(eventually(PATIENCE, || async { (count().await == all).then_some(()) }).await.is_some());
}
