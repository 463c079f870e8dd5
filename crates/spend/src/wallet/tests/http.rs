//! What agents and owners see and set.

use ::http::Method;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_wallet_says_where_it_stands_and_what_is_left,
    a_fresh_agent_asks_for_everything_and_its_owner_changes_that,
    rules_that_the_short_form_does_not_show_stay,
    only_the_version_that_was_read_is_replaced,
    what_is_wrong_is_named,
    a_category_decides_who_is_asked,
    a_purchase_that_repeats_is_asked_about_where_that_is_not_allowed,
    the_story_is_told_in_order_with_signs_and_in_pages,
    nobody_elses_wallet_is_shown,
);

async fn a_wallet_says_where_it_stands_and_what_is_left(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let limits =
        json!({ "daily": "50.00", "monthly": "100.00", "per_tx": "20.00", "approve_above": "15.00" });
    let agent = org.agent(limits).await;
    agent.paid("12.50", "shop.example").await;
    let held = agent.pending("16.00", "other.example").await;
    let wallet = agent.client().get("/wallet/check").await.expect(200);
    assert_eq!((&wallet["wallet_status"], &wallet["card_status"]), (&json!("active"), &json!("none")));
    assert_eq!((&wallet["balance"], &wallet["balance_usd"]), (&json!("9971.50"), &json!("9971.50")));
    assert_eq!((&wallet["held"], &wallet["currency"]), (&json!("16.00"), &json!("USD")));
    let limits = &wallet["spending_limits"];
    assert_eq!(limits["daily"], json!({ "limit": "50.00", "used": "28.50", "left": "21.50" }));
    assert_eq!(limits["weekly"], json!({ "limit": null, "used": "28.50", "left": null }));
    assert_eq!(
        (&limits["per_transaction"], &limits["per_transaction_usd"]),
        (&json!("20.00"), &json!("20.00"))
    );
    assert_eq!((&limits["monthly_usd"], &limits["monthly_spent_usd"]), (&json!("100.00"), &json!("28.50")));
    assert_eq!(limits["monthly_remaining_usd"], "71.50");
    assert_eq!((&wallet["pending_topups"], &wallet["pending_topups_amount"]), (&json!(0), &json!("0.00")));
    agent.client().post_empty(&format!("/transactions/{}/cancel", id_of(&held))).await.expect(200);
    assert_eq!(agent.client().get("/wallet/check").await.expect(200)["balance"], "9987.50");

    let own = json!({ "name": "Own", "own_wallet": true, "limits": { "daily": "5.00" } });
    let own = org.new_agent(&own).await;
    let empty = own.client().get("/wallet/check").await.expect(200);
    assert_eq!((&empty["wallet_status"], &empty["wallet"]), (&json!("inactive"), &json!("own")));
    agent.freeze().await;
    assert_eq!(agent.client().get("/wallet/check").await.expect(200)["wallet_status"], "frozen");
    agent.unfreeze().await;
    agent.policy(&json!({})).await;
    agent.paid("9987.50", "shop.example").await;
    assert_eq!(agent.client().get("/wallet/check").await.expect(200)["wallet_status"], "empty");
    app.must_balance().await;
}

async fn a_fresh_agent_asks_for_everything_and_its_owner_changes_that(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let path = format!("/dashboard/agents/{}/spending", agent.id);
    let shown = agent.client().get("/wallet/spending").await;
    assert_eq!(shown.header("etag"), "\"1\"");
    let shown = shown.expect(200);
    assert_eq!(
        (&shown["approval_mode"], &shown["recurring_allowed"]),
        (&json!("ask_for_everything"), &json!(true))
    );
    agent.pending("0.01", "shop.example").await;
    let set = json!({
        "approval_mode": "auto_approve_under_threshold",
        "limits": { "per_transaction_usd": "25.00", "daily": "50.00", "monthly_usd": "200.00", "ask_approval_above_usd": "10.00" },
        "approved_categories": ["books"], "blocked_categories": ["Gambling"], "recurring_allowed": true,
        "notes": "Prefer yearly plans.\nAsk before hardware.",
    });
    let put = org.admin().put(&path, &set).await;
    assert_eq!(put.header("etag"), "\"2\"");
    let put = put.expect(200);
    assert_eq!(put, agent.client().get("/wallet/spending").await.expect(200), "agent and owner see the same");
    assert_eq!(put, org.admin().get(&path).await.expect(200));
    assert_eq!(put["limits"]["daily_usd"], "50.00");
    assert_eq!((&put["limits"]["per_transaction"], &put["notes"]), (&json!("25.00"), &set["notes"]));
    assert_eq!((&put["approved_categories"], &put["version"]), (&json!(["books"]), &json!(2)));
    let policy = org.admin().get(&format!("/dashboard/agents/{}/policy", agent.id)).await.expect(200);
    assert_eq!(policy["policy"]["approve_above"], "10.00");
    assert_eq!(policy["policy"]["categories"], json!({ "block": ["Gambling"], "approved": ["books"] }));
    org.payee("shop.example", Some("food"), None).await;
    agent.paid("10.00", "shop.example").await;
    agent.pending("10.01", "shop.example").await;
    agent.pay("25.01", "shop.example").await.problem(402, "per_tx_exceeded");
}

