//! Messages through HTTP, on both engines.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Client, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::{Reaction, Receiver};
use serde_json::{Value, json};

on_both_engines!(
    an_agent_reads_what_it_was_not_told_again_and_again,
    what_was_acknowledged_does_not_come_again,
    what_cannot_be_acknowledged_is_named,
    an_agent_reads_nothing_of_others,
    messages_and_webhooks_have_the_same_ids_and_bodies,
    one_look_is_bounded_and_the_cursor_goes_on,
    messages_reach_back_so_far,
);

async fn read(client: &Client, query: &str) -> Value {
    client.get(&format!("/messages{query}")).await.expect(200)
}

/// All messages from a cursor on, page by page.
async fn all(agent: &Agent, limit: u32) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(&agent.client(), &format!("?limit={limit}{cursor}")).await;
        found.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn kinds(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

async fn an_agent_reads_what_it_was_not_told_again_and_again(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    agent.paid("5.00", "shop.example").await;
    agent.pending("20.00", "shop.example").await;
    app.at_rest().await;
    let before = app.row_counts().await;
    let first = all(&agent, 50).await;
    let expected = [
        "limits.changed",
        "transaction.approved",
        "transaction.completed",
        "approval.asked",
        "transaction.pending",
    ];
    assert_eq!(kinds(&first), expected);
    assert_eq!(first[2]["data"]["transaction"]["status"], "completed");
    assert_eq!((&first[3]["number"], &first[3]["data"]["bot_id"]), (&first[4]["number"], &json!(agent.id)));
    assert_ne!(first[3]["message_id"], first[4]["message_id"]);
    assert_eq!(all(&agent, 50).await, first);
    assert_eq!(all(&agent, 1).await, first);
    assert_eq!(app.row_counts().await, before, "reading writes nothing");
}

async fn what_was_acknowledged_does_not_come_again(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    agent.paid("5.00", "shop.example").await;
    let agent = &agent;
    let ack = |body: Value| async move { agent.client().post("/messages/ack", &body).await };
    let messages = all(agent, 50).await;
    assert_eq!(messages.len(), 3);
    let acked = ack(json!({ "message_id": messages[1]["message_id"] })).await.expect(200);
    assert_eq!(acked["up_to"], messages[1]["number"]);
    assert_eq!(all(agent, 50).await, messages[2..]);
    // It never goes back, and doing it twice is doing it once.
    for up_to in [0, 1] {
        let acked = agent.client().post("/messages/ack", &json!({ "up_to": up_to })).await.expect(200);
        assert_eq!(acked["up_to"], messages[1]["number"]);
    }
    let last = json!({ "up_to": messages[2]["number"] });
    agent.client().post("/messages/ack", &last).await.expect(200);
    assert!(all(agent, 50).await.is_empty());
    agent.paid("6.00", "shop.example").await;
    assert_eq!(kinds(&all(agent, 50).await), ["transaction.approved", "transaction.completed"]);
    app.restart().await;
    assert_eq!(all(agent, 50).await.len(), 2);
}

async fn what_cannot_be_acknowledged_is_named(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let stranger =
        app.new_org("Other", "o@other.example", bursar_base::Mode::Test, "UTC").await.free_agent().await;
    let foreign = all(&stranger, 50).await[0]["message_id"].clone();
    for (body, field) in [
        (json!({ "message_id": foreign }), "message_id"),
        (json!({ "message_id": "msg_1" }), "message_id"),
        (json!({}), "message_id"),
        (json!({ "message_id": foreign, "up_to": 1 }), "message_id"),
        (json!({ "up_to": -1 }), "up_to"),
        (json!({ "up_to": 1_000_000 }), "up_to"),
        (json!({ "all": true }), "all"),
    ] {
        agent.client().post("/messages/ack", &body).await.names(field);
    }
    agent.client().get("/messages?cursor=-1").await.names("cursor");
    agent.client().get("/messages?limit=101").await.names("limit");
    org.admin().get("/messages").await.problem(403, "forbidden");
    app.client().get("/messages").await.problem(401, "missing_credentials");
}

async fn an_agent_reads_nothing_of_others(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, sibling) = (org.free_agent().await, org.free_agent().await);
    sibling.paid("5.00", "secret.example").await;
    agent.paid("6.00", "shop.example").await;
    org.deposit("1.00").await;
    app.at_rest().await;
    let text = read(&agent.client(), "").await.to_string();
    assert!(!text.contains(&sibling.id) && !text.contains("secret.example"), "{text}");
    assert_eq!(all(&agent, 50).await.len(), 3);
    // What one acknowledges the other still reads.
    let head = all(&sibling, 50).await.pop().unwrap();
    sibling.client().post("/messages/ack", &json!({ "message_id": head["message_id"] })).await.expect(200);
    assert_eq!(all(&agent, 50).await.len(), 3);
}

async fn messages_and_webhooks_have_the_same_ids_and_bodies(engine: Engine) {
    let receiver = Receiver::start().await;
    let app = TestApp::on(engine).setting("BURSAR_WEBHOOK_ALLOW", &receiver.pair()).start().await;
    let agent = app.org().await.free_agent().await;
    let head = all(&agent, 50).await.pop().unwrap();
    agent.client().post("/messages/ack", &json!({ "up_to": head["number"] })).await.expect(200);
    // It listens, takes the first and refuses the second.
    receiver.react_next(&[Reaction::Status(204)]);
    receiver.react_always(Reaction::Status(500));
    agent.client().post("/webhook-endpoints", &json!({ "url": receiver.url("/") })).await.expect(201);
    agent.paid("5.00", "shop.example").await;
    receiver.wait(2).await;
    app.at_rest().await;
    let messages = all(&agent, 50).await;
    assert_eq!(messages.len(), 2);
    for told in receiver.received() {
        let message = messages.iter().find(|message| message["message_id"] == told.id()).unwrap();
        assert_eq!(message["type"], told.json()["type"]);
        assert_eq!(message["timestamp"], told.json()["timestamp"]);
        assert_eq!(message["data"]["status"], told.json()["data"]["status"]);
    }
}

async fn one_look_is_bounded_and_the_cursor_goes_on(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let spend = app.spend();
    let mut locked = spend.identity.lock(&org.id).await.unwrap();
    for _ in 0..limits::MESSAGES_LOOK_MAX {
        let event = bursar_store::events::NewEvent::new("org.time_zone_set", "test", &json!({}));
        locked.record(event).await.unwrap();
    }
    locked.commit().await.unwrap();
    agent.paid("5.00", "shop.example").await;
    let first = read(&agent.client(), "").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 1);
    assert!(first["next_cursor"].is_string());
    assert_eq!(all(&agent, 50).await.len(), 3);
}

async fn messages_reach_back_so_far(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    agent.paid("5.00", "shop.example").await;
    app.at_rest().await;
    app.advance(limits::MESSAGES_KEPT - Duration::from_secs(1));
    assert_eq!(all(&agent, 50).await.len(), 3);
    app.advance(Duration::from_secs(2));
    assert!(all(&agent, 50).await.is_empty());
    agent.paid("6.00", "shop.example").await;
    assert_eq!(all(&agent, 50).await.len(), 2);
}
