//! What owners are told of how money goes, on both engines.

use std::time::Duration;

use bursar_base::{Clock as _, Mode};
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_wallet_that_falls_below_its_mark_is_told_once_until_it_was_above_again,
    an_agents_own_wallet_is_told_by_name_and_only_to_that_agent,
    most_of_a_limit_is_told_once_for_each_window_and_limit,
    a_hold_of_yesterday_is_counted_in_yesterdays_window,
    five_declines_in_a_row_are_told_and_a_yes_begins_anew,
    the_week_is_told_on_monday_morning_in_the_zone_of_the_org,
    the_day_is_told_to_whoever_wants_it,
    mails_are_turned_off_by_choice_and_by_one_click,
    nothing_is_told_twice_or_lost_over_a_restart,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn subjects(app: &TestApp, person: &str, words: &str) -> Vec<String> {
    app.at_rest().await;
    let mails = app.mails().to(person).into_iter().map(|mail| mail.subject);
    mails.filter(|subject| subject.contains(words)).collect()
}

async fn told(org: &Org, action: &str) -> usize {
    org.trail().await.iter().filter(|known| *known == action).count()
}

async fn alert(org: &Org, below: Value) {
    org.admin().put("/dashboard/wallet/alerts", &json!({ "below": below })).await.expect(200);
}

async fn heard(agent: &Agent) -> Vec<String> {
    let messages = agent.client().get("/messages?limit=100").await.expect(200);
    let names = messages["data"].as_array().unwrap().iter();
    names.map(|message| message["type"].as_str().unwrap().to_owned()).collect()
}

