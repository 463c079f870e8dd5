//! schemathesis makes requests out of the served description, good and bad ones, and holds every answer against it.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::process::Stdio;
use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::TestApp;

/// A Python whose packages are those of `tests/interop/requirements.txt`.
const PYTHON: &str = "BURSAR_TEST_PYTHON";
/// Requests that are made up for each operation, beside those that cover each rule of its schema once.
const EXAMPLES: &str = "25";
/// The same requests every time.
const SEED: &str = "20260921";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,ignored_auth,\
    unsupported_method";
/// Longest run for one kind of caller.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_an_agent_sends_is_answered_as_described() {
    let app = start().await;
    let agent = app.org().await.free_agent().await;
    run(&app, "payments", Some(&agent.key)).await;
    run(&app, "webhook-endpoints", Some(&agent.key)).await;
    run(&app, "messages", Some(&agent.key)).await;
    run(&app, "wallet", Some(&agent.key)).await;
    app.must_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_an_owner_sends_is_answered_as_described() {
    let app = start().await;
    let org = app.org().await;
    org.free_agent().await.paid("5.00", "shop.example").await;
    run(&app, "dashboard", Some(&org.admin_key)).await;
    run(&app, "webhook-endpoints", Some(&org.admin_key)).await;
    app.must_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_anybody_sends_to_links_and_webhooks_is_answered_as_described() {
    let app = start().await;
    run(&app, "approvals", None).await;
    run(&app, "pages", None).await;
    run(&app, "webhooks", None).await;
    app.must_balance().await;
}

async fn start() -> TestApp {
    TestApp::on(Engine::Sqlite).stripe().setting("BURSAR_BREAKER_REQUESTS", "1000000").start().await
}

async fn run(app: &TestApp, tag: &str, key: Option<&str>) {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!("{PYTHON} is not set: name a Python with what tests/interop/requirements.txt lists; `./test` makes one")
    });
    let dir = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(python);
    command.current_dir(dir.path()).stdin(Stdio::null()).kill_on_drop(true);
    command.args(["-m", "schemathesis.cli", "run", "--no-color", "--include-tag", tag, "--checks", CHECKS]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED]);
    command.args(["--generation-database", "none", "--warnings", "off"]);
    if let Some(key) = key {
        command.args(["--header", &format!("Authorization: Bearer {key}")]);
    }
    command.arg(format!("{}/openapi.json", app.url()));
    let output =
        tokio::time::timeout(PATIENCE, command.output()).await.expect("schemathesis comes to an end");
    let output = output.unwrap_or_else(|error| panic!("{PYTHON} cannot be run: {error}"));
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    assert!(output.status.success(), "schemathesis found something in `{tag}`:\n{said}\n{complained}");
}
