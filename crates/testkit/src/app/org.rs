//! Orgs and their agents, made and used the way people and programs do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bursar_base::{AgentId, KeyId, Mode, Money, OrgId, TransactionId};
use bursar_identity::keys::service as keys;
use bursar_identity::members::{Role, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_money::funnel::Command;
use bursar_spend::payees::{NewPayee, service as payees};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::{Inner, TestApp};

/// Who makes things in tests.
const ACTOR: &str = "test";
/// What every org begins with.
const DEPOSIT: &str = "10000.00";

/// An org with one owner and money in its wallet.
#[derive(Debug, Clone)]
pub struct Org {
    inner: Arc<Inner>,
    /// Its id.
    pub id: OrgId,
    /// Its admin key, shown once.
    pub admin_key: String,
    /// The admin key's id.
    pub admin_key_id: KeyId,
    /// The address of its first owner.
    pub owner: String,
}

/// An agent and its key.
#[derive(Debug, Clone)]
pub struct Agent {
    org: Org,
    /// Its id.
    pub id: String,
    /// Its key, shown once.
    pub key: String,
    /// The key's id.
    pub key_id: String,
}

impl TestApp {
    /// A test org with 10,000.00 in its wallet and the owner `owner@acme.example`.
    pub async fn org(&self) -> Org {
        self.new_org("Acme", "owner@acme.example", Mode::Test, "UTC").await
    }

    /// An org as `bursar org create` makes it; a test org gets money as `bursar wallet deposit` books it.
    pub async fn new_org(&self, name: &str, owner: &str, mode: Mode, time_zone: &str) -> Org {
        let identity = self.spend().identity.clone();
        let made = orgs::create(&identity, name, owner, mode, time_zone, ACTOR).await;
        let (id, key) = made.expect("an org can be made");
        let org = Org {
            inner: self.inner.clone(),
            id,
            admin_key: key.key.reveal().to_owned(),
            admin_key_id: key.id,
            owner: owner.to_owned(),
        };
        org.deposit(DEPOSIT).await;
        org
    }
}

impl Org {
    /// A client with the org's admin key.
    pub fn admin(&self) -> Client {
        self.inner.client().with_key(&self.admin_key)
    }

    /// A client that signs with the org's admin key.
    pub fn signing(&self) -> Client {
        self.inner.client().signing(self.admin_key_id.as_str(), &self.admin_key)
    }

    /// Puts money into the org's wallet.
    pub async fn deposit(&self, amount: &str) {
        let command = Command::Deposit {
            org_id: self.id.clone(),
            agent_id: None,
            amount: Money::parse(amount, bursar_base::Currency::USD).expect("an amount"),
            reason: "for the test".to_owned(),
            actor: ACTOR.to_owned(),
        };
        self.inner.spend().submit(command).await.expect("money can be deposited");
    }

    /// Makes an agent with limits as the API takes them, such as `{"daily": "100.00"}`.
    pub async fn agent(&self, limits: Value) -> Agent {
        self.new_agent(&json!({ "name": "Shopper", "limits": limits })).await
    }

    /// Makes an agent that may spend a lot.
    pub async fn free_agent(&self) -> Agent {
        self.agent(json!({ "daily": "1000.00", "per_tx": "1000.00" })).await
    }

    /// Makes an agent of a whole body.
    pub async fn new_agent(&self, body: &Value) -> Agent {
        let made = self.admin().post("/dashboard/agents", body).await.expect(201);
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        Agent { org: self.clone(), id: text("agent_id"), key: text("api_key"), key_id: text("key_id") }
    }

    /// Adds a member, or changes a role.
    pub async fn member(&self, email: &str, role: Role) {
        let identity = self.inner.spend().identity.clone();
        members::add(&identity, &self.id, email, role, ACTOR).await.expect("a member can be added");
    }

    /// Removes a member.
    pub async fn remove_member(&self, email: &str) {
        let identity = self.inner.spend().identity.clone();
        members::remove(&identity, &self.id, email, ACTOR).await.expect("a member can be removed");
    }

    /// Records a payee.
    pub async fn payee(&self, merchant: &str, category: Option<&str>, stripe_account: Option<&str>) {
        let new = NewPayee {
            merchant: merchant.to_owned(),
            category: category.map(str::to_owned),
            stripe_account: stripe_account.map(str::to_owned),
        };
        payees::add(&self.inner.spend(), &self.id, new, ACTOR).await.expect("a payee can be recorded");
    }

    /// Saves a payment method, so that the org's payments go to Stripe.
    pub async fn pays_with(&self, payment_method: &str) {
        let identity = self.inner.spend().identity.clone();
        let saved = orgs::set_stripe(&identity, &self.id, "cus_demo", payment_method, ACTOR).await;
        saved.expect("a payment method can be saved");
    }

    /// Makes another key for an agent.
    pub async fn key(&self, agent: &Agent, scopes: &str) -> (String, String) {
        let scopes = bursar_identity::keys::Scopes::parse(scopes).expect("scopes");
        let id = AgentId::parse(&agent.id).expect("an agent's id");
        let identity = self.inner.spend().identity.clone();
        let key = keys::create(&identity, &self.id, Some(&id), "another", scopes, ACTOR).await;
        let key = key.expect("a key can be made");
        (key.id.to_string(), key.key.reveal().to_owned())
    }

    /// The org's keys, its agents' included, oldest first.
    pub async fn keys(&self) -> Vec<bursar_identity::keys::KeyView> {
        let mut tx = self.inner.spend().identity.db.read().await.expect("the database answers");
        keys::list(&mut tx, &self.id).await.expect("the keys can be listed")
    }

    /// Revokes a key.
    pub async fn revoke(&self, key_id: &str) {
        let id = KeyId::parse(key_id).expect("a key's id");
        let identity = self.inner.spend().identity.clone();
        keys::revoke(&identity, &self.id, &id, ACTOR).await.expect("a key can be revoked");
    }

    /// Rotates a key; the old one works on for `overlap`. The new one's id and text.
    pub async fn rotate(&self, key_id: &str, overlap: std::time::Duration) -> (String, String) {
        let id = KeyId::parse(key_id).expect("a key's id");
        let identity = self.inner.spend().identity.clone();
        let key = keys::rotate(&identity, &self.id, &id, overlap, ACTOR).await.expect("a key can be rotated");
        (key.id.to_string(), key.key.reveal().to_owned())
    }

    /// A payment as the org sees it.
    pub async fn payment(&self, id: &str) -> Value {
        self.admin().get(&format!("/transactions/{id}")).await.expect(200)
    }

    /// Waits until a payment is at a status, and returns it as the org sees it.
    pub async fn payment_at(&self, id: &str, status: &str) -> Value {
        let look = || async { Some(self.payment(id).await).filter(|payment| payment["status"] == status) };
        match super::eventually(super::PATIENCE, look).await {
            Some(payment) => payment,
            None => panic!("the payment never became {status}: {:#}", self.payment(id).await),
        }
    }

    /// An agent as the dashboard lists it.
    pub async fn listed(&self, agent: &Agent) -> Value {
        let list = self.admin().get("/dashboard/agents").await.expect(200);
        let all = list["data"].as_array().cloned().unwrap_or_default();
        let found = all.into_iter().find(|listed| listed["agent_id"] == agent.id.as_str());
        found.unwrap_or_else(|| panic!("the agent is not listed: {list:#}"))
    }

    /// The actions of the org's audit trail, oldest first.
    pub async fn trail(&self) -> Vec<String> {
        super::sql::actions_of(&self.inner.spend().identity.db, self.id.as_str()).await
    }
}

impl Agent {
    /// A client with the agent's key.
    pub fn client(&self) -> Client {
        self.org.inner.client().with_key(&self.key)
    }

    /// A client that signs with the agent's key.
    pub fn signing(&self) -> Client {
        self.org.inner.client().signing(&self.key_id, &self.key)
    }

    /// A payment request's body with a fresh idempotency key.
    pub fn request(&self, amount: &str, merchant: &str) -> Value {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let key = format!("key-{:08}", COUNT.fetch_add(1, Ordering::Relaxed));
        json!({ "amount": amount, "merchant": merchant, "purpose": "a test", "idempotency_key": key })
    }

    /// Sends a body.
    pub async fn ask(&self, body: &Value) -> Answer {
        self.client().post("/payment-request", body).await
    }

    /// Asks for a payment.
    pub async fn pay(&self, amount: &str, merchant: &str) -> Answer {
        self.ask(&self.request(amount, merchant)).await
    }

    /// Asks for a payment that must be allowed, and waits until it is at a final status or `unknown`.
    pub async fn paid(&self, amount: &str, merchant: &str) -> Value {
        let asked = self.pay(amount, merchant).await.expect(200);
        self.settled(id_of(&asked)).await
    }

    /// Asks for a payment that a human must be asked about, and returns it.
    pub async fn pending(&self, amount: &str, merchant: &str) -> Value {
        let asked = self.pay(amount, merchant).await.expect(202);
        assert_eq!(asked["status"], "pending");
        asked
    }

    /// Waits until a payment is at a final status or `unknown`.
    pub async fn settled(&self, id: &str) -> Value {
        let path = format!("/transactions/{id}?wait=30&until=settled");
        self.client().get(&path).await.expect(200)
    }

    /// A payment as the agent sees it.
    pub async fn payment(&self, id: &str) -> Value {
        self.client().get(&format!("/transactions/{id}")).await.expect(200)
    }

    /// What is used of today.
    pub async fn used_today(&self) -> String {
        self.org.listed(self).await["daily"]["used"].as_str().unwrap_or_default().to_owned()
    }

    /// Replaces the agent's whole policy.
    pub async fn policy(&self, document: &Value) {
        let path = format!("/dashboard/agents/{}/policy", self.id);
        self.org.admin().put(&path, document).await.expect(200);
    }

    /// A card at the simulated Stripe that is this agent's; Stripe's id of it.
    pub async fn card(&self) -> String {
        const HOLDER: &str = "type=individual&name=Ann+Owner&email=ann@acme.example&billing[address][line1]=1+Main+St\
            &billing[address][city]=Austin&billing[address][state]=TX&billing[address][postal_code]=78701\
            &billing[address][country]=US&individual[first_name]=Ann&individual[last_name]=Owner\
            &individual[card_issuing][user_terms_acceptance][date]=1790000000\
            &individual[card_issuing][user_terms_acceptance][ip]=203.0.113.7";
        let sim = self.org.inner.sim.as_ref().expect("this app was started with `stripe()`");
        let text = |made: Value| made["id"].as_str().expect("an id").to_owned();
        let holder = text(sim.must("/v1/issuing/cardholders", HOLDER).await);
        let form = format!("cardholder={holder}&currency=usd&type=virtual&status=active");
        let stripe_id = text(sim.must("/v1/issuing/cards", &form).await);
        let identity = self.org.inner.spend().identity.clone();
        let now = identity.clock.now();
        let id = bursar_base::CardId::new(now, &*identity.rng);
        let ids = [id.as_str(), self.org.id.as_str(), self.id.as_str(), stripe_id.as_str()];
        super::sql::put_card(&identity.db, ids, now).await;
        stripe_id
    }

    /// Freezes the agent.
    pub async fn freeze(&self) -> Value {
        self.org.admin().post_empty(&format!("/dashboard/agents/{}/freeze", self.id)).await.expect(200)
    }

    /// Lets it go on.
    pub async fn unfreeze(&self) -> Value {
        self.org.admin().post_empty(&format!("/dashboard/agents/{}/unfreeze", self.id)).await.expect(200)
    }
}

/// The id of a payment, or of the payment inside a problem.
#[track_caller]
pub fn id_of(payment: &Value) -> &str {
    let id = payment["transaction_id"].as_str().or_else(|| payment["transaction"]["transaction_id"].as_str());
    let id = id.unwrap_or_else(|| panic!("no payment: {payment:#}"));
    assert!(TransactionId::parse(id).is_ok(), "no transaction id: {id}");
    id
}
