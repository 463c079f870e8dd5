//! Deciding in place, signed in.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

use super::Asked;

on_both_engines!(
    what_waits_is_listed_page_by_page_and_leaves_the_list_once_decided,
    a_member_who_is_signed_in_says_yes_and_it_is_paid,
    a_no_in_place_ends_it_with_its_reason,
    who_may_not_decide_cannot_and_no_key_can,
    a_page_of_somebody_elses_decides_nothing,
);

async fn what_waits_is_listed_page_by_page_and_leaves_the_list_once_decided(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    let mut asked = Vec::new();
    for amount in ["11.00", "12.00", "13.00"] {
        app.advance(Duration::from_secs(1));
        asked.push(id_of(&agent.pending(amount, "shop.example").await).to_owned());
    }
    agent.paid("1.00", "shop.example").await;
    let stranger = app.new_org("Other", "eve@other.example", bursar_base::Mode::Test, "UTC").await;
    assert_eq!(stranger.admin().get("/dashboard/approvals").await.expect(200)["data"], json!([]));
    let viewer = {
        org.member("vera@acme.example", Role::Viewer).await;
        app.session_of("vera@acme.example", false).await
    };
    let first = viewer.get("/dashboard/approvals?limit=2").await.expect(200);
    let ids = |page: &serde_json::Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|t| id_of(t).to_owned()).collect()
    };
    assert_eq!(ids(&first), asked[..2]);
    assert_eq!(first["data"][0]["approval"]["approvals"], json!({ "needed": 1, "given": 0, "possible": 1 }));
    let path = format!("/dashboard/approvals?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = viewer.get(&path).await.expect(200);
    assert_eq!((ids(&second), &second["next_cursor"]), (asked[2..].to_vec(), &serde_json::Value::Null));
    let owner = app.session_of(&org.owner, false).await;
    owner.post_empty(&format!("/dashboard/transactions/{}/decline", asked[1])).await.expect(200);
    let left = viewer.get("/dashboard/approvals").await.expect(200);
    assert_eq!(ids(&left), [asked[0].clone(), asked[2].clone()]);
    viewer.get("/dashboard/approvals?limit=0").await.names("limit");
    viewer.get("/dashboard/approvals?cursor=x").await.names("cursor");
}

async fn a_member_who_is_signed_in_says_yes_and_it_is_paid(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.org.member("anna@acme.example", Role::Approver).await;
    let anna = asked.app.session_of("anna@acme.example", false).await;
    let path = format!("/dashboard/transactions/{}/approve", asked.id);
    let decided = anna.post(&path, &json!({ "reason": "as we agreed" })).await.expect(200);
    let approval = &decided["approval"];
    assert_eq!(
        (&approval["decided_by"], &approval["reason"]),
        (&json!("member:anna@acme.example"), &json!("as we agreed"))
    );
    assert_eq!(approval["approvals"], json!({ "needed": 1, "given": 1, "possible": 2 }));
    assert_eq!(approval["votes"][0]["by"], "member:anna@acme.example");
    let seen = asked.agent.settled(&asked.id).await;
    assert_eq!(seen["status"], "completed");
    assert_eq!(
        (&seen["approval"]["decided_by"], &seen["approval"]["approvals"]),
        (&json!("human"), &json!({ "needed": 1, "given": 1 }))
    );
    assert!(!seen.to_string().contains("anna"), "{seen:#}");
    anna.post(&path, &json!({})).await.problem(409, "wrong_status");
    asked.app.press(&asked.approve(), "").await.page(409);
    asked.app.must_balance().await;
}

async fn a_no_in_place_ends_it_with_its_reason(engine: Engine) {
    let asked = Asked::on(engine).await;
    let owner = asked.app.session_of(&asked.org.owner, false).await;
    let path = format!("/dashboard/transactions/{}/decline", asked.id);
    owner.post(&path, &json!({ "reason": "x".repeat(1_001) })).await.names("reason");
    owner.post(&path, &json!({ "why": "no" })).await.names("why");
    let declined = owner.post(&path, &json!({ "reason": "too dear" })).await.expect(200);
    assert_eq!((&declined["status"], &declined["reason"]), (&json!("declined"), &json!("declined_by_human")));
    assert_eq!(asked.agent.payment(&asked.id).await["approval"]["reason"], "too dear");
    assert_eq!(asked.agent.used_today().await, "0.00");
    let page = asked.app.open(&asked.approve()).await.page(200);
    assert!(page.contains("owner@acme.example") && !page.contains("method=\"post\""), "{page}");
    asked.app.must_balance().await;
}

async fn who_may_not_decide_cannot_and_no_key_can(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.org.member("vera@acme.example", Role::Viewer).await;
    let viewer = asked.app.session_of("vera@acme.example", true).await;
    for choice in ["approve", "decline"] {
        let path = format!("/dashboard/transactions/{}/{choice}", asked.id);
        for nobody in [&viewer, &asked.org.admin(), &asked.agent.client(), &asked.org.signing()] {
            nobody.post(&path, &json!({})).await.problem(403, "forbidden");
        }
    }
    assert_eq!(asked.status().await, "pending");
}

async fn a_page_of_somebody_elses_decides_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    let owner = asked.app.session_of(&asked.org.owner, true).await;
    let path = format!("/dashboard/transactions/{}/approve", asked.id);
    let elsewhere = owner.call(Method::POST, &path).header("sec-fetch-site", "cross-site").json(&json!({}));
    elsewhere.send().await.problem(403, "cross_site");
    assert_eq!(asked.status().await, "pending");
}
