//! Pressing, pressing again, letting go; who may and who still gets in.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, TestApp, eventually, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_frozen_org_allows_nothing_and_withdraws_what_waits,
    a_second_press_answers_the_same_freeze,
    an_org_goes_on_and_its_frozen_agents_stay_frozen,
    members_who_are_no_owners_are_out_until_it_goes_on,
    an_agents_freeze_is_seen_like_an_orgs,
    only_owners_press_and_letting_go_takes_a_passkey,
);

/// Waits until every part of a freeze has stopped.
pub async fn acknowledged(org: &bursar_testkit::app::Org, freeze: &Value) -> Value {
    let path = format!("/dashboard/freeze/{}", freeze["freeze_id"].as_str().unwrap());
    let look = || async {
        let now = org.admin().get(&path).await.expect(200);
        (!now["acknowledged_at"].is_null()).then_some(now)
    };
    match eventually(PATIENCE, look).await {
        Some(freeze) => freeze,
        None => panic!("it never stopped: {:#}", org.admin().get(&path).await.expect(200)),
    }
}

/// One part of a freeze.
pub fn part<'a>(freeze: &'a Value, name: &str) -> &'a Value {
    let found = freeze["parts"].as_array().unwrap().iter().find(|part| part["part"] == name);
    found.unwrap_or_else(|| panic!("no part {name}: {freeze:#}"))
}

fn press() -> Value {
    json!({ "reason": "a key was found in public" })
}

async fn a_frozen_org_allows_nothing_and_withdraws_what_waits(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (org, other) =
        (app.org().await, app.new_org("Other", "o@other.example", bursar_base::Mode::Test, "UTC").await);
    let asks = org.agent(json!({ "daily": "100.00", "approve_above": "1.00" })).await;
    let (free, others) = (org.free_agent().await, other.free_agent().await);
    let pending = [asks.pending("10.00", "a.example").await, asks.pending("20.00", "b.example").await];
    let mail = app.mails().wait(&org.owner, "20.00").await;
    let pressed = org.admin().post("/dashboard/freeze", &press()).await.expect(200);
    assert_eq!((&pressed["org_id"], &pressed["agent_id"]), (&json!(org.id.as_str()), &Value::Null));
    assert_eq!(part(&pressed, "decisions")["status"], "acknowledged");
    assert_eq!(
        (&part(&pressed, "keys")["status"], &part(&pressed, "keys")["done"]),
        (&json!("acknowledged"), &json!(2))
    );
    for agent in [&asks, &free] {
        agent.pay("0.50", "shop.example").await.problem(402, "org_frozen");
    }
    others.paid("0.50", "shop.example").await;
    let stopped = acknowledged(&org, &pressed).await;
    assert_eq!(stopped["status"], "acknowledged");
    let approvals = part(&stopped, "approvals");
    assert_eq!(
        (&approvals["found"], &approvals["done"], &approvals["left"]),
        (&json!(2), &json!(2), &json!(0))
    );
    for payment in &pending {
        let ended = org.payment(id_of(payment)).await;
        assert_eq!((&ended["status"], &ended["reason"]), (&json!("cancelled"), &json!("org_frozen")));
    }
    app.press(&mail.link("/v1/approve/"), "").await.page(409);
    let told = app.mails().wait(&org.owner, "All of Acme is frozen").await;
    assert!(
        told.text.contains("found in public") && told.text.contains("bursar unfreeze --org"),
        "{}",
        told.text
    );
    let trail = org.trail().await;
    assert!(trail.contains(&"org.frozen".to_owned()) && trail.contains(&"freeze.acknowledged".to_owned()));
    app.must_balance().await;
}

async fn a_second_press_answers_the_same_freeze(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (admin, body) = (org.admin(), press());
    let (one, two) =
        tokio::join!(admin.post("/dashboard/freeze", &body), admin.post("/dashboard/freeze", &body));
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!(one["freeze_id"], two["freeze_id"]);
    acknowledged(&org, &one).await;
    let again = org.admin().post("/dashboard/freeze", &json!({ "reason": "once more" })).await.expect(200);
    assert_eq!((&again["freeze_id"], &again["reason"]), (&one["freeze_id"], &one["reason"]));
    app.mails().wait(&org.owner, "frozen").await;
    app.at_rest().await;
    assert_eq!(app.mails().all().len(), 1);
    let trail = org.trail().await;
    assert_eq!(trail.iter().filter(|action| *action == "org.frozen").count(), 1, "{trail:?}");
}

