//! Linking a chat, and ending that.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use bursar_testkit::telegram::{BOT, User};
use serde_json::{Value, json};

use super::{ANNA, ANNA_AT, BOB, BOB_AT, World};

on_both_engines!(
    a_chat_is_linked_by_a_code_that_is_good_once,
    a_code_is_good_for_ten_minutes_and_a_new_one_ends_it,
    a_link_ends_in_the_chat_or_on_the_dashboard,
    an_account_speaks_for_one_member_of_an_org,
    nobody_guesses_codes_or_makes_them_without_end,
    the_bot_answers_people_and_no_groups,
    what_is_not_from_telegram_is_refused,
    without_a_bot_there_is_nothing_to_link,
);

async fn a_chat_is_linked_by_a_code_that_is_good_once(engine: Engine) {
    let world = World::on(engine).await;
    assert!(!world.is_linked(ANNA_AT).await);
    let made = world.code(ANNA_AT).await;
    let code = made["code"].as_str().unwrap();
    assert_eq!(made["url"], format!("https://t.me/{BOT}?start={code}"));
    assert!(code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric()), "{code}");
    assert!(world.app.all_texts().await.iter().all(|text| !text.contains(code)), "the code itself is stored");

    let start = format!("/start {code}");
    let (status, update) = world.telegram.write(&world.app.url(), ANNA, &start).await;
    assert_eq!(status, 200);
    assert!(world.is_linked(ANNA_AT).await && !world.is_linked(BOB_AT).await);
    // Telegram tells again what it is not sure of.
    assert_eq!(world.telegram.tell(&world.app.url(), &update).await, 200);
    let said = world.telegram.chat(ANNA);
    assert!(said.iter().all(|sent| sent.text.contains("anna@acme.example")), "{said:?}");
    // To anybody else it is over.
    assert!(world.writes(BOB, &start).await.contains("used before"));
    let trail = world.org.trail().await;
    let count = |action: &str| trail.iter().filter(|known| *known == action).count();
    assert_eq!((count("chat.code_made"), count("chat.linked")), (1, 1));

    let anna = world.app.session_of(ANNA_AT, false).await;
    let shown = anna.get("/dashboard/members/me/telegram").await.expect(200);
    assert_eq!((&shown["is_linked"], &shown["name"]), (&json!(true), &json!("Anna")));
    world.app.must_balance().await;
}

async fn a_code_is_good_for_ten_minutes_and_a_new_one_ends_it(engine: Engine) {
    let world = World::on(engine).await;
    let code = |made: &Value| format!("/start {}", made["code"].as_str().unwrap());
    let (first, second) = (world.code(ANNA_AT).await, world.code(ANNA_AT).await);
    assert!(world.writes(ANNA, &code(&first)).await.contains("wrong"));
    world.app.advance(Duration::from_secs(10 * 60));
    assert!(world.writes(ANNA, &code(&second)).await.contains("too old"));
    assert!(!world.is_linked(ANNA_AT).await);
}

async fn a_link_ends_in_the_chat_or_on_the_dashboard(engine: Engine) {
    let world = World::with_anna(engine).await;
    assert!(world.writes(ANNA, "/stop").await.contains("Nothing is asked here any more"));
    assert!(!world.is_linked(ANNA_AT).await);
    assert!(world.writes(ANNA, "/stop").await.contains("linked to nobody"));
    world.link(ANNA, ANNA_AT).await;
    let anna = world.app.session_of(ANNA_AT, false).await;
    for _ in 0..2 {
        assert_eq!(anna.delete("/dashboard/members/me/telegram").await.status, 204);
    }
    assert!(!world.is_linked(ANNA_AT).await);
    let trail = world.org.trail().await;
    assert_eq!(trail.iter().filter(|action| *action == "chat.unlinked").count(), 2);
}

