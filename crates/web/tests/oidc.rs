//! Signing in with an account of a company, at a real OpenID Connect provider, on both engines.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bursar_base::Clock as _;
use bursar_store::Engine;
use bursar_testkit::app::{Answer, PUBLIC_URL, TestApp};
use bursar_testkit::on_both_engines;
use http::{Method, header};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

on_both_engines!(
    an_account_of_the_company_signs_in_and_goes_on,
    an_address_in_the_token_is_as_good,
    only_the_browser_that_was_sent_comes_back_and_once,
    a_way_back_that_takes_too_long_leads_nowhere,
    a_token_that_is_not_meant_for_this_sign_in_is_refused,
    new_keys_of_the_provider_are_asked_for,
    an_address_that_nobody_verified_signs_nobody_in,
    whoever_says_no_there_is_told_so_here,
    a_provider_that_is_down_lets_nobody_in,
    strangers_are_refused_where_only_the_invited_sign_in,
    tries_are_limited_and_nobody_is_led_elsewhere,
    without_a_provider_there_is_no_such_way_in,
);

const CALLBACK: &str = "/sign-in/oidc/callback";
const SECRET: &str = "hunter2+/=";

/// A provider in a process of its own.
struct Provider {
    issuer: String,
    now_ms: u64,
    http: reqwest::Client,
    // It ends with this.
    _process: Child,
}

impl Provider {
    async fn start(more: &[&str]) -> Provider {
        let mut node = Command::new("node");
        node.arg("oidc_provider.mjs").arg(format!("{PUBLIC_URL}{CALLBACK}")).args(more);
        node.current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop"));
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = node.spawn().expect("node can be started");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the provider says where it is");
        let said: Value = serde_json::from_str(&line).unwrap();
        let http = bursar_http::outgoing::client().no_proxy().timeout(Duration::from_secs(60));
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let issuer = said["issuer"].as_str().unwrap().to_owned();
        Provider { issuer, now_ms: said["now_ms"].as_u64().unwrap(), http, _process: process }
    }

    /// Has it answer wrongly, or, with `{}`, well again.
    async fn faults(&self, faults: Value) {
        let sent = self.http.post(format!("{}/faults", self.issuer)).body(faults.to_string()).send().await;
        assert!(sent.unwrap().status().is_success());
    }

    /// Goes where a browser was sent, signs in there as `who`, or says no, and gives the way back.
    async fn visit(&self, address: &str, who: Option<&str>) -> String {
        let mut cookies: BTreeMap<String, String> = BTreeMap::new();
        let mut at = Url::parse(address).unwrap();
        let mut form: Option<Vec<(&str, &str)>> = None;
        for _ in 0..12 {
            let request = match form.take() {
                None => self.http.get(at.clone()),
                Some(fields) => {
                    let body =
                        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                    let kind = "application/x-www-form-urlencoded";
                    self.http.post(at.clone()).header(header::CONTENT_TYPE, kind).body(body)
                }
            };
            let kept: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = request.header(header::COOKIE, kept.join("; ")).send().await.unwrap();
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            cookies.retain(|_, value| !value.is_empty());
            if let Some(location) = answer.headers().get(header::LOCATION) {
                at = at.join(location.to_str().unwrap()).unwrap();
                if at.as_str().starts_with(PUBLIC_URL) {
                    return at[url::Position::BeforePath..].to_owned();
                }
                continue;
            }
            let page = answer.text().await.unwrap();
            let Some(who) = who else {
                at = at.join(&format!("{}/abort", at.path())).unwrap();
                continue;
            };
            form = Some(if page.contains("value=\"login\"") {
                vec![("prompt", "login"), ("login", who), ("password", "x")]
            } else {
                assert!(page.contains("value=\"consent\""), "the provider shows: {page}");
                vec![("prompt", "consent")]
            });
        }
        panic!("the provider leads round in circles, last to {at}");
    }
}

/// An app that knows the provider, at the provider's time.
async fn app_with(engine: Engine, provider: &Provider, more: &[(&str, &str)]) -> TestApp {
    let mut setup = TestApp::on(engine)
        .setting("BURSAR_OIDC_ISSUER", &provider.issuer)
        .setting("BURSAR_OIDC_CLIENT_ID", "bursar")
        .setting("BURSAR_OIDC_CLIENT_SECRET", SECRET)
        .setting("BURSAR_OIDC_NAME", "Acme <account>");
    for (name, value) in more {
        setup = setup.setting(name, value);
    }
    let app = setup.start().await;
    let ahead = provider.now_ms * 1000 - u64::try_from(app.clock().now().0).unwrap();
    app.advance(Duration::from_micros(ahead));
    app
}

