//! Who is told what.

use bursar_spend::deliveries::names;
use bursar_spend::endpoints::Secret;
use bursar_store::Engine;
use bursar_testkit::app::id_of;
use bursar_testkit::on_both_engines;
use serde_json::json;

use super::{Endpoint, House};

on_both_engines!(
    what_becomes_of_a_payment_is_told_in_signed_messages,
    a_humans_word_is_told_twice_and_names_reach_the_org_alone,
    an_agent_is_never_told_of_another,
    a_filter_chooses_by_name_and_by_agent,
    what_an_owner_does_to_an_agent_is_told_without_its_reasons,
);

async fn what_becomes_of_a_payment_is_told_in_signed_messages(engine: Engine) {
    let house = House::on(engine).await;
    let endpoint = house.endpoint().await;
    let paid = house.agent.paid("12.50", "shop.example").await;
    let messages = house.receiver.wait(2).await;
    house.app.at_rest().await;
    assert_eq!(house.receiver.received().len(), 2, "{messages:#?}");
    let told = house.receiver.wait_for("transaction.completed").await;
    assert_eq!((told.path.as_str(), told.header("content-type")), ("/hooks", "application/json"));
    assert!(told.header("user-agent").starts_with("Bursar/"));
    let secret = Secret::parse(&endpoint.secret).unwrap();
    let seconds = told.header("webhook-timestamp").parse().unwrap();
    let signature = secret.sign(told.id(), seconds, told.body.as_bytes());
    assert_eq!(told.header("webhook-signature"), signature);
    let body = told.json();
    assert!(bursar_base::TimeUs::parse_rfc3339(body["timestamp"].as_str().unwrap()).is_some());
    let data = &body["data"];
    assert_eq!((&data["org_id"], &data["agent_id"]), (&json!(house.org.id), &json!(house.agent.id)));
    assert_eq!((&data["bot_id"], &data["status"]), (&json!(house.agent.id), &json!("completed")));
    assert_eq!((&data["amount"], &data["currency"]), (&json!("12.50"), &json!("USD")));
    assert_eq!(data["transaction"], house.agent.payment(id_of(&paid)).await);
    house.receiver.wait_for("transaction.approved").await;
    // Declined by policy: the agent knows by the answer, and the org by its endpoint.
    house.agent.pay("5000.00", "shop.example").await.problem(402, "daily_exceeded");
    let declined = house.receiver.wait_for("transaction.declined").await.json();
    assert_eq!(declined["data"]["reason"], "daily_exceeded");
    house.app.must_balance().await;
}

async fn a_humans_word_is_told_twice_and_names_reach_the_org_alone(engine: Engine) {
    let house = House::on(engine).await;
    house.endpoint().await;
    let orgs = Endpoint::make(house.org.admin(), json!({ "url": house.receiver.url("/org") })).await;
    let pending = house.agent.pending("200.00", "shop.example").await;
    let mail = house.app.mails().wait(&house.org.owner, "200.00").await;
    house.app.press(&mail.link("/v1/approve/"), "fine").await.page(200);
    house.agent.settled(id_of(&pending)).await;
    house.receiver.wait_for("transaction.completed").await;
    house.app.at_rest().await;
    let told = |path: &str, kind: &str| {
        let of = house.receiver.of(kind);
        let found: Vec<_> = of.into_iter().filter(|message| message.path == path).collect();
        assert_eq!(found.len(), 1, "{path} {kind}: {found:#?}");
        found[0].clone()
    };
    for kind in ["approval.asked", "transaction.pending", "approval.approved", "transaction.approved"] {
        let (own, all) = (told("/hooks", kind), told("/org", kind));
        assert_eq!(own.id(), all.id(), "one entry has one id, wherever it is told");
        assert!(!own.body.contains("owner@acme.example"), "{}", own.body);
        assert_eq!(own.json()["data"]["agent_id"], json!(house.agent.id));
    }
    let (own, all) = (told("/hooks", "approval.approved").json(), told("/org", "approval.approved").json());
    assert_eq!(own["data"]["actor"], "human");
    assert!(all["data"]["actor"].as_str().unwrap().starts_with("member:"), "{all:#}");
    assert_ne!(told("/org", "approval.approved").id(), told("/org", "transaction.approved").id());
    assert_eq!(orgs.shown().await["failing_since"], json!(null));
}

