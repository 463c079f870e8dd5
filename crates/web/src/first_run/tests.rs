//! The first run through HTTP, as a browser without scripts has it, on both engines.

use std::time::Duration;

use bursar_base::{Currency, Money};
use bursar_identity::first_run::service as first_run;
use bursar_identity::orgs::{Org, service as orgs};
use bursar_money::funnel::Command;
use bursar_store::Engine;
use bursar_testkit::app::{Answer, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(
    whoever_has_the_link_becomes_the_owner_of_the_first_org,
    nobody_without_the_link_does,
    of_two_at_once_one_makes_an_org,
    a_restart_loses_nothing_and_a_new_start_ends_the_link_before,
    a_link_ends_with_the_first_org_however_it_was_made,
    what_is_wrong_is_said_and_nothing_is_written,
);

const GOOD: [(&str, &str); 7] = [
    ("email", "Ana@Example.com"),
    ("org_name", "Acme"),
    ("time_zone", "America/Sao_Paulo"),
    ("currency", "usd"),
    ("agent_name", "Scout"),
    ("daily", "100.00"),
    ("approve_above", "20.00"),
];

/// The path of the link that a start prints.
async fn link(app: &TestApp) -> String {
    let token = first_run::begin(&app.spend().identity).await.unwrap();
    format!("/first-run/{}", token.expect("there is no org yet"))
}

async fn look(app: &TestApp, path: &str) -> Answer {
    app.client().below("").get(path).await
}

async fn send(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    app.client().below("").post_form(path, fields).await
}

async fn all_orgs(app: &TestApp) -> Vec<Org> {
    orgs::all(&mut app.spend().identity.db.read().await.unwrap()).await.unwrap()
}

async fn whoever_has_the_link_becomes_the_owner_of_the_first_org(engine: Engine) {
    let app = TestApp::start(engine).await;
    let path = link(&app).await;
    for _ in 0..2 {
        let shown = look(&app, &path).await;
        assert!(!shown.header("content-security-policy").contains("script-src"), "it needs no script");
        assert!(shown.page(200).contains("Set up Bursar"), "looking changes nothing");
    }
    let done = send(&app, &path, &GOOD).await;
    let page = done.page(200);
    for words in ["<bdi>Acme</bdi> is ready", "\"amount\": \"25.00\"", "The key of <bdi>Scout</bdi>"] {
        assert!(page.contains(words), "{words} is missing: {page}");
    }
    assert!(done.header("set-cookie").contains("HttpOnly"), "{}", done.header("set-cookie"));
    assert_eq!(done.header("cache-control"), "no-store");

    let browser = app.client().with_cookies(&done.cookies());
    let session = browser.get("/session").await.expect(200);
    assert_eq!(session["email"], "ana@example.com");
    let org = all_orgs(&app).await.pop().unwrap();
    assert_eq!((org.name.as_str(), org.time_zone.as_str()), ("Acme", "America/Sao_Paulo"));
    let methods = browser.get("/sessions").await.expect(200);
    assert_eq!(methods["data"][0]["method"], "first_run");

    let key = page.split("bur_test_").nth(1).unwrap();
    let key = format!("bur_test_{}", key.split('<').next().unwrap());
    for text in app.all_texts().await {
        let token = path.rsplit('/').next().unwrap();
        assert!(!text.contains(token) && !text.contains(&key), "a secret is stored: {text}");
    }
    let deposit = Command::Deposit {
        org_id: org.id.clone(),
        agent_id: None,
        amount: Money::parse("500.00", Currency::USD).unwrap(),
        reason: "first deposit".to_owned(),
        actor: "cli".to_owned(),
    };
    app.spend().submit(deposit).await.unwrap();
    let body = json!({ "amount": "25.00", "currency": "USD", "merchant": "books.example", "purpose": "a book",
        "idempotency_key": "first-1" });
    app.client().with_key(&key).post("/payment-request", &body).await.expect(202);
    let mail = app.mails().wait("ana@example.com", "Approve 25.00 USD to books.example?").await;
    app.press(&mail.link("/v1/approve/"), "fine").await.page(200);

    let over = look(&app, &path).await.page(410);
    assert!(over.contains("This server is set up already") && over.contains("/sign-in"), "{over}");
    assert!(send(&app, &path, &GOOD).await.page(410).contains("set up already"));
    assert_eq!(all_orgs(&app).await.len(), 1);
    app.at_rest().await;
    app.must_balance().await;
}

async fn nobody_without_the_link_does(engine: Engine) {
    let app = TestApp::start(engine).await;
    let wrong = format!("/first-run/{}", "x".repeat(43));
    let before = app.row_counts().await;
    // Neither while there is no link, nor beside the one that there is.
    for _ in 0..2 {
        let page = look(&app, &wrong).await.page(404);
        assert!(page.contains("leads nowhere any more") && page.contains("Start the server again"), "{page}");
        send(&app, &wrong, &GOOD).await.page(404);
        send(&app, "/first-run/", &GOOD).await;
        assert!(all_orgs(&app).await.is_empty());
        link(&app).await;
    }
    let mut after = app.row_counts().await;
    after.insert("installation".to_owned(), before["installation"]);
    assert_eq!(before, after);
}

async fn of_two_at_once_one_makes_an_org(engine: Engine) {
    let app = TestApp::start(engine).await;
    let path = link(&app).await;
    let (one, other, third) =
        tokio::join!(send(&app, &path, &GOOD), send(&app, &path, &GOOD), send(&app, &path, &GOOD));
    let mut statuses = [&one, &other, &third].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410]);
    assert_eq!(all_orgs(&app).await.len(), 1);
    app.must_balance().await;
}

