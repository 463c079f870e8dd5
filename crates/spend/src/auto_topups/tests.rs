//! Automatic top-ups through HTTP, on both engines, against the simulator of Stripe.

#[path = "tests/filling.rs"]
mod filling;
#[path = "tests/rules.rs"]
mod rules;
#[path = "tests/trouble.rs"]
mod trouble;

use bursar_testkit::app::{Agent, PATIENCE, eventually};
use bursar_testkit::stripe::SavedAs;
use serde_json::{Value, json};

use crate::payment_methods::Shop;

const PATH: &str = "/dashboard/wallet/auto-topup";

fn rule(floor: &str, amount: &str, cap: &str) -> Value {
    json!({ "floor": floor, "amount": amount, "monthly_cap": cap })
}

/// What of automatic top-ups its tests do again and again.
impl Shop {
    /// A saved payment method that top-ups may charge.
    async fn chargeable(&self, with: SavedAs) -> String {
        let id = self.saved(with).await;
        self.uses(&id, &json!({ "for_topups": true })).await.expect(200);
        id
    }

    fn own(&self) -> String {
        format!("{PATH}?agent_id={}", self.agent.id)
    }

    /// Sets the rule of the agent's own wallet.
    async fn set(&self, rule: &Value) -> Value {
        self.org.admin().put(&self.own(), rule).await.expect(200)
    }

    async fn rule(&self) -> Value {
        self.org.admin().get(&self.own()).await.expect(200)
    }

    async fn balance(&self) -> String {
        balance_of(&self.agent).await
    }

    /// Waits until so much can be spent.
    async fn filled(&self, amount: &str) {
        let look = || async { (self.balance().await == amount).then_some(()) };
        if eventually(PATIENCE, look).await.is_none() {
            panic!(
                "the balance never became {amount}: {}; {:#}",
                self.balance().await,
                self.topups().await[0]
            );
        }
    }

    /// The org's top-ups, newest first.
    async fn topups(&self) -> Vec<Value> {
        let list = self.org.admin().get("/dashboard/wallet/topups").await.expect(200);
        list["data"].as_array().unwrap().clone()
    }

    /// Waits until a top-up is at a status.
    async fn topup_at(&self, status: &str) -> Value {
        let look = || async { self.topups().await.into_iter().find(|topup| topup["status"] == status) };
        match eventually(PATIENCE, look).await {
            Some(topup) => topup,
            None => panic!("no top-up became {status}: {:#?}", self.topups().await),
        }
    }

    async fn paused(&self) -> Value {
        let look = || async { Some(self.rule().await).filter(|rule| rule["status"] == "paused") };
        eventually(PATIENCE, look).await.expect("the rule is paused")
    }

    /// How often money was charged, and how many cents of it were paid.
    fn charged(&self) -> (usize, i64) {
        let books = self.app.sim().books();
        let paid = books.charges.iter().filter(|charge| charge.paid);
        (paid.clone().count(), paid.map(|charge| charge.amount).sum())
    }

    async fn count(&self, action: &str) -> usize {
        self.org.trail().await.iter().filter(|found| *found == action).count()
    }
}

async fn balance_of(agent: &Agent) -> String {
    agent.client().get("/wallet/check").await.expect(200)["balance"].as_str().unwrap().to_owned()
}
