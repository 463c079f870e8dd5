//! Several have to say yes.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

use super::A_DAY;

on_both_engines!(
    two_have_to_say_yes_and_each_counts_once_by_mail_or_in_place,
    two_yes_and_a_no_at_once_have_one_ending,
    somebody_who_left_meanwhile_does_not_count,
    more_than_there_are_is_refused_and_shown_when_members_leave,
    fewer_approvals_take_a_passkeys_word_and_more_take_none,
    those_who_said_nothing_are_reminded_once,
    nobody_is_reminded_of_what_was_decided_or_of_what_is_short,
);

const PEOPLE: [&str; 3] = ["owner@acme.example", "anna@acme.example", "bob@acme.example"];

struct Two {
    app: TestApp,
    org: Org,
    agent: Agent,
    id: String,
}

impl Two {
    async fn on(engine: Engine) -> Two {
        Two::within(engine, 24 * 60).await
    }

    async fn within(engine: Engine, minutes: u64) -> Two {
        let app = TestApp::start(engine).await;
        let org = app.org().await;
        org.member(PEOPLE[1], Role::Owner).await;
        org.member(PEOPLE[2], Role::Approver).await;
        let agent = org.agent(json!({ "daily": "100.00" })).await;
        let two = json!({ "daily": "100.00", "approve_above": "10.00", "approvals": 2,
            "approval_minutes": minutes });
        agent.policy(&two).await;
        let id = id_of(&agent.pending("42.00", "shop.example").await).to_owned();
        Two { app, org, agent, id }
    }

    async fn link(&self, person: &str, choice: &str) -> String {
        self.app.mails().wait(person, "42.00").await.link(&format!("/v1/{choice}/"))
    }

    async fn approvals(&self) -> Value {
        self.org.payment(&self.id).await["approval"]["approvals"].clone()
    }

    fn reminded(&self, person: &str) -> usize {
        self.app.mails().to(person).iter().filter(|mail| mail.subject.contains("Reminder")).count()
    }
}

