//! Bad input is answered with a 4xx that names the field, and nothing of it is written.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, TestApp};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

on_both_engines!(
    a_wrong_field_is_named_and_nothing_is_written,
    what_is_no_json_is_refused_and_nothing_is_written,
    owners_bad_input_is_named_too_and_nothing_is_written,
    ids_that_are_none_lead_nowhere,
    a_client_that_trickles_is_cut_off,
);

/// A body with one field changed; `null` takes it away.
fn with(agent: &Agent, field: &str, value: &Value) -> Value {
    let mut body = agent.request("1.00", "shop.example");
    match value {
        Value::Null => drop(body.as_object_mut().unwrap().remove(field)),
        value => body[field] = value.clone(),
    }
    body
}

async fn a_wrong_field_is_named_and_nothing_is_written(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let cases = [
        ("amount", json!(12.5)),
        ("amount", json!(1250)),
        ("amount", json!("")),
        ("amount", json!("twelve")),
        ("amount", json!("1e3")),
        ("amount", json!("0x10")),
        ("amount", json!("1,50")),
        ("amount", json!(" 1.00")),
        ("amount", json!("+1.00")),
        ("amount", json!("-1.00")),
        ("amount", json!("0")),
        ("amount", json!("0.000000")),
        ("amount", json!("0.0000001")),
        ("amount", json!("10000000000.01")),
        ("amount", json!("99999999999999999999999999")),
        ("amount", json!("NaN")),
        ("amount", json!("١٢")),
        ("amount", json!(["1.00"])),
        ("amount", json!({ "value": "1.00" })),
        ("amount", json!(true)),
        ("amount", Value::Null),
        ("currency", json!("US")),
        ("currency", json!("USDX")),
        ("currency", json!("U$D")),
        ("currency", json!(840)),
        ("merchant", json!("")),
        ("merchant", json!("   ")),
        ("merchant", json!("x".repeat(201))),
        ("merchant", json!("a\u{0}b")),
        ("merchant", json!("a\nb")),
        ("merchant", json!(7)),
        ("merchant", Value::Null),
        ("purpose", json!("x".repeat(501))),
        ("purpose", json!("a\u{0}b")),
        ("purpose", json!(["for tests"])),
        ("category", json!("")),
        ("category", json!("x".repeat(65))),
        ("context", deep),
        ("context", json!({ "blob": "x".repeat(9_000) })),
        ("context", json!({ "nul": "a\u{0}b" })),
        ("rail", json!("gold")),
        ("rail", json!(1)),
        ("idempotency_key", json!("")),
        ("idempotency_key", json!("x".repeat(256))),
        ("idempotency_key", json!("a\u{0}b")),
        ("idempotency_key", json!(17)),
        ("idempotency_key", Value::Null),
        ("agent_id", json!("agt_somebody")),
        ("amount_usd", json!("1.00")),
        ("Amount", json!("1.00")),
    ];
    let before = app.row_counts().await;
    for (field, value) in &cases {
        agent.ask(&with(&agent, field, value)).await.names(field);
    }
    for cents in
        [json!(1.5), json!("100"), json!(0), json!(-1), json!(i64::MIN), json!(i64::MAX), json!(u64::MAX)]
    {
        let mut body = with(&agent, "amount", &Value::Null);
        body["amount_cents"] = cents;
        agent.ask(&body).await.names("amount_cents");
    }
    // A list is no object, even where serde would take its items for fields in their order.
    agent
        .ask(&json!(["1.00", null, "USD", "shop.example", null, null, null, null, "a-key"]))
        .await
        .names("body");
    // Exactly one form of the amount.
    agent.ask(&with(&agent, "amount_cents", &json!(100))).await.names("amount");
    for (query, field) in
        [("dry_run=maybe", "dry_run"), ("dry_run=true&dry_run=false", "dry_run"), ("x=1", "x")]
    {
        let body = agent.request("1.00", "shop.example");
        agent.client().post(&format!("/payment-request?{query}"), &body).await.names(field);
    }
    assert_eq!(app.row_counts().await, before);
    agent.pay("1.00", "shop.example").await.expect(200);
}

async fn what_is_no_json_is_refused_and_nothing_is_written(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let before = app.row_counts().await;
    let call = agent.client().call(Method::POST, "/payment-request");
    let good = agent.request("1.00", "shop.example").to_string();
    let twice = good.replacen('{', "{\"amount\":\"2.00\",", 1);
    let bodies: [&[u8]; 10] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\"x\"",
        b"\xff\xfe\x00",
        b"{\"amount\": \"1.00\", \"merchant\": \"\xc3\x28\"}",
        b"\x00",
        &[b'['; 5_000],
        twice.as_bytes(),
    ];
    for body in bodies {
        let answer = call.clone().header("content-type", "application/json").bytes(body).send().await;
        assert_eq!(answer.status, 400, "{:?}: {}", String::from_utf8_lossy(body), answer.text());
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
        let answer = call.clone().header("content-type", content_type).bytes(good.clone()).send().await;
        answer.problem(415, "unsupported_media_type");
    }
    let huge = format!("{{\"purpose\": \"{}\"}}", "x".repeat(70_000));
    call.clone()
        .header("content-type", "application/json")
        .bytes(huge)
        .send()
        .await
        .problem(413, "body_too_large");
    let key = call.clone().header("idempotency-key", "é").header("content-type", "application/json");
    key.bytes(good.clone()).send().await.names("Idempotency-Key");
    assert_eq!(app.row_counts().await, before);
    let charset = call.header("content-type", "application/json; charset=utf-8").bytes(good);
    charset.send().await.expect(200);
}

