//! The command line of the official Inspector.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::client::interop;

on_both_engines!(the_inspector_lists_and_calls_tools);

async fn inspect(app: &TestApp, agent: &Agent, arguments: &[&str]) -> Value {
    let inspector =
        interop().join("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let mut command = Command::new("node");
    command.arg(inspector).arg("--cli").arg(format!("{}/mcp", app.url())).args(["--transport", "http"]);
    command.arg("--header").arg(format!("Authorization: Bearer {}", agent.key)).args(arguments);
    let output =
        command.current_dir(interop()).kill_on_drop(true).output().await.expect("node can be started");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}\n{error}");
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?}: {out}\n{error}"))
}

async fn the_inspector_lists_and_calls_tools(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    // Strict: what would trouble other clients in the schemas is an error.
    let listed = inspect(&app, &agent, &["--method", "tools/list", "--strict"]).await;
    assert_eq!(listed["tools"].as_array().unwrap().len(), 10, "{listed:#}");
    let call = ["--method", "tools/call", "--tool-name"];
    // Its command line reads values as JSON, so a text that looks like a number is quoted.
    let pay = [
        "request_payment",
        "--tool-arg",
        "amount=\"5.00\"",
        "merchant=books.example",
        "idempotency_key=order-1",
    ];
    let paid = inspect(&app, &agent, &[call.as_slice(), &pay].concat()).await;
    let id = paid["structuredContent"]["transaction_id"].as_str().unwrap_or_else(|| panic!("{paid:#}"));
    agent.settled(id).await;
    let wait = format!("transaction_id={id}");
    let seen =
        inspect(&app, &agent, &[call.as_slice(), &["wait_for_payment", "--tool-arg", &wait]].concat()).await;
    assert_eq!(seen["structuredContent"]["status"], json!("completed"), "{seen:#}");
}
