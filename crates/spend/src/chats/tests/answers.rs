//! Deciding in a chat.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::id_of;
use bursar_testkit::on_both_engines;
use bursar_testkit::telegram::private;
use serde_json::json;

use super::{ANNA, ANNA_AT, BOB, BOB_AT, World};

on_both_engines!(
    a_yes_in_a_chat_pays_and_the_question_says_so,
    a_no_ends_it_in_everybodys_chat,
    what_was_decided_elsewhere_is_said_in_the_chat,
    two_have_to_say_yes_and_each_counts_once,
    only_who_was_asked_decides,
    late_presses_decide_nothing,
    it_is_asked_in_the_members_language,
);

async fn a_yes_in_a_chat_pays_and_the_question_says_so(engine: Engine) {
    let world = World::with_anna(engine).await;
    let (id, question) = world.asked(ANNA).await;
    for words in ["shop.example", "not one of your payees", "not checked by Bursar", "a test", "Decide by "] {
        assert!(
            question.text.contains(&words.replace("shop.example", "shop[.]example")),
            "{words} in {}",
            question.text
        );
    }
    assert!(question.is_protected);
    let labels: Vec<&str> = question.buttons.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["Approve", "Decline"]);

    let yes = question.button("Approve");
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &yes).await;
    assert!(told.text.contains("Approved") && !told.is_alert, "{told:?}");
    assert_eq!(world.agent.settled(&id).await["status"], "completed");
    let by = world.org.payment(&id).await["approval"]["decided_by"].clone();
    assert!(by.to_string().contains(ANNA_AT), "{by}");

    let said = world.reads(ANNA, "Approved and paid").await;
    assert_eq!((said.id, said.buttons.len()), (question.id, 0));
    assert!(said.text.contains("anna[@]acme[.]example"), "{}", said.text);
    // Pressed again, or told twice by Telegram.
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &yes).await;
    assert!(told.is_alert && told.text.contains("Decided before"), "{told:?}");
    let no = question.button("Decline");
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &no).await;
    assert!(told.is_alert && told.text.contains("Decided before"), "{told:?}");
    let trail = world.org.trail().await;
    let count = |action: &str| trail.iter().filter(|known| *known == action).count();
    assert_eq!((count("chat.answered"), count("approval.approved")), (1, 1));
    world.app.must_balance().await;
}

async fn a_no_ends_it_in_everybodys_chat(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.link(BOB, BOB_AT).await;
    let (id, question) = world.asked(ANNA).await;
    let other = world.reads(BOB, "asks to pay 42.00 USD").await;
    assert_ne!(question.button("Decline"), other.button("Decline"));
    let told = world.telegram.press(&world.app.url(), BOB, &other, &other.button("Decline")).await;
    assert!(told.text.contains("Declined") && !told.is_alert, "{told:?}");
    assert_eq!(world.status(&id).await, "declined");
    for user in [ANNA, BOB] {
        let said = world.reads(user, "Declined").await;
        assert!(said.buttons.is_empty() && said.text.contains("bob[@]acme[.]example"), "{said:?}");
    }
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &question.button("Approve")).await;
    assert!(told.is_alert && told.text.contains("Declined"), "{told:?}");
}

async fn what_was_decided_elsewhere_is_said_in_the_chat(engine: Engine) {
    let world = World::with_anna(engine).await;
    let (id, question) = world.asked(ANNA).await;
    let bob = world.app.session_of(BOB_AT, false).await;
    let body = json!({ "reason": "not <b>this</b> month & not /stop" });
    bob.post(&format!("/dashboard/transactions/{id}/decline"), &body).await.expect(200);
    let said = world.reads(ANNA, "Declined").await;
    assert_eq!((said.id, said.buttons.len()), (question.id, 0));
    assert!(said.text.contains("not <b>this</b> month & not /stop"), "{}", said.text);

    let (id, _) = world.asked(ANNA).await;
    world.agent.client().post_empty(&format!("/transactions/{id}/cancel")).await.expect(200);
    world.reads(ANNA, "This payment was cancelled").await;
}

async fn two_have_to_say_yes_and_each_counts_once(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.link(BOB, BOB_AT).await;
    let two = json!({ "daily": "5000.00", "approve_above": "10.00", "approvals": 2 });
    world.agent.policy(&two).await;
    let (id, question) = world.asked(ANNA).await;
    let url = world.app.url();
    let told = world.telegram.press(&url, ANNA, &question, &question.button("Approve")).await;
    assert!(told.text.contains("You said yes") && !told.is_alert, "{told:?}");
    assert_eq!(world.status(&id).await, "pending");
    let said = world.reads(ANNA, "1 of 2 have said yes").await;
    let labels: Vec<&str> = said.buttons.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["Decline after all"]);
    let told = world.telegram.press(&url, ANNA, &question, &question.button("Approve")).await;
    assert!(told.is_alert && told.text.contains("already"), "{told:?}");
    let other = world.reads(BOB, "asks to pay 42.00 USD").await;
    assert_eq!(other.buttons.len(), 2);
    world.telegram.press(&url, BOB, &other, &other.button("Approve")).await;
    assert_eq!(world.agent.settled(&id).await["status"], "completed");
    world.reads(ANNA, "Approved and paid").await;
    world.reads(BOB, "Approved and paid").await;
}