/// A browser that was sent to the provider: its cookie, and where it was sent.
struct Sent {
    cookie: String,
    address: String,
}

async fn press(app: &TestApp, next: &str) -> Answer {
    app.client().below("").post_form("/sign-in/oidc", &[("next", next)]).await
}

async fn send(app: &TestApp, next: &str) -> Sent {
    let answer = press(app, next).await;
    answer.page(200);
    assert!(answer.header("set-cookie").starts_with("__Host-bursar_browser="));
    let address = answer.header("refresh").strip_prefix("0; url=").expect("it goes on").to_owned();
    Sent { cookie: answer.cookies(), address }
}

async fn come_back(app: &TestApp, cookie: &str, path: &str) -> Answer {
    let browser = app.client().below("").with_cookies(cookie);
    browser.call(Method::GET, path).header("sec-fetch-site", "cross-site").send().await
}

async fn sign_in(app: &TestApp, provider: &Provider, who: &str) -> Answer {
    let sent = send(app, "").await;
    let back = provider.visit(&sent.address, Some(who)).await;
    come_back(app, &sent.cookie, &back).await
}

#[track_caller]
fn nobody_got_in(answer: &Answer, status: u16, words: &str) {
    let page = answer.page(status);
    assert!(page.contains(words), "{words:?} is not in {page}");
    assert!(!answer.cookies().contains("bursar_session"), "somebody was signed in");
}

async fn an_account_of_the_company_signs_in_and_goes_on(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let page = app.client().below("").get("/sign-in?next=/claim").await.page(200);
    assert!(page.contains("action=\"/sign-in/oidc\"") && page.contains("Acme &#60;account&#62;"), "{page}");
    let sent = send(&app, "/claim").await;
    for part in ["code_challenge_method=S256", "response_type=code", "scope=openid+email", "nonce=", "state="]
    {
        assert!(sent.address.contains(part), "{part} is not in {}", sent.address);
    }
    let query: BTreeMap<_, _> = Url::parse(&sent.address).unwrap().query_pairs().into_owned().collect();
    for text in app.all_texts().await {
        for secret in [&query["state"], &query["nonce"], sent.cookie.split('=').nth(1).unwrap()] {
            assert!(!text.contains(secret), "a secret is stored: {text}");
        }
    }
    let back = provider.visit(&sent.address, Some("Ana@Acme.example")).await;
    let done = come_back(&app, &sent.cookie, &back).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/claim"), "{}", done.text());
    for flag in ["__Host-bursar_session=", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(done.header("set-cookie").contains(flag), "{flag}");
    }
    let browser = app.client().with_cookies(&done.cookies());
    assert_eq!(browser.get("/session").await.expect(200)["email"], "ana@acme.example");
    assert_eq!(browser.get("/sessions").await.expect(200)["data"][0]["method"], "oidc");
    assert_eq!(app.row_counts().await["oidc_flows"], 0);
    // It says who somebody is, not that they are there: raising anything takes a passkey, and this may be the first.
    browser.post_empty("/passkeys").await.expect(200);
    app.advance(Duration::from_secs(15 * 60));
    browser.post_empty("/passkeys").await.problem(403, "sign_in_again");
    app.must_balance().await;
}

async fn an_address_in_the_token_is_as_good(engine: Engine) {
    let provider = Provider::start(&["id_token"]).await;
    let app = app_with(engine, &provider, &[]).await;
    let done = sign_in(&app, &provider, "ana@acme.example").await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/account"), "{}", done.text());
    let answer = sign_in(&app, &provider, "eve+unverified@acme.example").await;
    nobody_got_in(&answer, 403, "does not say that your e-mail address is verified");
    // Verified in words is not verified.
    provider.faults(json!({ "claims": { "email_verified": "yes" } })).await;
    let answer = sign_in(&app, &provider, "eve@acme.example").await;
    assert!(!answer.cookies().contains("bursar_session"), "{}", answer.text());
}