async fn a_restart_loses_nothing_and_a_new_start_ends_the_link_before(engine: Engine) {
    let app = TestApp::start(engine).await;
    let first = link(&app).await;
    app.restart().await;
    look(&app, &first).await.page(200);
    let second = link(&app).await;
    look(&app, &first).await.page(404);
    send(&app, &first, &GOOD).await.page(404);
    app.advance(Duration::from_secs(24 * 60 * 60 - 1));
    look(&app, &second).await.page(200);
    app.advance(Duration::from_secs(1));
    look(&app, &second).await.page(404);
    send(&app, &second, &GOOD).await.page(404);
    let third = link(&app).await;
    send(&app, &third, &GOOD).await.page(200);
    app.must_balance().await;
}

async fn a_link_ends_with_the_first_org_however_it_was_made(engine: Engine) {
    let app = TestApp::start(engine).await;
    let path = link(&app).await;
    app.org().await;
    look(&app, &path).await.page(410);
    send(&app, &path, &GOOD).await.page(410);
    assert_eq!(first_run::begin(&app.spend().identity).await.unwrap(), None, "no link where there is an org");
    assert_eq!(all_orgs(&app).await.len(), 1);
}

async fn what_is_wrong_is_said_and_nothing_is_written(engine: Engine) {
    let app = TestApp::start(engine).await;
    let path = link(&app).await;
    let before = app.row_counts().await;
    for (field, value, says) in [
        ("email", "nobody", "e-mail address"),
        ("org_name", " ", "Write a name"),
        ("time_zone", "Nowhere/Land", "America/Sao_Paulo"),
        ("currency", "dollars", "such as USD"),
        ("agent_name", "", "Write a name"),
        ("daily", "much", "daily"),
        ("approve_above", "-1", "approve_above"),
    ] {
        let fields = GOOD.map(|(name, good)| (name, if name == field { value } else { good }));
        let page = send(&app, &path, &fields).await.page(400);
        let mark = format!("id=\"{field}\"");
        let input = page.split("<input ").find(|input| input.starts_with(&mark)).unwrap();
        assert!(input.split('>').next().unwrap().contains("aria-invalid"), "{field} is not marked: {input}");
        let alert = page.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(alert.contains(says), "{field}: {alert}");
        assert!(field == "email" || page.contains("Ana@Example.com"), "what was written is kept");
    }
    assert_eq!(app.row_counts().await, before, "nothing is written");
    // Amounts are read as the page's language writes them.
    let fields = GOOD.map(|(name, good)| (name, if name == "daily" { "1.000,50" } else { good }));
    let fields = fields.map(|(name, good)| (name, if name == "approve_above" { "20,00" } else { good }));
    let page = send(&app, &format!("{path}?lang=pt-BR"), &fields).await.page(200);
    assert!(page.contains("está pronta"), "{page}");
    app.must_balance().await;
}