async fn rules_that_the_short_form_does_not_show_stay(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let policy = json!({
        "weekly": "70.00", "lifetime": "900.00", "rails": ["sandbox"], "merchants": { "block": ["casino.example"] },
        "categories": { "allow": ["books"], "block": ["gambling"], "ask": ["books"] }, "recurring": "decline",
        "daily": "5.00", "notes": "old",
    });
    agent.policy(&policy).await;
    let set = json!({ "approval_mode": "ask_for_everything", "limits": { "monthly": "9.00" } });
    org.admin().put(&format!("/dashboard/agents/{}/spending", agent.id), &set).await.expect(200);
    let now = org.admin().get(&format!("/dashboard/agents/{}/policy", agent.id)).await.expect(200);
    let expected = json!({
        "ask": "everything", "monthly": "9.00", "weekly": "70.00", "lifetime": "900.00", "rails": ["sandbox"],
        "merchants": { "block": ["casino.example"] }, "categories": { "allow": ["books"], "ask": ["books"] },
        "recurring": "decline",
    });
    assert_eq!(now["policy"], expected);
}

async fn only_the_version_that_was_read_is_replaced(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let path = format!("/dashboard/agents/{}/spending", agent.id);
    let set = json!({ "approval_mode": "auto_approve_under_threshold", "limits": {} });
    let put = |version: &str| org.admin().call(Method::PUT, &path).json(&set).header("if-match", version);
    assert_eq!(put("\"1\"").send().await.expect(200)["version"], 2);
    assert_eq!(put("\"1\"").send().await.problem(412, "policy_changed")["version"], 2);
    assert_eq!(put("*").send().await.expect(200)["version"], 3);
    put("x").send().await.names("If-Match");
}

async fn what_is_wrong_is_named(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let path = format!("/dashboard/agents/{}/spending", agent.id);
    let cases = [
        (json!({ "limits": { "daily": "-1" } }), "limits.daily"),
        (json!({ "limits": { "ask_approval_above": "much" } }), "limits.ask_approval_above"),
        (json!({ "limits": { "daily": "1", "daily_usd": "2" } }), "limits.daily"),
        (json!({ "limits": { "daily": 5 } }), "limits.daily"),
        (json!({ "approval_mode": "never" }), "approval_mode"),
        (json!({ "approved_categories": [""] }), "approved_categories"),
        (json!({ "blocked_categories": vec!["a"; 101] }), "blocked_categories"),
        (json!({ "notes": "x".repeat(2_001) }), "notes"),
        (json!({ "colour": "red" }), "colour"),
    ];
    for (wrong, field) in cases {
        let mut set = json!({ "approval_mode": "ask_for_everything", "limits": {} });
        for (name, value) in wrong.as_object().unwrap() {
            set[name] = value.clone();
        }
        org.admin().put(&path, &set).await.names(field);
    }
    for query in ["limit=0", "limit=101", "cursor=x", "cursor=5", "cursor=-1.2"] {
        let field = query.split('=').next().unwrap();
        agent.client().get(&format!("/wallet/transactions?{query}")).await.names(field);
    }
}

