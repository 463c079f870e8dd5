//! The dashboard as members of each role meet it, on both engines. How it looks is tried in a real browser.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    members_see_what_their_role_may_do,
    strangers_and_other_sites_get_nothing,
    a_decision_in_place_counts_once,
    days_are_those_of_the_orgs_zone,
    limits_are_tried_saved_and_never_overwritten_unseen,
    an_agent_is_made_and_its_key_shown_once,
    sums_are_shown_by_everything,
    all_that_is_listed_can_be_had_as_a_file,
);

async fn members_see_what_their_role_may_do(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("ann@acme.example", Role::Approver).await;
    org.member("val@acme.example", Role::Viewer).await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "20.00" })).await;
    let waiting = agent.pending("25.00", "lamps.example").await;
    for (email, decides, stops) in [
        (org.owner.as_str(), true, true),
        ("ann@acme.example", true, false),
        ("val@acme.example", false, false),
    ] {
        let pages = app.session_of(email, false).await.below("");
        let overview = pages.get("/dashboard").await.page(200);
        assert!(overview.contains("Shopper") && overview.contains("9,975.00"), "{overview}");
        assert_eq!(overview.contains("/dashboard/stop"), stops, "{email}");
        let questions = pages.get("/dashboard/approvals").await.page(200);
        assert!(questions.contains("lamps.example"));
        assert_eq!(questions.contains("value=\"approve\""), decides, "{email}");
        assert_eq!(
            pages.get("/dashboard/agents").await.page(200).contains("value=\"freeze\""),
            stops,
            "{email}"
        );
        let story = pages.get(&format!("/dashboard/transactions/{}", id_of(&waiting))).await.page(200);
        assert!(story.contains("approve_above"), "the rules that were looked at are shown: {story}");
    }
    // What a page does not offer the API refuses, and the page says so.
    let viewer = app.session_of("val@acme.example", false).await.below("");
    let fields = [("id", id_of(&waiting)), ("decision", "approve")];
    let refused = viewer.post_form("/dashboard/approvals", &fields).await.page(403);
    assert!(refused.contains("role=\"alert\""), "{refused}");
    let stop = [("action", "freeze"), ("reason", "no")];
    viewer.post_form("/dashboard/stop", &stop).await.page(403);
    assert_eq!(agent.payment(id_of(&waiting)).await["status"], "pending");
    app.must_balance().await;
}

async fn strangers_and_other_sites_get_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (org, other) =
        (app.org().await, app.new_org("Other", "bob@other.example", bursar_base::Mode::Test, "UTC").await);
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    let paid = agent.paid("5.00", "books.example").await;
    let anybody = app.client().below("").get("/dashboard/transactions").await;
    assert_eq!(anybody.status.as_u16(), 303);
    assert_eq!(anybody.header("location"), "/sign-in?next=%2Fdashboard%2Ftransactions");
    let bob = app.session_of(&other.owner, true).await.below("");
    assert!(!bob.get("/dashboard/transactions").await.page(200).contains("books.example"));
    bob.get(&format!("/dashboard/transactions/{}", id_of(&paid))).await.page(404);
    bob.post_form("/dashboard/agents", &[("id", &agent.id), ("action", "freeze")]).await.page(404);
    // Nobody is in no org but who has just come.
    let nobody = app.session_of("new@person.example", false).await.below("");
    assert_eq!(nobody.get("/dashboard").await.header("location"), "/account");
    let owner = app.session_of(&org.owner, true).await.below("");
    let form = owner.call(http::Method::POST, "/dashboard/agents").header("sec-fetch-site", "cross-site");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    form.bytes(format!("id={}&action=freeze", agent.id)).send().await.page(403);
    assert_eq!(org.listed(&agent).await["status"], "active");
}

async fn a_decision_in_place_counts_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "20.00" })).await;
    let waiting = agent.pending("25.00", "lamps.example").await;
    let owner = app.session_of(&org.owner, false).await.below("");
    let yes = [("id", id_of(&waiting)), ("decision", "approve")];
    let first = owner.post_form("/dashboard/approvals", &yes).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (303, "/dashboard/approvals"));
    let second = owner.post_form("/dashboard/approvals", &yes).await.page(409);
    assert!(second.contains("role=\"alert\""), "a second click is told what happened: {second}");
    agent.settled(id_of(&waiting)).await;
    assert_eq!(agent.used_today().await, "25.00");
    app.must_balance().await;
}

async fn days_are_those_of_the_orgs_zone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.new_org("Acme", "owner@acme.example", bursar_base::Mode::Test, "Pacific/Auckland").await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    let paid = agent.paid("5.00", "books.example").await;
    let at: bursar_base::TimeUs = serde_json::from_value(paid["created_at"].clone()).unwrap();
    let day = at.to_jiff().in_tz("Pacific/Auckland").unwrap().date();
    let owner = app.session_of(&org.owner, false).await.below("");
    for (from, until, found) in [(day, day, true), (day.tomorrow().unwrap(), day.tomorrow().unwrap(), false)]
    {
        let path = format!("/dashboard/transactions?from={from}&until={until}");
        assert_eq!(owner.get(&path).await.page(200).contains("books.example"), found, "{path}");
    }
    let wrong = owner.get("/dashboard/transactions?status=paid").await.page(200);
    assert!(wrong.contains("role=\"alert\"") && wrong.contains("status"), "{wrong}");
}

