//! The log, tests and replays.

use std::time::Duration;

use bursar_base::{Clock as _, limits};
use bursar_spend::deliveries::service::forget_old;
use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::Reaction::Status;
use serde_json::json;

use super::House;

on_both_engines!(
    the_log_is_read_in_pages_and_by_status,
    one_message_is_sent_again_under_its_id,
    one_that_waits_is_sent_sooner,
    all_since_a_time_is_sent_again_also_what_was_missed,
    tests_and_replays_are_limited,
    what_is_over_and_old_is_forgotten,
);

async fn the_log_is_read_in_pages_and_by_status(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(500)]);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, endpoint.test().await);
        house.receiver.wait(ids.len()).await;
        house.app.at_rest().await;
        house.app.advance(Duration::from_millis(2));
    }
    let mut seen = Vec::new();
    let mut path = endpoint.path("/deliveries?limit=2");
    loop {
        let page = endpoint.client.get(&path).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = endpoint.path(&format!("/deliveries?limit=2&cursor={cursor}"));
    }
    let listed: Vec<&str> = seen.iter().map(|entry| entry["message_id"].as_str().unwrap()).collect();
    assert_eq!(listed, ids);
    let of = |status: &str| {
        let path = endpoint.path(&format!("/deliveries?status={status}"));
        let client = endpoint.client.clone();
        async move { client.get(&path).await.expect(200)["data"].as_array().unwrap().len() }
    };
    assert_eq!((of("delivered").await, of("pending").await, of("failed").await), (4, 1, 0));
    let shown = house.org.admin().get(&endpoint.path("/deliveries")).await.expect(200);
    assert_eq!(shown["data"][0]["type"], "endpoint.test");
}

async fn one_message_is_sent_again_under_its_id(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.agent.paid("1.00", "shop.example").await;
    house.receiver.wait(2).await;
    house.app.at_rest().await;
    let entry = endpoint.log().await[0].clone();
    let path = endpoint.path(&format!("/deliveries/{}/replay", entry["delivery_id"].as_str().unwrap()));
    let again = endpoint.client.post_empty(&path).await.expect(202);
    assert_eq!((&again["status"], &again["attempts"]), (&json!("pending"), &json!(0)));
    let received = house.receiver.wait(3).await;
    assert_eq!(received[2].id(), entry["message_id"].as_str().unwrap());
    house.app.at_rest().await;
    assert_eq!(endpoint.log().await.len(), 2);
    let other = house.org.free_agent().await;
    other.client().post_empty(&path).await.problem(404, "not_found");
}

async fn one_that_waits_is_sent_sooner(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(500)]);
    endpoint.test().await;
    house.receiver.wait(1).await;
    house.app.at_rest().await;
    let entry = endpoint.log().await[0].clone();
    assert_eq!(entry["attempts"], 1);
    let path = endpoint.path(&format!("/deliveries/{}/replay", entry["delivery_id"].as_str().unwrap()));
    endpoint.client.post_empty(&path).await.expect(202);
    house.receiver.wait(2).await;
    assert_eq!(endpoint.newest_at("delivered").await["attempts"], 2);
}

async fn all_since_a_time_is_sent_again_also_what_was_missed(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.agent.paid("1.00", "shop.example").await;
    house.app.at_rest().await;
    house.app.advance(Duration::from_secs(60));
    let since = house.app.clock().now();
    house.agent.paid("2.00", "shop.example").await;
    house.app.at_rest().await;
    let before = house.receiver.received();
    assert_eq!(before.len(), 4);
    let off =
        endpoint.client.call(http::Method::PATCH, &endpoint.path("")).json(&json!({ "enabled": false }));
    off.send().await.expect(200);
    house.agent.paid("3.00", "shop.example").await;
    house.app.at_rest().await;
    endpoint
        .client
        .post(&endpoint.path("/replay"), &json!({ "since": since }))
        .await
        .problem(409, "endpoint_disabled");
    endpoint.enable().await;
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 4);
    let replayed =
        endpoint.client.post(&endpoint.path("/replay"), &json!({ "since": since })).await.expect(202);
    assert_eq!(replayed["endpoint_id"], endpoint.id.as_str());
    house.receiver.wait(8).await;
    house.app.at_rest().await;
    let received = house.receiver.received();
    assert_eq!(received.len(), 8);
    let mut again: Vec<&str> = received[4..].iter().map(|message| message.id()).collect();
    again.sort_unstable();
    again.dedup();
    assert_eq!(again.len(), 4);
    for old in &before[..2] {
        assert!(!again.contains(&old.id()), "it is older");
    }
    for known in &before[2..] {
        assert!(again.contains(&known.id()), "it keeps its id");
    }
    assert_eq!(endpoint.log().await.len(), 6);
}

async fn tests_and_replays_are_limited(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    for _ in 0..limits::ENDPOINT_TESTS_AN_HOUR {
        endpoint.test().await;
    }
    let limited = endpoint.client.post_empty(&endpoint.path("/test")).await;
    let problem = limited.problem(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), problem["retry_after"].to_string());
    let replay = || async {
        let since = json!({ "since": house.app.clock().now() });
        endpoint.client.post(&endpoint.path("/replay"), &since).await
    };
    for _ in 0..limits::ENDPOINT_REPLAYS_AN_HOUR {
        replay().await.expect(202);
    }
    replay().await.problem(429, "rate_limited");
    house.app.advance(Duration::from_secs(60 * 60));
    replay().await.expect(202);
    endpoint.test().await;
}

async fn what_is_over_and_old_is_forgotten(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    endpoint.test().await;
    endpoint.newest_at("delivered").await;
    let db = house.app.spend().identity.db.clone();
    let now = house.app.clock().now();
    assert_eq!(forget_old(&db, now.plus(limits::MESSAGES_KEPT)).await.unwrap(), 0);
    house.receiver.react_next(&[Status(500)]);
    endpoint.test().await;
    house.receiver.wait(2).await;
    house.app.at_rest().await;
    let later = now.plus(limits::MESSAGES_KEPT + Duration::from_secs(1));
    assert_eq!(forget_old(&db, later).await.unwrap(), 1, "what waits is kept");
    assert_eq!(endpoint.log().await.len(), 1);
}
