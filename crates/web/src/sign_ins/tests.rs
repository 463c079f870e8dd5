//! Signing in by mail, and the sessions that come of it, on both engines.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    a_link_signs_in_the_browser_that_asked_once,
    a_link_opens_no_other_browser,
    a_link_is_too_old_after_a_quarter_of_an_hour,
    links_are_limited,
    where_only_the_invited_sign_in_strangers_get_no_mail,
    another_site_changes_nothing,
    sessions_are_listed_and_ended,
    a_session_ends_unused_and_in_any_case,
    who_is_removed_is_out_at_once,
    a_person_looks_at_one_of_their_orgs,
    nobody_is_led_to_another_site,
);

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn a_link_signs_in_the_browser_that_asked_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (asked, token) = app.ask_to_sign_in("ana@example.com").await;
    for flag in ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(asked.header("set-cookie").contains(flag), "{flag}");
    }
    let browser = app.client().with_cookies(&asked.cookies());
    let body = json!({ "token": token });
    let done = browser.post("/sign-in/complete", &body).await;
    assert_eq!(done.json()["is_new"], json!(true));
    for flag in ["__Host-bursar_session=", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(done.header("set-cookie").contains(flag), "{flag}");
    }
    assert_eq!(done.header("cache-control"), "no-store");
    let cookie = done.cookies();
    let session = app.client().with_cookies(&cookie).get("/session").await.expect(200);
    assert_eq!(session["email"], "ana@example.com");
    browser.post("/sign-in/complete", &body).await.problem(410, "sign_in_over");
    let value = cookie.split('=').nth(1).unwrap();
    for text in app.all_texts().await {
        assert!(!text.contains(&token) && !text.contains(value), "a secret is stored: {text}");
    }
}

async fn a_link_opens_no_other_browser(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (asked, token) = app.ask_to_sign_in("ana@example.com").await;
    let (other, _) = app.ask_to_sign_in("ana@example.com").await;
    let body = json!({ "token": token });
    app.client().post("/sign-in/complete", &body).await.problem(403, "other_browser");
    let eve = app.client().with_cookies(&other.cookies());
    eve.post("/sign-in/complete", &body).await.problem(403, "other_browser");
    eve.post("/sign-in/complete", &json!({ "token": "x" })).await.problem(400, "invalid_sign_in_token");
    // Trying did not use it up.
    app.client().with_cookies(&asked.cookies()).post("/sign-in/complete", &body).await.expect(200);
}

async fn a_link_is_too_old_after_a_quarter_of_an_hour(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (asked, token) = app.ask_to_sign_in("ana@example.com").await;
    app.advance(Duration::from_secs(15 * 60));
    let browser = app.client().with_cookies(&asked.cookies());
    browser.post("/sign-in/complete", &json!({ "token": token })).await.problem(410, "sign_in_over");
}

async fn links_are_limited(engine: Engine) {
    let app = TestApp::start(engine).await;
    let body = json!({ "email": "ana@example.com" });
    for _ in 0..6 {
        app.client().post("/sign-in", &body).await.expect(202);
    }
    app.client().post("/sign-in", &body).await.problem(429, "rate_limited");
    app.client().post("/sign-in", &json!({ "email": "nobody" })).await.names("email");
    app.advance(HOUR);
    app.client().post("/sign-in", &body).await.expect(202);
}

async fn where_only_the_invited_sign_in_strangers_get_no_mail(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_SIGN_UP", "invited").start().await;
    let org = app.org().await;
    let stranger = app.client().post("/sign-in", &json!({ "email": "eve@example.com" })).await;
    let known = app.client().post("/sign-in", &json!({ "email": org.owner })).await;
    assert_eq!((stranger.status, known.status), (http::StatusCode::ACCEPTED, http::StatusCode::ACCEPTED));
    app.mails().wait(&org.owner, "Sign in to Bursar").await;
    app.register_bot("Reader", "eve@example.com").await;
    app.at_rest().await;
    assert!(app.mails().to("eve@example.com").is_empty());
    let invite = json!({ "email": "val@example.com", "role": "viewer" });
    org.admin().post("/dashboard/invitations", &invite).await.expect(201);
    app.sign_in("val@example.com").await;
    // Nor does somebody make an org who was a member once.
    let bot = app.register_bot("Stray", "old@example.com").await;
    let old = app.session_of("old@example.com", true).await;
    let claim = json!({ "claim_token": bot["claim_token"] });
    old.post("/bots/claim", &claim).await.problem(403, "no_org");
}

