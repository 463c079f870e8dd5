//! Backtests through HTTP, on both engines.

use std::time::Duration;

use bursar_base::Mode;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Answer, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    every_request_that_a_tighter_limit_refuses_is_listed_with_its_money,
    what_was_refused_counts_as_paid_once_a_draft_allows_it,
    human_answers_are_used_again_and_what_was_never_asked_needs_one,
    a_draft_that_wants_more_yes_than_were_given_needs_approval,
    days_end_in_the_orgs_own_time_zone,
    the_newest_requests_are_looked_at_and_the_rest_is_counted,
    a_draft_that_could_not_be_set_is_refused_in_the_same_words,
    nothing_changes_by_it,
);

fn path(agent: &Agent) -> String {
    format!("/dashboard/agents/{}/policy/backtest", agent.id)
}

async fn send(org: &Org, agent: &Agent, query: &str, draft: &Value) -> Answer {
    org.admin().post(&format!("{}{query}", path(agent)), draft).await
}

async fn backtest(org: &Org, agent: &Agent, draft: &Value) -> Value {
    let found = send(org, agent, "", draft).await.expect(200);
    assert_eq!(found["not_reproduced"], 0, "{found:#}");
    found
}

/// How many requests have an outcome on one side, and what they ask for.
fn tally<'a>(found: &'a Value, side: &str, outcome: &str) -> (&'a Value, &'a Value) {
    let all = found[side].as_array().unwrap();
    let one = all.iter().find(|tally| tally["outcome"] == outcome).unwrap();
    (&one["requests"], &one["amount"])
}

/// The outcome of each flip on record and under the draft, and the rule that decided.
fn flips(found: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let flip = |flip: &Value| {
        let (before, after) = (&flip["before"], &flip["under_draft"]);
        (text(&before["outcome"]), text(&after["outcome"]), text(&after["rule"]["rule"]))
    };
    found["flips"].as_array().unwrap().iter().map(flip).collect()
}

fn flip(before: &str, after: &str, rule: &str) -> (String, String, String) {
    (before.to_owned(), after.to_owned(), rule.to_owned())
}

async fn every_request_that_a_tighter_limit_refuses_is_listed_with_its_money(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    agent.paid("30.00", "shop.example").await;
    let second = agent.paid("30.00", "shop.example").await;
    agent.paid("15.00", "shop.example").await;
    let found = backtest(&org, &agent, &json!({ "daily": "50.00" })).await;
    assert_eq!(
        (&found["requests"], &found["left_out"], &found["currency"]),
        (&json!(3), &json!(0), &json!("USD"))
    );
    assert_eq!(tally(&found, "before", "approved"), (&json!(3), &json!("75.00")));
    assert_eq!(tally(&found, "under_draft", "approved"), (&json!(2), &json!("45.00")));
    assert_eq!(tally(&found, "under_draft", "declined"), (&json!(1), &json!("30.00")));
    let change =
        json!([{ "before": "approved", "under_draft": "declined", "requests": 1, "amount": "30.00" }]);
    assert_eq!(found["changes"], change);
    let flip = &found["flips"][0];
    assert_eq!(
        (&flip["transaction_id"], &flip["merchant"]),
        (&json!(id_of(&second)), &json!("shop.example"))
    );
    assert_eq!((&flip["amount"], &flip["currency"]), (&json!("30.00"), &json!("USD")));
    assert_eq!(flip["decided_at"], second["created_at"]);
    assert_eq!(flip["before"]["reason"], Value::Null);
    assert_eq!(flip["under_draft"]["reason"], "daily_exceeded");
    // The third fits again, because the second was never held.
    let rule =
        json!({ "rule": "daily", "verdict": "decline", "limit": "50.00", "used": "30.00", "asked": "30.00" });
    assert_eq!(flip["under_draft"]["rule"], rule);
    // What is in force flips nothing.
    let same = backtest(&org, &agent, &json!({ "daily": "100.00" })).await;
    assert_eq!((&same["flips"], &same["changes"]), (&json!([]), &json!([])));
}

