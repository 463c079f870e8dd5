//! Chats through HTTP and a simulated Telegram, on both engines.

#[path = "tests/answers.rs"]
mod answers;
#[path = "tests/links.rs"]
mod links;
#[path = "tests/sending.rs"]
mod sending;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, eventually, id_of};
use bursar_testkit::telegram::{Sent, TOKEN, Telegram, User};
use serde_json::{Value, json};

const ANNA: User = User { id: 7_000_000_001, name: "Anna", language: "en" };
const BOB: User = User { id: 7_000_000_002, name: "Bob", language: "en" };
const ANNA_AT: &str = "anna@acme.example";
const BOB_AT: &str = "bob@acme.example";

/// An app with a bot, and an org with two approvers, whose agent must ask above 10.00.
struct World {
    telegram: Telegram,
    app: TestApp,
    org: Org,
    agent: Agent,
}

impl World {
    async fn on(engine: Engine) -> World {
        let telegram = Telegram::start().await;
        let app = TestApp::on(engine)
            .setting("BURSAR_TELEGRAM_TOKEN", TOKEN)
            .setting("BURSAR_TELEGRAM_URL", &telegram.url())
            .start()
            .await;
        let listens = || async { telegram.webhook() };
        eventually(PATIENCE, listens).await.expect("the app says where to call");
        let org = app.org().await;
        org.member(ANNA_AT, Role::Approver).await;
        org.member(BOB_AT, Role::Approver).await;
        let agent = org.agent(json!({ "daily": "5000.00", "approve_above": "10.00" })).await;
        World { telegram, app, org, agent }
    }

    /// The same, with Anna's chat linked.
    async fn with_anna(engine: Engine) -> World {
        let world = World::on(engine).await;
        world.link(ANNA, ANNA_AT).await;
        world
    }

    async fn code(&self, email: &str) -> Value {
        let browser = self.app.session_of(email, false).await;
        browser.post_empty("/dashboard/members/me/telegram").await.expect(201)
    }

    /// Somebody writes to the bot, and reads what it answers.
    async fn writes(&self, user: User, text: &str) -> String {
        let before = self.telegram.chat(user).len();
        let (status, _) = self.telegram.write(&self.app.url(), user, text).await;
        assert_eq!(status, 200);
        let said = self.telegram.chat(user);
        assert_eq!(said.len(), before + 1, "one answer");
        said[before].text.clone()
    }

    async fn link(&self, user: User, email: &str) {
        let code = self.code(email).await;
        let said = self.writes(user, &format!("/start {}", code["code"].as_str().unwrap())).await;
        assert!(said.contains(email), "{said}");
    }

    async fn is_linked(&self, email: &str) -> bool {
        let browser = self.app.session_of(email, false).await;
        browser.get("/dashboard/members/me/telegram").await.expect(200)["is_linked"] == true
    }

    /// Waits for a message with these words in somebody's chat, as it stands there by now.
    async fn reads(&self, user: User, words: &str) -> Sent {
        let look = || async { self.telegram.chat(user).into_iter().find(|sent| sent.text.contains(words)) };
        let found = eventually(PATIENCE, look).await;
        found.unwrap_or_else(|| panic!("no {words:?} in {:#?}", self.telegram.chat(user)))
    }

    /// A payment of 42.00 that waits, and the question about it in somebody's chat.
    async fn asked(&self, user: User) -> (String, Sent) {
        let id = id_of(&self.agent.pending("42.00", "shop.example").await).to_owned();
        (id, self.reads(user, "asks to pay 42.00 USD").await)
    }

    async fn status(&self, id: &str) -> String {
        self.agent.payment(id).await["status"].as_str().unwrap().to_owned()
    }
}
