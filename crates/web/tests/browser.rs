//! The pages in a real browser, with a virtual authenticator for passkeys, on both engines.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::path::PathBuf;
use std::process::Stdio;

use bursar_identity::first_run::service as first_run;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

on_both_engines!(
    an_owner_claims_a_bot_with_a_passkey,
    a_member_finds_their_way_through_the_dashboard,
    whoever_has_the_link_sets_the_server_up,
);

/// Where the browser is; `./test` says so.
const CHROMIUM: &str = "BURSAR_TEST_CHROMIUM";
/// Where to keep a picture of every page, for people who look at them.
const PICTURES: &str = "BURSAR_TEST_PICTURES";

async fn an_owner_claims_a_bot_with_a_passkey(engine: Engine) {
    // Passkeys belong to a name, so the server is reached by the one that every machine has.
    let app = TestApp::on(engine).setting("BURSAR_PUBLIC_URL", "").start().await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    browse(&app, engine, "people.mjs", bot["claim_token"].as_str().unwrap()).await;
    let client = app.client().with_key(bot["api_key"].as_str().unwrap());
    assert_eq!(client.get("/bots/status").await.expect(200)["status"], "active");
    app.must_balance().await;
}

async fn a_member_finds_their_way_through_the_dashboard(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_PUBLIC_URL", "").start().await;
    let org = app.org().await;
    let body = json!({ "name": "Reader", "limits": { "daily": "100.00" } });
    let agent = org.new_agent(&body).await;
    let policy =
        json!({ "daily": "100.00", "approve_above": "20.00", "merchants": { "block": ["casino.example"] } });
    agent.policy(&policy).await;
    agent.paid("12.50", "books.example").await;
    agent.pay("5.00", "casino.example").await;
    agent.pending("25.00", "lamps.example").await;
    let cookie = app.session_cookie(&org.owner, false).await;
    browse(&app, engine, "dashboard.mjs", &cookie).await;
    app.must_balance().await;
}

async fn whoever_has_the_link_sets_the_server_up(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_PUBLIC_URL", "").start().await;
    let token = first_run::begin(&app.spend().identity).await.unwrap().expect("there is no org yet");
    let link = format!("{}/first-run/{token}", by_name(&app));
    browse(&app, engine, "first_run.mjs", &link).await;
    app.must_balance().await;
}

/// The server by its name: browsers keep cookies like ours for names over TLS, and for this one.
fn by_name(app: &TestApp) -> String {
    app.url().replace("127.0.0.1", "localhost")
}

/// Lets a script lead a browser, and looks up for it what a person would look up in their mail.
async fn browse(app: &TestApp, engine: Engine, script: &str, argument: &str) {
    let mut node = Command::new("node");
    node.arg(script).arg(by_name(app)).arg(argument);
    if let Ok(pictures) = std::env::var(PICTURES) {
        node.arg(format!("{pictures}/{engine:?}").to_lowercase());
    }
    let chromium = std::env::var(CHROMIUM).unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    node.env(CHROMIUM, chromium).current_dir(interop()).kill_on_drop(true);
    let mut node = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node can be started");
    let mut answers = node.stdin.take().unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let mut done = false;
    while let Some(line) = lines.next_line().await.unwrap() {
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the browser said: {line}"));
        if said["need"] == "sign-in" {
            let mail = app.mails().wait(said["email"].as_str().unwrap(), "Sign in to Bursar").await;
            let link = mail.link("/sign-in/");
            answers.write_all(format!("{link}\n").as_bytes()).await.unwrap();
        }
        done |= said["done"] == json!(true);
    }
    let status = node.wait().await.unwrap();
    assert!(status.success() && done, "the browser did not get to the end: {status}");
}

fn interop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop")
}
