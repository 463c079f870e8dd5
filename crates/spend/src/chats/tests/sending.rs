//! What Telegram does not take.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::telegram::Trouble;
use serde_json::json;

use super::{ANNA, ANNA_AT, World};

on_both_engines!(
    telegram_is_left_alone_for_as_long_as_it_says,
    what_passes_is_tried_again_and_what_does_not_is_given_up,
    a_chat_that_is_closed_ends_its_link,
    what_agents_write_becomes_no_markup,
    an_edit_that_is_not_taken_is_made_later,
    who_said_nothing_is_reminded_in_the_chat,
    a_question_that_another_worker_gives_up_meanwhile_still_says_what_became_of_it,
);

async fn telegram_is_left_alone_for_as_long_as_it_says(engine: Engine) {
    let world = World::with_anna(engine).await;
    let before = world.telegram.calls("sendMessage");
    world.telegram.next("sendMessage", Trouble::TooMany(35));
    let asked = world.agent.pending("42.00", "shop.example").await;
    let called = || async { (world.telegram.calls("sendMessage") > before).then_some(()) };
    eventually(PATIENCE, called).await.expect("it is tried");
    world.app.at_rest().await;
    world.app.advance(Duration::from_secs(34));
    world.app.at_rest().await;
    assert_eq!(world.telegram.calls("sendMessage"), before + 1);
    world.app.advance(Duration::from_secs(1));
    let question = world.reads(ANNA, "asks to pay 42.00 USD").await;
    world.telegram.press(&world.app.url(), ANNA, &question, &question.button("Decline")).await;
    assert_eq!(world.status(id_of(&asked)).await, "declined");
}

async fn what_passes_is_tried_again_and_what_does_not_is_given_up(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.telegram.next("sendMessage", Trouble::LoseTheAnswer);
    let asked = world.agent.pending("42.00", "shop.example").await;
    let first = world.reads(ANNA, "asks to pay 42.00 USD").await;
    world.app.at_rest().await;
    world.app.advance(Duration::from_secs(2));
    let twice = || async { (world.telegram.chat(ANNA).len() == 3).then_some(()) };
    eventually(PATIENCE, twice).await.expect("it comes once more, because nobody knows whether it came");
    // Whichever of the two is pressed: it is the same question.
    let told = world.telegram.press(&world.app.url(), ANNA, &first, &first.button("Approve")).await;
    assert!(!told.is_alert, "{told:?}");
    assert_eq!(world.agent.settled(id_of(&asked)).await["status"], "completed");

    world.telegram.next("sendMessage", Trouble::Refuse(400, "Bad Request: can't parse entities"));
    world.agent.pending("43.00", "shop.example").await;
    let failed = || async { world.org.trail().await.contains(&"chat.failed".to_owned()).then_some(()) };
    eventually(PATIENCE, failed).await.expect("it is given up");
    assert!(world.is_linked(ANNA_AT).await);
    world.app.mails().wait(ANNA_AT, "43.00").await;
}

async fn a_chat_that_is_closed_ends_its_link(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.telegram.block(ANNA);
    world.agent.pending("42.00", "shop.example").await;
    let ended = || async { (!world.is_linked(ANNA_AT).await).then_some(()) };
    eventually(PATIENCE, ended).await.expect("the link ends");
    let trail = world.org.trail().await;
    assert!(trail.contains(&"chat.unlinked".to_owned()) && trail.contains(&"chat.failed".to_owned()));
    // The mail came all the same, and the next one is not tried in the chat.
    world.app.mails().wait(ANNA_AT, "42.00").await;
    let before = world.telegram.calls("sendMessage");
    world.agent.pending("43.00", "shop.example").await;
    world.app.mails().wait(ANNA_AT, "43.00").await;
    world.app.at_rest().await;
    assert_eq!(world.telegram.calls("sendMessage"), before);
}

async fn what_agents_write_becomes_no_markup(engine: Engine) {
    let world = World::with_anna(engine).await;
    let mut body = world.agent.request("42.00", &"<b>&".repeat(50));
    let purpose =
        "</code></blockquote><a href=\"https://evil.example\">press /stop @evil</a> &lt; ".repeat(6);
    body["purpose"] = json!(purpose);
    world.agent.ask(&body).await.expect(202);
    let question = world.reads(ANNA, "asks to pay 42.00 USD").await;
    assert!(question.text.contains("</code></blockquote><a href="), "shown as it is: {}", question.text);
    assert!(question.text.contains("https[:]//evil[.]example"), "{}", question.text);
    let outside: String =
        question.html.split("<code>").map(|part| part.rsplit("</code>").next().unwrap()).collect();
    assert!(!outside.contains("/stop") && !outside.contains("@evil"), "{outside}");
}

async fn an_edit_that_is_not_taken_is_made_later(engine: Engine) {
    let world = World::with_anna(engine).await;
    let (_, question) = world.asked(ANNA).await;
    world.telegram.next("editMessageText", Trouble::TooMany(20));
    world.telegram.press(&world.app.url(), ANNA, &question, &question.button("Decline")).await;
    let tried = || async { (world.telegram.calls("editMessageText") == 1).then_some(()) };
    eventually(PATIENCE, tried).await.expect("it is tried");
    world.app.at_rest().await;
    world.app.advance(Duration::from_secs(20));
    let said = world.reads(ANNA, "Declined").await;
    assert_eq!((said.id, said.edits, said.buttons.len()), (question.id, 1, 0));
}

async fn who_said_nothing_is_reminded_in_the_chat(engine: Engine) {
    let world = World::with_anna(engine).await;
    let (id, first) = world.asked(ANNA).await;
    // Whoever sent it must have written that down, or another worker sends it once more.
    world.app.at_rest().await;
    world.app.advance(Duration::from_secs(18 * 60 * 60));
    let again = world.reads(ANNA, "Reminder: an agent asks to pay 42.00 USD").await;
    assert_ne!(first.id, again.id);
    world.telegram.press(&world.app.url(), ANNA, &again, &again.button("Decline")).await;
    assert_eq!(world.status(&id).await, "declined");
    let both =
        || async { world.telegram.chat(ANNA)[1..].iter().all(|sent| sent.buttons.is_empty()).then_some(()) };
    eventually(PATIENCE, both).await.expect("both say so");
}

async fn a_question_that_another_worker_gives_up_meanwhile_still_says_what_became_of_it(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.telegram.next("sendMessage", Trouble::AnswerLate(Duration::from_secs(2)));
    let (id, question) = world.asked(ANNA).await;
    // The one that sends it has lost its lease, and the payment is over.
    world.app.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(world.agent.settled(&id).await["status"], "timed_out");
    let said = world.reads(ANNA, "Nobody decided in time").await;
    assert_eq!((said.id, said.buttons.len()), (question.id, 0));
    assert_eq!(world.telegram.chat(ANNA).len(), 2, "it is not sent twice");
}