async fn what_was_refused_counts_as_paid_once_a_draft_allows_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "per_tx": "20.00" })).await;
    agent.pay("50.00", "shop.example").await.problem(402, "per_tx_exceeded");
    agent.paid("15.00", "shop.example").await;
    let found = backtest(&org, &agent, &json!({ "daily": "60.00" })).await;
    let expected = [flip("declined", "approved", "-"), flip("approved", "declined", "daily")];
    assert_eq!(flips(&found), expected);
    assert_eq!(found["flips"][0]["before"]["rule"]["rule"], "per_transaction");
    assert_eq!(found["flips"][1]["under_draft"]["rule"]["used"], "50.00");
    // The wallet holds 10,000.00, under any policy.
    agent.pay("9990.00", "shop.example").await.problem(402, "per_tx_exceeded");
    let found = backtest(&org, &agent, &json!({})).await;
    assert_eq!(flips(&found), [flip("declined", "approved", "-")]);
    assert_eq!(tally(&found, "under_draft", "declined"), (&json!(1), &json!("9990.00")));
}

async fn human_answers_are_used_again_and_what_was_never_asked_needs_one(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "1000.00", "approve_above": "10.00" })).await;
    let owner = app.session_of(&org.owner, false).await;
    for (amount, word) in [("20.00", "approve"), ("30.00", "decline")] {
        let asked = agent.pending(amount, "shop.example").await;
        owner.post_empty(&format!("/dashboard/transactions/{}/{word}", id_of(&asked))).await.expect(200);
        agent.settled(id_of(&asked)).await;
    }
    agent.pending("40.00", "shop.example").await;
    agent.paid("8.00", "shop.example").await;
    let same = backtest(&org, &agent, &json!({ "approve_above": "15.00" })).await;
    assert_eq!(flips(&same), []);
    for (outcome, amount) in [
        ("approved", "8.00"),
        ("approved_by_human", "20.00"),
        ("declined_by_human", "30.00"),
        ("needs_approval", "40.00"),
    ] {
        assert_eq!(tally(&same, "under_draft", outcome), (&json!(1), &json!(amount)), "{outcome}");
    }
    let tight = backtest(&org, &agent, &json!({ "approve_above": "5.00" })).await;
    assert_eq!(flips(&tight), [flip("approved", "needs_approval", "approve_above")]);
    // Without a question the refused 30.00 are paid, and what is above them does not fit any more.
    let loose = backtest(&org, &agent, &json!({ "daily": "60.00" })).await;
    let expected = [
        flip("approved_by_human", "approved", "-"),
        flip("declined_by_human", "approved", "-"),
        flip("needs_approval", "declined", "daily"),
    ];
    assert_eq!(flips(&loose), expected);
}

async fn a_draft_that_wants_more_yes_than_were_given_needs_approval(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("anna@acme.example", Role::Approver).await;
    let agent = org.agent(json!({})).await;
    agent.policy(&json!({ "approve_above": "0.00", "approvals": 2 })).await;
    let once = agent.pending("10.00", "shop.example").await;
    let both = agent.pending("20.00", "shop.example").await;
    for (email, ids) in [(org.owner.as_str(), vec![&once, &both]), ("anna@acme.example", vec![&both])] {
        let member = app.session_of(email, false).await;
        for asked in ids {
            member.post_empty(&format!("/dashboard/transactions/{}/approve", id_of(asked))).await.expect(200);
        }
    }
    agent.settled(id_of(&both)).await;
    let one = backtest(&org, &agent, &json!({ "approve_above": "0.00" })).await;
    assert_eq!(flips(&one), [flip("needs_approval", "approved_by_human", "approve_above")]);
    org.member("bert@acme.example", Role::Approver).await;
    let three = backtest(&org, &agent, &json!({ "approve_above": "0.00", "approvals": 3 })).await;
    assert_eq!(flips(&three), [flip("approved_by_human", "needs_approval", "approve_above")]);
}

