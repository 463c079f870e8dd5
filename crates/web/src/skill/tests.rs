//! What bots read, held against what the server does.

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    every_call_that_is_named_is_served_and_a_bot_may_make_it,
    the_commands_work_as_they_stand,
    the_front_matter_says_where_and_with_what,
);

async fn index(app: &TestApp) -> Value {
    app.client().below("").get("/skill.json").await.expect(200)
}

async fn every_call_that_is_named_is_served_and_a_bot_may_make_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let (_, key) = org.key(&agent, "spend read card").await;
    let bot = app.client().with_key(&key);
    let calls = index(&app).await["calls"].as_array().unwrap().clone();
    assert!(calls.iter().any(|call| call["path"] == "/payment-request"), "{calls:?}");
    for call in calls {
        let method: Method = call["method"].as_str().unwrap().parse().unwrap();
        let path = call["path"].as_str().unwrap().replace("{id}", "tx_00000000000000000000000000000000");
        let request = bot.call(method.clone(), &path);
        let answer =
            if method == Method::GET { request.send().await } else { request.json(&json!({})).send().await };
        let code = answer.json()["code"].as_str().unwrap_or("").to_owned();
        assert!(!matches!(answer.status.as_u16(), 401 | 403 | 405), "{call}: {}", answer.text());
        assert!(
            code != "not_found" || answer.text().contains("there is no such t") || path.contains("0000"),
            "{call}"
        );
    }
}

async fn the_commands_work_as_they_stand(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    for (file, path, client) in
        [("/skill.md", "/bots/register", app.client()), ("/spending.md", "/payment-request", agent.client())]
    {
        let text = app.client().below("").get(file).await.text();
        let start = text.find("-d '").unwrap_or_else(|| panic!("{file} has a command")) + "-d '".len();
        let body = text[start..].split('\'').next().unwrap();
        let body = body.replacen("\"…\"", "\"Reader\"", 1).replacen("\"…\"", "\"ana@example.com\"", 1);
        let body: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{file}: {error}: {body}"));
        let answer = client.post(path, &body).await;
        assert!(answer.status.is_success(), "{file}: {}", answer.text());
    }
}

async fn the_front_matter_says_where_and_with_what(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_PUBLIC_URL", "https://pay.acme.example").start().await;
    let answer = app.client().below("").get("/skill.md").await;
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    let text = answer.text();
    let front =
        text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("front matter").0;
    for line in [
        "name: bursar",
        "homepage: https://pay.acme.example",
        "api_base: https://pay.acme.example/v1",
        "  - name: BURSAR_API_KEY",
        "        - BURSAR_API_KEY",
    ] {
        assert!(front.lines().any(|found| found == line), "{line} is missing:\n{front}");
    }
    for reason in bursar_money::policies::Reason::ALL {
        assert!(text.contains(&format!("| `{}` |", reason.as_str())), "{reason:?}");
    }
    assert!(!text.contains("{{") && !text.contains("\n\n\n"), "{text}");
    assert!(index(&app).await["files"]["skill"] == "https://pay.acme.example/skill.md");
    assert!(
        app.client()
            .below("")
            .get("/heartbeat.md")
            .await
            .text()
            .contains("https://pay.acme.example/v1/bots/status")
    );
}
