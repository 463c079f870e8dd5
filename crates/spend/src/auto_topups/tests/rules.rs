//! What a rule may say, who may say it, and what ends it.

use bursar_base::{Mode, TimeUs, limits};
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, SavedAs, Sequence};
use serde_json::json;

use super::{PATH, rule};
use crate::payment_methods::Shop;

on_both_engines!(
    a_payment_method_that_is_gone_is_not_charged,
    a_frozen_agents_wallet_is_not_filled,
    a_frozen_org_fills_no_wallet,
    a_rule_that_is_taken_back_charges_nothing,
    raising_a_rule_takes_a_passkey_and_lowering_it_does_not,
    what_is_wrong_with_a_rule_is_named,
);

async fn a_payment_method_that_is_gone_is_not_charged(engine: Engine) {
    let shop = Shop::on(engine).await;
    let id = shop.chargeable(SavedAs::Card).await;
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    shop.filled("50.00").await;
    shop.uses(&id, &json!({ "for_topups": false })).await.expect(200);
    assert_eq!(shop.rule().await["paused_reason"], "payment_method_not_chargeable");
    shop.agent.paid("50.00", "shop.example").await;
    shop.app.at_rest().await;
    shop.org.admin().put(&shop.own(), &rule("1.00", "1.00", "1.00")).await.problem(422, "no_payment_method");
    shop.uses(&id, &json!({ "for_topups": true })).await.expect(200);
    assert_eq!(shop.rule().await["status"], "paused", "an owner sets it again");
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    shop.filled("50.00").await;

    // Its bank ends the card while nothing is charged to it: by its date alone it is over.
    let method = shop.app.sim().methods()[0].id.clone();
    assert!(shop.app.sim().update_card(&method, 9, 2026));
    shop.deliver(Sequence::InOrder, 1).await;
    shop.app.clock().set(TimeUs::parse_rfc3339("2026-10-01T00:00:00Z").unwrap());
    shop.agent.paid("50.00", "shop.example").await;
    assert_eq!(shop.paused().await["paused_reason"], "payment_method_not_chargeable");
    assert_eq!(shop.charged().0, 2);
    shop.app.must_balance().await;
}

async fn a_frozen_agents_wallet_is_not_filled(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.chargeable(SavedAs::Card).await;
    shop.agent.freeze().await;
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    shop.app.at_rest().await;
    assert_eq!((shop.topups().await.len(), shop.charged().0), (0, 0));
    shop.agent.unfreeze().await;
    shop.filled("50.00").await;

    // Begun, and frozen before Stripe took the request: it is not sent again.
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::RateLimited);
    shop.agent.paid("50.00", "shop.example").await;
    shop.topup_at("processing").await;
    let asked = || async {
        (shop.app.sim().requests().iter().filter(|r| r.target == "/v1/payment_intents").count() == 2)
            .then_some(())
    };
    eventually(PATIENCE, asked).await.expect("Stripe is asked");
    shop.app.at_rest().await;
    shop.agent.freeze().await;
    for _ in 0..6 {
        shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        shop.app.at_rest().await;
    }
    assert_eq!(shop.topup_at("failed").await["failure"], "never_arrived");
    assert_eq!(shop.charged().0, 1);
    shop.app.must_balance().await;
}

async fn a_frozen_org_fills_no_wallet(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.chargeable(SavedAs::Card).await;
    let why = json!({ "reason": "a test" });
    shop.org.admin().post("/dashboard/freeze", &why).await;
    assert!(shop.org.trail().await.contains(&"org.frozen".to_owned()));
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    shop.app.at_rest().await;
    assert_eq!((shop.topups().await.len(), shop.charged().0), (0, 0));
    shop.org.admin().post("/dashboard/unfreeze", &why).await;
    shop.filled("50.00").await;
    shop.app.must_balance().await;
}

