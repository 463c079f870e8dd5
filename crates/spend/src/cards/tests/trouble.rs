//! Answers that are lost, servers that end, and a Stripe that is away.

use std::time::Duration;

use bursar_base::limits;
use bursar_spend::cards::service as cards;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation};
use serde_json::{Value, json};

use super::desk::{Desk, text};

on_both_engines!(
    a_card_whose_answer_was_lost_is_found_and_never_made_twice,
    a_card_whose_key_was_forgotten_is_looked_for_first,
    a_freeze_is_tried_until_stripe_has_it,
    a_freeze_wins_over_an_unfreezing_that_is_under_way,
    all_cards_of_an_org_are_frozen_in_one_go,
);

/// Lets time go by until a card is as it should be.
async fn until(desk: &Desk, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let look = || async {
        desk.app.advance(Duration::from_secs(30));
        desk.app.at_rest().await;
        Some(desk.get(id).await).filter(&wanted)
    };
    eventually(PATIENCE, look).await.expect("the card gets there")
}

async fn a_card_whose_answer_was_lost_is_found_and_never_made_twice(engine: Engine) {
    let desk = Desk::on(engine).await;
    for fault in [Fault::DropAfter, Fault::CutAfter, Fault::DropBefore, Fault::RateLimited] {
        desk.app.sim().fail_next(Operation::CreateCard, fault);
        let made = desk.make(json!({})).await;
        assert_eq!((&made["status"], &made["at_stripe"]), (&json!("issuing"), &json!("still_trying")));
        let id = text(&made["card_id"]);
        desk.app.restart().await;
        let card = until(&desk, &id, |card| card["status"] == "active").await;
        assert!(card["last_error"].is_null(), "{card:#}");
    }
    assert_eq!(desk.app.sim().issuing().cards.len(), 4);
    assert_eq!(desk.count("card.created").await, 4);
}

async fn a_card_whose_key_was_forgotten_is_looked_for_first(engine: Engine) {
    let desk = Desk::on(engine).await;
    // The first answer, a 500, is kept under the key for a day; the card is there all the same.
    desk.app.sim().fail_next(Operation::CreateCard, Fault::ErrorAfter);
    let there = text(&desk.make(json!({})).await["card_id"]);
    // And here it is not: only Stripe's list can say so, once nothing can arrive any more.
    desk.app.sim().fail_next(Operation::CreateCard, Fault::ErrorBefore);
    let away = text(&desk.make(json!({})).await["card_id"]);
    desk.app.advance(limits::STRIPE_REPEAT_WITHIN);
    assert_eq!(until(&desk, &there, |card| card["status"] == "active").await["at_stripe"], "acknowledged");
    assert_eq!(desk.get(&away).await["status"], "issuing", "it is too early to ask anew");
    desk.app.advance(limits::CARD_NEVER_ARRIVED_AFTER - limits::STRIPE_REPEAT_WITHIN);
    until(&desk, &away, |card| card["status"] == "active").await;
    assert_eq!(desk.app.sim().issuing().cards.len(), 2);
}

async fn a_freeze_is_tried_until_stripe_has_it(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, stripe_id) = desk.card().await;
    for _ in 0..20 {
        desk.app.sim().fail_next(Operation::UpdateCard, Fault::BadGateway);
    }
    let frozen = desk.post(&id, "freeze").await.expect(200);
    assert_eq!((&frozen["status"], &frozen["at_stripe"]), (&json!("frozen"), &json!("still_trying")));
    assert!(frozen["last_error"].is_string());
    desk.app.restart().await;
    until(&desk, &id, |card| card["at_stripe"] == "acknowledged").await;
    assert_eq!(desk.at_stripe(&stripe_id)["status"], "inactive");
    assert_eq!(desk.count("card.frozen").await, 1);
}

async fn a_freeze_wins_over_an_unfreezing_that_is_under_way(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, stripe_id) = desk.card().await;
    desk.post(&id, "freeze").await.expect(200);
    desk.app.at_rest().await;
    // Stripe lets the card go on, and its answer is on the way while somebody stops the card again.
    desk.app.sim().fail_next(Operation::UpdateCard, Fault::HoldAfter);
    let unfreezing = async { desk.post(&id, "unfreeze").await.expect(200) };
    let freezing = async {
        let held = || async { (desk.app.sim().held() == 1).then_some(()) };
        eventually(PATIENCE, held).await.expect("the call is on its way");
        assert_eq!(desk.get(&id).await["status"], "frozen", "not before Stripe has said so");
        let frozen = desk.post(&id, "freeze").await.expect(200);
        assert_eq!(frozen["status"], "frozen");
        desk.app.sim().release();
    };
    let (unfrozen, ()) = tokio::join!(unfreezing, freezing);
    assert_eq!(unfrozen["status"], "frozen", "{unfrozen:#}");
    until(&desk, &id, |card| card["at_stripe"] == "acknowledged").await;
    assert_eq!(desk.at_stripe(&stripe_id)["status"], "inactive");
    assert_eq!(desk.count("card.unfrozen").await, 0);
}

async fn all_cards_of_an_org_are_frozen_in_one_go(engine: Engine) {
    let desk = Desk::on(engine).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(desk.card().await);
    }
    let other = desk.org.free_agent().await;
    let body = json!({ "agent_id": other.id });
    let apart = desk.org.admin().post("/dashboard/cards", &body).await.expect(201);
    let spend = desk.app.spend();
    let agent = desk.agent.id.parse().unwrap();
    let mut org = spend.identity.lock(&desk.org.id).await.unwrap();
    let frozen =
        cards::freeze_all(&spend, &mut org, &desk.org.id, Some(&agent), "test", "stop").await.unwrap();
    assert_eq!(frozen.len(), 3);
    assert!(frozen.iter().all(|card| card.standing() == "still_trying"));
    org.commit().await.unwrap();
    spend.funnel.wake_workers();
    desk.app.at_rest().await;
    for (id, stripe_id) in &ids {
        let card = desk.get(id).await;
        assert_eq!((&card["status"], &card["at_stripe"]), (&json!("frozen"), &json!("acknowledged")));
        assert_eq!(desk.at_stripe(stripe_id)["status"], "inactive");
    }
    assert_eq!(desk.get(&text(&apart["card_id"])).await["status"], "active");
    let mut org = spend.identity.lock(&desk.org.id).await.unwrap();
    let rest = cards::freeze_all(&spend, &mut org, &desk.org.id, None, "test", "stop").await.unwrap();
    assert_eq!(rest.len(), 1, "those that are frozen already are not frozen again");
    org.commit().await.unwrap();
    desk.app.at_rest().await;
    let mut tx = spend.identity.db.read().await.unwrap();
    let live = cards::live(&mut tx, &desk.org.id, None).await.unwrap();
    assert!(live.len() == 4 && live.iter().all(bursar_spend::cards::Card::is_acknowledged));
}