async fn another_site_changes_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let owner = app.sign_in(&org.owner).await;
    let path = format!("/dashboard/agents/{}/freeze", agent.id);
    for site in ["cross-site", "same-site", "none"] {
        let call = owner.browser.call(Method::POST, &path).header("sec-fetch-site", site);
        call.send().await.problem(403, "cross_site");
    }
    assert_eq!(org.listed(&agent).await["status"], "active");
    let call = owner.browser.call(Method::GET, "/session").header("sec-fetch-site", "cross-site");
    call.send().await.expect(200);
    owner.browser.post(&path, &json!({ "reason": "too fast" })).await.expect(200);
    assert_eq!(org.listed(&agent).await["status"], "frozen");
}

async fn sessions_are_listed_and_ended(engine: Engine) {
    let app = TestApp::start(engine).await;
    let first = app.sign_in("ana@example.com").await;
    app.advance(Duration::from_secs(1));
    let second = app.sign_in("ana@example.com").await;
    app.advance(Duration::from_secs(1));
    let third = app.sign_in("ana@example.com").await;
    let eve = app.sign_in("eve@example.com").await;
    let list = first.browser.get("/sessions").await.expect(200);
    let list = list["data"].as_array().unwrap().clone();
    assert_eq!(list.len(), 3);
    let current: Vec<bool> = list.iter().map(|line| line["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, false, true]);
    let path = format!("/sessions/{}", list[0]["session_id"].as_str().unwrap());
    eve.browser.delete(&path).await.problem(404, "not_found");
    assert_eq!(first.browser.delete(&path).await.status.as_u16(), 204);
    third.browser.get("/session").await.problem(401, "invalid_session");
    assert_eq!(first.browser.delete("/sessions").await.status.as_u16(), 204);
    second.browser.get("/session").await.problem(401, "invalid_session");
    let out = first.browser.delete("/session").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    first.browser.get("/session").await.problem(401, "invalid_session");
    eve.browser.get("/session").await.expect(200);
}

async fn a_session_ends_unused_and_in_any_case(engine: Engine) {
    let app = TestApp::start(engine).await;
    let unused = app.sign_in("ana@example.com").await;
    app.advance(7 * 24 * HOUR);
    unused.browser.get("/session").await.problem(401, "invalid_session");
    let used = app.sign_in("ben@example.com").await;
    for _ in 0..4 {
        app.advance(6 * 24 * HOUR);
        used.browser.get("/session").await.expect(200);
    }
    app.advance(6 * 24 * HOUR);
    used.browser.get("/session").await.problem(401, "invalid_session");
}

async fn who_is_removed_is_out_at_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("val@acme.example", Role::Viewer).await;
    let val = app.sign_in("val@acme.example").await;
    val.browser.get("/dashboard/agents").await.expect(200);
    val.browser.post("/dashboard/agents", &json!({ "name": "x" })).await.problem(403, "forbidden");
    org.remove_member("val@acme.example").await;
    val.browser.get("/dashboard/agents").await.problem(403, "no_org");
}

async fn a_person_looks_at_one_of_their_orgs(engine: Engine) {
    let app = TestApp::start(engine).await;
    let one = app.org().await;
    app.advance(Duration::from_secs(1));
    let two = app.org().await;
    let other = app.new_org("Other", "eve@example.com", bursar_base::Mode::Test, "UTC").await;
    let owner = app.sign_in(&one.owner).await;
    let session = owner.session().await;
    assert_eq!((&session["org"]["org_id"], session["orgs"].as_array().unwrap().len()), (&json!(one.id), 2));
    let two_agent = two.free_agent().await;
    owner.browser.put("/session", &json!({ "org_id": two.id })).await.expect(200);
    let agents = owner.browser.get("/dashboard/agents").await.expect(200);
    assert_eq!(agents["data"][0]["agent_id"], json!(two_agent.id));
    owner.browser.put("/session", &json!({ "org_id": other.id })).await.problem(404, "not_found");
}

async fn nobody_is_led_to_another_site(engine: Engine) {
    let app = TestApp::start(engine).await;
    for (next, kept) in [("/claim", json!("/claim")), ("//evil.example", json!(null))] {
        let body = json!({ "email": "ana@example.com", "next": next });
        let (asked, token) = app.ask_to_sign_in_with(&body).await;
        let browser = app.client().with_cookies(&asked.cookies());
        let done = browser.post("/sign-in/complete", &json!({ "token": token })).await.expect(200);
        assert_eq!(done["next"], kept, "{next}");
    }
}
