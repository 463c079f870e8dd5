//! Who may come in at `/mcp`, and what happens to a message that is sent twice.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, PUBLIC_URL, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::client::{Client, Kind};

on_both_engines!(
    a_wrong_key_is_refused,
    a_key_sees_the_tools_of_its_scopes,
    a_page_of_another_site_is_refused,
    a_message_that_is_sent_twice_is_paid_once,
    asking_too_often_freezes_the_agent,
    what_is_too_large_or_no_message_is_refused,
);

/// One message, as it goes over the wire.
struct Post<'a> {
    app: &'a TestApp,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Post<'a> {
    fn with_key(app: &'a TestApp, key: &str) -> Post<'a> {
        let headers = vec![
            ("authorization", format!("Bearer {key}")),
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
        ];
        Post { app, headers }
    }

    fn header(mut self, name: &'static str, value: &str) -> Post<'a> {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    async fn response(&self, body: String) -> reqwest::Response {
        let client = bursar_http::outgoing::client().no_proxy().build().unwrap();
        let request = client.post(format!("{}/mcp", self.app.url())).body(body);
        let request =
            self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.send().await.unwrap()
    }

    async fn send(&self, message: &Value) -> (u16, Value) {
        let response = self.response(message.to_string()).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

fn message(id: u64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn hello() -> Value {
    let client = json!({ "name": "test", "version": "1" });
    message(
        0,
        "initialize",
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client }),
    )
}

fn payment(id: u64, amount: &str) -> Value {
    let arguments = json!({ "amount": amount, "merchant": "books.example" });
    message(id, "tools/call", json!({ "name": "request_payment", "arguments": arguments }))
}

async fn a_wrong_key_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let mut wrong = agent.key.clone();
    wrong.replace_range(10..11, if wrong.as_bytes()[10] == b'a' { "b" } else { "a" });
    for kind in [Kind::TypeScript, Kind::Python] {
        let client = Client::http(kind, &app, &wrong).await;
        assert!(client.hello["ok"].is_null(), "{kind:?}: {:#}", client.hello);
    }
    let (status, problem) = Post::with_key(&app, &wrong).send(&hello()).await;
    assert_eq!((status, &problem["code"]), (401, &json!("invalid_key")));
    // An org's admin key spends nothing, and so has no tools.
    let (status, problem) = Post::with_key(&app, &org.admin_key).send(&hello()).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let nothing = Post { headers: Vec::new(), app: &app };
    let (status, problem) = nothing.send(&hello()).await;
    assert_eq!((status, &problem["code"]), (401, &json!("missing_credentials")));
    let stdio = Client::stdio(Kind::TypeScript, &app, &org.admin_key).await;
    assert!(stdio.hello["error"].as_str().unwrap().contains("admin key"), "{:#}", stdio.hello);
    let client = Client::http(Kind::TypeScript, &app, &agent.key).await;
    assert!(client.hello["ok"].is_object(), "{:#}", client.hello);
    org.revoke(&agent.key_id).await;
    let (status, _) = Post::with_key(&app, &agent.key).send(&payment(1, "5.00")).await;
    assert_eq!(status, 401, "every message proves itself");
}

async fn a_key_sees_the_tools_of_its_scopes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let readers =
        ["wait_for_payment", "check_wallet", "get_spending_rules", "get_payment_link", "list_transactions"];
    let mut reader = Client::http(Kind::TypeScript, &app, &org.key(&agent, "read").await.1).await;
    assert_eq!(reader.names().await, readers);
    let refused = reader.wrong("request_payment", json!({ "amount": "5.00", "merchant": "a.example" })).await;
    assert!(refused.contains("has not the scope `spend`"), "{refused}");
    let mut spender = Client::http(Kind::TypeScript, &app, &org.key(&agent, "spend").await.1).await;
    let names = spender.names().await;
    assert!(
        names.contains(&"request_payment".to_owned()) && !names.contains(&"check_wallet".to_owned()),
        "{names:?}"
    );
    // A bot that nobody claimed can ask how it stands, and nothing else.
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let mut bot = Client::http(Kind::TypeScript, &app, bot["api_key"].as_str().unwrap()).await;
    assert_eq!(bot.names().await, ["check_wallet"]);
    let wallet = bot.result("check_wallet", json!({})).await;
    assert_ne!(wallet["isError"], json!(true), "{wallet:#}");
    let refused = bot.wrong("request_payment", json!({ "amount": "5.00", "merchant": "a.example" })).await;
    assert!(refused.contains("agent_not_active"), "{refused}");
}

async fn a_page_of_another_site_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    for origin in ["https://evil.example", "null", "https://pay.example.test.evil.example"] {
        let post = Post::with_key(&app, &agent.key).header("origin", origin);
        let (status, problem) = post.send(&payment(1, "5.00")).await;
        assert_eq!((status, &problem["code"]), (403, &json!("cross_site")), "{origin}");
    }
    let (status, answer) = Post::with_key(&app, &agent.key).header("origin", PUBLIC_URL).send(&hello()).await;
    assert_eq!((status, &answer["result"]["serverInfo"]["name"]), (200, &json!("bursar")));
    assert_eq!(agent.used_today().await, "0.00");
}

async fn a_message_that_is_sent_twice_is_paid_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, other) = (org.free_agent().await, org.free_agent().await);
    let first = Post::with_key(&app, &agent.key).response(hello().to_string()).await;
    let session = first.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let pay = |agent: &Agent, message: Value| {
        let post = Post::with_key(&app, &agent.key).header("mcp-session-id", &session);
        async move { post.send(&message).await.1["result"]["structuredContent"].clone() }
    };
    let paid = pay(&agent, payment(1, "5.00")).await;
    let again = pay(&agent, payment(1, "5.00")).await;
    assert_eq!((&again["transaction_id"], &again["idempotent"]), (&paid["transaction_id"], &json!(true)));
    let second = pay(&agent, payment(2, "5.00")).await;
    assert_eq!(second["idempotent"], false, "another call is another payment: {second:#}");
    assert_eq!(agent.used_today().await, "10.00");
    // The name of a connection opens nothing: who sends another's is still itself.
    let theirs = pay(&other, payment(1, "5.00")).await;
    assert_ne!(theirs["transaction_id"], paid["transaction_id"]);
    assert_eq!((&theirs["idempotent"], &theirs["agent_id"]), (&json!(false), &json!(other.id)));
    // Without a name nothing tells two calls apart, so one is asked for.
    let (_, nameless) = Post::with_key(&app, &agent.key).send(&payment(1, "5.00")).await;
    assert_eq!(nameless["result"]["isError"], true, "{nameless:#}");
    assert!(nameless.to_string().contains("`idempotency_key`"), "{nameless:#}");
    app.must_balance().await;
}