async fn only_the_browser_that_was_sent_comes_back_and_once(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let (ana, eve) = (send(&app, "").await, send(&app, "").await);
    let back = provider.visit(&ana.address, Some("ana@acme.example")).await;
    nobody_got_in(&come_back(&app, &eve.cookie, &back).await, 403, "another browser");
    let nobody = app.client().below("").get(&back).await;
    nobody_got_in(&nobody, 403, "another browser");
    let other_state = Url::parse(&eve.address).unwrap();
    let (_, state) = other_state.query_pairs().find(|(name, _)| name == "state").unwrap();
    let swapped = back.replace(&state_of(&back), &state);
    nobody_got_in(&come_back(&app, &ana.cookie, &swapped).await, 403, "another browser");
    // None of this used it up; what follows does.
    let answers = [come_back(&app, &ana.cookie, &back), come_back(&app, &ana.cookie, &back)];
    let answers = futures_util::future::join_all(answers).await;
    let mut statuses = answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
    nobody_got_in(&come_back(&app, &ana.cookie, &back).await, 403, "used before");
    // Somebody's code in one's own flow proves nothing: it is bound to the verifier of the flow that it was made for.
    let (ana, eve) = (send(&app, "").await, send(&app, "").await);
    let back = provider.visit(&ana.address, Some("ana@acme.example")).await;
    let injected = back.replace(&state_of(&back), &state_of(&eve.address));
    let answer = come_back(&app, &eve.cookie, &injected).await;
    nobody_got_in(&answer, 403, "does not prove who you are");
    for path in [CALLBACK.to_owned(), format!("{CALLBACK}?code=x"), format!("{CALLBACK}?state=a&state=b")] {
        nobody_got_in(&come_back(&app, &ana.cookie, &path).await, 403, "Begin again");
    }
}

fn state_of(address: &str) -> String {
    let (_, state) = address.split_once("state=").unwrap();
    state.split('&').next().unwrap().to_owned()
}

async fn a_way_back_that_takes_too_long_leads_nowhere(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let sent = send(&app, "").await;
    let back = provider.visit(&sent.address, Some("ana@acme.example")).await;
    app.advance(Duration::from_secs(10 * 60));
    nobody_got_in(&come_back(&app, &sent.cookie, &back).await, 403, "took too long");
    bursar_identity::forget_old(&app.spend().identity).await.unwrap();
    app.advance(Duration::from_secs(1));
    bursar_identity::forget_old(&app.spend().identity).await.unwrap();
    assert_eq!(app.row_counts().await["oidc_flows"], 0);
}

async fn a_token_that_is_not_meant_for_this_sign_in_is_refused(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let wrong = [
        json!({ "claims": { "nonce": "another" } }),
        json!({ "claims": { "nonce": null } }),
        json!({ "claims": { "iss": "https://login.other.example" } }),
        json!({ "claims": { "aud": "another" } }),
        json!({ "claims": { "aud": ["bursar", "another"] } }),
        json!({ "claims": { "exp": provider.now_ms / 1000 - 1 } }),
        json!({ "unknown_key": true }),
    ];
    for faults in wrong {
        provider.faults(faults.clone()).await;
        let answer = sign_in(&app, &provider, "ana@acme.example").await;
        assert_eq!(answer.status.as_u16(), 403, "{faults}: {}", answer.text());
        nobody_got_in(&answer, 403, "does not prove who you are");
    }
    // The forger itself is not what is refused.
    provider.faults(json!({ "claims": { "extra": 1 } })).await;
    assert_eq!(sign_in(&app, &provider, "ana@acme.example").await.status.as_u16(), 303);
    // An answer of another provider's, which says so.
    provider.faults(json!({})).await;
    let sent = send(&app, "").await;
    let back = provider.visit(&sent.address, Some("ana@acme.example")).await;
    let (before, _) = back.split_once("iss=").expect("the provider says who it is");
    let answer = come_back(&app, &sent.cookie, &format!("{before}iss=https%3A%2F%2Fother.example")).await;
    nobody_got_in(&answer, 403, "does not prove who you are");
    // A token that is too old by this server's clock, which has gone on since.
    app.advance(Duration::from_secs(2 * 60 * 60));
    nobody_got_in(&sign_in(&app, &provider, "ana@acme.example").await, 403, "does not prove who you are");
}

