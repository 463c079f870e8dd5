//! Receivers that do not take what they are sent.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::Reaction::{Busy, Hang, Redirect, Status};
use serde_json::json;

use super::{Endpoint, House};

on_both_engines!(
    a_message_comes_again_under_its_id_until_it_is_taken,
    a_receiver_that_asks_for_time_gets_it,
    a_redirect_is_a_failure_and_is_not_followed,
    who_answers_410_is_not_called_again_and_owners_are_told,
    days_of_nothing_but_failures_disable_an_endpoint,
    one_success_keeps_an_endpoint,
    a_receiver_that_never_answers_costs_nobody_else_anything,
    nobody_listening_is_a_failure_like_any_other,
    an_address_inside_is_not_called_even_if_it_stands_in_the_table,
    an_endpoint_that_was_removed_gets_nothing_more,
);

/// Longer than any planned pause with its jitter.
const A_DAY_AND_A_BIT: Duration = Duration::from_secs(29 * 60 * 60);

async fn a_message_comes_again_under_its_id_until_it_is_taken(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(500), Status(404), Status(429), Status(200)]);
    let id = endpoint.test().await;
    for (attempts, answer, least) in [(1, 500, 5), (2, 404, 300), (3, 429, 1_800)] {
        house.receiver.wait(attempts).await;
        let waiting = || async {
            let newest = endpoint.log().await.first().cloned();
            newest.filter(|entry| entry["attempts"] == attempts && entry["status"] == "pending")
        };
        let entry = eventually(PATIENCE, waiting).await.expect("it is tried again");
        assert_eq!(
            (&entry["http_status"], &entry["error"]),
            (&json!(answer), &json!(format!("answered {answer}")))
        );
        assert!(endpoint.shown().await["failing_since"].is_string());
        let next = entry["next_attempt_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let last = entry["last_attempt_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let pause = next.duration_since(last).as_secs();
        assert!((least..=least + least / 5 + 1).contains(&pause), "{attempts}: {pause}");
        // Not a moment sooner.
        house.app.advance(Duration::from_secs(u64::try_from(least).unwrap() - 1));
        house.app.at_rest().await;
        assert_eq!(house.receiver.received().len(), attempts);
        house.app.advance(Duration::from_secs(u64::try_from(least / 5).unwrap() + 2));
    }
    let received = house.receiver.wait(4).await;
    assert!(received.iter().all(|message| message.id() == id), "{received:#?}");
    let stamps: std::collections::BTreeSet<&str> =
        received.iter().map(|message| message.header("webhook-timestamp")).collect();
    assert_eq!(stamps.len(), 4, "every attempt is signed anew");
    let entry = endpoint.newest_at("delivered").await;
    assert_eq!((&entry["attempts"], &entry["http_status"]), (&json!(4), &json!(200)));
    assert_eq!((&entry["error"], &entry["next_attempt_at"]), (&json!(null), &json!(null)));
    assert!(endpoint.shown().await["failing_since"].is_null());
    house.app.advance(A_DAY_AND_A_BIT);
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 4);
}

async fn a_receiver_that_asks_for_time_gets_it(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Busy(600)]);
    endpoint.test().await;
    house.receiver.wait(1).await;
    let refused = || async { endpoint.log().await.into_iter().find(|entry| entry["http_status"] == 503) };
    eventually(PATIENCE, refused).await.expect("it is written down");
    house.app.advance(Duration::from_secs(599));
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 1);
    house.app.advance(Duration::from_secs(122));
    house.receiver.wait(2).await;
    endpoint.newest_at("delivered").await;
}

async fn a_redirect_is_a_failure_and_is_not_followed(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Redirect]);
    endpoint.test().await;
    house.receiver.wait(1).await;
    let failed =
        || async { endpoint.log().await.first().filter(|entry| entry["http_status"] == 307).cloned() };
    let entry = eventually(PATIENCE, failed).await.expect("it is written down");
    assert_eq!(entry["status"], "pending");
    assert!(entry["error"].as_str().unwrap().contains("redirects are not followed"), "{entry:#}");
    assert!(house.receiver.received().iter().all(|message| message.path == "/hooks"));
}

async fn who_answers_410_is_not_called_again_and_owners_are_told(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(500), Status(410)]);
    let waiting = endpoint.test().await;
    house.receiver.wait(1).await;
    // Ids are in the order of time, by the millisecond.
    house.app.advance(Duration::from_millis(2));
    endpoint.test().await;
    let disabled = || async { Some(endpoint.shown().await).filter(|shown| shown["status"] == "disabled") };
    let shown = eventually(PATIENCE, disabled).await.expect("it is disabled");
    assert_eq!(shown["disabled_reason"], "it answered 410");
    let mail = house.app.mails().wait(&house.org.owner, "Webhooks stopped").await;
    assert!(mail.text.contains("it answered 410") && mail.text.contains(&endpoint.id), "{}", mail.text);
    assert!(house.org.trail().await.contains(&"endpoint.disabled".to_owned()));
    let log = endpoint.log().await;
    assert_eq!((&log[0]["status"], &log[0]["http_status"]), (&json!("failed"), &json!(410)));
    assert_eq!((&log[1]["status"], &log[1]["message_id"]), (&json!("cancelled"), &json!(waiting)));
    house.agent.paid("1.00", "shop.example").await;
    house.app.advance(A_DAY_AND_A_BIT);
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 2);
    // What it missed meanwhile is sent when somebody asks for it, and not before.
    endpoint.enable().await;
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 2);
    endpoint.test().await;
    house.receiver.wait(3).await;
    assert_eq!(house.app.mails().all().len(), 1);
    house.app.must_balance().await;
}

