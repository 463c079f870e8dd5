//! Sums through HTTP, on both engines.

use std::time::Duration;

use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::{Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    what_left_is_added_up_by_everything,
    days_are_the_orgs_and_in_their_order,
    an_org_sees_its_own_sums_alone,
    what_is_no_question_is_refused,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn sums(org: &Org, query: &str) -> Vec<Value> {
    let answer = org.admin().get(&format!("/dashboard/analytics?{query}")).await.expect(200);
    answer["data"].as_array().unwrap().clone()
}

/// Key and figure of each.
fn figures(sums: &[Value]) -> Vec<(&str, &str)> {
    sums.iter().map(|sum| (sum["key"].as_str().unwrap(), sum["spent"].as_str().unwrap())).collect()
}

async fn what_left_is_added_up_by_everything(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (agent, other) = (org.free_agent().await, org.free_agent().await);
    agent.paid("5.00", "Books.Example").await;
    agent.paid("2.50", "books.example").await;
    other.paid("10.00", "lamps.example").await;
    let asked = org.agent(json!({ "approve_above": "1.00" })).await;
    asked.pending("100.00", "lamps.example").await;
    let merchants = sums(&org, "by=merchant").await;
    assert_eq!(figures(&merchants), [("lamps.example", "10.00"), ("books.example", "7.50")]);
    assert_eq!((&merchants[1]["payments"], &merchants[1]["refunded"]), (&json!(2), &json!("0.00")));
    let agents = sums(&org, "by=agent").await;
    assert_eq!(figures(&agents), [(other.id.as_str(), "10.00"), (agent.id.as_str(), "7.50")]);
    assert_eq!(agents[0]["name"], "Shopper");
    assert_eq!(figures(&sums(&org, "by=rail").await), [("sandbox", "17.50")]);
    assert_eq!(figures(&sums(&org, "by=category").await), [("", "17.50")]);
    let one = format!("by=rail&agent={}", agent.id);
    assert_eq!(figures(&sums(&org, &one).await), [("sandbox", "7.50")]);
    let day = sums(&org, "by=day").await;
    assert_eq!((day.len(), &day[0]["spent"]), (1, &json!("17.50")));
    let one = format!("by=day&agent={}", agent.id);
    assert_eq!(sums(&org, &one).await[0]["spent"], "7.50");
    app.must_balance().await;
}

async fn days_are_the_orgs_and_in_their_order(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Acme", "owner@acme.example", Mode::Test, "Pacific/Auckland").await;
    let agent = org.free_agent().await;
    let mut days = Vec::new();
    for amount in ["1.00", "2.00", "3.00"] {
        let paid = agent.paid(amount, "shop.example").await;
        let at: bursar_base::TimeUs = serde_json::from_value(paid["created_at"].clone()).unwrap();
        days.push((at.to_jiff().in_tz("Pacific/Auckland").unwrap().date().to_string(), amount));
        app.advance(DAY);
    }
    let all = sums(&org, "by=day").await;
    let wanted: Vec<_> = days.iter().map(|(day, amount)| (day.as_str(), *amount)).collect();
    assert_eq!(figures(&all), wanted);
    let second = &days[1].0;
    assert_eq!(figures(&sums(&org, &format!("by=day&from={second}&until={second}")).await), wanted[1..2]);
    let rails = sums(&org, &format!("by=rail&from={second}&until={second}")).await;
    assert_eq!(figures(&rails), [("sandbox", "2.00")]);
}

async fn an_org_sees_its_own_sums_alone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let other = app.new_org("Other", "bob@other.example", Mode::Test, "UTC").await;
    let agent = org.free_agent().await;
    let paid = agent.paid("5.00", "books.example").await;
    for by in ["day", "agent", "merchant", "category", "rail"] {
        assert_eq!(sums(&org, &format!("by={by}")).await.len(), 1);
        assert!(sums(&other, &format!("by={by}")).await.is_empty());
        assert!(sums(&other, &format!("by={by}&agent={}", agent.id)).await.is_empty());
    }
    let path = format!("/dashboard/transactions/{}/history", id_of(&paid));
    other.admin().get(&path).await.problem(404, "not_found");
    let history = org.admin().get(&path).await.expect(200);
    let entries = history["data"].as_array().unwrap();
    let moved = |entry: &Value| -> Vec<String> {
        let kind = |one: &Value| one["kind"].as_str().unwrap().to_owned();
        entry["moved"].as_array().unwrap().iter().map(kind).collect()
    };
    let told: Vec<_> =
        entries.iter().map(|entry| (entry["action"].as_str().unwrap(), moved(entry))).collect();
    assert_eq!(told.first().unwrap(), &("payment.approved", vec!["hold".to_owned()]));
    let (last, ends) = told.last().unwrap();
    assert_eq!(*last, "payment.completed");
    assert!(ends.contains(&"release".to_owned()) && ends.contains(&"post".to_owned()), "{told:?}");
    assert!(entries.iter().all(|entry| entry["hash"].as_str().unwrap().len() == 64));
}

async fn what_is_no_question_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    for (query, field) in [
        ("by=weather", "by"),
        ("by=day&from=today", "from"),
        ("by=day&from=2026-02-02&until=2026-02-01", "from"),
        ("by=day&agent=Ann", "agent"),
    ] {
        org.admin().get(&format!("/dashboard/analytics?{query}")).await.names(field);
    }
}