async fn only_who_was_asked_decides(engine: Engine) {
    let world = World::with_anna(engine).await;
    world.link(BOB, BOB_AT).await;
    let (id, question) = world.asked(ANNA).await;
    let (url, yes) = (world.app.url(), question.button("Approve"));
    // Bob has Anna's button, in his own chat or in a group with her.
    let told = world.telegram.press(&url, BOB, &question, &yes).await;
    assert!(told.is_alert && told.text.contains("for somebody else"), "{told:?}");
    let group = json!({ "id": -100_500, "type": "supergroup", "title": "Everybody" });
    for user in [ANNA, BOB] {
        let (status, told) = world.telegram.press_in(&url, user, &group, question.id, &yes).await;
        assert_eq!((status, told.unwrap().is_alert), (200, true));
    }
    let (_, told) = world.telegram.press_in(&url, BOB, &private(ANNA), question.id, &yes).await;
    assert!(told.unwrap().text.contains("for somebody else"));
    for made_up in ["", "y", "y:chm_00000000000000000000000000000000", "maybe:x", &yes.replace("y:", "z:")] {
        let told = world.telegram.press(&url, ANNA, &question, made_up).await;
        assert!(told.is_alert && told.text.contains("does not know"), "{made_up:?} {told:?}");
    }
    // An ended link, another role, and no member at all.
    world.writes(ANNA, "/stop").await;
    let told = world.telegram.press(&url, ANNA, &question, &yes).await;
    assert!(told.is_alert && told.text.contains("linked to nobody"), "{told:?}");
    world.link(ANNA, ANNA_AT).await;
    world.org.member(ANNA_AT, Role::Viewer).await;
    let told = world.telegram.press(&url, ANNA, &question, &yes).await;
    assert!(told.is_alert && told.text.contains("no longer decide"), "{told:?}");
    world.org.remove_member(ANNA_AT).await;
    let told = world.telegram.press(&url, ANNA, &question, &yes).await;
    assert!(told.is_alert && told.text.contains("no longer decide"), "{told:?}");
    assert_eq!(world.status(&id).await, "pending");
    assert!(!world.org.trail().await.contains(&"chat.answered".to_owned()));
    // Who joins again is another member: what was asked of the one before is not theirs.
    world.org.member(ANNA_AT, Role::Approver).await;
    world.link(ANNA, ANNA_AT).await;
    let told = world.telegram.press(&url, ANNA, &question, &yes).await;
    assert!(told.is_alert, "{told:?}");
    assert_eq!(world.status(&id).await, "pending");
}

async fn late_presses_decide_nothing(engine: Engine) {
    let world = World::with_anna(engine).await;
    let (id, question) = world.asked(ANNA).await;
    world.app.at_rest().await;
    world.app.advance(Duration::from_secs(24 * 60 * 60));
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &question.button("Approve")).await;
    assert!(told.is_alert && told.text.contains("Nobody decided in time"), "{told:?}");
    assert_eq!(world.agent.settled(&id).await["status"], "timed_out");
    let said = world.reads(ANNA, "Nobody decided in time").await;
    assert_eq!((said.id, said.buttons.len()), (question.id, 0));
}

async fn it_is_asked_in_the_members_language(engine: Engine) {
    let world = World::with_anna(engine).await;
    let anna = world.app.session_of(ANNA_AT, false).await;
    anna.put("/dashboard/members/me/language", &json!({ "language": "pt-BR" })).await.expect(200);
    let id = id_of(&world.agent.pending("1042.50", "loja.example").await).to_owned();
    let question = world.reads(ANNA, "Um agente pede para pagar US$\u{a0}1.042,50").await;
    let told = world.telegram.press(&world.app.url(), ANNA, &question, &question.button("Aprovar")).await;
    assert!(told.text.contains("Sua resposta foi registrada: Aprovado"), "{told:?}");
    assert_eq!(world.agent.settled(&id).await["status"], "completed");
    world.reads(ANNA, "Aprovado e pago").await;
    assert!(world.writes(ANNA, "/stop").await.contains("Nada mais é perguntado aqui"));
}
