//! The pages of claiming and refusing, as a browser without scripts has them.

use bursar_store::Engine;
use bursar_testkit::app::{Client, PUBLIC_URL, TestApp};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    the_mails_link_refuses_a_bot_and_opening_it_changes_nothing,
    a_bot_is_claimed_without_a_script,
    a_page_leads_strangers_to_sign_in_and_back,
    what_a_bot_says_of_itself_acts_nowhere,
    the_account_page_does_what_its_buttons_say,
);

fn path_of(link: &str) -> String {
    link.strip_prefix(PUBLIC_URL).expect("a link of ours").to_owned()
}

async fn send(browser: &Client, path: &str, fields: &[(&str, &str)]) -> bursar_testkit::app::Answer {
    browser.below("").post_form(path, fields).await
}

async fn the_mails_link_refuses_a_bot_and_opening_it_changes_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let mail = app.mails().wait("ana@example.com", "Is Reader your bot?").await;
    let path = path_of(&mail.link("/refuse/"));
    let browser = app.client().below("");
    for _ in 0..2 {
        assert!(browser.get(&path).await.page(200).contains("Do you not know"));
    }
    let client = app.client().with_key(bot["api_key"].as_str().unwrap());
    assert_eq!(client.get("/bots/status").await.expect(200)["status"], "pending");
    for _ in 0..2 {
        assert!(send(&browser, &path, &[]).await.page(200).contains("Its key opens nothing"));
    }
    assert_eq!(client.get("/bots/status").await.expect(200)["status"], "refused");
    browser.get(&format!("{path}x")).await.page(404);
    send(&browser, "/refuse/x.y.z", &[]).await.page(404);
}

async fn a_bot_is_claimed_without_a_script(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let token = bot["claim_token"].as_str().unwrap();
    let ana = app.session_of("ana@example.com", false).await;
    let shown = ana.below("").get(&format!("/claim?token={token}")).await;
    assert!(shown.header("content-security-policy").contains("script-src 'self'"));
    assert!(shown.page(200).contains(token));
    let wrong = send(&ana, "/claim", &[("claim_token", "coral-22222222")]).await.page(400);
    assert!(wrong.contains("This claim token is wrong"), "{wrong}");
    let limited = send(&ana, "/claim", &[("claim_token", token), ("daily", "20.00")]).await.page(403);
    assert!(limited.contains("passkey") && limited.contains("20.00"), "{limited}");
    let done = send(&ana, "/claim", &[("claim_token", token), ("daily", " ")]).await.page(200);
    assert!(done.contains("Reader is yours") && done.contains("asks you before every payment"), "{done}");
}

async fn a_page_leads_strangers_to_sign_in_and_back(engine: Engine) {
    let app = TestApp::start(engine).await;
    let browser = app.client().below("");
    let led = browser.get("/claim?token=coral-X9K2P7QD").await;
    assert_eq!(led.status.as_u16(), 303);
    assert_eq!(led.header("location"), "/sign-in?next=%2Fclaim%3Ftoken%3Dcoral-X9K2P7QD");
    let page = browser.get(led.header("location")).await.page(200);
    assert!(page.contains("value=\"/claim?token=coral-X9K2P7QD\""), "{page}");
    let page = browser.get("/sign-in?next=https://evil.example").await.page(200);
    assert!(!page.contains("evil"), "{page}");
    let form = [("email", "ana@example.com"), ("next", "/claim?token=coral-X9K2P7QD")];
    let asked = send(&browser, "/sign-in", &form).await;
    assert!(asked.page(200).contains("Look into your mail"));
    let link = path_of(&app.mails().wait("ana@example.com", "Sign in to Bursar").await.link("/sign-in/"));
    let own = app.client().with_cookies(&asked.cookies());
    assert!(browser.get(&link).await.page(403).contains("Open it where you asked for it"));
    assert!(own.below("").get(&link).await.page(200).contains("ana@example.com"));
    let done = send(&own, &link, &[]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/claim?token=coral-X9K2P7QD"));
    let again = send(&own, &link, &[]).await.page(410);
    assert!(again.contains("This link is over"), "{again}");
    let signed_in = app.client().with_cookies(&done.cookies());
    assert_eq!(signed_in.below("").get("/sign-in").await.header("location"), "/account");
}

async fn what_a_bot_says_of_itself_acts_nowhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let body = json!({ "bot_name": "<b>Reader</b>", "owner_email": "ana@example.com",
        "description": "</p><script>alert(1)</script> see https://evil.example \u{202e}now" });
    let bot = app.client().post("/bots/register", &body).await.expect(201);
    let mail = app.mails().wait("ana@example.com", "your bot?").await;
    assert!(!mail.html.contains("<script") && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(!mail.text.contains("https://evil.example"), "no program makes a link of it: {}", mail.text);
    let ana = app.session_of("ana@example.com", false).await;
    let token = bot["claim_token"].as_str().unwrap();
    let pages = [
        ana.below("").get("/account").await.page(200),
        ana.below("").get(&format!("/claim?token={token}")).await.page(200),
        ana.below("").get(&path_of(&mail.link("/refuse/"))).await.page(200),
        send(&ana, "/claim", &[("claim_token", token)]).await.page(200),
    ];
    for page in pages {
        assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("Reader"), "{page}");
    }
}

async fn the_account_page_does_what_its_buttons_say(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let invite = json!({ "email": "ana@example.com", "role": "viewer" });
    let invitation = org.admin().post("/dashboard/invitations", &invite).await.expect(201);
    let (one, two) =
        (app.register_bot("One", "ana@example.com").await, app.register_bot("Two", "ana@example.com").await);
    let ana = app.session_of("ana@example.com", false).await;
    let page = ana.below("").get("/account").await.page(200);
    for words in ["Join <bdi>Acme</bdi> as viewer?", "One", "Two", "Where you are signed in"] {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    let press =
        async |action: &str, id: &str| send(&ana, "/account", &[("action", action), ("id", id)]).await;
    let (one, two) = (one["bot_id"].as_str().unwrap(), two["bot_id"].as_str().unwrap());
    for (action, id) in [
        ("claim", one),
        ("refuse", two),
        ("accept", invitation["invitation_id"].as_str().unwrap()),
        ("look-at", org.id.as_str()),
    ] {
        let done = press(action, id).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, "/account"),
            "{action}: {}",
            done.text()
        );
    }
    assert!(
        ana.below("")
            .get("/account")
            .await
            .page(200)
            .contains("You look at <strong><bdi>Acme</bdi></strong>, as viewer")
    );
    assert!(press("refuse", two).await.page(409).contains("This bot is refused already"));
    press("dance", "").await.page(400);
    // Another site's form changes nothing.
    let form = ana.below("").call(Method::POST, "/account").header("sec-fetch-site", "cross-site");
    form.bytes("action=sign-out").send().await.page(403);
    let out = press("sign-out", "").await;
    assert_eq!(out.header("location"), "/sign-in");
    assert_eq!(ana.below("").get("/account").await.status.as_u16(), 303);
}