async fn asking_too_often_freezes_the_agent(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_BREAKER_REQUESTS", "2").start().await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let post = Post::with_key(&app, &agent.key).header("mcp-session-id", "one");
    let mut last = Value::Null;
    for id in 1..=3 {
        last = post.send(&payment(id, "5.00")).await.1["result"]["structuredContent"].clone();
    }
    assert_eq!(last["reason"], "agent_frozen", "{last:#}");
    assert!(last["next"].as_str().unwrap().contains("Stop. Tell your owner"), "{last:#}");
    assert_eq!(org.listed(&agent).await["status"], "frozen");
}

async fn what_is_too_large_or_no_message_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let large = json!({ "purpose": "a".repeat(70_000) });
    let (status, problem) = Post::with_key(&app, &agent.key).send(&large).await;
    assert_eq!((status, &problem["code"]), (413, &json!("body_too_large")));
    for body in ["", "no JSON", "[]", "{}"] {
        let status = Post::with_key(&app, &agent.key).response(body.to_owned()).await.status();
        assert!(status.is_client_error(), "{body:?}: {status}");
    }
    let (_, unknown) =
        Post::with_key(&app, &agent.key).send(&message(1, "tools/call", json!({ "name": "get_card" }))).await;
    assert!(unknown["error"]["message"].as_str().unwrap().contains("tools/list"), "{unknown:#}");
    let looked = app.client().below("").get("/mcp").await;
    assert_eq!((looked.status.as_u16(), looked.header("allow")), (405, "POST"));
}