async fn a_rule_that_is_taken_back_charges_nothing(engine: Engine) {
    let shop = Shop::on(engine).await;
    let id = shop.chargeable(SavedAs::Card).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::RateLimited);
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    shop.topup_at("processing").await;
    let asked = || async {
        shop.app.sim().requests().iter().any(|r| r.target == "/v1/payment_intents").then_some(())
    };
    eventually(PATIENCE, asked).await.expect("Stripe is asked");
    shop.app.at_rest().await;
    shop.remove(&id).await;
    for _ in 0..6 {
        shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        shop.app.at_rest().await;
    }
    shop.topup_at("failed").await;
    assert_eq!((shop.balance().await, shop.charged()), ("0.00".to_owned(), (0, 0)));
    assert_eq!(shop.app.sim().books().intents, [], "it was never sent again");
    shop.app.must_balance().await;
}

async fn raising_a_rule_takes_a_passkey_and_lowering_it_does_not(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("val@acme.example", Role::Viewer).await;
    shop.chargeable(SavedAs::Card).await;
    let owner = shop.app.session_of(&shop.org.owner, false).await;
    let stepped_up = shop.app.session_of(&shop.org.owner, true).await;
    let viewer = shop.app.session_of("val@acme.example", true).await;
    let first = rule("20.00", "50.00", "50.00");
    owner.put(PATH, &first).await.problem(403, "step_up_required");
    stepped_up.put(PATH, &first).await.expect(200);
    owner.put(PATH, &rule("20.00", "50.00", "50.01")).await.problem(403, "step_up_required");
    owner.put(PATH, &rule("20.00", "40.00", "50.00")).await.expect(200);
    viewer.put(PATH, &first).await.problem(403, "forbidden");
    assert_eq!(viewer.get(PATH).await.expect(200)["amount"], "40.00");
    viewer.delete(PATH).await.problem(403, "forbidden");
    shop.agent.client().put(PATH, &first).await.problem(403, "forbidden");
    let stranger = shop.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
    stranger.admin().get(PATH).await.problem(404, "not_found");
    stranger.admin().get(&shop.own()).await.names("agent_id");
    stranger.admin().put(&shop.own(), &first).await.names("agent_id");
    assert_eq!(owner.delete(PATH).await.status, 204);
}

async fn what_is_wrong_with_a_rule_is_named(engine: Engine) {
    let shop = Shop::on(engine).await;
    let admin = shop.org.admin();
    admin.put(PATH, &rule("1.00", "1.00", "1.00")).await.problem(422, "no_payment_method");
    let id = shop.chargeable(SavedAs::Card).await;
    for (wrong, field) in [
        (rule("0.00", "1.00", "1.00"), "floor"),
        (rule("-1", "1.00", "1.00"), "floor"),
        (rule("1.00", "0.49", "1.00"), "amount"),
        (rule("1.00", "1.001", "2.00"), "amount"),
        (rule("1.00", "2.00", "1.99"), "monthly_cap"),
        (json!({ "floor": "1.00", "amount": "1.00" }), "monthly_cap"),
        (
            json!({ "floor": "1", "amount": "1", "monthly_cap": "1", "payment_method_id": "pm_1" }),
            "payment_method_id",
        ),
    ] {
        admin.put(PATH, &wrong).await.names(field);
    }
    let stranger = shop.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
    let mut theirs = rule("1.00", "1.00", "1.00");
    theirs["payment_method_id"] = json!(id);
    stranger.admin().put(PATH, &theirs).await.names("payment_method_id");
    let sharing = shop.org.agent(json!({})).await;
    let path = format!("{PATH}?agent_id={}", sharing.id);
    admin.put(&path, &rule("1.00", "1.00", "1.00")).await.problem(422, "no_own_wallet");
    admin.get(&path).await.problem(404, "not_found");
    admin.delete(&path).await.problem(422, "no_own_wallet");
    shop.app.at_rest().await;
    assert_eq!(shop.app.row_counts().await["auto_topups"], 0);
}