async fn an_account_speaks_for_one_member_of_an_org(engine: Engine) {
    let world = World::with_anna(engine).await;
    let start = format!("/start {}", world.code(BOB_AT).await["code"].as_str().unwrap());
    assert!(world.writes(ANNA, &start).await.contains("another member of"));
    assert!(!world.is_linked(BOB_AT).await);
    // Somebody who left speaks for nobody.
    world.org.remove_member(ANNA_AT).await;
    assert!(world.writes(ANNA, &start).await.contains(BOB_AT));
    // A viewer decides nothing, and is asked nothing.
    world.org.member("val@acme.example", Role::Viewer).await;
    let viewer = world.app.session_of("val@acme.example", true).await;
    viewer.post_empty("/dashboard/members/me/telegram").await.problem(403, "forbidden");
}

async fn nobody_guesses_codes_or_makes_them_without_end(engine: Engine) {
    let world = World::on(engine).await;
    for _ in 0..10 {
        assert!(world.writes(BOB, "/start 0123456789").await.contains("wrong"));
    }
    let right = format!("/start {}", world.code(BOB_AT).await["code"].as_str().unwrap());
    assert!(world.writes(BOB, &right).await.contains("Too many tries"));
    let bob = world.app.session_of(BOB_AT, false).await;
    for _ in 1..10 {
        bob.post_empty("/dashboard/members/me/telegram").await.expect(201);
    }
    let refused = bob.post_empty("/dashboard/members/me/telegram").await;
    refused.problem(429, "rate_limited");
    assert!(!refused.header("retry-after").is_empty());
}

async fn the_bot_answers_people_and_no_groups(engine: Engine) {
    let world = World::on(engine).await;
    assert!(world.writes(ANNA, "hello").await.contains("make a code for Telegram"));
    let brazilian = User { id: 7_000_000_009, name: "Bia", language: "pt-br" };
    assert!(world.writes(brazilian, "/start").await.contains("crie um código"));
    let before = world.telegram.calls("sendMessage");
    let group = json!({ "update_id": 9_000, "message": { "message_id": 1, "date": 1,
        "from": { "id": ANNA.id, "is_bot": false, "first_name": "Anna" },
        "chat": { "id": -100_500, "type": "group", "title": "Everybody" }, "text": "/start x" } });
    assert_eq!(world.telegram.tell(&world.app.url(), &group).await, 200);
    let other = json!({ "update_id": 9_001, "edited_message": { "message_id": 1 } });
    assert_eq!(world.telegram.tell(&world.app.url(), &other).await, 200);
    assert_eq!(world.telegram.calls("sendMessage"), before);
}

async fn what_is_not_from_telegram_is_refused(engine: Engine) {
    let world = World::on(engine).await;
    let webhook = world.telegram.webhook().unwrap();
    assert_eq!(webhook.url, "https://pay.example.test/v1/webhooks/telegram");
    assert_eq!(webhook.allowed, ["message", "callback_query"]);
    let secret = webhook.secret.unwrap();
    let code = world.code(ANNA_AT).await;
    let update = json!({ "update_id": 1, "message": { "message_id": 1, "date": 1,
        "from": { "id": ANNA.id, "is_bot": false, "first_name": "Anna" },
        "chat": { "id": ANNA.id, "type": "private" }, "text": format!("/start {}", code["code"].as_str().unwrap()) } });
    let client = world.app.client();
    let call = |secret: &str| {
        let call = client.call(http::Method::POST, "/webhooks/telegram").json(&update);
        if secret.is_empty() { call } else { call.header("x-telegram-bot-api-secret-token", secret) }
    };
    for wrong in ["", "x", &secret[1..], &secret.to_uppercase()] {
        call(wrong).send().await.problem(401, "invalid_webhook");
    }
    assert!(!world.is_linked(ANNA_AT).await);
    let nonsense = call(&secret).bytes("no json").send().await;
    nonsense.problem(400, "invalid_webhook");
    assert_eq!(call(&secret).send().await.status, 200);
    assert!(world.is_linked(ANNA_AT).await);
}

async fn without_a_bot_there_is_nothing_to_link(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let owner = app.session_of(&org.owner, false).await;
    owner.post_empty("/dashboard/members/me/telegram").await.problem(409, "telegram_off");
    assert_eq!(owner.get("/dashboard/members/me/telegram").await.expect(200)["is_linked"], false);
    app.client().post("/webhooks/telegram", &json!({})).await.problem(404, "not_found");
}