async fn days_of_nothing_but_failures_disable_an_endpoint(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_always(Status(503));
    endpoint.test().await;
    for attempts in 1..=9 {
        house.receiver.wait(attempts).await;
        house.app.at_rest().await;
        assert_eq!(endpoint.shown().await["status"], "active");
        house.app.advance(A_DAY_AND_A_BIT);
    }
    house.receiver.wait(10).await;
    let disabled = || async { Some(endpoint.shown().await).filter(|shown| shown["status"] == "disabled") };
    eventually(PATIENCE, disabled).await.expect("it is disabled");
    assert_eq!(endpoint.newest_at("failed").await["attempts"], 10);
    let mail = house.app.mails().wait(&house.org.owner, "for days").await;
    assert!(mail.subject.contains("Webhooks stopped"), "{}", mail.subject);
    house.app.must_balance().await;
}

async fn one_success_keeps_an_endpoint(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(503); 9]);
    endpoint.test().await;
    for attempts in 1..=9 {
        house.receiver.wait(attempts).await;
        house.app.at_rest().await;
        house.app.advance(A_DAY_AND_A_BIT);
        if attempts == 8 {
            // Just before the last attempts another message is taken.
            house.receiver.wait(9).await;
            house.app.at_rest().await;
            endpoint.test().await;
            house.receiver.wait(10).await;
            house.app.at_rest().await;
            break;
        }
    }
    house.receiver.react_always(Status(503));
    house.app.advance(A_DAY_AND_A_BIT);
    house.receiver.wait(11).await;
    house.app.at_rest().await;
    let log = endpoint.log().await;
    assert_eq!((&log[1]["status"], &log[1]["attempts"]), (&json!("failed"), &json!(10)));
    assert_eq!(endpoint.shown().await["status"], "active");
}

async fn a_receiver_that_never_answers_costs_nobody_else_anything(engine: Engine) {
    let house = House::on(engine).await;
    let slow = house.endpoint().await;
    house.receiver.react_always(Hang);
    let quick = bursar_testkit::receiver::Receiver::start().await;
    let count = limits::DELIVERIES_AT_ONCE_TO_ONE + 4;
    for _ in 0..count {
        slow.test().await;
    }
    house.receiver.wait(limits::DELIVERIES_AT_ONCE_TO_ONE).await;
    // Payments do not wait for it.
    house.agent.paid("1.00", "shop.example").await;
    let log = slow.log().await;
    assert!(log.iter().all(|entry| entry["status"] == "pending"), "{log:#?}");
    assert_eq!(
        house.receiver.received().len(),
        limits::DELIVERIES_AT_ONCE_TO_ONE,
        "no more places than that"
    );
    drop(quick);
    let given_up = || async {
        let log = slow.log().await;
        log.into_iter().find(|entry| entry["attempts"] == 1)
    };
    let entry = eventually(PATIENCE, given_up).await.expect("time is over");
    assert_eq!(entry["error"], "no answer within 15 seconds");
    assert_eq!((&entry["http_status"], &entry["status"]), (&json!(null), &json!("pending")));
}

async fn an_address_inside_is_not_called_even_if_it_stands_in_the_table(engine: Engine) {
    let house = House::with(engine, |setup| setup.setting("BURSAR_WEBHOOK_ALLOW", "receiver.test:80")).await;
    let endpoint = Endpoint::make(house.agent.client(), json!({ "url": "https://bot.example/" })).await;
    // As it was while a setting let it through, or by the hand of whoever can write there.
    for (url, why) in [
        (house.receiver.url("/"), "not called: https only"),
        (house.receiver.url("/").replace("http:", "https:"), "on the public internet"),
        (house.receiver.url("/").replace("http://127.0.0.1", "https://localhost"), "on the public internet"),
    ] {
        let mut tx = house.app.spend().identity.db.write().await.unwrap();
        tx.execute("UPDATE webhook_endpoints SET url = $1", &[(&url).into()]).await.unwrap();
        tx.commit().await.unwrap();
        house.app.advance(Duration::from_millis(2));
        endpoint.test().await;
        let failed =
            || async { endpoint.log().await.first().filter(|entry| entry["attempts"] == 1).cloned() };
        let entry = eventually(PATIENCE, failed).await.expect("it is written down");
        assert!(entry["error"].as_str().unwrap().contains(why), "{url}: {entry:#}");
    }
    assert!(house.receiver.received().is_empty());
}

async fn an_endpoint_that_was_removed_gets_nothing_more(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    house.receiver.react_next(&[Status(500)]);
    endpoint.test().await;
    house.receiver.wait(1).await;
    house.app.at_rest().await;
    endpoint.client.call(http::Method::DELETE, &endpoint.path("")).send().await;
    house.agent.paid("1.00", "shop.example").await;
    house.app.advance(A_DAY_AND_A_BIT);
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 1);
    let counts = house.app.row_counts().await;
    assert_eq!((counts["webhook_deliveries"], counts["webhook_endpoints"], counts["jobs"]), (0, 0, 0));
}

async fn nobody_listening_is_a_failure_like_any_other(engine: Engine) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let house =
        House::with(engine, |setup| setup.setting("BURSAR_WEBHOOK_ALLOW", &address.to_string())).await;
    let endpoint = Endpoint::make(house.agent.client(), json!({ "url": format!("http://{address}/") })).await;
    endpoint.test().await;
    let failed = || async { endpoint.log().await.into_iter().find(|entry| entry["attempts"] == 1) };
    let entry = eventually(PATIENCE, failed).await.expect("it is written down");
    assert!(entry["error"].as_str().unwrap().starts_with("no connection"), "{entry:#}");
}