async fn a_wallet_that_falls_below_its_mark_is_told_once_until_it_was_above_again(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    agent.policy(&json!({})).await;
    alert(&org, json!("9000.00")).await;
    assert_eq!(
        org.admin().get("/dashboard/wallet/alerts").await.expect(200)["data"],
        json!([{ "agent_id": null, "below": "9000.00" }])
    );
    agent.paid("1000.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "runs low").await, [] as [&str; 0], "9000 is not below 9000");
    for _ in 0..3 {
        agent.paid("1.00", "shop.example").await;
    }
    assert_eq!(subjects(&app, &org.owner, "runs low").await.len(), 1);
    org.deposit("100.00").await;
    app.at_rest().await;
    agent.paid("200.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "runs low").await.len(), 2);
    agent.paid("8897.00", "shop.example").await;
    let empty = app.mails().wait(&org.owner, "The wallet is empty").await;
    assert!(empty.text.contains("0.00 USD left"), "{}", empty.text);
    app.at_rest().await;
    let counts = [told(&org, "wallet.balance_low").await, told(&org, "wallet.empty").await];
    assert_eq!(counts, [2, 1]);
    let names = heard(&agent).await;
    assert!(names.contains(&"wallet.balance_low".to_owned()) && names.contains(&"wallet.empty".to_owned()));
    alert(&org, json!(null)).await;
    org.admin().put("/dashboard/wallet/alerts", &json!({ "below": "0" })).await.names("below");
    org.admin()
        .put("/dashboard/wallet/alerts", &json!({ "agent_id": agent.id, "below": "1" }))
        .await
        .names("agent_id");
    app.must_balance().await;
}

async fn an_agents_own_wallet_is_told_by_name_and_only_to_that_agent(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let other = org.free_agent().await;
    let own =
        org.new_agent(&json!({ "name": "Saver", "limits": { "daily": "100.00" }, "own_wallet": true })).await;
    app.advance(Duration::from_secs(1));
    org.admin()
        .put("/dashboard/wallet/alerts", &json!({ "agent_id": own.id, "below": "50.00" }))
        .await
        .expect(200);
    let spend = app.spend();
    let deposit = bursar_money::funnel::Command::Deposit {
        org_id: org.id.clone(),
        agent_id: Some(own.id.parse().unwrap()),
        amount: bursar_base::Money::parse("60.00", bursar_base::Currency::USD).unwrap(),
        reason: "a test".to_owned(),
        actor: "test".to_owned(),
    };
    spend.submit(deposit).await.unwrap();
    app.at_rest().await;
    own.paid("20.00", "shop.example").await;
    let mail = app.mails().wait(&org.owner, "runs low").await;
    assert_eq!(subjects(&app, &org.owner, "runs low").await.len(), 1, "what was never filled has not fallen");
    assert!(mail.subject.contains("Saver") && mail.text.contains("40.00"), "{}\n{}", mail.subject, mail.text);
    app.at_rest().await;
    let names = heard(&own).await;
    for name in ["wallet.activated", "wallet.balance_low"] {
        assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{names:?}");
    }
    assert!(!heard(&other).await.iter().any(|name| name.starts_with("wallet.b")), "another agent's wallet");
}

async fn most_of_a_limit_is_told_once_for_each_window_and_limit(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "weekly": "1000.00" })).await;
    agent.paid("79.99", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "has used").await, [] as [&str; 0]);
    agent.paid("0.01", "shop.example").await;
    agent.paid("5.00", "shop.example").await;
    let first = subjects(&app, &org.owner, "has used").await;
    assert_eq!(first.len(), 1);
    assert!(first[0].contains("100.00"), "{first:?}");
    agent.policy(&json!({ "daily": "105.00" })).await;
    agent.paid("1.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "has used").await.len(), 2, "another limit");
    app.advance(DAY);
    agent.paid("90.00", "shop.example").await;
    agent.paid("1.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "has used").await.len(), 3, "another day");
}

async fn a_hold_of_yesterday_is_counted_in_yesterdays_window(engine: Engine) {
    let app = TestApp::start(engine).await;
    // 14:13 in UTC is 23:13 there.
    let org = app.new_org("Acme", "owner@acme.example", Mode::Test, "Asia/Tokyo").await;
    let agent = org.agent(json!({})).await;
    agent.policy(&json!({ "daily": "100.00", "approve_above": "50.00" })).await;
    let waits = id_of(&agent.pending("70.00", "shop.example").await).to_owned();
    app.advance(Duration::from_secs(60 * 60));
    // After midnight: yesterday's 70 are no part of today.
    agent.paid("20.00", "shop.example").await;
    let owner = app.session_of(&org.owner, false).await;
    owner.post_empty(&format!("/dashboard/transactions/{waits}/approve")).await.expect(200);
    agent.settled(&waits).await;
    assert_eq!(subjects(&app, &org.owner, "has used").await, [] as [&str; 0]);
    agent.paid("30.00", "shop.example").await;
    agent.paid("30.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "has used 80.00").await.len(), 1);
}

async fn five_declines_in_a_row_are_told_and_a_yes_begins_anew(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "per_tx": "10.00" })).await;
    for _ in 0..4 {
        agent.pay("11.00", "shop.example").await.problem(402, "per_tx_exceeded");
    }
    agent.paid("1.00", "shop.example").await;
    for _ in 0..4 {
        agent.pay("11.00", "shop.example").await.problem(402, "per_tx_exceeded");
    }
    assert_eq!(subjects(&app, &org.owner, "declined in a row").await, [] as [&str; 0]);
    for _ in 0..3 {
        agent.pay("11.00", "shop.example").await.problem(402, "per_tx_exceeded");
    }
    let mails = subjects(&app, &org.owner, "declined in a row").await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = app.mails().wait(&org.owner, "declined in a row").await;
    assert!(mail.text.contains("per_tx_exceeded"), "{}", mail.text);
}

