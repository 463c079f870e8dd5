//! Endpoints through HTTP, on both engines: whose they are, and what may stand in them.

use bursar_base::{AgentId, Clock as _, limits};
use bursar_spend::endpoints::service::{self as endpoints, SealedSecret};
use bursar_spend::endpoints::{Secret, Wanted};
use bursar_store::{Columns as _, Engine};
use bursar_testkit::app::{Client, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::Receiver;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    an_endpoint_is_made_changed_and_removed_and_its_secret_is_shown_once,
    an_agent_sees_its_own_and_an_owner_sees_all,
    what_a_key_may_do_follows_its_scopes,
    what_is_never_called_is_refused_by_name,
    only_the_named_host_and_port_are_let_through,
    there_are_only_so_many,
    one_is_made_in_the_callers_transaction_with_a_secret_of_before,
    a_signed_request_makes_one_endpoint,
);

const PATH: &str = "/webhook-endpoints";

async fn made(client: &Client, body: Value) -> Value {
    client.post(PATH, &body).await.expect(201)
}

fn at(endpoint: &Value, rest: &str) -> String {
    format!("{PATH}/{}{rest}", endpoint["endpoint_id"].as_str().unwrap())
}

async fn patch(client: &Client, endpoint: &Value, body: Value) -> Value {
    client.call(Method::PATCH, &at(endpoint, "")).json(&body).send().await.expect(200)
}

async fn an_endpoint_is_made_changed_and_removed_and_its_secret_is_shown_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let body = json!({ "url": "https://Hooks.Acme.example:443/a?b=c", "events": ["transaction.*", "agent.frozen"],
        "description": " the books ", "agent_id": agent.id });
    let first = made(&org.admin(), body).await;
    let secret = first["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    assert_eq!(first["url"], "https://hooks.acme.example/a?b=c");
    assert_eq!((&first["owner"], &first["agent_id"]), (&json!("org"), &json!(agent.id)));
    assert_eq!((&first["status"], &first["description"]), (&json!("active"), &json!("the books")));
    let shown = org.admin().get(&at(&first, "")).await;
    assert_eq!(shown.expect(200)["events"], json!(["transaction.*", "agent.frozen"]));
    assert!(!shown.text().contains("whsec_"));
    assert!(!org.admin().get(PATH).await.text().contains("whsec_"));
    let mut tx = app.spend().identity.db.read().await.unwrap();
    let row = tx.row("SELECT sealed_secret FROM webhook_endpoints", &[]).await.unwrap().unwrap();
    assert!(!row.text("sealed_secret").unwrap().contains(secret.trim_start_matches("whsec_")));
    drop(tx);

    let changed = patch(&org.admin(), &first, json!({ "url": "https://b.example/", "events": [] })).await;
    assert_eq!((&changed["url"], &changed["events"]), (&json!("https://b.example/"), &json!([])));
    assert_eq!(changed["description"], "the books");
    assert_eq!(patch(&org.admin(), &first, json!({ "description": "" })).await["description"], json!(null));
    let off = patch(&org.admin(), &first, json!({ "enabled": false })).await;
    assert_eq!((&off["status"], &off["disabled_reason"]), (&json!("disabled"), &json!("by hand")));
    org.admin().post_empty(&at(&first, "/test")).await.problem(409, "endpoint_disabled");
    assert_eq!(patch(&org.admin(), &first, json!({ "enabled": true })).await["status"], "active");
    let rotated = org.admin().post_empty(&at(&first, "/rotate")).await.expect(200);
    assert_ne!(rotated["secret"], first["secret"]);
    let until = org.admin().get(&at(&first, "")).await.expect(200)["old_secret_until"].clone();
    assert_eq!(until, rotated["old_secret_until"]);
    app.advance(limits::ENDPOINT_SECRET_OVERLAP);
    assert!(org.admin().get(&at(&first, "")).await.expect(200)["old_secret_until"].is_null());

    assert_eq!(org.admin().call(Method::DELETE, &at(&first, "")).send().await.status, 204);
    org.admin().get(&at(&first, "")).await.problem(404, "not_found");
    org.admin().call(Method::DELETE, &at(&first, "")).send().await.problem(404, "not_found");
    let trail = org.trail().await;
    let about: Vec<&str> = trail.iter().filter_map(|action| action.strip_prefix("endpoint.")).collect();
    let expected = ["created", "changed", "changed", "disabled", "changed", "secret_rotated", "deleted"];
    assert_eq!(about, expected);
    let mut tx = app.spend().identity.db.read().await.unwrap();
    let details = tx.rows("SELECT detail FROM events WHERE action LIKE 'endpoint.%'", &[]).await.unwrap();
    for row in &details {
        let detail = row.text("detail").unwrap();
        assert!(!detail.contains("b=c") && !detail.contains("whsec_"), "{detail}");
    }
    drop(tx);
    app.must_balance().await;
}