async fn new_keys_of_the_provider_are_asked_for(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    assert_eq!(sign_in(&app, &provider, "ana@acme.example").await.status.as_u16(), 303);
    provider.faults(json!({ "new_keys": true })).await;
    assert_eq!(sign_in(&app, &provider, "ana@acme.example").await.status.as_u16(), 303);
}

async fn an_address_that_nobody_verified_signs_nobody_in(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let answer = sign_in(&app, &provider, "eve+unverified@acme.example").await;
    nobody_got_in(&answer, 403, "does not say that your e-mail address is verified");
    nobody_got_in(&sign_in(&app, &provider, "eve+nameless").await, 403, "names no e-mail address");
    nobody_got_in(&sign_in(&app, &provider, "no address at all").await, 403, "names no e-mail address");
    let counts = app.row_counts().await;
    assert_eq!((counts["people"], counts["sessions"]), (0, 0));
}

async fn whoever_says_no_there_is_told_so_here(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let sent = send(&app, "").await;
    let back = provider.visit(&sent.address, None).await;
    assert!(back.contains("error=access_denied"), "{back}");
    nobody_got_in(&come_back(&app, &sent.cookie, &back).await, 403, "You did not sign in");
    nobody_got_in(&come_back(&app, &sent.cookie, &back).await, 403, "Begin again");
    let sent = send(&app, "").await;
    let odd = format!("{CALLBACK}?error=%3Cb%3Eodd%0A&state={}", state_of(&sent.address));
    let answer = come_back(&app, &sent.cookie, &odd).await;
    nobody_got_in(&answer, 502, "answered with the error");
    assert!(!answer.text().contains("<b>odd"), "{}", answer.text());
}

async fn a_provider_that_is_down_lets_nobody_in(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    provider.faults(json!({ "down": true })).await;
    nobody_got_in(&press(&app, "").await, 503, "cannot be reached just now");
    provider.faults(json!({})).await;
    let sent = send(&app, "").await;
    let back = provider.visit(&sent.address, Some("ana@acme.example")).await;
    provider.faults(json!({ "down": true })).await;
    nobody_got_in(&come_back(&app, &sent.cookie, &back).await, 503, "cannot be reached just now");
    provider.faults(json!({})).await;
    assert_eq!(sign_in(&app, &provider, "ana@acme.example").await.status.as_u16(), 303);
    // Another provider in its place, with a name of its own, is not asked for anything.
    let renamed = format!("{}/", provider.issuer);
    let other = TestApp::on(engine)
        .setting("BURSAR_OIDC_ISSUER", &renamed)
        .setting("BURSAR_OIDC_CLIENT_ID", "bursar")
        .setting("BURSAR_OIDC_CLIENT_SECRET", SECRET)
        .start()
        .await;
    nobody_got_in(&press(&other, "").await, 503, "cannot be reached just now");
}

async fn strangers_are_refused_where_only_the_invited_sign_in(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[("BURSAR_SIGN_UP", "invited")]).await;
    let org = app.org().await;
    nobody_got_in(&sign_in(&app, &provider, "eve@example.com").await, 403, "You are not invited");
    assert_eq!(app.row_counts().await["people"], 0);
    let invite = json!({ "email": "val@example.com", "role": "viewer" });
    org.admin().post("/dashboard/invitations", &invite).await.expect(201);
    for email in [org.owner.as_str(), "val@example.com"] {
        assert_eq!(sign_in(&app, &provider, email).await.status.as_u16(), 303, "{email}");
    }
}

async fn tries_are_limited_and_nobody_is_led_elsewhere(engine: Engine) {
    let provider = Provider::start(&[]).await;
    let app = app_with(engine, &provider, &[]).await;
    let sent = send(&app, "//evil.example").await;
    let back = provider.visit(&sent.address, Some("ana@acme.example")).await;
    assert_eq!(come_back(&app, &sent.cookie, &back).await.header("location"), "/account");
    for _ in 0..29 {
        press(&app, "").await.page(200);
    }
    let refused = press(&app, "").await;
    nobody_got_in(&refused, 429, "That was too often");
}

async fn without_a_provider_there_is_no_such_way_in(engine: Engine) {
    let app = TestApp::start(engine).await;
    let page = app.client().below("").get("/sign-in").await.page(200);
    assert!(!page.contains("/sign-in/oidc"), "{page}");
    press(&app, "").await.page(404);
    come_back(&app, "__Host-bursar_browser=x", &format!("{CALLBACK}?state=x&code=y")).await.page(404);
}