async fn two_have_to_say_yes_and_each_counts_once_by_mail_or_in_place(engine: Engine) {
    let two = Two::on(engine).await;
    let link = two.link(PEOPLE[0], "approve").await;
    let page = two.app.open(&link).await.page(200);
    assert!(page.contains("2 people have said yes"), "{page}");
    let page = two.app.press(&link, "fine by me").await.page(200);
    assert!(page.contains("You said yes") && page.contains("1 of 2"), "{page}");
    for page in [two.app.press(&link, "").await.page(409), two.app.open(&link).await.page(200)] {
        assert!(page.contains("You have said yes already") && !page.contains("method=\"post\""), "{page}");
    }
    let owner = two.app.session_of(PEOPLE[0], false).await;
    let path = format!("/dashboard/transactions/{}/approve", two.id);
    owner.post(&path, &json!({})).await.problem(409, "already_voted");
    assert_eq!(two.approvals().await, json!({ "needed": 2, "given": 1, "possible": 3 }));
    let seen = two.agent.payment(&two.id).await;
    assert_eq!((&seen["status"], &seen["approval"]["decided_by"]), (&json!("pending"), &Value::Null));
    assert_eq!(seen["approval"]["approvals"], json!({ "needed": 2, "given": 1 }));
    two.app.advance(Duration::from_secs(1));
    let bob = two.app.session_of(PEOPLE[2], false).await;
    let approved = bob.post(&path, &json!({})).await.expect(200);
    let votes: Vec<&str> = approved["approval"]["votes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|vote| vote["by"].as_str())
        .collect();
    assert_eq!(votes, ["member:owner@acme.example", "member:bob@acme.example"]);
    assert_eq!(two.agent.settled(&two.id).await["status"], "completed");
    let trail = two.org.trail().await;
    let words: Vec<&String> = trail.iter().filter(|action| action.starts_with("approval.")).collect();
    assert_eq!(words, ["approval.asked", "approval.voted", "approval.approved"]);
    let page = two.app.press(&two.link(PEOPLE[1], "decline").await, "").await.page(409);
    assert!(page.contains("bob@acme.example"), "{page}");
    assert_eq!(two.agent.used_today().await, "42.00");
    two.app.must_balance().await;
}

async fn two_yes_and_a_no_at_once_have_one_ending(engine: Engine) {
    let two = Two::on(engine).await;
    let anna = two.app.session_of(PEOPLE[1], false).await;
    let path = format!("/dashboard/transactions/{}/approve", two.id);
    let (link, no) = (two.link(PEOPLE[0], "approve").await, two.link(PEOPLE[2], "decline").await);
    let body = json!({});
    let (one, other, ended) =
        tokio::join!(two.app.press(&link, ""), anna.post(&path, &body), two.app.press(&no, ""));
    for answer in [&one, &other, &ended] {
        assert!([200, 409].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    let settled = two.agent.settled(&two.id).await;
    let status = settled["status"].as_str().unwrap();
    let used = if status == "completed" { "42.00" } else { "0.00" };
    assert!(["completed", "declined"].contains(&status), "{settled:#}");
    assert_eq!(two.agent.used_today().await, used);
    let trail = two.org.trail().await;
    let endings = ["approval.approved", "approval.declined"];
    assert_eq!(trail.iter().filter(|action| endings.contains(&action.as_str())).count(), 1, "{trail:?}");
    two.app.must_balance().await;
}

async fn somebody_who_left_meanwhile_does_not_count(engine: Engine) {
    let two = Two::on(engine).await;
    let link = two.link(PEOPLE[2], "approve").await;
    two.app.press(&link, "").await.page(200);
    two.org.member(PEOPLE[2], Role::Viewer).await;
    assert_eq!(two.approvals().await, json!({ "needed": 2, "given": 0, "possible": 2 }));
    two.app.press(&two.link(PEOPLE[0], "approve").await, "").await.page(200);
    assert_eq!(two.approvals().await["given"], 1);
    // Whoever may decide again has said yes.
    two.org.member(PEOPLE[2], Role::Approver).await;
    assert_eq!(two.approvals().await["given"], 2);
    two.app.press(&link, "").await.page(409);
    two.app.press(&two.link(PEOPLE[1], "approve").await, "").await.page(200);
    assert_eq!(two.agent.settled(&two.id).await["status"], "completed");
}

async fn more_than_there_are_is_refused_and_shown_when_members_leave(engine: Engine) {
    let two = Two::on(engine).await;
    let path = format!("/dashboard/agents/{}/policy", two.agent.id);
    let four = json!({ "approve_above": "10.00", "approvals": 4 });
    let problem = two.org.admin().put(&path, &four).await.problem(422, "too_few_approvers");
    assert_eq!((&problem["needed"], &problem["possible"]), (&json!(4), &json!(3)));
    two.org.admin().put(&path, &json!({ "approvals": 0 })).await.names("approvals");
    for person in [PEOPLE[1], PEOPLE[2]] {
        two.org.remove_member(person).await;
    }
    assert_eq!(two.org.listed(&two.agent).await["approvals"], json!({ "needed": 2, "possible": 1 }));
    assert_eq!(two.approvals().await, json!({ "needed": 2, "given": 0, "possible": 1 }));
}

async fn fewer_approvals_take_a_passkeys_word_and_more_take_none(engine: Engine) {
    let two = Two::on(engine).await;
    let owner = two.app.session_of(PEOPLE[0], false).await;
    let path = format!("/dashboard/agents/{}/policy", two.agent.id);
    let asks = |approvals: u32| {
        json!({ "daily": "100.00", "approve_above": "10.00", "approvals": approvals,
        "approval_minutes": 24 * 60 })
    };
    owner.put(&path, &asks(3)).await.expect(200);
    owner.put(&path, &asks(2)).await.problem(403, "step_up_required");
    two.app.session_of(PEOPLE[0], true).await.put(&path, &asks(2)).await.expect(200);
}

async fn those_who_said_nothing_are_reminded_once(engine: Engine) {
    let two = Two::on(engine).await;
    two.app.press(&two.link(PEOPLE[0], "approve").await, "").await.page(200);
    let quarter = A_DAY / 4;
    two.app.advance(A_DAY - quarter - Duration::from_secs(1));
    two.app.at_rest().await;
    assert_eq!(PEOPLE.map(|person| two.reminded(person)), [0, 0, 0]);
    two.app.advance(Duration::from_secs(1));
    two.app.at_rest().await;
    assert_eq!(PEOPLE.map(|person| two.reminded(person)), [0, 1, 1]);
    let reminder = two.app.mails().wait(PEOPLE[1], "Reminder").await;
    two.app.restart().await;
    two.app.advance(quarter / 2);
    two.app.at_rest().await;
    assert_eq!(PEOPLE.map(|person| two.reminded(person)), [0, 1, 1], "one reminder and no more");
    two.app.press(&reminder.link("/v1/approve/"), "").await.page(200);
    assert_eq!(two.agent.settled(&two.id).await["status"], "completed");
}

async fn nobody_is_reminded_of_what_was_decided_or_of_what_is_short(engine: Engine) {
    let two = Two::on(engine).await;
    two.app.press(&two.link(PEOPLE[0], "decline").await, "").await.page(200);
    let short = json!({ "approve_above": "10.00", "approval_minutes": 39 });
    two.agent.policy(&short).await;
    let id = id_of(&two.agent.pending("43.00", "shop.example").await).to_owned();
    two.app.advance(Duration::from_secs(38 * 60));
    two.app.at_rest().await;
    two.app.advance(Duration::from_secs(60));
    two.org.payment_at(&id, "timed_out").await;
    two.app.advance(A_DAY);
    two.app.at_rest().await;
    assert_eq!(PEOPLE.map(|person| two.reminded(person)), [0, 0, 0]);
}
