//! Agents, their limits and their policies, as owners see and change them.

use std::time::Duration;

use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    the_list_shows_limits_and_what_is_used_of_each,
    three_limits_are_replaced_in_cents_or_as_amounts_and_all_others_stay,
    a_policy_is_replaced_only_if_it_is_the_one_that_was_read,
    a_policy_without_limits_of_a_kind_has_no_limit_of_that_kind,
    a_new_limit_empties_no_window,
    the_day_ends_in_the_orgs_own_time_zone,
);

async fn the_list_shows_limits_and_what_is_used_of_each(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let limits = json!({ "daily": "100.00", "weekly": "300.00", "monthly": "900.00", "lifetime": "5000.00",
        "per_tx": "50.00", "approve_above": "40.00" });
    let agent = org.agent(limits).await;
    let idle = org.agent(json!({ "daily": "7.00" })).await;
    agent.paid("30.00", "shop.example").await;
    agent.pending("45.00", "shop.example").await;
    let listed = org.listed(&agent).await;
    for (window, limit) in
        [("daily", "100.00"), ("weekly", "300.00"), ("monthly", "900.00"), ("lifetime", "5000.00")]
    {
        assert_eq!(listed[window], json!({ "limit": limit, "used": "75.00" }));
    }
    assert_eq!((&listed["per_tx"], &listed["approve_above"]), (&json!("50.00"), &json!("40.00")));
    assert_eq!(org.listed(&idle).await["daily"], json!({ "limit": "7.00", "used": "0.00" }));
    // The next day is another window; the Monday is still of this week.
    app.advance(Duration::from_secs(12 * 60 * 60));
    let listed = org.listed(&agent).await;
    assert_eq!((&listed["daily"]["used"], &listed["weekly"]["used"]), (&json!("0.00"), &json!("75.00")));
}

async fn three_limits_are_replaced_in_cents_or_as_amounts_and_all_others_stay(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "1.00", "weekly": "300.00", "per_tx": "1.00" })).await;
    let path = format!("/dashboard/agents/{}/limits", agent.id);
    let cents =
        json!({ "daily_limit_cents": 10_000, "per_tx_limit_cents": 5_000, "approval_threshold_cents": 0 });
    let body = org.admin().put(&path, &cents).await.expect(200);
    assert_eq!(body["daily"]["limit"], "100.00");
    assert_eq!((&body["per_tx"], &body["approve_above"]), (&json!("50.00"), &json!("0.00")));
    assert_eq!((&body["weekly"]["limit"], &body["policy_version"]), (&json!("300.00"), &json!(2)));
    agent.pending("0.01", "shop.example").await;
    let amounts = json!({ "daily_limit": "20.00", "approval_threshold": "5.50" });
    let body = org.admin().put(&path, &amounts).await.expect(200);
    assert_eq!((&body["daily"]["limit"], &body["per_tx"]), (&json!("20.00"), &json!(null)));
    assert_eq!((&body["approve_above"], &body["weekly"]["limit"]), (&json!("5.50"), &json!("300.00")));
    agent.pay("20.00", "shop.example").await.problem(402, "daily_exceeded");
    agent.paid("5.50", "shop.example").await;
}

async fn a_policy_is_replaced_only_if_it_is_the_one_that_was_read(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "10.00" })).await;
    let path = format!("/dashboard/agents/{}/policy", agent.id);
    let read = org.admin().get(&path).await;
    let body = read.expect(200);
    assert_eq!((&body["version"], &body["policy"]), (&json!(1), &json!({ "daily": "10.00" })));
    assert_eq!(read.header("etag"), "\"1\"");
    let put = |document: serde_json::Value, version: &'static str| {
        let call = org.admin().call(Method::PUT, &path).json(&document);
        async move { call.header("if-match", version).send().await }
    };
    let replaced = put(json!({ "daily": "20.00" }), "\"1\"").await;
    assert_eq!((replaced.expect(200)["version"].clone(), replaced.header("etag")), (json!(2), "\"2\""));
    let changed = put(json!({ "daily": "30.00" }), "\"1\"").await.problem(412, "policy_changed");
    assert_eq!(changed["version"], 2);
    assert_eq!(put(json!({ "daily": "40.00" }), "*").await.expect(200)["version"], 3);
    assert_eq!(org.admin().put(&path, &json!({ "daily": "50.00" })).await.expect(200)["version"], 4);
    // Two at once: one of them is told that it was too late.
    let (one, two) =
        tokio::join!(put(json!({ "daily": "1.00" }), "\"4\""), put(json!({ "daily": "2.00" }), "\"4\""));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(org.admin().get(&path).await.expect(200)["version"], 5);
}

async fn a_policy_without_limits_of_a_kind_has_no_limit_of_that_kind(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "1.00" })).await;
    agent.policy(&json!({})).await;
    agent.paid("9999.00", "shop.example").await;
    app.must_balance().await;
}

async fn a_new_limit_empties_no_window(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "50.00" })).await;
    agent.paid("30.00", "shop.example").await;
    agent.policy(&json!({ "daily": "40.00" })).await;
    let declined = agent.pay("10.01", "shop.example").await.problem(402, "daily_exceeded");
    assert_eq!((&declined["limit"], &declined["used"]), (&json!("40.00"), &json!("30.00")));
    agent.policy(&json!({ "daily": "20.00" })).await;
    agent.pay("0.01", "shop.example").await.problem(402, "daily_exceeded");
}

async fn the_day_ends_in_the_orgs_own_time_zone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Tokyo", "owner@tokyo.example", Mode::Test, "Asia/Tokyo").await;
    let agent = org.agent(json!({ "daily": "10.00" })).await;
    agent.paid("10.00", "shop.example").await;
    // 23:13:20 in Tokyo; 46:40 later it is Tuesday there.
    app.advance(Duration::from_secs(46 * 60 + 39));
    agent.pay("0.01", "shop.example").await.problem(402, "daily_exceeded");
    app.advance(Duration::from_secs(1));
    agent.paid("10.00", "shop.example").await;
    assert_eq!(org.listed(&agent).await["weekly"]["used"], "20.00");
}
