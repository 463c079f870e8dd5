//! What an agent does with the tools, from the first look to the last payment.

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::client::{Client, Kind};

on_both_engines!(
    the_typescript_client_over_http,
    the_typescript_client_on_stdio,
    the_python_client_over_http,
    a_wait_is_told_of_and_ends_when_the_owner_decides,
);

const TOOLS: &[&str] = &[
    "request_payment",
    "wait_for_payment",
    "cancel_payment",
    "check_wallet",
    "get_spending_rules",
    "declare_intent",
    "request_topup",
    "create_payment_link",
    "get_payment_link",
    "list_transactions",
];

async fn the_typescript_client_over_http(engine: Engine) {
    let house = House::on(engine).await;
    let mut client = Client::http(Kind::TypeScript, &house.app, &house.agent.key).await;
    house.story(&mut client).await;
}

async fn the_typescript_client_on_stdio(engine: Engine) {
    let house = House::on(engine).await;
    let mut client = Client::stdio(Kind::TypeScript, &house.app, &house.agent.key).await;
    house.story(&mut client).await;
}

async fn the_python_client_over_http(engine: Engine) {
    let house = House::on(engine).await;
    let mut client = Client::http(Kind::Python, &house.app, &house.agent.key).await;
    house.story(&mut client).await;
}

struct House {
    app: TestApp,
    org: Org,
    agent: Agent,
}

/// A purchase of its own.
fn purchase(amount: &str, key: &str) -> Value {
    json!({ "amount": amount, "merchant": "books.example", "purpose": "a book", "idempotency_key": key })
}

fn id(payment: &Value) -> String {
    payment["transaction_id"].as_str().unwrap_or_else(|| panic!("no payment: {payment:#}")).to_owned()
}

fn next(answer: &Value) -> &str {
    answer["next"].as_str().unwrap_or_else(|| panic!("nothing is said to be next: {answer:#}"))
}

impl House {
    /// An agent that may spend 20.00 by itself and 100.00 a day.
    async fn on(engine: Engine) -> House {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        let limits = json!({ "daily": "100.00", "approve_above": "20.00" });
        let agent = org.agent(limits).await;
        House { app, org, agent }
    }

    async fn decide(&self, payment: &str, how: &str) {
        let owner = self.app.session_of(&self.org.owner, true).await;
        owner.post(&format!("/dashboard/transactions/{payment}/{how}"), &json!({})).await.expect(200);
    }

    async fn story(&self, client: &mut Client) {
        self.looks_around(client).await;
        self.pays(client).await;
        self.asks_the_owner(client).await;
        self.is_told_no(client).await;
        self.asks_for_money(client).await;
        self.app.must_balance().await;
        let trail = self.org.trail().await;
        assert!(trail.iter().any(|action| action == "topup.requested"), "{trail:?}");
    }

    async fn looks_around(&self, client: &mut Client) {
        let hello = client.hello["ok"].clone();
        assert_eq!(hello["server"]["name"], "bursar", "{:#}", client.hello);
        let instructions = hello["instructions"].as_str().unwrap();
        assert!(instructions.contains("request_payment") && instructions.contains("card numbers"));
        let tools = client.tools().await;
        let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, TOOLS);
        for tool in &tools {
            assert_eq!(
                (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
                (&json!("object"), &json!("object"))
            );
        }
        assert_eq!(tools[0]["inputSchema"]["properties"]["amount"]["type"], "string");
        let wallet = client.call("check_wallet", json!({})).await;
        assert_eq!(wallet["balance"], "10000.00", "{wallet:#}");
        let rules = client.call("get_spending_rules", json!({})).await;
        assert!(rules.to_string().contains("20.00"), "{rules:#}");
    }

