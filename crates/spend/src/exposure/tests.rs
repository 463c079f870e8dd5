//! Exposure through HTTP, on both engines.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Org, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    the_figures_follow_limits_wallets_and_holds,
    a_direct_rail_without_limits_is_said_to_be_unbounded,
    a_freeze_leaves_what_is_at_a_rail_alone,
);

async fn exposure(org: &Org) -> Value {
    org.admin().get("/dashboard/exposure").await.expect(200)
}

async fn the_figures_follow_limits_wallets_and_holds(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    let before = exposure(&org).await;
    // 20 requests a minute of at most 10.00 each are more than the limit of the day; a second day begins within a day.
    assert_eq!(
        before["hour"],
        json!({ "without_a_human": "100.00", "with_approvals": "100.00", "unbounded": false })
    );
    assert_eq!(before["day"]["without_a_human"], "200.00");
    for amount in ["10.00", "10.00", "10.00", "5.00"] {
        agent.paid(amount, "shop.example").await;
    }
    agent.pending("20.00", "shop.example").await;
    let now = exposure(&org).await;
    assert_eq!(now["hour"]["without_a_human"], "65.00");
    assert_eq!(
        (&now["agents"][0]["hour"]["with_approvals"], &now["agents"][0]["held"]),
        (&json!("65.00"), &json!("20.00"))
    );
    let holds = json!([{ "status": "pending", "older_than_an_hour": false, "count": 1, "amount": "20.00" }]);
    assert_eq!(now["holds"], holds);
    // Two agents without limits share one wallet of 10,000.00; the first one's 35.00 have left it.
    org.agent(json!({ "lifetime": "9990.00" })).await;
    let rich = org.agent(json!({ "lifetime": "9990.00" })).await;
    let shared = exposure(&org).await;
    assert_eq!(shared["hour"]["without_a_human"], "9965.00");
    let agents = shared["agents"].as_array().unwrap();
    let own = agents.iter().find(|listed| listed["agent_id"] == rich.id.as_str()).unwrap();
    assert_eq!(own["hour"]["without_a_human"], "9965.00");
    assert_eq!(shared["forced_captures"], json!({ "count": 0, "amount": "0.00" }));
    app.advance(Duration::from_secs(2 * 60 * 60));
    assert_eq!(exposure(&org).await["holds"][0]["older_than_an_hour"], true);
}

async fn a_direct_rail_without_limits_is_said_to_be_unbounded(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    org.pays_with("pm_card_visa").await;
    let asks = org.agent(json!({})).await;
    let only_asks = exposure(&org).await;
    assert_eq!(
        only_asks["hour"],
        json!({ "without_a_human": "0.00", "with_approvals": null, "unbounded": true })
    );
    let free = org.agent(json!({ "approve_above": "1000000.00" })).await;
    free.policy(&json!({})).await;
    let now = exposure(&org).await;
    assert_eq!(now["hour"], json!({ "without_a_human": null, "with_approvals": null, "unbounded": true }));
    let of = |id: &str| {
        now["agents"].as_array().unwrap().iter().find(|agent| agent["agent_id"] == id).cloned().unwrap()
    };
    assert_eq!(of(&asks.id)["hour"]["without_a_human"], "0.00");
    assert_eq!(of(&free.id)["hour"]["without_a_human"], Value::Null);
}

async fn a_freeze_leaves_what_is_at_a_rail_alone(engine: Engine) {
    let app = TestApp::on(engine).stripe().start().await;
    let org = app.org().await;
    org.pays_with("pm_card_visa").await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    app.sim().fail_next(
        bursar_testkit::stripe::Operation::CreatePayment,
        bursar_testkit::stripe::Fault::DropAfter,
    );
    let unknown = agent.paid("12.00", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    assert_eq!(exposure(&org).await["hour"]["without_a_human"], "100.00");
    org.admin().post("/dashboard/freeze", &json!({ "reason": "stop" })).await.expect(200);
    let frozen = exposure(&org).await;
    assert_eq!(
        frozen["hour"],
        json!({ "without_a_human": "12.00", "with_approvals": "12.00", "unbounded": false })
    );
    assert_eq!(frozen["is_frozen"], true);
}
