//! Who stands in for members that are away, on both engines.

use std::time::Duration;

use bursar_base::Clock as _;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_stand_in_gets_the_mails_too_and_decides_once,
    an_approver_who_stands_in_for_an_owner_gets_what_is_about_safety,
    there_are_no_chains_and_nobody_who_cannot_decide,
    it_ends_with_its_time_and_with_whoever_leaves,
    owners_name_stand_ins_for_others_and_nobody_else_does,
);

const ANNA: &str = "anna@acme.example";
const BOB: &str = "bob@acme.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn org(app: &TestApp) -> Org {
    let org = app.org().await;
    org.member(ANNA, Role::Approver).await;
    org.member(BOB, Role::Approver).await;
    org
}

fn days(app: &TestApp, from: u32, until: u32) -> (String, String) {
    let now = app.clock().now();
    (now.plus(DAY * from).to_string(), now.plus(DAY * until).to_string())
}

async fn put(
    app: &TestApp,
    person: &str,
    by: &str,
    (from, until): (u32, u32),
) -> bursar_testkit::app::Answer {
    let (from, until) = days(app, from, until);
    let body = json!({ "stand_in": by, "from": from, "until": until });
    app.session_of(person, false).await.put("/dashboard/members/me/stand-in", &body).await
}

async fn a_stand_in_gets_the_mails_too_and_decides_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = org(&app).await;
    let agent = org.agent(json!({})).await;
    agent.policy(&json!({ "approve_above": "10.00", "approvals": 2 })).await;
    put(&app, ANNA, BOB, (0, 7)).await.expect(200);
    let id = id_of(&agent.pending("42.00", "shop.example").await).to_owned();
    let mail = app.mails().wait(BOB, "42.00").await;
    assert!(mail.text.contains("You stand in for anna[@]acme[.]example"), "{}", mail.text);
    assert!(mail.html_words().contains("You stand in for"), "{}", mail.html);
    app.mails().wait(ANNA, "42.00").await;
    app.at_rest().await;
    assert_eq!(app.mails().to(BOB).len(), 1, "one mail for one person");
    app.press(&mail.link("/v1/approve/"), "").await.page(200);
    app.press(&mail.link("/v1/approve/"), "").await.page(409);
    let approvals = org.payment(&id).await["approval"]["approvals"].clone();
    assert_eq!((&approvals["given"], &approvals["needed"]), (&json!(1), &json!(2)));
    // Whoever is away can decide all the same, as themselves.
    app.press(&app.mails().wait(ANNA, "42.00").await.link("/v1/approve/"), "").await.page(200);
    assert_eq!(agent.settled(&id).await["status"], "completed");
}

async fn an_approver_who_stands_in_for_an_owner_gets_what_is_about_safety(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = org(&app).await;
    let agent = org.free_agent().await;
    put(&app, &org.owner, BOB, (1, 2)).await.expect(200);
    agent.freeze().await;
    app.mails().wait(&org.owner, "frozen").await;
    app.at_rest().await;
    assert_eq!(app.mails().to(BOB), [], "not yet");
    agent.unfreeze().await;
    app.advance(DAY);
    agent.freeze().await;
    let mail = app.mails().wait(BOB, "frozen").await;
    assert!(mail.text.contains("You stand in for owner"), "{}", mail.text);
    app.at_rest().await;
    assert_eq!(app.mails().to(ANNA), []);
}

async fn there_are_no_chains_and_nobody_who_cannot_decide(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = org(&app).await;
    org.member("vera@acme.example", Role::Viewer).await;
    put(&app, ANNA, ANNA, (0, 7)).await.names("stand_in");
    put(&app, ANNA, "vera@acme.example", (0, 7)).await.names("stand_in");
    put(&app, ANNA, "nobody@acme.example", (0, 7)).await.names("stand_in");
    put(&app, ANNA, BOB, (7, 7)).await.names("until");
    put(&app, ANNA, BOB, (0, 367)).await.names("until");
    put(&app, ANNA, BOB, (0, 7)).await.expect(200);
    put(&app, BOB, ANNA, (6, 8)).await.problem(409, "stand_in_chain");
    put(&app, BOB, &org.owner, (6, 8)).await.problem(409, "stand_in_chain");
    put(&app, &org.owner, ANNA, (1, 2)).await.problem(409, "stand_in_chain");
    // One after the other is no chain; two who are away may have one stand-in.
    put(&app, BOB, ANNA, (7, 8)).await.expect(200);
    put(&app, &org.owner, BOB, (0, 7)).await.expect(200);
    let listed = org.admin().get("/dashboard/stand-ins").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 3, "{listed:#}");
}

async fn it_ends_with_its_time_and_with_whoever_leaves(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = org(&app).await;
    let count =
        async || org.admin().get("/dashboard/stand-ins").await.expect(200)["data"].as_array().unwrap().len();
    put(&app, ANNA, BOB, (0, 1)).await.expect(200);
    put(&app, &org.owner, BOB, (0, 9)).await.expect(200);
    app.advance(DAY);
    assert_eq!(count().await, 1);
    org.member(BOB, Role::Viewer).await;
    assert_eq!(count().await, 0, "who cannot decide stands in for nobody");
    org.member(BOB, Role::Approver).await;
    assert_eq!(count().await, 1);
    org.remove_member(BOB).await;
    org.member(BOB, Role::Approver).await;
    assert_eq!(count().await, 0, "somebody who joins again is another member");
    put(&app, ANNA, BOB, (0, 9)).await.expect(200);
    let anna = app.session_of(ANNA, false).await;
    for _ in 0..2 {
        assert_eq!(anna.delete("/dashboard/members/me/stand-in").await.status.as_u16(), 204);
    }
    assert_eq!(count().await, 0);
    let trail = org.trail().await;
    assert_eq!(trail.iter().filter(|action| *action == "member.stand_in_ended").count(), 1, "{trail:?}");
}

async fn owners_name_stand_ins_for_others_and_nobody_else_does(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = org(&app).await;
    let members = org.admin().get("/dashboard/members").await.expect(200);
    let id = |email: &str| -> String {
        let all = members["data"].as_array().unwrap().iter();
        let found = all.clone().find(|member: &&Value| member["email"] == email).unwrap();
        found["member_id"].as_str().unwrap().to_owned()
    };
    let path = format!("/dashboard/members/{}/stand-in", id(ANNA));
    let (_, until) = days(&app, 0, 7);
    let body = json!({ "stand_in": BOB, "until": until });
    let bob = app.session_of(BOB, true).await;
    bob.put(&path, &body).await.problem(403, "forbidden");
    let owner = app.session_of(&org.owner, false).await;
    assert_eq!(owner.put(&path, &body).await.expect(200)["stand_in"], BOB);
    bob.delete(&path).await.problem(403, "forbidden");
    assert_eq!(owner.delete(&path).await.status.as_u16(), 204);
    owner.put(&path, &json!({ "stand_in": BOB, "until": "tomorrow" })).await.names("until");
}
