//! An org that fills wallets, and what its tests do again and again.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp};
use bursar_testkit::stripe::{PaidWith, Sequence};
use serde_json::{Value, json};

pub struct Shop {
    pub app: TestApp,
    pub org: Org,
    pub agent: Agent,
}

impl Shop {
    /// An agent with a wallet of its own and nothing in it.
    pub async fn on(engine: Engine) -> Shop {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        let body = json!({ "name": "Shopper", "own_wallet": true, "limits": { "daily": "1000.00" } });
        let agent = org.new_agent(&body).await;
        Shop { app, org, agent }
    }

    /// An owner begins a top-up of the agent's wallet: its id, and the session at Stripe.
    pub async fn begin(&self, amount: &str) -> (String, String) {
        let new = json!({ "amount": amount, "agent_id": self.agent.id });
        let begun = self.org.admin().post("/dashboard/wallet/topups", &new).await.expect(201);
        let url = begun["checkout_url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{}/c/pay/cs_test_", self.app.sim().url())), "{url}");
        (begun["topup_id"].as_str().unwrap().to_owned(), session_of(url))
    }

    /// One that is paid at Stripe, and not yet heard of.
    pub async fn paid_at_stripe(&self, amount: &str) -> (String, String) {
        let (topup, session) = self.begin(amount).await;
        assert!(self.app.sim().pay_session(&session, PaidWith::Card));
        (topup, session)
    }

    /// Has everything sent that happened since, and taken.
    pub async fn deliver(&self, sequence: Sequence, copies: u32) {
        let statuses = self.app.sim().deliver_new(sequence, copies).await;
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }

    pub async fn wallet(&self) -> Value {
        self.agent.client().get("/wallet/check").await.expect(200)
    }

    /// What can be spent.
    pub async fn balance(&self) -> String {
        self.wallet().await["balance"].as_str().unwrap().to_owned()
    }

    /// The top-up as owners see it.
    pub async fn topup(&self, id: &str) -> Value {
        let list = self.org.admin().get("/dashboard/wallet/topups").await.expect(200);
        let found = list["data"].as_array().unwrap().iter().find(|topup| topup["topup_id"] == id);
        found.cloned().unwrap_or_else(|| panic!("{id} is not in {list:#}"))
    }

    /// Types of what happened in the agent's wallet, newest first, with their amounts.
    pub async fn story(&self) -> Vec<(String, String)> {
        let story = self.agent.client().get("/wallet/transactions").await.expect(200);
        let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        let lines = story["data"].as_array().unwrap().iter();
        lines.map(|line| (text(line, "type"), text(line, "amount"))).collect()
    }
}

/// The session whose page is at this address.
pub fn session_of(url: &str) -> String {
    url.rsplit('/').next().unwrap().to_owned()
}