async fn an_agent_sees_its_own_and_an_owner_sees_all(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (org, other) =
        (app.org().await, app.new_org("Other", "o@other.example", bursar_base::Mode::Test, "UTC").await);
    let (agent, sibling) = (org.free_agent().await, org.free_agent().await);
    let own = made(&agent.client(), json!({ "url": "https://bot.example/" })).await;
    assert_eq!((&own["owner"], &own["agent_id"]), (&json!("agent"), &json!(agent.id)));
    let orgs = made(&org.admin(), json!({ "url": "https://acme.example/", "agent_id": agent.id })).await;
    let listed =
        |client: Client| async move { client.get(PATH).await.expect(200)["data"].as_array().unwrap().len() };
    assert_eq!(listed(agent.client()).await, 1);
    assert_eq!(listed(sibling.client()).await, 0);
    assert_eq!(listed(org.admin()).await, 2);
    assert_eq!(listed(other.admin()).await, 0);
    org.admin().get(&at(&own, "")).await.expect(200);
    // The org's own is not the agent's, though it tells of it.
    for (client, endpoint) in
        [(sibling.client(), &own), (other.admin(), &own), (agent.client(), &orgs), (other.admin(), &orgs)]
    {
        client.get(&at(endpoint, "")).await.problem(404, "not_found");
        client.get(&at(endpoint, "/deliveries")).await.problem(404, "not_found");
        client.call(Method::DELETE, &at(endpoint, "")).send().await.problem(404, "not_found");
        client.call(Method::PATCH, &at(endpoint, "")).json(&json!({})).send().await.problem(404, "not_found");
        for action in ["/rotate", "/test"] {
            client.post_empty(&at(endpoint, action)).await.problem(404, "not_found");
        }
        let since = json!({ "since": app.clock().now() });
        client.post(&at(endpoint, "/replay"), &since).await.problem(404, "not_found");
    }
    let elsewhere = json!({ "url": "https://a.example/", "agent_id": other.free_agent().await.id });
    org.admin().post(PATH, &elsewhere).await.names("agent_id");
    let foreign = json!({ "url": "https://a.example/", "agent_id": sibling.id });
    agent.client().post(PATH, &foreign).await.names("agent_id");
    made(&agent.client(), json!({ "url": "https://a.example/", "agent_id": agent.id })).await;
}

async fn what_a_key_may_do_follows_its_scopes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let own = made(&agent.client(), json!({ "url": "https://bot.example/" })).await;
    let reader = app.client().with_key(&org.key(&agent, "read").await.1);
    reader.get(&at(&own, "")).await.expect(200);
    reader.get(&at(&own, "/deliveries")).await.expect(200);
    reader.post(PATH, &json!({ "url": "https://a.example/" })).await.problem(403, "forbidden");
    reader.post_empty(&at(&own, "/rotate")).await.problem(403, "forbidden");
    reader.call(Method::PATCH, &at(&own, "")).json(&json!({})).send().await.problem(403, "forbidden");
    let spender = app.client().with_key(&org.key(&agent, "spend").await.1);
    spender.get(PATH).await.problem(403, "forbidden");
    spender.get("/messages").await.problem(403, "forbidden");
    app.client().get(PATH).await.problem(401, "missing_credentials");
}

async fn what_is_never_called_is_refused_by_name(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    for url in [
        "http://bot.example/",
        "https://127.0.0.1/",
        "http://127.0.0.1:9000/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://10.1.2.3:8443/",
        "https://u:p@bot.example/",
        "https://bot.example:22/",
        "ftp://bot.example/",
        "nothing",
        "",
    ] {
        agent.client().post(PATH, &json!({ "url": url })).await.names("url");
    }
    let own = made(&agent.client(), json!({ "url": "https://bot.example/" })).await;
    let change = json!({ "url": "https://[fd00::1]/" });
    agent.client().call(Method::PATCH, &at(&own, "")).json(&change).send().await.names("url");
    for events in [json!(["payment.completed"]), json!(["*"]), json!(["transaction.*", "nonsense"])] {
        let body = json!({ "url": "https://bot.example/", "events": events });
        agent.client().post(PATH, &body).await.names("events");
    }
    let long = json!({ "url": "https://bot.example/", "description": "x".repeat(101) });
    agent.client().post(PATH, &long).await.names("description");
    agent.client().post(PATH, &json!({ "url": "https://bot.example/", "secret": "x" })).await.names("secret");
    org.admin()
        .post(PATH, &json!({ "url": "https://bot.example/", "agent_id": "agt_1" }))
        .await
        .names("agent_id");
    agent.client().get(&at(&own, "/deliveries?cursor=x")).await.names("cursor");
    agent.client().get(&at(&own, "/deliveries?limit=0")).await.names("limit");
    agent.client().get(&at(&own, "/deliveries?status=lost")).await.problem(400, "validation_error");
    for since in ["yesterday", "2026-01-01T00:00:00Z"] {
        agent.client().post(&at(&own, "/replay"), &json!({ "since": since })).await.names("since");
    }
    agent.client().get(&format!("{PATH}/whe_1")).await.problem(404, "not_found");
    let other = format!("/deliveries/whd_{}/replay", "0".repeat(32));
    agent.client().post_empty(&at(&own, &other)).await.problem(404, "not_found");
    assert_eq!(app.row_counts().await["webhook_endpoints"], 1);
}