async fn limits_are_tried_saved_and_never_overwritten_unseen(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "per_tx": "50.00" })).await;
    agent.paid("40.00", "books.example").await;
    let owner = app.session_of(&org.owner, false).await.below("");
    let path = format!("/dashboard/agents/{}", agent.id);
    let shown = owner.get(&path).await.page(200);
    assert!(shown.contains("value=\"100.00\"") && shown.contains("per_transaction"), "{shown}");
    let fields = |action, daily, version| {
        [("action", action), ("version", version), ("per_transaction", "50.00"), ("daily", daily)]
    };
    // Tried: what was asked for is decided again, and nothing changes.
    let tried = owner.post_form(&path, &fields("try", "30.00", "1")).await.page(200);
    assert!(tried.contains("1 request<") && tried.contains("value=\"30.00\""), "{tried}");
    assert_eq!(org.listed(&agent).await["daily"]["limit"], "100.00");
    // Less is saved as it is; more takes a passkey, which the form then asks for with what was typed.
    let saved = owner.post_form(&path, &fields("limits", "30.00", "1")).await;
    assert_eq!((saved.status.as_u16(), saved.header("location")), (303, path.as_str()));
    assert_eq!(org.listed(&agent).await["daily"]["limit"], "30.00");
    let raised = owner.post_form(&path, &fields("limits", "900.00", "2")).await.page(403);
    assert!(raised.contains("data-step-up") && raised.contains("value=\"900.00\""), "{raised}");
    // Who looked at an older version overwrites nothing.
    let late = owner.post_form(&path, &fields("limits", "20.00", "1")).await.page(412);
    assert!(late.contains("role=\"alert\""), "{late}");
    let wrong = owner.post_form(&path, &fields("limits", "a lot", "2")).await.page(400);
    assert!(wrong.contains("role=\"alert\"") && wrong.contains("value=\"a lot\""), "{wrong}");
    assert_eq!(org.listed(&agent).await["daily"]["limit"], "30.00");
}

async fn an_agent_is_made_and_its_key_shown_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let fields = [("action", "create"), ("name", "Scout"), ("daily", "1,000.00"), ("approve_above", "20.00")];
    let owner = app.session_of(&org.owner, false).await.below("");
    let refused = owner.post_form("/dashboard/agents", &fields).await.page(403);
    assert!(refused.contains("value=\"Scout\""), "what was typed stays: {refused}");
    let owner = app.session_of(&org.owner, true).await.below("");
    let made = owner.post_form("/dashboard/agents", &fields).await.page(200);
    let key = made.split("readonly value=\"").nth(1).unwrap().split('"').next().unwrap();
    app.client().with_key(key).get("/wallet/check").await.expect(200);
    let listed = owner.get("/dashboard/agents").await.page(200);
    assert!(listed.contains("Scout") && listed.contains("1,000.00") && !listed.contains(key));
}

async fn sums_are_shown_by_everything(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    agent.paid("12.50", "books.example").await;
    let viewer = app.session_of(&org.owner, false).await.below("");
    for by in ["", "merchant", "agent", "category", "rail", "day"] {
        let shown = viewer.get(&format!("/dashboard/analytics?by={by}")).await.page(200);
        assert!(shown.contains("12.50") && shown.contains("<svg"), "{by}: {shown}");
    }
    let none = viewer.get("/dashboard/analytics?from=2020-01-01&until=2020-01-31").await.page(200);
    assert!(none.contains("Nothing was spent"), "{none}");
}

async fn all_that_is_listed_can_be_had_as_a_file(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_BREAKER_REQUESTS", "100000").start().await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    // More than a page of the API has.
    for turn in 0..103 {
        agent.pay("1.00", &format!("shop-{turn}.example")).await.expect(200);
    }
    agent.paid("2.50", "=cmd.example, \"Ltd\"").await;
    let viewer = app.session_of(&org.owner, false).await.below("");
    let csv = viewer.get("/dashboard/transactions/export?format=csv").await;
    assert_eq!((csv.status.as_u16(), csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let (table, newest) = (csv.text(), "'=cmd.example, \"\"Ltd\"\"");
    assert_eq!(table.lines().count(), 105, "{table}");
    assert!(table.starts_with("transaction_id,created_at,") && table.contains(newest), "{table}");
    let json = viewer.get("/dashboard/transactions/export?format=json").await.text();
    let rows: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut ids: Vec<_> = rows.iter().map(id_of).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((rows.len(), ids.len()), (104, 104), "each is there once");
    let none = viewer.get("/dashboard/transactions/export?format=csv&status=declined").await.text();
    assert_eq!(none.lines().count(), 1);
    viewer.get("/dashboard/transactions/export?status=paid").await.page(400);
    let other = app.new_org("Other", "bob@other.example", bursar_base::Mode::Test, "UTC").await;
    let bob = app.session_of(&other.owner, false).await.below("");
    assert_eq!(bob.get("/dashboard/transactions/export").await.text().lines().count(), 1);
}