async fn the_week_is_told_on_monday_morning_in_the_zone_of_the_org(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Acme", "owner@acme.example", Mode::Test, "America/Sao_Paulo").await;
    org.member("anna@acme.example", Role::Approver).await;
    let agent = org.agent(json!({ "daily": "1000.00" })).await;
    agent.paid("12.00", "shop.example").await;
    agent.paid("30.00", "shop.example").await;
    agent.pay("2000.00", "shop.example").await.problem(402, "daily_exceeded");
    app.at_rest().await;
    // Monday, 14:13 in UTC; the next one at eight o'clock in São Paulo is 11:00 in UTC.
    let monday = bursar_base::TimeUs::parse_rfc3339("2026-09-28T11:00:00Z").unwrap();
    app.advance(monday.since(app.clock().now()) - Duration::from_secs(1));
    assert_eq!(subjects(&app, &org.owner, "Your week").await, [] as [&str; 0]);
    app.advance(Duration::from_secs(1));
    let mails = subjects(&app, &org.owner, "Your week").await;
    assert_eq!(mails, ["[Test] Your week: 42.00 USD paid"]);
    let mail = app.mails().wait(&org.owner, "Your week").await;
    for words in ["2026-09-21 to 2026-09-27", "2 payments", "declined  1"] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    assert_eq!(subjects(&app, "anna@acme.example", "Your week").await, [] as [&str; 0]);
    app.advance(7 * DAY);
    assert_eq!(subjects(&app, &org.owner, "Your week").await.len(), 1, "a week without anything is not told");
}

async fn the_day_is_told_to_whoever_wants_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("anna@acme.example", Role::Owner).await;
    let anna = app.session_of("anna@acme.example", false).await;
    let path = "/dashboard/members/me/notifications";
    assert_eq!(anna.get(path).await.expect(200)["activity"], false);
    assert_eq!(anna.put(path, &json!({ "activity": true })).await.expect(200)["activity"], true);
    let agent = org.free_agent().await;
    agent.paid("12.00", "shop.example").await;
    app.at_rest().await;
    app.advance(DAY);
    assert_eq!(subjects(&app, "anna@acme.example", "Your day").await, ["[Test] Your day: 12.00 USD paid"]);
    assert_eq!(subjects(&app, &org.owner, "Your day").await, [] as [&str; 0]);
}

async fn mails_are_turned_off_by_choice_and_by_one_click(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    agent.paid("80.00", "shop.example").await;
    let mail = app.mails().wait(&org.owner, "has used").await;
    let link = mail.link("/v1/unsubscribe/");
    assert_eq!(mail.header("List-Unsubscribe"), format!("<{link}>"));
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let owner = app.session_of(&org.owner, false).await;
    let path = "/dashboard/members/me/notifications";
    let page = app.open(&link).await.page(200);
    assert!(page.contains("method=\"post\""), "{page}");
    assert_eq!(owner.get(path).await.expect(200)["limit_near"], true, "opening it changes nothing");
    for _ in 0..2 {
        let one_click = [("List-Unsubscribe", "One-Click")];
        let below = link.strip_prefix(bursar_testkit::app::PUBLIC_URL).unwrap();
        app.client().below("").post_form(below, &one_click).await.page(200);
    }
    let choices = owner.get(path).await.expect(200);
    assert_eq!((&choices["limit_near"], &choices["weekly_summary"]), (&json!(false), &json!(true)));
    assert_eq!(told(&org, "member.notifications_set").await, 1);
    app.advance(DAY);
    agent.paid("90.00", "shop.example").await;
    assert_eq!(subjects(&app, &org.owner, "has used").await.len(), 1);
    // What is about safety comes all the same, and cannot be turned off.
    agent.freeze().await;
    app.mails().wait(&org.owner, "frozen").await;
    owner.put(path, &json!({ "agent_frozen": false })).await.names("agent_frozen");
    org.admin().call(Method::GET, path).send().await.problem(403, "forbidden");
    let wrong = format!("{}x", link);
    app.open(&wrong).await.page(404);
    app.press(&wrong, "").await.page(404);
}

async fn nothing_is_told_twice_or_lost_over_a_restart(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    alert(&org, json!("9950.00")).await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    for round in 0..4 {
        agent.paid("20.00", "shop.example").await;
        // The look at it may be under way, or not have begun.
        if round % 2 == 0 {
            app.restart().await;
        }
    }
    app.at_rest().await;
    app.restart().await;
    app.at_rest().await;
    assert_eq!(subjects(&app, &org.owner, "runs low").await.len(), 1);
    assert_eq!(subjects(&app, &org.owner, "has used").await.len(), 1);
    assert_eq!(told(&org, "wallet.balance_low").await, 1);
    app.must_balance().await;
}