async fn a_category_decides_who_is_asked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let set = json!({
        "approval_mode": "auto_approve_by_category", "limits": { "ask_approval_above": "50.00" },
        "approved_categories": ["hosting"], "blocked_categories": ["gambling"],
    });
    org.admin().put(&format!("/dashboard/agents/{}/spending", agent.id), &set).await.expect(200);
    org.payee("host.example", Some("Hosting"), None).await;
    org.payee("air.example", Some("travel"), None).await;
    org.payee("casino.example", Some("gambling"), None).await;
    agent.paid("50.00", "host.example").await;
    agent.pending("50.01", "host.example").await;
    let asked = agent.pending("1.00", "air.example").await;
    agent.pending("1.00", "nobody.example").await;
    agent.pay("1.00", "casino.example").await.problem(402, "category_blocked");
    let mail = app.mails().wait(&org.owner, "air.example").await;
    assert!(mail.text.contains("travel"), "{}", mail.text);
    assert!(mail.text.contains("not one of those that need nobody’s approval"), "{}", mail.text);
    let rules = asked["decision"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["rule"] == "categories.approved"), "{rules:?}");
}

async fn a_purchase_that_repeats_is_asked_about_where_that_is_not_allowed(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let path = format!("/dashboard/agents/{}/spending", agent.id);
    let set = |allowed: bool| json!({ "approval_mode": "auto_approve_under_threshold", "limits": {}, "recurring_allowed": allowed });
    org.admin().put(&path, &set(false)).await.expect(200);
    let first = agent.paid("9.00", "plan.example").await;
    app.advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    let second = agent.pending("9.00", "plan.example").await;
    let rules = second["decision"].as_array().unwrap();
    let asked = rules.iter().find(|rule| rule["rule"] == "recurring").unwrap();
    assert_eq!(asked["used"], first["transaction_id"]);
    agent.paid("9.01", "plan.example").await;
    org.admin().put(&path, &set(true)).await.expect(200);
    agent.paid("9.00", "plan.example").await;
}

async fn story(client: &bursar_testkit::app::Client, query: &str) -> Value {
    client.get(&format!("/wallet/transactions{query}")).await.expect(200)
}

async fn the_story_is_told_in_order_with_signs_and_in_pages(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "approve_above": "100.00" })).await;
    let other = org.agent(json!({ "approve_above": "100.00" })).await;
    let first = agent.paid("12.50", "shop.example").await;
    other.paid("1.00", "secret.example").await;
    org.deposit("5.00").await;
    let refund = format!("/dashboard/transactions/{}/refund", id_of(&first));
    org.admin().post(&refund, &json!({ "amount": "2.50", "reason": "half of it" })).await.expect(202);
    app.at_rest().await;
    agent.pending("100.01", "big.example").await;
    agent.pay("99999.00", "shop.example").await.problem(402, "insufficient_funds");
    let all = story(&agent.client(), "").await;
    let lines: Vec<(String, String, String)> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            (text("type"), text("amount"), text("status"))
        })
        .collect();
    let line =
        |kind: &str, amount: &str, status: &str| (kind.to_owned(), amount.to_owned(), status.to_owned());
    let expected = [
        line("payment", "-100.01", "pending"),
        line("refund", "2.50", "completed"),
        line("deposit", "5.00", "completed"),
        line("payment", "-12.50", "completed"),
        line("deposit", "10000.00", "completed"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(all["data"][1]["transaction_id"], first["transaction_id"]);
    assert_eq!(all["data"][3]["description"], "shop.example");
    assert!(all["next_cursor"].is_null());
    let (mut paged, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let page = story(&agent.client(), &query).await;
        paged.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=1&cursor={cursor}");
    }
    assert_eq!(json!(paged), all["data"], "pages come to the same");

    let own = org.new_agent(&json!({ "name": "Own", "own_wallet": true })).await;
    assert_eq!(story(&own.client(), "").await["data"], json!([]), "the org's deposits are not its own");
}

async fn nobody_elses_wallet_is_shown(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    for path in ["/wallet/check", "/wallet/spending", "/wallet/transactions"] {
        app.client().get(path).await.problem(401, "missing_credentials");
        org.admin().get(path).await.problem(403, "forbidden");
    }
    let path = format!("/dashboard/agents/{}/spending", agent.id);
    agent.client().get(&path).await.problem(403, "forbidden");
    let stranger = app.new_org("Other", "owner@other.example", bursar_base::Mode::Test, "UTC").await;
    stranger.admin().get(&path).await.problem(404, "not_found");
    let set = json!({ "approval_mode": "ask_for_everything", "limits": {} });
    stranger.admin().put(&path, &set).await.problem(404, "not_found");
    agent.client().put(&path, &set).await.problem(403, "forbidden");
}
