//! Through a running server's socket, and how a server begins and ends.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{House, Server, client, get, post, text_of};

const SERVE: &str = "serve --listen 127.0.0.1:0";

#[tokio::test]
async fn commands_go_through_the_running_server() {
    let house = House::new();
    let server = Server::start(&house, SERVE);
    let (org, agent, key) = house.org_and_agent();
    let body = json!({ "amount": "12.50", "merchant": "shop.example", "purpose": "a book", "idempotency_key": "one" });
    let (status, paid) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
    assert_eq!(status, 200, "{paid}");
    let id = text_of(&paid, "transaction_id");
    let (_, settled) = get(&format!("{}/v1/transactions/{id}?wait=20&until=settled", server.url), &key).await;
    assert_eq!(settled["status"], "completed");

    let shown = house.json(&format!("transaction show {id}"));
    assert_eq!(shown["posted_amount"], "12.50");
    let refund = house.json(&format!("transaction refund {id} --amount 2.50 --reason dented"));
    assert_eq!((&refund["status"], &refund["amount"]), (&"requested".into(), &"2.50".into()));
    let wrong = house.refused(&format!("transaction resolve {id} --failed --evidence guess"), 1);
    assert!(wrong.contains("completed"), "{wrong}");

    // Files belong to whoever typed the command.
    house.write("policy.toml", "daily = \"1.00\"\n");
    assert_eq!(house.json(&format!("policy set --agent {agent} --file policy.toml"))["version"], 2);
    house.text(&format!("audit export --org {org} --output export.jsonl"));
    assert!(house.path("export.jsonl").exists());
    assert_eq!(house.json("ledger check")["difference_count"], 0);
    assert_eq!(house.json("audit verify")["broken_count"], 0);
    assert_eq!(house.json("reconcile")["differences"], json!([]));
}

#[tokio::test]
async fn no_change_of_the_time_zone_empties_a_window() {
    let house = House::new();
    let server = Server::start(&house, SERVE);
    let (org, agent, key) = house.org_and_agent();
    for number in 0..5 {
        let body =
            json!({ "amount": "20.00", "merchant": "shop.example", "idempotency_key": number.to_string() });
        let (status, paid) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
        assert_eq!(status, 200, "{paid}");
    }
    // Between these two it is always another day.
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
        let set = house.json(&format!("org time-zone --org {org} --time-zone {zone}"));
        assert_eq!(set["time_zone"], zone);
        let check = format!("policy check --agent {agent} --merchant shop.example --amount 1.00");
        assert_eq!(house.json(&check)["reason"], "daily_exceeded", "{zone}");
        let body = json!({ "amount": "1.00", "merchant": "shop.example", "idempotency_key": zone });
        let (status, declined) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
        assert_eq!((status, &declined["code"]), (402, &"daily_exceeded".into()), "{zone}: {declined}");
    }
    assert_eq!(house.json("ledger check")["difference_count"], 0);
}

#[test]
fn a_second_server_on_the_same_directory_refuses() {
    let house = House::new();
    let _first = Server::start(&house, SERVE);
    let refusal = house.refused(SERVE, 1);
    assert!(refusal.contains("in use") && refusal.contains("--data"), "{refusal}");
}

#[tokio::test]
async fn sigterm_finishes_what_was_accepted() {
    let house = House::new();
    let mut server = Server::start(&house, SERVE);
    let (_, _, key) = house.org_and_agent();
    let body = json!({ "amount": "30.00", "merchant": "shop.example", "idempotency_key": "large" });
    let (status, pending) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
    assert_eq!(status, 202, "{pending}");
    let id = text_of(&pending, "transaction_id");
    let url = format!("{}/v1/transactions/{id}?wait=3", server.url);
    let waiting = tokio::spawn(async move { get(&url, &key).await });
    requests_in_flight(&server, 2).await;
    let began = Instant::now();
    server.signal("-TERM");
    let (status, body) = waiting.await.unwrap();
    assert_eq!((status, &body["status"]), (200, &"pending".into()));
    assert_eq!(server.ended(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "the drain took {:?}", began.elapsed());
    assert!(!house.data().join("bursar.sock").exists());
    assert_eq!(house.json(&format!("transaction show {id}"))["status"], "pending");
}

/// Waits until the server is answering so many requests, the one that asks included.
async fn requests_in_flight(server: &Server, wanted: u32) {
    let (began, line) = (Instant::now(), format!("bursar_http_requests_in_flight {wanted}"));
    while began.elapsed() < Duration::from_secs(10) {
        let (_, text) = get(&format!("{}/metrics", server.url), "").await;
        if text.as_str().unwrap_or_default().lines().any(|found| found == line) {
            return;
        }
    }
    panic!("there were never {wanted} requests in flight");
}

#[test]
fn after_a_crash_the_stale_socket_is_in_nobodys_way() {
    let house = House::new();
    let mut server = Server::start(&house, SERVE);
    house.json("org create Acme --admin-email owner@example.com");
    server.signal("-KILL");
    server.ended();
    assert!(house.data().join("bursar.sock").exists(), "the crash left no socket behind");
    assert_eq!(house.json("org list").as_array().unwrap().len(), 1);
    let _again = Server::start(&house, SERVE);
    assert_eq!(house.json("org list").as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn health_readiness_and_metrics_are_answered_by_every_role() {
    let house = House::new();
    let server = Server::start(&house, &format!("{SERVE} --roles worker"));
    for path in ["healthz", "readyz"] {
        let (status, body) = get(&format!("{}/{path}", server.url), "").await;
        assert_eq!(status, 200, "{path}: {body}");
    }
    let (status, text) = get(&format!("{}/metrics", server.url), "").await;
    let text = text.as_str().unwrap_or_default().to_owned();
    assert_eq!(status, 200);
    for metric in ["bursar_jobs{state=\"dead\"} 0", "bursar_funnel_queue_depth 0", "bursar_build_info"] {
        assert!(text.contains(metric), "{metric} is not in {text}");
    }
    let (status, _) = post(&format!("{}/v1/payment-request", server.url), "", &json!({})).await;
    assert_eq!(status, 404, "a worker answers no payment requests");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_log_shows_no_token() {
    let house = House::new();
    let mut command = house.command(SERVE);
    let log = house.path("log");
    command.env("BURSAR_LOG_FORMAT", "json").stderr(std::fs::File::create(&log).unwrap());
    let server = Server::from(command);
    let client = client();
    let token = "a-token-that-approves";
    let url = format!("{}/v1/approve/{token}", server.url);
    let response = client.get(url).header("x-request-id", "mine-1").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "mine-1");
    let lines = std::fs::read_to_string(log).unwrap();
    assert!(lines.contains("/v1/approve/{token}") && lines.contains("mine-1"), "{lines}");
    assert!(!lines.contains(token), "{lines}");
}
