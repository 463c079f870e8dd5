//! An org that has cards, and what its tests do again and again.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Client, Org, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::Sequence;
use serde_json::{Value, json};

on_both_engines!(the_desk_has_everything_that_a_card_needs);

pub struct Desk {
    pub app: TestApp,
    pub org: Org,
    pub agent: Agent,
}

pub fn holder() -> Value {
    json!({
        "type": "individual", "name": "Ann Owner", "email": "ann@acme.example", "first_name": "Ann",
        "last_name": "Owner", "terms_accepted_at": "2026-09-21T10:00:00Z", "terms_accepted_from": "203.0.113.7",
        "address": { "line1": "1 Main St", "city": "Austin", "state": "TX", "postal_code": "78701", "country": "US" },
    })
}

impl Desk {
    pub async fn on(engine: Engine) -> Desk {
        let desk = Desk::without_holder(engine).await;
        desk.org.admin().put("/dashboard/cardholder", &holder()).await.expect(200);
        desk
    }

    pub async fn without_holder(engine: Engine) -> Desk {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        let agent = org.agent(json!({ "daily": "100.00", "per_tx": "40.00" })).await;
        Desk { app, org, agent }
    }

    pub async fn make(&self, more: Value) -> Value {
        let mut body = json!({ "agent_id": self.agent.id });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.org.admin().post("/dashboard/cards", &body).await.expect(201)
    }

    /// A card's id here, and at Stripe.
    pub async fn card(&self) -> (String, String) {
        let made = self.make(json!({})).await;
        assert_eq!(made["status"], "active");
        (text(&made["card_id"]), text(&made["stripe_card_id"]))
    }

    pub async fn get(&self, id: &str) -> Value {
        self.org.admin().get(&format!("/dashboard/cards/{id}")).await.expect(200)
    }

    pub async fn post(&self, id: &str, deed: &str) -> bursar_testkit::app::Answer {
        self.org.admin().post_empty(&format!("/dashboard/cards/{id}/{deed}")).await
    }

    /// What Stripe says of a card.
    pub fn at_stripe(&self, stripe_id: &str) -> Value {
        self.app.sim().issuing().card(stripe_id).cloned().unwrap()
    }

    /// A client of the agent's whose key has the scope `card`.
    pub async fn reader(&self) -> Client {
        self.app.client().with_key(&self.org.key(&self.agent, "read spend card").await.1)
    }

    /// Has everything sent that happened since, and taken.
    pub async fn deliver(&self) {
        let statuses = self.app.sim().deliver_new(Sequence::InOrder, 1).await;
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }

    pub async fn count(&self, action: &str) -> usize {
        self.org.trail().await.iter().filter(|known| *known == action).count()
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn the_desk_has_everything_that_a_card_needs(engine: Engine) {
    let desk = Desk::on(engine).await;
    let holder = desk.org.admin().get("/dashboard/cardholder").await.expect(200);
    assert_eq!((&holder["up_to_date"], &holder["requirements"]), (&json!(true), &json!([])));
    let known = desk.app.sim().issuing().cardholders;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0]["id"], holder["stripe_cardholder_id"]);
    assert_eq!(known[0]["metadata"]["bursar_org"], desk.org.id.as_str());
    // What can be changed is changed there, and nobody new is made.
    let mut moved = self::holder();
    moved["address"]["city"] = json!("Dallas");
    desk.org.admin().put("/dashboard/cardholder", &moved).await.expect(200);
    let known = desk.app.sim().issuing().cardholders;
    assert_eq!((known.len(), &known[0]["billing"]["address"]["city"]), (1, &json!("Dallas")));
    moved["name"] = json!("Bob Owner");
    desk.org.admin().put("/dashboard/cardholder", &moved).await.problem(409, "cardholder_fixed");
    for (field, value) in [
        ("name", json!("Ann Öwner")),
        ("phone_number", json!("555")),
        ("terms_accepted_from", json!("here")),
        ("first_name", Value::Null),
    ] {
        let mut wrong = self::holder();
        wrong[field] = value;
        desk.org.admin().put("/dashboard/cardholder", &wrong).await.names(field);
    }
    assert_eq!(desk.count("org.cardholder_set").await, 2);
}