async fn an_org_goes_on_and_its_frozen_agents_stay_frozen(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (one, two) = (org.free_agent().await, org.free_agent().await);
    two.freeze().await;
    let pressed = org.admin().post("/dashboard/freeze", &press()).await.expect(200);
    two.pay("1.00", "shop.example").await.problem(402, "org_frozen");
    let ended =
        org.admin().post("/dashboard/unfreeze", &json!({ "reason": "all is well" })).await.expect(200);
    assert_eq!((&ended["freeze_id"], &ended["status"]), (&pressed["freeze_id"], &json!("ended")));
    assert_eq!(ended["ended_reason"], "all is well");
    one.paid("1.00", "shop.example").await;
    two.pay("1.00", "shop.example").await.problem(402, "agent_frozen");
    two.unfreeze().await;
    two.paid("1.00", "shop.example").await;
    // Ended once more, nothing changes; frozen once more, it is another freeze.
    let again = org.admin().post("/dashboard/unfreeze", &json!({ "reason": "again" })).await.expect(200);
    assert_eq!(again["ended_reason"], "all is well");
    let next = org.admin().post("/dashboard/freeze", &press()).await.expect(200);
    assert_ne!(next["freeze_id"], pressed["freeze_id"]);
    one.pay("1.00", "shop.example").await.problem(402, "org_frozen");
    app.must_balance().await;
}

async fn members_who_are_no_owners_are_out_until_it_goes_on(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("app@acme.example", Role::Approver).await;
    let owner = app.session_of(&org.owner, true).await;
    let before = app.session_of("app@acme.example", true).await;
    before.get("/dashboard/agents").await.expect(200);
    let pressed = owner.post("/dashboard/freeze", &press()).await.expect(200);
    let sessions = part(&pressed, "sessions");
    assert_eq!((&sessions["status"], &sessions["done"]), (&json!("acknowledged"), &json!(1)));
    before.get("/dashboard/agents").await.problem(401, "invalid_session");
    let after = app.session_of("app@acme.example", true).await;
    after.get("/dashboard/agents").await.problem(403, "org_frozen");
    // An owner looks as before; what their passkey proved before the switch was pressed no longer lets it go on.
    owner.get("/dashboard/agents").await.expect(200);
    owner.post("/dashboard/unfreeze", &press()).await.problem(403, "step_up_required");
    let owner = app.session_of(&org.owner, true).await;
    owner.post("/dashboard/unfreeze", &press()).await.expect(200);
    after.get("/dashboard/agents").await.expect(200);
}

async fn an_agents_freeze_is_seen_like_an_orgs(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, other) = (org.agent(json!({ "approve_above": "1.00" })).await, org.free_agent().await);
    agent.pending("10.00", "a.example").await;
    let body = json!({ "agent_id": agent.id, "reason": "it behaves oddly" });
    let pressed = org.admin().post("/dashboard/freeze", &body).await.expect(200);
    assert_eq!(pressed["agent_id"], agent.id.as_str());
    // The older path answers the agent, and presses the same switch.
    agent.freeze().await;
    let stopped = acknowledged(&org, &pressed).await;
    assert_eq!(part(&stopped, "approvals")["done"], 1);
    assert!(stopped["parts"].as_array().unwrap().iter().all(|part| part["part"] != "sessions"));
    agent.pay("0.50", "shop.example").await.problem(402, "agent_frozen");
    other.paid("0.50", "shop.example").await;
    let stranger = json!({ "agent_id": "agt_00000000000000000000000000000000", "reason": "x" });
    org.admin().post("/dashboard/freeze", &stranger).await.names("agent_id");
    org.admin().post("/dashboard/freeze", &json!({})).await.names("reason");
}

async fn only_owners_press_and_letting_go_takes_a_passkey(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("app@acme.example", Role::Approver).await;
    let agent = org.free_agent().await;
    let approver = app.session_of("app@acme.example", true).await;
    for client in [agent.client(), approver] {
        client.post("/dashboard/freeze", &press()).await.problem(403, "forbidden");
    }
    agent.paid("1.00", "shop.example").await;
    let owner = app.session_of(&org.owner, false).await;
    owner.post("/dashboard/freeze", &press()).await.expect(200);
    owner.post("/dashboard/unfreeze", &press()).await.problem(403, "step_up_required");
    agent.pay("1.00", "shop.example").await.problem(402, "org_frozen");
}