async fn an_agent_is_never_told_of_another(engine: Engine) {
    let house = House::on(engine).await;
    house.endpoint().await;
    let sibling = house.org.free_agent().await;
    let all = Endpoint::make(house.org.admin(), json!({ "url": house.receiver.url("/all") })).await;
    let body = json!({ "url": house.receiver.url("/sibling"), "agent_id": sibling.id });
    Endpoint::make(house.org.admin(), body).await;
    sibling.paid("1.00", "shop.example").await;
    house.agent.paid("2.00", "shop.example").await;
    house.org.deposit("5.00").await;
    house.app.at_rest().await;
    let told = house.receiver.received();
    let about = |path: &str| {
        let of = told.iter().filter(|message| message.path == path);
        let mut found: Vec<String> =
            of.map(|message| message.json()["data"]["agent_id"].as_str().unwrap_or("-").to_owned()).collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(about("/hooks"), std::slice::from_ref(&house.agent.id));
    assert_eq!(about("/sibling"), std::slice::from_ref(&sibling.id));
    let mut both = vec!["-".to_owned(), house.agent.id.clone(), sibling.id.clone()];
    both.sort();
    assert_eq!(about("/all"), both);
    assert_eq!(all.log().await.len(), 5);
}

async fn a_filter_chooses_by_name_and_by_agent(engine: Engine) {
    let house = House::on(engine).await;
    let body =
        json!({ "url": house.receiver.url("/hooks"), "events": ["approval.*", "transaction.completed"] });
    let endpoint = Endpoint::make(house.agent.client(), body).await;
    house.agent.paid("1.00", "shop.example").await;
    house.agent.pending("200.00", "shop.example").await;
    house.receiver.wait(2).await;
    house.app.at_rest().await;
    let mut kinds: Vec<String> = house.receiver.received().iter().map(|message| message.kind()).collect();
    kinds.sort();
    assert_eq!(kinds, ["approval.asked", "transaction.completed"]);
    assert!(kinds.iter().all(|kind| names::all().contains(&kind.as_str())));
    // What came before an endpoint was there is not told, but can be.
    assert_eq!(endpoint.log().await.len(), 2);
}

async fn what_an_owner_does_to_an_agent_is_told_without_its_reasons(engine: Engine) {
    let house = House::on(engine).await;
    house.endpoint().await;
    Endpoint::make(house.org.admin(), json!({ "url": house.receiver.url("/org") })).await;
    house.agent.policy(&json!({ "daily": "5.00" })).await;
    let path = format!("/dashboard/agents/{}/freeze", house.agent.id);
    house.org.admin().post(&path, &json!({ "reason": "it behaves oddly" })).await.expect(200);
    house.agent.unfreeze().await;
    house.receiver.wait_for("agent.unfrozen").await;
    house.app.at_rest().await;
    assert_eq!(house.receiver.of("agent.unfrozen").len(), 2);
    for message in house.receiver.received() {
        let data = &message.json()["data"];
        match (message.path.as_str(), message.kind().as_str()) {
            (_, "limits.changed") => assert_eq!(data["policy_version"], 2),
            ("/org", "agent.frozen") => assert_eq!(data["reason"], "it behaves oddly"),
            ("/hooks", "agent.frozen") => assert!(!message.body.contains("oddly"), "{}", message.body),
            (_, "agent.unfrozen") => assert!(data["transaction"].is_null()),
            // Where it was done before the agent was let go on.
            (_, "freeze.acknowledged") => assert_eq!(data["agent_id"], house.agent.id),
            other => panic!("{other:?} was not expected"),
        }
    }
}
