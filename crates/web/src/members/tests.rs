//! Members, invitations and what takes a passkey's word, on both engines.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    an_invited_person_joins_and_nobody_else_does,
    inviting_and_roles_take_a_passkeys_word,
    an_org_keeps_an_owner,
    raising_a_limit_takes_a_passkeys_word_and_lowering_none,
);

async fn an_invited_person_joins_and_nobody_else_does(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let body = json!({ "email": "Val@Example.com", "role": "approver" });
    let invitation = org.admin().post("/dashboard/invitations", &body).await.expect(201);
    let mail = app.mails().wait("val@example.com", "Join Acme on Bursar").await;
    assert!(mail.text.contains("As an approver"), "{}", mail.text);
    let path = format!("/invitations/{}/accept", invitation["invitation_id"].as_str().unwrap());
    let eve = app.sign_in("eve@example.com").await;
    eve.browser.post_empty(&path).await.problem(404, "not_found");
    let val = app.sign_in("val@example.com").await;
    assert_eq!(val.browser.get("/invitations").await.expect(200)["data"][0]["org_name"], "Acme");
    val.browser.post_empty(&path).await.expect(200);
    val.browser.post_empty(&path).await.problem(404, "not_found");
    assert_eq!(val.session().await["org"]["role"], "approver");
    org.admin().post("/dashboard/invitations", &body).await.problem(409, "already_member");
    let second = json!({ "email": "wes@example.com", "role": "viewer" });
    let second = org.admin().post("/dashboard/invitations", &second).await.expect(201);
    let id = second["invitation_id"].as_str().unwrap();
    assert_eq!(org.admin().delete(&format!("/dashboard/invitations/{id}")).await.status.as_u16(), 204);
    let wes = app.sign_in("wes@example.com").await;
    wes.browser.post_empty(&format!("/invitations/{id}/accept")).await.problem(404, "not_found");
    app.must_balance().await;
}

async fn inviting_and_roles_take_a_passkeys_word(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("val@example.com", Role::Viewer).await;
    let owner = app.sign_in(&org.owner).await;
    let members = owner.browser.get("/dashboard/members").await.expect(200);
    let found = members["data"].as_array().unwrap().iter().find(|member| member["role"] == "viewer");
    let val = found.unwrap()["member_id"].as_str().unwrap();
    let path = format!("/dashboard/members/{val}");
    let invite = json!({ "email": "wes@example.com", "role": "viewer" });
    owner.browser.post("/dashboard/invitations", &invite).await.problem(403, "step_up_required");
    owner.browser.put(&path, &json!({ "role": "owner" })).await.problem(403, "step_up_required");
    owner.browser.delete(&path).await.problem(403, "step_up_required");
    owner.step_up().await;
    owner.browser.post("/dashboard/invitations", &invite).await.expect(201);
    assert_eq!(owner.browser.put(&path, &json!({ "role": "owner" })).await.expect(200)["role"], "owner");
    assert_eq!(owner.browser.delete(&path).await.status.as_u16(), 204);
    app.advance(bursar_base::limits::STEP_UP_VALID_FOR);
    owner.browser.post("/dashboard/invitations", &invite).await.problem(403, "step_up_required");
}

async fn an_org_keeps_an_owner(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let members = org.admin().get("/dashboard/members").await.expect(200);
    let path = format!("/dashboard/members/{}", members["data"][0]["member_id"].as_str().unwrap());
    org.admin().put(&path, &json!({ "role": "viewer" })).await.problem(409, "last_owner");
    org.admin().delete(&path).await.problem(409, "last_owner");
    org.admin().put(&path, &json!({ "role": "king" })).await.names("role");
}

async fn raising_a_limit_takes_a_passkeys_word_and_lowering_none(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "per_tx": "10.00" })).await;
    let owner = app.sign_in(&org.owner).await;
    let path = format!("/dashboard/agents/{}/limits", agent.id);
    let raise = json!({ "daily_limit": "100.01", "per_tx_limit": "1.00" });
    owner.browser.put(&path, &raise).await.problem(403, "step_up_required");
    let drop_one = json!({ "daily_limit": "100.00" });
    owner.browser.put(&path, &drop_one).await.problem(403, "step_up_required");
    let lower = json!({ "daily_limit": "50.00", "per_tx_limit": "10.00" });
    assert_eq!(owner.browser.put(&path, &lower).await.expect(200)["daily"]["limit"], "50.00");
    let policy = format!("/dashboard/agents/{}/policy", agent.id);
    owner.browser.put(&policy, &json!({ "daily": "51.00" })).await.problem(403, "step_up_required");
    owner.browser.post(&format!("/dashboard/agents/{}/freeze", agent.id), &json!({})).await.expect(200);
    let unfreeze = format!("/dashboard/agents/{}/unfreeze", agent.id);
    owner.browser.post(&unfreeze, &json!({})).await.problem(403, "step_up_required");
    owner.step_up().await;
    owner.browser.post(&unfreeze, &json!({})).await.expect(200);
    assert_eq!(owner.browser.put(&path, &raise).await.expect(200)["daily"]["limit"], "100.01");
}
