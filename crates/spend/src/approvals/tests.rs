//! Approvals through HTTP and mail, on both engines.

#[path = "tests/links.rs"]
mod links;
#[path = "tests/mails.rs"]
mod mails;
#[path = "tests/members.rs"]
mod members;
#[path = "tests/quorum.rs"]
mod quorum;
#[path = "tests/races.rs"]
mod races;

use std::time::Duration;

use bursar_testkit::app::{Agent, Org, PATIENCE, ReceivedMail, TestApp, eventually, id_of};
use serde_json::{Value, json};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An org whose agent must ask above 10.00, and a payment of 42.00 that waits for a human.
struct Asked {
    app: TestApp,
    org: Org,
    agent: Agent,
    id: String,
    mail: ReceivedMail,
}

impl Asked {
    async fn on(engine: bursar_store::Engine) -> Asked {
        let app = TestApp::start(engine).await;
        let org = app.org().await;
        let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
        let pending = agent.pending("42.00", "shop.example").await;
        let mail = app.mails().wait(&org.owner, "42.00").await;
        Asked { app, org, agent, id: id_of(&pending).to_owned(), mail }
    }

    fn approve(&self) -> String {
        self.mail.link("/v1/approve/")
    }

    fn decline(&self) -> String {
        self.mail.link("/v1/decline/")
    }

    /// Waits until it is written down that the mail was sent, and says what is.
    async fn mail_was_sent(&self) -> Value {
        let sent = eventually(PATIENCE, || async {
            let mails = self.org.payment(&self.id).await["approval"]["mails"].clone();
            Some(mails).filter(|mails| mails[0]["status"] == "sent")
        });
        sent.await.expect("the mail is sent")
    }

    async fn status(&self) -> String {
        self.agent.payment(&self.id).await["status"].as_str().unwrap().to_owned()
    }
}
