//! Serving https by certificate files, seen by a client that checks what it is shown.

use std::path::Path;
use std::time::{Duration, Instant};

use bursar_testkit::app::Mailbox;
use bursar_testkit::receiver::Receiver;
use bursar_testkit::smtp::TestCa;
use serde_json::json;

use crate::{House, Server, client, stderr, text_of};

const SERVE: &str = "serve --listen 127.0.0.1:0";

/// A server that shows the certificate of `ca`, out of files that can be replaced; what it logs is in `log`.
fn serving(house: &House, ca: &TestCa) -> Server {
    serving_with(house, ca, &[])
}

fn serving_with(house: &House, ca: &TestCa, settings: &[(&str, &str)]) -> Server {
    put(house, ca);
    let mut command = house.command(SERVE);
    command.envs(settings.iter().copied());
    command.env("BURSAR_TLS_CERT", house.path("cert.pem")).env("BURSAR_TLS_KEY", house.path("key.pem"));
    command.stderr(std::fs::File::create(house.path("log")).unwrap());
    Server::from(command)
}

fn put(house: &House, ca: &TestCa) {
    std::fs::copy(ca.server().cert, house.path("cert.pem")).unwrap();
    std::fs::copy(ca.server().key, house.path("key.pem")).unwrap();
}

/// A client that trusts `ca` alone, and opens a connection for each request.
fn trusting(ca: &TestCa) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(&std::fs::read(ca.root()).unwrap()).unwrap();
    let client = bursar_http::outgoing::client().no_proxy().pool_max_idle_per_host(0);
    client.tls_certs_only([root]).build().unwrap()
}

/// Has the server read its files again, and waits until it says what came of it.
fn read_again(house: &House, server: &Server, expected: &str) {
    server.signal("-HUP");
    let began = Instant::now();
    while !std::fs::read_to_string(house.path("log")).unwrap().contains(expected) {
        assert!(began.elapsed() < Duration::from_secs(10), "the server never said {expected:?}");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn https_is_answered_and_links_begin_with_it() {
    let (house, ca) = (House::new(), TestCa::new());
    let mut server = serving(&house, &ca);
    let (_, _, key) = house.org_and_agent();
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);

    let body = json!({ "amount": "30.00", "merchant": "shop.example", "idempotency_key": "large" });
    let request =
        trusting(&ca).post(format!("{}/v1/payment-request", server.url)).bearer_auth(&key).json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 202);
    let id = text_of(&response.json().await.unwrap(), "transaction_id");
    let mail = Mailbox::new(&house.data().join("mail")).wait("owner@example.com", "shop.example").await;
    let link = mail.link("/approve/");
    let port = server.url.rsplit(':').next().unwrap();
    assert!(link.starts_with(&format!("https://localhost:{port}/")), "{link}");
    assert_eq!(trusting(&ca).get(&link).send().await.unwrap().status(), 200);

    let stranger = client().get(format!("{}/healthz", server.url)).send().await.unwrap_err();
    assert!(format!("{stranger:?}").contains("UnknownIssuer"), "{stranger:?}");
    let plain = client().get(format!("{}/healthz", server.url.replace("https:", "http:"))).send().await;
    assert!(plain.is_err(), "what is not TLS was answered");

    // What was accepted is finished here, too.
    let waiting =
        trusting(&ca).get(format!("{}/v1/transactions/{id}?wait=2", server.url)).bearer_auth(&key).send();
    let waiting = tokio::spawn(waiting);
    let (metrics, began) = (format!("{}/metrics", server.url), Instant::now());
    loop {
        let text = trusting(&ca).get(&metrics).send().await.unwrap().text().await.unwrap();
        if text.lines().any(|line| line == "bursar_http_requests_in_flight 2") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the request was never in flight");
    }
    // Somebody who only connected is waited for by nobody.
    let _idle = std::net::TcpStream::connect(server.url.trim_start_matches("https://")).unwrap();
    let began = Instant::now();
    server.signal("-TERM");
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
    assert_eq!(server.ended(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10), "the end took {:?}", began.elapsed());
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_while_serving_and_a_bad_one_is_not() {
    let (house, old, new) = (House::new(), TestCa::new(), TestCa::new());
    let server = serving(&house, &old);
    let url = format!("{}/healthz", server.url);
    assert_eq!(trusting(&old).get(&url).send().await.unwrap().status(), 200);
    assert!(trusting(&new).get(&url).send().await.is_err());

    // Half of the new pair: nothing changes.
    std::fs::copy(new.server().cert, house.path("cert.pem")).unwrap();
    read_again(&house, &server, "the one before it stays");
    assert_eq!(trusting(&old).get(&url).send().await.unwrap().status(), 200);

    put(&house, &new);
    read_again(&house, &server, "were read again");
    assert_eq!(trusting(&new).get(&url).send().await.unwrap().status(), 200);
    assert!(trusting(&old).get(&url).send().await.is_err());
}

#[test]
fn files_that_cannot_be_used_are_named_at_start_and_by_config_check() {
    let (house, ca, other) = (House::new(), TestCa::new(), TestCa::new());
    let (cert, key) = (ca.server().cert, ca.server().key);
    let (missing, foreign) = (house.path("missing.pem"), other.server().key);
    let wrong: [(&Path, &Path, &str, &str); 5] = [
        (&missing, &key, "BURSAR_TLS_CERT", "cannot be read"),
        (&cert, &missing, "BURSAR_TLS_KEY", "cannot be read"),
        (&key, &key, "BURSAR_TLS_CERT", "holds no certificate"),
        (&cert, &cert, "BURSAR_TLS_KEY", "holds no private key"),
        (&cert, &foreign, "BURSAR_TLS_KEY", "is not the key of the first certificate"),
    ];
    for (cert, key, setting, says) in wrong {
        for line in [SERVE, "config check"] {
            let mut command = house.command(line);
            let output = command.env("BURSAR_TLS_CERT", cert).env("BURSAR_TLS_KEY", key).output().unwrap();
            let told = format!("{}{}", stderr(&output), String::from_utf8_lossy(&output.stdout));
            assert_eq!(output.status.code(), Some(1), "{line}: {told}");
            assert!(told.contains(setting) && told.contains(says), "{line}: {told}");
        }
        assert!(!house.data().exists(), "the server began to work");
    }
    let good = [("BURSAR_TLS_CERT", &cert), ("BURSAR_TLS_KEY", &key)];
    assert_eq!(house.command("config check").envs(good).output().unwrap().status.code(), Some(0));
}

#[tokio::test]
async fn sentry_is_told_of_an_error_also_where_the_log_is_silent() {
    let (house, old, new, sentry) = (House::new(), TestCa::new(), TestCa::new(), Receiver::start().await);
    let dsn = sentry.url("/42").replace("http://", "http://publickey@");
    let mut server = serving_with(&house, &old, &[("BURSAR_SENTRY_DSN", &dsn), ("BURSAR_LOG", "off")]);
    std::fs::copy(new.server().cert, house.path("cert.pem")).unwrap();
    server.signal("-HUP");
    let told = sentry.wait(1).await;
    assert!(told[0].body.contains("the new certificate cannot be used"), "{}", told[0].body);
    server.signal("-TERM");
    assert_eq!(server.ended(), Some(0));
    assert_eq!(std::fs::read_to_string(house.path("log")).unwrap(), "");
}
