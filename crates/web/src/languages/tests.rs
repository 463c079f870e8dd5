//! Mails and pages in the reader's language, on both engines.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Call, TestApp};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

on_both_engines!(
    a_brazilian_approver_is_asked_and_answers_in_portuguese,
    a_browser_says_the_language_once_and_a_member_says_it_for_good,
    a_bot_says_what_its_owner_reads,
    a_page_is_read_in_the_language_that_somebody_chose,
    the_server_has_a_language_of_its_own,
    what_went_wrong_is_said_in_the_readers_language,
);

const PORTUGUESE: &str = "pt-BR,pt;q=0.9,en;q=0.5";

/// A page, for a browser that asks for some languages.
fn page(app: &TestApp, path: &str, languages: &str) -> Call {
    app.client().below("").call(Method::GET, path).header("accept-language", languages)
}

/// The path and query of a link of ours.
fn path_of(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

async fn a_brazilian_approver_is_asked_and_answers_in_portuguese(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("bia@example.com", Role::Approver).await;
    let bia = app.session_of("bia@example.com", false).await;
    let chosen = bia.put("/dashboard/members/me/language", &json!({ "language": "pt-BR" })).await.expect(200);
    assert_eq!(chosen, json!({ "language": "pt-BR", "is_own": true }));
    assert_eq!(org.trail().await.iter().filter(|action| *action == "member.language_set").count(), 1);
    let agent = org.agent(json!({ "daily": "5000.00", "approve_above": "10.00" })).await;
    agent.pending("1042.50", "loja.example").await;

    let mail = app.mails().wait("bia@example.com", "Aprovar US$ 1.042,50 para loja.example?").await;
    for words in ["pede para pagar US$\u{a0}1.042,50", "Decida até ", "Por que perguntamos a você", "RECUSAR"]
    {
        assert!(mail.text.contains(words), "{words} in {}", mail.text);
    }
    let date =
        mail.text.split("Decida até ").nth(1).and_then(|rest| rest.split(',').nth(1)).unwrap_or_default();
    assert_eq!(date.trim().split('/').map(str::len).collect::<Vec<_>>(), [2, 2, 4], "{date:?}");
    assert!(mail.html.contains("<html lang=\"pt-BR\"") && mail.html.contains("Revisar e aprovar"));
    let english = app.mails().wait(&org.owner, "Approve 1,042.50 USD to loja.example?").await;
    assert!(english.html.contains("<html lang=\"en\""));

    // The member's own language beats the browser's, and what is chosen on the page beats both.
    let link = mail.link("/v1/approve/");
    let shown = page(&app, path_of(&link), "en-US").send().await;
    assert_eq!(shown.header("content-language"), "pt-BR");
    assert!(shown.header("vary").contains("Accept-Language"), "{}", shown.header("vary"));
    let html = shown.page(200);
    assert!(html.contains("<html lang=\"pt-BR\"") && html.contains("Aprovar US$\u{a0}1.042,50"), "{html}");
    let chosen = page(&app, &format!("{}?lang=en", path_of(&link)), PORTUGUESE).send().await;
    assert!(chosen.header("set-cookie").contains("__Host-bursar_language=en"));
    assert!(chosen.page(200).contains("Approve 1,042.50 USD"));

    let done = app.press(&link, "").await.page(200);
    assert!(done.contains("<html lang=\"pt-BR\"") && done.contains("Aprovado"), "{done}");
    app.must_balance().await;
}

async fn a_browser_says_the_language_once_and_a_member_says_it_for_good(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let asked = app.client().call(Method::POST, "/sign-in").header("accept-language", PORTUGUESE);
    let asked = asked.json(&json!({ "email": org.owner })).send().await;
    let mail = app.mails().wait(&org.owner, "Entrar no Bursar").await;
    assert!(mail.text.contains("Abra este link no navegador"), "{}", mail.text);
    let token = mail.link("/sign-in/").rsplit('/').next().unwrap().to_owned();
    let browser = app.client().with_cookies(&asked.cookies());
    let path = "/sign-in/complete";
    let done = browser.call(Method::POST, path).header("accept-language", PORTUGUESE);
    let done = done.json(&json!({ "token": token })).send().await;
    let owner = app.client().with_cookies(&done.cookies());
    let path = "/dashboard/members/me/language";
    assert_eq!(owner.get(path).await.expect(200), json!({ "language": "pt-BR", "is_own": true }));

    // Another browser changes nothing; they do.
    owner.put(path, &json!({ "language": "en" })).await.expect(200);
    let asked = app.client().call(Method::POST, "/sign-in").header("accept-language", PORTUGUESE);
    asked.json(&json!({ "email": org.owner })).send().await;
    app.mails().wait(&org.owner, "Sign in to Bursar").await;
    assert_eq!(owner.get(path).await.expect(200)["language"], "en");
    owner.put(path, &json!({ "language": "de" })).await.names("language");
}

async fn a_bot_says_what_its_owner_reads(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = |name: &str, language: &str| json!({ "bot_name": name, "owner_email": "rui@example.com", "owner_language": language });
    app.client().post("/bots/register", &bot("Compras", "fr")).await.names("owner_language");
    app.client().post("/bots/register", &bot("Compras", "pt-BR")).await.expect(201);
    let mail = app.mails().wait("rui@example.com", "Compras é o seu bot?").await;
    assert!(mail.text.contains("NÃO CONHEÇO ESTE BOT"), "{}", mail.text);
    let refusing = page(&app, path_of(&mail.link("/refuse/")), "en").send().await.page(200);
    assert!(refusing.contains("Não conhece <bdi>Compras</bdi>?"), "{refusing}");

    // What the owner says of themselves counts for more.
    let org = app.new_org("Rui", "rui@example.com", bursar_base::Mode::Test, "America/Sao_Paulo").await;
    let rui = app.session_of(&org.owner, false).await;
    rui.put("/dashboard/members/me/language", &json!({ "language": "en" })).await.expect(200);
    app.client().post("/bots/register", &bot("Livros", "pt-BR")).await.expect(201);
    app.mails().wait("rui@example.com", "Is Livros your bot?").await;
}

async fn a_page_is_read_in_the_language_that_somebody_chose(engine: Engine) {
    let app = TestApp::start(engine).await;
    let sign_in = |path: &'static str, languages: &'static str| page(&app, path, languages);
    let portuguese = sign_in("/sign-in?next=%2Fclaim%3Ftoken%3Dcoral-X9K2P7QD", PORTUGUESE).send().await;
    assert_eq!((portuguese.header("content-language"), portuguese.header("set-cookie")), ("pt-BR", ""));
    let html = portuguese.page(200);
    assert!(html.contains("Seu endereço de e-mail"), "{html}");
    // The way on is kept.
    assert!(html.contains("?next=%2Fclaim%3Ftoken%3Dcoral-X9K2P7QD&amp;lang=en\""), "{html}");
    assert!(sign_in("/sign-in", "de, en;q=0.1, pt;q=0").send().await.page(200).contains("Send me a link"));
    assert!(sign_in("/sign-in?lang=pt-br", "en").send().await.page(200).contains("Enviar o link"));
    assert!(sign_in("/sign-in?lang=xx", "en").send().await.page(200).contains("Send me a link"));
    let browser = app.client().below("").with_cookies("__Host-bursar_language=pt-BR");
    assert!(browser.get("/sign-in").await.page(200).contains("Enviar o link"));
    let nowhere = page(&app, "/nowhere", PORTUGUESE).header("accept", "text/html").send().await;
    assert!(nowhere.page(404).contains("Esta página não existe"));
    let broken = page(&app, "/v1/approve/broken", PORTUGUESE).send().await;
    assert!(broken.page(404).contains("Este link não funciona"));
}

async fn the_server_has_a_language_of_its_own(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_LANGUAGE", "pt-BR").start().await;
    let org = app.org().await;
    let owner = app.session_of(&org.owner, false).await;
    let own = owner.get("/dashboard/members/me/language").await.expect(200);
    assert_eq!(own, json!({ "language": "pt-BR", "is_own": false }));
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    agent.pending("42.00", "loja.example").await;
    app.mails().wait(&org.owner, "Aprovar US$ 42,00 para loja.example?").await;
    assert!(page(&app, "/sign-in", "de").send().await.page(200).contains("Enviar o link"));
    // Programs are answered in English whatever they ask for.
    let call = app.client().call(Method::POST, "/sign-in").header("accept-language", PORTUGUESE);
    let refused = call.json(&json!({ "email": "nobody" })).send().await.problem(400, "validation_error");
    assert!(refused["detail"].as_str().unwrap().contains("an e-mail address"), "{refused}");
}

async fn what_went_wrong_is_said_in_the_readers_language(engine: Engine) {
    let app = TestApp::start(engine).await;
    let browser = app.client().below("").with_cookies("__Host-bursar_language=pt-BR");
    let wrong = browser.post_form("/sign-in", &[("email", "nobody")]).await.page(400);
    assert!(wrong.contains("Escreva um endereço de e-mail"), "{wrong}");
    assert!(browser.get("/sign-in/unknown").await.text().contains("Este link não é conhecido"));
    let person = app.sign_in("ana@example.com").await;
    let both = format!("{}; __Host-bursar_language=pt-BR", person.cookie);
    let browser = app.client().below("").with_cookies(&both);
    let wrong = browser.post_form("/claim", &[("claim_token", "coral-X9K2P7QD")]).await.page(400);
    assert!(wrong.contains("Este código de posse está errado"), "{wrong}");
    assert!(wrong.contains("token=coral-X9K2P7QD&amp;lang=en"), "{wrong}");
}