async fn days_end_in_the_orgs_own_time_zone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Tokyo", "owner@tokyo.example", Mode::Test, "Asia/Tokyo").await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    agent.paid("10.00", "shop.example").await;
    // 23:13:20 in Tokyo; 46:40 later it is another day there, and for nobody else.
    app.advance(Duration::from_secs(46 * 60 + 39));
    let late = agent.paid("10.00", "shop.example").await;
    app.advance(Duration::from_secs(1));
    agent.paid("10.00", "shop.example").await;
    let found = backtest(&org, &agent, &json!({ "daily": "10.00" })).await;
    assert_eq!(flips(&found), [flip("approved", "declined", "daily")]);
    assert_eq!(found["flips"][0]["transaction_id"], id_of(&late));
}

async fn the_newest_requests_are_looked_at_and_the_rest_is_counted(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    let nothing = backtest(&org, &agent, &json!({})).await;
    assert_eq!((&nothing["requests"], &nothing["from"]), (&json!(0), &Value::Null));
    let mut paid = Vec::new();
    for _ in 0..5 {
        paid.push(agent.paid("10.00", "shop.example").await);
        app.advance(Duration::from_secs(60));
    }
    let draft = json!({ "daily": "40.00" });
    let found = send(&org, &agent, "?limit=2", &draft).await.expect(200);
    assert_eq!((&found["requests"], &found["left_out"]), (&json!(2), &json!(3)));
    assert_eq!(found["from"], paid[3]["created_at"]);
    // What was not looked at counts as it did.
    assert_eq!(flips(&found), [flip("approved", "declined", "daily")]);
    assert_eq!(found["flips"][0]["under_draft"]["rule"]["used"], "40.00");
    let since = format!("?since={}", paid[4]["created_at"].as_str().unwrap());
    let found = send(&org, &agent, &since, &draft).await.expect(200);
    assert_eq!((&found["requests"], &found["left_out"]), (&json!(1), &json!(0)));
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=10001", "limit"),
        ("?limit=many", "limit"),
        ("?since=yesterday", "since"),
        ("?until=now", "until"),
    ] {
        send(&org, &agent, query, &draft).await.names(field);
    }
}

async fn a_draft_that_could_not_be_set_is_refused_in_the_same_words(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    let policy = format!("/dashboard/agents/{}/policy", agent.id);
    for draft in [
        json!({ "daily": 100 }),
        json!({ "daily": "-1.00" }),
        json!({ "dayly": "1.00" }),
        json!({ "approvals": 2, "approve_above": "0.00" }),
        json!({ "merchants": ["shop.example"] }),
        json!({ "hours": [{ "days": ["mon"], "from": "9:00", "to": "17:00" }] }),
        json!([]),
    ] {
        let (set, tried) = (org.admin().put(&policy, &draft).await, send(&org, &agent, "", &draft).await);
        assert!((400..500).contains(&set.status.as_u16()), "{draft}");
        assert_eq!(set.status, tried.status, "{draft}");
        let words = |answer: &Answer| {
            let problem = answer.json();
            ["code", "detail", "errors", "needed", "possible"].map(|name| problem[name].clone())
        };
        assert_eq!(words(&set), words(&tried), "{draft}");
    }
}

async fn nothing_changes_by_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "50.00" })).await;
    agent.paid("10.00", "shop.example").await;
    agent.pending("60.00", "shop.example").await;
    app.at_rest().await;
    let (listed, trail) = (org.listed(&agent).await, org.trail().await);
    backtest(&org, &agent, &json!({ "daily": "0.00", "breaker": { "requests": 1, "seconds": 3600 } })).await;
    assert_eq!((org.listed(&agent).await, org.trail().await), (listed, trail));
    app.must_balance().await;
}
