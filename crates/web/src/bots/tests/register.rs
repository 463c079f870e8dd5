//! Registering: what is given, what is refused, what a bot may do before it is claimed.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_bot_gets_an_identity_and_its_owner_a_mail,
    before_it_is_claimed_a_bot_asks_how_it_stands_and_nothing_else,
    bad_fields_are_named_and_nothing_is_written,
    a_second_bot_of_the_same_name_waits_for_the_first,
    three_an_hour_and_ten_a_day_come_from_one_address,
    several_processes_count_as_one,
    nobody_claims_a_bot_after_a_week,
);

const HOUR: Duration = Duration::from_secs(60 * 60);

fn form(name: &str, owner: &str) -> Value {
    json!({ "bot_name": name, "owner_email": owner, "description": "Buys books." })
}

async fn a_bot_gets_an_identity_and_its_owner_a_mail(engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut body = form("Reader", "Ana@Example.com");
    body["callback_url"] = json!("https://bot.example/hook");
    let made = app.client().post("/bots/register", &body).await.expect(201);
    assert_eq!(made["status"], "pending");
    assert!(made["bot_id"].as_str().unwrap().starts_with("agt_"), "{made}");
    assert!(made["api_key"].as_str().unwrap().starts_with("bur_test_"), "{made}");
    assert!(made["webhook_secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    assert!(made["important"].as_str().unwrap().contains("api_key"), "{made}");
    let token = made["claim_token"].as_str().unwrap();
    assert!(made["verification_url"].as_str().unwrap().ends_with(&format!("/claim?token={token}")), "{made}");
    let mail = app.mails().wait("ana@example.com", "Is Reader your bot?").await;
    assert!(mail.text.contains("Buys books.") && mail.text.contains("127.0.0.1"), "{}", mail.text);
    assert!(!mail.text.contains(token), "the mail has a token of its own:\n{}", mail.text);
    assert!(mail.link("/refuse/").len() > 40 && mail.link("/claim?token=").len() > 30);
    // Neither key nor token nor secret stands in the database.
    let secrets = [token, made["api_key"].as_str().unwrap(), made["webhook_secret"].as_str().unwrap()];
    for text in app.all_texts().await {
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "a secret is stored: {text}");
    }
    app.must_balance().await;
}

async fn before_it_is_claimed_a_bot_asks_how_it_stands_and_nothing_else(engine: Engine) {
    let app = TestApp::start(engine).await;
    let made = app.register_bot("Reader", "ana@example.com").await;
    let bot = app.client().with_key(made["api_key"].as_str().unwrap());
    let status = bot.get("/bots/status").await.expect(200);
    assert_eq!((&status["status"], &status["bot_id"]), (&json!("pending"), &made["bot_id"]));
    assert!(status["next"].as_str().unwrap().contains("claim token"), "{status}");
    let wallet = bot.get("/wallet/check").await.expect(200);
    assert_eq!((&wallet["wallet_status"], &wallet["balance"]), (&json!("pending"), &json!("0.00")));
    let pay = json!({ "amount": "1.00", "merchant": "shop.example", "purpose": "x", "idempotency_key": "1" });
    let refused = bot.post("/payment-request", &pay).await.problem(403, "agent_not_active");
    assert_eq!(refused["bot_status"], "pending");
    for path in [
        "/wallet/spending",
        "/wallet/transactions",
        "/messages",
        "/dashboard/agents",
        "/dashboard/transactions",
        "/dashboard/members",
    ] {
        bot.get(path).await.problem(403, "agent_not_active");
    }
    bot.get("/sessions").await.problem(403, "forbidden");
    assert_eq!(app.row_counts().await["agents"], 0);
}

async fn bad_fields_are_named_and_nothing_is_written(engine: Engine) {
    let app = TestApp::start(engine).await;
    let before = app.row_counts().await;
    let good = form("Reader", "ana@example.com");
    let wrong = [
        ("bot_name", json!("")),
        ("bot_name", json!("x".repeat(101))),
        ("bot_name", json!(7)),
        ("owner_email", json!("ana")),
        ("owner_email", json!("ana@example.com, eve@example.com")),
        ("description", json!("x".repeat(501))),
        ("description", json!("a\u{0}b")),
        ("callback_url", json!("bot.example/hook")),
        ("callback_url", json!("ftp://bot.example/hook")),
        ("callback_url", json!("https://127.0.0.1/hook")),
        ("callback_url", json!("https://me:secret@bot.example/hook")),
        ("mode", json!("live")),
    ];
    for (field, value) in wrong {
        let mut body = good.clone();
        body[field] = value;
        app.client().post("/bots/register", &body).await.names(field);
    }
    let broken = app.client().call(Method::POST, "/bots/register").header("content-type", "application/json");
    broken.bytes("{").send().await.problem(400, "invalid_json");
    let mut body = good.clone();
    body["pairing_code"] = json!("12345");
    app.client().post("/bots/register", &body).await.problem(400, "invalid_pairing_code");
    assert_eq!(app.row_counts().await, before);
    // What was refused does not count.
    app.client().post("/bots/register", &good).await.expect(201);
}

async fn a_second_bot_of_the_same_name_waits_for_the_first(engine: Engine) {
    let app = TestApp::start(engine).await;
    app.register_bot("Reader", "ana@example.com").await;
    let again = form("Reader", "ana@example.com");
    app.client().post("/bots/register", &again).await.problem(409, "duplicate_registration");
    app.register_bot("Reader", "ben@example.com").await;
}

async fn three_an_hour_and_ten_a_day_come_from_one_address(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_CLIENT_ADDRESS_HEADER", "X-Real-IP").start().await;
    let mut count = 0;
    let mut register = async |address: &str| {
        count += 1;
        let owner = format!("owner{count}@example.com");
        let body = form("Reader", &owner);
        let call = app.client().call(Method::POST, "/bots/register").json(&body);
        call.header("x-real-ip", address).send().await
    };
    for batch in [3, 3, 3, 1] {
        for _ in 0..batch {
            register("203.0.113.9").await.expect(201);
        }
        let refused = register("203.0.113.9").await.problem(429, "rate_limited");
        assert!(refused["retry_after"].as_u64().unwrap() > 0, "{refused}");
        app.advance(HOUR);
    }
    // Ten are made, so not even another hour helps; another address is another matter, and so is the next day.
    let refused = register("203.0.113.9").await;
    assert_eq!(refused.header("retry-after"), (20 * 60 * 60).to_string());
    refused.problem(429, "rate_limited");
    register("203.0.113.10").await.expect(201);
    app.advance(20 * HOUR);
    register("203.0.113.9").await.expect(201);
}

async fn several_processes_count_as_one(engine: Engine) {
    let app = TestApp::start(engine).await;
    let second = if engine == Engine::Postgres { Some(app.second().await) } else { None };
    let calls = (0..12).map(|n| {
        let client = second.as_ref().filter(|_| n % 2 == 0).unwrap_or(&app).client();
        async move { client.post("/bots/register", &form("Reader", &format!("o{n}@example.com"))).await }
    });
    let answers = futures_util::future::join_all(calls).await;
    let made = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
    let limited = answers.iter().filter(|answer| answer.status.as_u16() == 429).count();
    assert_eq!((made, limited), (3, 9));
    assert_eq!(app.row_counts().await["registrations"], 3);
}

async fn nobody_claims_a_bot_after_a_week(engine: Engine) {
    let app = TestApp::start(engine).await;
    let made = app.register_bot("Reader", "ana@example.com").await;
    app.advance(7 * 24 * HOUR);
    let bot = app.client().with_key(made["api_key"].as_str().unwrap());
    assert_eq!(bot.get("/bots/status").await.expect(200)["status"], "expired");
    let ana = app.sign_in("ana@example.com").await;
    let claim = json!({ "claim_token": made["claim_token"] });
    ana.browser.post("/bots/claim", &claim).await.problem(400, "invalid_claim_token");
    let path = format!("/dashboard/bots/{}/claim", made["bot_id"].as_str().unwrap());
    ana.browser.post(&path, &json!({})).await.problem(409, "already_decided");
    // It stands in nobody's way.
    app.register_bot("Reader", "ana@example.com").await;
}