    async fn pays(&self, client: &mut Client) {
        let mut preview = purchase("5.00", "order-1");
        preview["dry_run"] = true.into();
        let preview = client.call("request_payment", preview).await;
        assert_eq!((&preview["dry_run"], &preview["status"]), (&json!(true), &json!("approved")));
        let paid = client.call("request_payment", purchase("5.00", "order-1")).await;
        assert!(next(&paid).contains("wait_for_payment"), "{paid:#}");
        let settled = json!({ "transaction_id": id(&paid), "until": "settled" });
        let paid = client.call("wait_for_payment", settled).await;
        assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("5.00")));
        let again = client.call("request_payment", purchase("5.00", "order-1")).await;
        assert_eq!((&again["idempotent"], id(&again)), (&json!(true), id(&paid)));
        assert!(next(&again).contains("not again"), "{again:#}");
        let intent = json!({ "amount": "6.00", "merchant": "books.example", "reserve_minutes": 5, "idempotency_key": "i-1" });
        let intent = client.call("declare_intent", intent).await;
        assert_eq!(intent["decision"], "allowed", "{intent:#}");
        let mut bought = purchase("6.00", "order-2");
        bought["intent_id"] = intent["intent_id"].clone();
        let bought = client.call("request_payment", bought).await;
        client.call("wait_for_payment", json!({ "transaction_id": id(&bought), "until": "settled" })).await;
        let list = client.call("list_transactions", json!({ "limit": 2 })).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 2, "{list:#}");
        assert!(list.to_string().contains(&id(&bought)), "{list:#}");
    }

    async fn asks_the_owner(&self, client: &mut Client) {
        let asked = client.call("request_payment", purchase("30.00", "order-3")).await;
        assert_eq!(asked["status"], "pending");
        assert!(next(&asked).contains("nothing is paid yet"), "{asked:#}");
        let still = client.call("wait_for_payment", json!({ "transaction_id": id(&asked), "wait": 0 })).await;
        assert_eq!(still["status"], "pending");
        self.decide(&id(&asked), "approve").await;
        let settled = json!({ "transaction_id": id(&asked), "until": "settled", "wait": 30 });
        let paid = client.call("wait_for_payment", settled).await;
        assert_eq!(
            (&paid["status"], &paid["approval"]["decided_by"]),
            (&json!("completed"), &json!("human"))
        );
        let other = client.call("request_payment", purchase("31.00", "order-4")).await;
        let withdrawn = json!({ "transaction_id": id(&other), "reason": "no longer needed" });
        let cancelled = client.call("cancel_payment", withdrawn.clone()).await;
        assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
        let third = client.call("request_payment", purchase("32.00", "order-5")).await;
        self.decide(&id(&third), "decline").await;
        let refused = client.call("wait_for_payment", json!({ "transaction_id": id(&third) })).await;
        assert_eq!(refused["reason"], "declined_by_human", "{refused:#}");
        assert!(next(&refused).contains("Your owner said no"), "{refused:#}");
        let nothing = client.wrong("cancel_payment", json!({ "transaction_id": "txn_1" })).await;
        assert!(nothing.contains("not_found") && nothing.contains("list_transactions"), "{nothing}");
    }

    /// 41.00 of 100.00 are spent by now.
    async fn is_told_no(&self, client: &mut Client) {
        let refused = client.call("request_payment", purchase("90.00", "order-6")).await;
        assert_eq!((&refused["status"], &refused["reason"]), (&json!("declined"), &json!("daily_exceeded")));
        for word in ["limit 100.00", "used 41.00", "asked 90.00", "ask your owner"] {
            assert!(next(&refused).contains(word), "{word}: {}", next(&refused));
        }
        let mut preview = purchase("90.00", "order-7");
        preview["dry_run"] = true.into();
        let preview = client.call("request_payment", preview).await;
        assert_eq!((&preview["status"], &preview["reason"]), (&json!("declined"), &json!("daily_exceeded")));
        let wrong = client.wrong("request_payment", purchase("-1", "order-8")).await;
        assert!(wrong.contains("`amount`") && wrong.contains("Next:"), "{wrong}");
        let wrong = client.wrong("request_payment", json!({ "sum": "1.00" })).await;
        assert!(wrong.contains("`sum`"), "{wrong}");
    }

    async fn asks_for_money(&self, client: &mut Client) {
        let asked =
            client.call("request_topup", json!({ "amount": "25.00", "reason": "to rent a GPU" })).await;
        assert_eq!(asked["status"], "asked", "{asked:#}");
        self.app.mails().wait(&self.org.owner, "25.00 USD").await;
        let link = json!({ "amount": "12.00", "description": "one report" });
        let link = client.call("create_payment_link", link).await;
        assert!(next(&link).contains("`url`"), "{link:#}");
        let seen = client.call("get_payment_link", json!({ "link_id": link["payment_link_id"] })).await;
        assert_eq!((&seen["status"], &seen["url"]), (&json!("active"), &link["url"]));
    }
}

async fn a_wait_is_told_of_and_ends_when_the_owner_decides(engine: Engine) {
    let house = House::on(engine).await;
    let mut client = Client::http(Kind::TypeScript, &house.app, &house.agent.key).await;
    let asked = client.call("request_payment", purchase("30.00", "order-1")).await;
    let wait = json!({ "call": "wait_for_payment", "arguments": { "transaction_id": id(&asked), "wait": 6 }, "progress": true });
    let waited = client.ask(&wait).await;
    assert_eq!(waited["ok"]["structuredContent"]["status"], "pending", "{waited:#}");
    assert_eq!(waited["progress"][0]["progress"], 5, "{waited:#}");
    let payment = id(&asked);
    let wait = json!({ "call": "wait_for_payment", "arguments": { "transaction_id": payment } });
    let (waited, ()) = tokio::join!(client.ask(&wait), house.decide(&payment, "approve"));
    assert_ne!(waited["ok"]["structuredContent"]["status"], "pending", "{waited:#}");
}
