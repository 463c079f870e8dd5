//! Webhooks by the command line, and across the death of a server.

use std::collections::BTreeSet;
use std::process::Stdio;

use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::receiver::{Reaction, Receiver};
use serde_json::json;

use crate::{House, Server, post, text_of};

const SERVE: &str = "serve --listen 127.0.0.1:0";

fn serve(house: &House, receiver: &Receiver) -> Server {
    let mut command = house.command(SERVE);
    command.env("BURSAR_WEBHOOK_ALLOW", receiver.pair()).stderr(Stdio::null());
    command.env("BURSAR_BREAKER_REQUESTS", "1000");
    Server::from(command)
}

#[test]
fn endpoints_are_added_listed_and_removed() {
    let house = House::new();
    let (org, agent, _) = house.org_and_agent();
    let of_org = house
        .json(&format!("webhook add --org {org} --url https://acme.example/ --events transaction.*,claimed"));
    assert!(text_of(&of_org, "secret").starts_with("whsec_"));
    let of_agent = house.json(&format!("webhook add --agent {agent} --url https://bot.example/hooks"));
    let id = text_of(&of_agent, "endpoint_id");
    let listed = house.json(&format!("webhook list --org {org}"));
    assert_eq!(listed[0]["events"], json!(["transaction.*", "claimed"]));
    assert_eq!((&listed[1]["owner"], &listed[1]["agent_id"]), (&json!("agent"), &json!(agent)));
    assert!(!listed.to_string().contains("whsec_"));
    let shown = house.text(&format!("webhook list --org {org}"));
    assert!(shown.contains("https://bot.example/hooks") && shown.contains("active"), "{shown}");

    let refusal = house.refused(&format!("webhook add --org {org} --url http://127.0.0.1:9000/"), 1);
    assert!(refusal.contains("https only"), "{refusal}");
    let refusal =
        house.refused(&format!("webhook add --org {org} --url https://a.example/ --events nonsense"), 1);
    assert!(refusal.contains("--events") && refusal.contains("docs/webhooks.md"), "{refusal}");
    house.refused("webhook add --url https://a.example/", 2);
    house.refused(&format!("webhook replay {id}"), 2);
    let nobody = format!("whe_{}", "0".repeat(32));
    assert!(house.refused(&format!("webhook deliveries {nobody}"), 1).contains("webhook list"));
    assert!(house.refused(&format!("webhook replay {id} --since yesterday"), 1).contains("RFC 3339"));

    assert_eq!(house.json(&format!("webhook deliveries {id}")), json!([]));
    assert_eq!(house.json(&format!("webhook enable {id}"))["status"], "active");
    assert_eq!(house.json(&format!("webhook remove {id}"))["removed"], true);
    assert_eq!(house.json(&format!("webhook list --org {org}")).as_array().unwrap().len(), 1);
    assert_eq!(house.json("audit verify")["broken_count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_is_shown_and_sent_again() {
    let (house, receiver) = (House::new(), Receiver::start().await);
    let _server = serve(&house, &receiver);
    let (_, agent, _) = house.org_and_agent();
    receiver.react_next(&[Reaction::Status(410)]);
    let id = text_of(
        &house.json(&format!("webhook add --agent {agent} --url {}", receiver.url("/hooks"))),
        "endpoint_id",
    );
    let freeze = |verb: &str| drop(house.json(&format!("agent {verb} {agent}")));
    freeze("freeze");
    let shown = || async {
        let text = house.text(&format!("webhook deliveries {id}"));
        text.contains("failed").then_some(text)
    };
    let shown = eventually(PATIENCE, shown).await.expect("it was refused");
    assert!(shown.contains("agent.frozen") && shown.contains("answered 410"), "{shown}");
    freeze("unfreeze");
    let refusal = house.refused(&format!("webhook replay {id} --since 2026-01-01T00:00:00Z"), 1);
    assert!(refusal.contains("webhook enable"), "{refusal}");
    house.json(&format!("webhook enable {id}"));
    let all = house.json(&format!("webhook deliveries {id}"));
    let first = all.as_array().unwrap().iter().find(|delivery| delivery["type"] == "agent.frozen").unwrap();
    let since = first["created_at"].as_str().unwrap().to_owned();
    let first = first["delivery_id"].as_str().unwrap().to_owned();
    house.json(&format!("webhook replay {id} --delivery {first}"));
    let again = || async { Some(receiver.of("agent.frozen")).filter(|sent| sent.len() == 2) };
    let sent = eventually(PATIENCE, again).await.expect("it is sent again");
    assert_eq!(sent[0].id(), sent[1].id());
    // Other news comes as well, in its own time; so from the first one on.
    house.json(&format!("webhook replay {id} --since {since}"));
    receiver.wait_for("agent.unfrozen").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_server_is_killed() {
    const PAYMENTS: usize = 40;
    const KILLS: usize = 4;
    let (house, receiver) = (House::new(), Receiver::start().await);
    let mut server = serve(&house, &receiver);
    let (_, agent, key) = house.org_and_agent();
    let add =
        format!("webhook add --agent {agent} --url {} --events transaction.approved", receiver.url("/"));
    let id = text_of(&house.json(&add), "endpoint_id");
    let mut paid = BTreeSet::new();
    for round in 0..KILLS {
        for number in 0..PAYMENTS / KILLS {
            let body = json!({ "amount": "1.00", "merchant": "shop.example",
                "idempotency_key": format!("{round}-{number}") });
            let (status, asked) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
            assert_eq!(status, 200, "{asked}");
            paid.insert(text_of(&asked, "transaction_id"));
        }
        // Some were told by now, some are on their way, some stand in the trail only.
        receiver.wait(round * PAYMENTS / KILLS + 3).await;
        server.signal("-KILL");
        server.ended();
        server = serve(&house, &receiver);
    }
    let told = || async {
        let received = receiver.received();
        let told: BTreeSet<String> = received
            .iter()
            .map(|message| {
                message.json()["data"]["transaction"]["transaction_id"].as_str().unwrap().to_owned()
            })
            .collect();
        (told == paid).then_some(received)
    };
    let received = eventually(PATIENCE, told).await.expect("every payment is told");
    // What came twice came under one id.
    let ids: BTreeSet<&str> = received.iter().map(|message| message.id()).collect();
    assert_eq!(ids.len(), PAYMENTS);
    let log = house.json(&format!("webhook deliveries {id} --limit 100"));
    assert_eq!(log.as_array().unwrap().len(), PAYMENTS);
    assert_eq!(house.json("ledger check")["difference_count"], 0);
    assert_eq!(house.json("audit verify")["broken_count"], 0);
}
