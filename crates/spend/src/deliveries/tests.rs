//! Telling endpoints, through HTTP, on both engines, with a receiver on this machine.

#[path = "tests/failing.rs"]
mod failing;
#[path = "tests/genuine.rs"]
mod genuine;
#[path = "tests/lasting.rs"]
mod lasting;
#[path = "tests/log.rs"]
mod log;
#[path = "tests/telling.rs"]
mod telling;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Client, Org, PATIENCE, Setup, TestApp, eventually};
use bursar_testkit::receiver::Receiver;
use http::Method;
use serde_json::{Value, json};

/// An org with an agent, and a receiver that may be called.
struct House {
    app: TestApp,
    org: Org,
    agent: Agent,
    receiver: Receiver,
}

impl House {
    async fn on(engine: Engine) -> House {
        House::with(engine, |setup| setup).await
    }

    async fn with(engine: Engine, more: impl FnOnce(Setup) -> Setup) -> House {
        let receiver = Receiver::start().await;
        let setup = TestApp::on(engine).setting("BURSAR_WEBHOOK_ALLOW", &receiver.pair());
        let app = more(setup).start().await;
        let org = app.org().await;
        let agent = org.agent(json!({ "daily": "1000.00", "approve_above": "100.00" })).await;
        app.at_rest().await;
        House { app, org, agent, receiver }
    }

    /// An endpoint of the agent's own.
    async fn endpoint(&self) -> Endpoint {
        Endpoint::make(self.agent.client(), json!({ "url": self.receiver.url("/hooks") })).await
    }
}

struct Endpoint {
    client: Client,
    id: String,
    secret: String,
}

impl Endpoint {
    async fn make(client: Client, body: Value) -> Endpoint {
        let made = client.post("/webhook-endpoints", &body).await.expect(201);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Endpoint { id: text("endpoint_id"), secret: text("secret"), client }
    }

    fn path(&self, rest: &str) -> String {
        format!("/webhook-endpoints/{}{rest}", self.id)
    }

    async fn shown(&self) -> Value {
        self.client.get(&self.path("")).await.expect(200)
    }

    async fn enable(&self) {
        let call = self.client.call(Method::PATCH, &self.path("")).json(&json!({ "enabled": true }));
        call.send().await.expect(200);
    }

    /// The log, newest first.
    async fn log(&self) -> Vec<Value> {
        let log = self.client.get(&self.path("/deliveries?limit=100")).await.expect(200);
        log["data"].as_array().unwrap().clone()
    }

    /// Waits until the log's newest entry is at a status.
    async fn newest_at(&self, status: &str) -> Value {
        let look = || async { self.log().await.first().filter(|entry| entry["status"] == status).cloned() };
        match eventually(PATIENCE, look).await {
            Some(entry) => entry,
            None => panic!("the newest delivery never became {status}: {:#?}", self.log().await),
        }
    }

    /// Has a test message sent, and returns its id.
    async fn test(&self) -> String {
        let sent = self.client.post_empty(&self.path("/test")).await.expect(202);
        sent["message_id"].as_str().unwrap().to_owned()
    }
}