async fn only_the_named_host_and_port_are_let_through(engine: Engine) {
    let receiver = Receiver::start().await;
    let app = TestApp::on(engine).setting("BURSAR_WEBHOOK_ALLOW", &receiver.pair()).start().await;
    let agent = app.org().await.free_agent().await;
    made(&agent.client(), json!({ "url": receiver.url("/x") })).await;
    let elsewhere = Receiver::start().await;
    agent.client().post(PATH, &json!({ "url": elsewhere.url("/x") })).await.names("url");
}

async fn there_are_only_so_many(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, sibling) = (org.free_agent().await, org.free_agent().await);
    let body = json!({ "url": "https://bot.example/" });
    for _ in 0..limits::AGENT_ENDPOINTS_MAX {
        made(&agent.client(), body.clone()).await;
    }
    agent.client().post(PATH, &body).await.problem(422, "too_many_endpoints");
    made(&sibling.client(), body.clone()).await;
    for _ in 0..limits::ORG_ENDPOINTS_MAX {
        made(&org.admin(), json!({ "url": "https://acme.example/", "agent_id": agent.id })).await;
    }
    org.admin().post(PATH, &body).await.problem(422, "too_many_endpoints");
    let all = agent.client().get(PATH).await.expect(200);
    agent.client().call(Method::DELETE, &at(&all["data"][0], "")).send().await;
    // Two at once for the one place that is free.
    let two = (agent.client(), agent.client());
    let (one, other) = tokio::join!(two.0.post(PATH, &body), two.1.post(PATH, &body));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
}

/// What the registration of a bot does.
async fn one_is_made_in_the_callers_transaction_with_a_secret_of_before(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (org, spend) = (app.org().await, app.spend());
    let agent = org.free_agent().await;
    let id = AgentId::parse(&agent.id).unwrap();
    let mut locked = spend.identity.lock(&org.id).await.unwrap();
    let wanted = Wanted::of_agent(&id, "https://bot.example/");
    let new = endpoints::insert(&spend, &mut locked, &org.id, wanted.clone(), "test").await.unwrap();
    assert!(new.secret.reveal().starts_with("whsec_"));
    drop(locked);
    assert_eq!(app.row_counts().await["webhook_endpoints"], 0, "the caller's transaction was not committed");

    let secret = Secret::generate(&*spend.identity.rng);
    let sealed =
        spend.identity.master.seal("registrations:1", secret.reveal().as_bytes(), &*spend.identity.rng);
    let mut locked = spend.identity.lock(&org.id).await.unwrap();
    let wrong = SealedSecret { label: "registrations:2", sealed: &sealed };
    assert!(endpoints::adopt(&spend, &mut locked, &org.id, wanted.clone(), wrong, "test").await.is_err());
    let right = SealedSecret { label: "registrations:1", sealed: &sealed };
    let id = endpoints::adopt(&spend, &mut locked, &org.id, wanted, right, "test").await.unwrap();
    locked.commit().await.unwrap();
    let mut tx = spend.identity.db.read().await.unwrap();
    let endpoint = endpoints::find(&mut tx, &id).await.unwrap().unwrap();
    assert_eq!(endpoints::secrets(&spend, &endpoint).unwrap(), [secret]);
    assert_eq!(agent.client().get(PATH).await.expect(200)["data"][0]["endpoint_id"], id.as_str());
}

async fn a_signed_request_makes_one_endpoint(engine: Engine) {
    let app = TestApp::start(engine).await;
    let agent = app.org().await.free_agent().await;
    let call =
        agent.signing().call(Method::POST, PATH).json(&json!({ "url": "https://bot.example/" })).seal();
    call.send().await.expect(201);
    call.send().await.problem(401, "nonce_used");
    assert_eq!(app.row_counts().await["webhook_endpoints"], 1);
}
