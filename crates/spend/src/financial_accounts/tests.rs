//! Financial accounts through HTTP, on both engines, against the simulator of Stripe.

use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation};
use serde_json::json;

on_both_engines!(
    an_owner_sees_what_is_in_every_account,
    what_is_off_or_shared_is_said,
    the_second_version_is_strict,
);

const PATH: &str = "/dashboard/financial-accounts";
const SETTING: &str = "BURSAR_STRIPE_FINANCIAL_ACCOUNTS";
const THERE: &str = "/v2/money_management/financial_accounts";

async fn an_owner_sees_what_is_in_every_account(engine: Engine) {
    let app = TestApp::on(engine).stripe().setting(SETTING, "on").start().await;
    let org = app.org().await;
    assert_eq!(org.admin().get(PATH).await.expect(200), json!({ "data": [] }));
    // More than a page of them.
    for cents in 0..45 {
        app.sim().add_financial_account(&format!("fa_test_{cents}"), &[("usd", cents, 5)]);
    }
    app.sim().add_financial_account("fa_test_two", &[("eur", 1_234, 0), ("usd", -50, 0)]);
    let listed = org.admin().get(PATH).await.expect(200);
    let listed = listed["data"].as_array().unwrap();
    assert_eq!(listed.len(), 46);
    assert_eq!(
        listed[44],
        json!({ "financial_account_id": "fa_test_44", "name": "fa_test_44", "status": "open", "type": "storage",
            "country": "us", "balances": [
                { "currency": "USD", "available": "0.44", "inbound_pending": "0.05", "outbound_pending": "0.00" }] })
    );
    let sums: Vec<_> =
        listed[45]["balances"].as_array().unwrap().iter().map(|b| b["available"].clone()).collect();
    assert_eq!(sums, ["12.34", "-0.50"]);
    app.sim().fail_next(Operation::ListFinancialAccounts, Fault::BadGateway);
    org.admin().get(PATH).await.problem(503, "stripe_unavailable");
    app.sim().fail_next(Operation::ListFinancialAccounts, Fault::Forbidden);
    let refused = org.admin().get(PATH).await.problem(503, "stripe_unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("preview"), "{refused}");
}

async fn what_is_off_or_shared_is_said(engine: Engine) {
    let off = TestApp::on(engine).stripe().start().await;
    let refused = off.org().await.admin().get(PATH).await.problem(409, "financial_accounts_off");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains(SETTING) && detail.contains("preview"), "{detail}");
    assert_eq!(off.sim().requests(), []);
    let app = TestApp::on(engine).stripe().setting(SETTING, "on").start().await;
    let org = app.org().await;
    app.new_org("Live", "eve@live.example", Mode::Live, "UTC")
        .await
        .admin()
        .get(PATH)
        .await
        .problem(409, "no_stripe");
    org.admin().get(PATH).await.expect(200);
    let other = app.new_org("Other", "bob@other.example", Mode::Test, "UTC").await;
    for org in [org, other] {
        org.admin().get(PATH).await.problem(409, "financial_accounts_shared");
    }
    let plain = TestApp::on(engine).setting(SETTING, "on").start().await;
    plain.org().await.admin().get(PATH).await.problem(409, "no_stripe");
}

async fn the_second_version_is_strict(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let sim = app.sim();
    assert_eq!(sim.get(THERE, Some("2026-10-28.preview")).await, 200);
    for version in [None, Some("2026-10-28.endive"), Some("2025-01-01.preview")] {
        assert_eq!(sim.get(THERE, version).await, 400, "{version:?}");
    }
    for query in ["limit=0", "limit=21", "page=nowhere", "created=1"] {
        assert_eq!(sim.get(&format!("{THERE}?{query}"), Some("2026-10-28.preview")).await, 400, "{query}");
    }
    assert_eq!(sim.post(THERE, "type=storage").await, 400, "a form is no JSON");
}