async fn owners_bad_input_is_named_too_and_nothing_is_written(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let before = app.row_counts().await;
    let (limits, policy) =
        (format!("/dashboard/agents/{}/limits", agent.id), format!("/dashboard/agents/{}/policy", agent.id));
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "x".repeat(101) }), "name"),
        (json!({ "name": "a\u{0}" }), "name"),
        (json!({ "name": "A", "limits": { "daily": 5 } }), "limits.daily"),
        (json!({ "name": "A", "limits": { "daily": "-5" } }), "limits.daily"),
        (json!({ "name": "A", "limits": { "per_tx": "much" } }), "limits.per_transaction"),
        (json!({ "name": "A", "limits": { "hourly": "5" } }), "limits.hourly"),
        (json!({ "name": "A", "own_wallet": "yes" }), "own_wallet"),
        (json!({ "name": "A", "limits": ["5.00", null] }), "limits"),
        (json!(["A", { "daily": "5.00" }, false]), "body"),
    ] {
        org.admin().post("/dashboard/agents", &body).await.names(field);
    }
    for (body, field) in [
        (json!({ "daily_limit_cents": -1 }), "daily_limit_cents"),
        (json!({ "daily_limit_cents": 1.5 }), "daily_limit_cents"),
        (json!({ "per_tx_limit_cents": i64::MAX }), "per_tx_limit_cents"),
        (json!({ "approval_threshold": "-0.01" }), "approval_threshold"),
        (json!({ "daily_limit": "1.00", "daily_limit_cents": 100 }), "daily_limit"),
        (json!({ "weekly_limit": "1.00" }), "weekly_limit"),
    ] {
        org.admin().put(&limits, &body).await.names(field);
    }
    for (body, field) in [
        (json!({ "daily": "-1" }), "daily"),
        (json!({ "merchants": { "allow": "shop" } }), "merchants.allow"),
        (json!({ "merchants": { "unknown": "maybe" } }), "merchants.unknown"),
        (json!({ "velocity": { "requests": 0, "seconds": 60 } }), "velocity"),
        (json!({ "hours": [{ "days": ["someday"], "from": "09:00", "to": "17:00" }] }), "hours.days"),
        (json!({ "approval_minutes": 0 }), "approval_minutes"),
        (json!({ "yearly": "1.00" }), "yearly"),
        (json!({ "velocity": [10, 60] }), "velocity"),
        (json!([]), "body"),
    ] {
        org.admin().put(&policy, &body).await.names(field);
    }
    for path in
        [format!("/dashboard/agents/{}/freeze", agent.id), format!("/dashboard/agents/{}/unfreeze", agent.id)]
    {
        org.admin().post(&path, &json!({ "reason": "x".repeat(1_001) })).await.names("reason");
        org.admin().post(&path, &json!({ "reason": "a\u{0}b" })).await.names("reason");
        org.admin().post(&path, &json!({ "reason": 1 })).await.names("reason");
    }
    let call = org.admin().call(Method::PUT, &policy).json(&json!({}));
    call.header("if-match", "newest").send().await.names("If-Match");
    assert_eq!(app.row_counts().await, before);
}

async fn ids_that_are_none_lead_nowhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    for id in
        ["x", "tx_", "tx_0", "%00", "%FF", "%F0%9F%92%B8", "'%20OR%201=1", &agent.id, &"a".repeat(4_000)]
    {
        agent.client().get(&format!("/transactions/{id}")).await.problem(404, "not_found");
        agent.client().post_empty(&format!("/transactions/{id}/cancel")).await.problem(404, "not_found");
        let refund = format!("/dashboard/transactions/{id}/refund");
        org.admin().post_empty(&refund).await.problem(404, "not_found");
        if id != agent.id {
            let freeze = format!("/dashboard/agents/{id}/freeze");
            org.admin().post_empty(&freeze).await.problem(404, "not_found");
        }
    }
}

/// How long between two bytes of a client that trickles.
const TRICKLE: Duration = Duration::from_millis(250);
/// Longer than the server gives a client to send its request.
const PATIENCE: Duration = Duration::from_secs(40);

/// Sends `at_once`, then byte after byte of `trickled`, and returns what was answered until the server hung up.
async fn trickle(app: &TestApp, at_once: &str, trickled: &str) -> String {
    let stream = TcpStream::connect(app.address()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(at_once.as_bytes()).await.unwrap();
    let sending = async {
        for byte in trickled.bytes().cycle() {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(TRICKLE).await;
        }
    };
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = reader.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
            if String::from_utf8_lossy(&answer).contains("\r\n\r\n{") {
                break;
            }
        }
    };
    let cut = async {
        tokio::select! { () = sending => {}, () = reading => {} }
    };
    tokio::time::timeout(PATIENCE, cut).await.expect("a client that trickles is cut off");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn a_client_that_trickles_is_cut_off(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let before = app.row_counts().await;
    let head = format!(
        "POST /v1/payment-request HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{",
        agent.key
    );
    let (slow_body, slow_head) =
        tokio::join!(trickle(&app, &head, " "), trickle(&app, "GET /v1/dashboard/agents HTTP/1.1\r\n", "x"));
    assert!(slow_body.starts_with("HTTP/1.1 408 ") && slow_body.contains("request_timeout"), "{slow_body}");
    // Before there is a whole head there is nobody to answer.
    assert!(slow_head.is_empty() || slow_head.starts_with("HTTP/1.1 4"), "{slow_head}");
    assert_eq!(app.row_counts().await, before);
    agent.pay("1.00", "shop.example").await.expect(200);
}
