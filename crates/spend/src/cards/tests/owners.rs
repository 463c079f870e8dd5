//! Owners have cards made, stop them, let them go on, end and replace them.

use bursar_base::Mode;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation};
use serde_json::json;

use super::desk::{Desk, text};

on_both_engines!(
    a_card_is_made_with_the_policys_limits_as_a_second_wall,
    a_change_of_the_policy_is_mirrored,
    freezing_counts_at_once_and_unfreezing_when_stripe_says_so,
    a_cancelled_card_is_over_and_a_replaced_one_has_a_successor,
    what_cannot_be_is_said,
    what_stripe_wants_to_know_later_is_seen_by_the_comparison_of_the_day,
    who_is_signed_in_needs_a_passkey_for_what_opens_a_card,
    a_card_for_one_payment_ends_when_stripe_says_so,
    what_is_done_at_stripes_own_dashboard_is_heard_of,
);

async fn a_card_is_made_with_the_policys_limits_as_a_second_wall(engine: Engine) {
    let desk = Desk::on(engine).await;
    let made = desk.make(json!({ "merchant": "shop.example", "single_use": true, "reason": "Books" })).await;
    assert_eq!((&made["status"], &made["at_stripe"]), (&json!("active"), &json!("acknowledged")));
    assert_eq!(
        (&made["brand"], &made["reveal"], &made["merchant"]),
        (&json!("Visa"), &json!(false), &json!("shop.example"))
    );
    let mirror = &made["mirror"];
    assert_eq!(mirror["in_force"], true);
    assert_eq!(
        mirror["limits"],
        json!([
            { "interval": "per_authorization", "amount": "40.00" },
            { "interval": "daily", "amount": "100.00" },
        ])
    );
    let known = desk.at_stripe(&text(&made["stripe_card_id"]));
    assert_eq!(known["spending_controls"]["spending_limits"][1]["amount"], 10_000);
    assert_eq!(known["lifecycle_controls"]["cancel_after"]["payment_count"], 1);
    assert_eq!(known["metadata"]["bursar_card"], made["card_id"]);
    assert_eq!(known["metadata"]["bursar_agent"], desk.agent.id.as_str());
    let request =
        desk.app.sim().requests().into_iter().find(|request| request.target == "/v1/issuing/cards").unwrap();
    assert_eq!(request.idempotency_key.unwrap(), format!("bursar-{}-1", text(&made["card_id"])));
    let list = desk.org.admin().get("/dashboard/cards").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.count("card.created").await, 1);
    desk.app.at_rest().await;
    assert_eq!(desk.app.sim().issuing().cards.len(), 1);
    desk.app.must_balance().await;
}

async fn a_change_of_the_policy_is_mirrored(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, stripe_id) = desk.card().await;
    let document =
        json!({ "weekly": "70.00", "categories": { "block": ["betting_casino_gambling", "weapons"] } });
    desk.agent.policy(&document).await;
    desk.app.at_rest().await;
    let controls = desk.at_stripe(&stripe_id)["spending_controls"].clone();
    assert_eq!(
        controls["spending_limits"],
        json!([{ "amount": 14_000, "categories": null, "interval": "weekly" }])
    );
    assert_eq!(controls["blocked_categories"], json!(["betting_casino_gambling"]));
    let card = desk.get(&id).await;
    assert_eq!(card["mirror"]["in_force"], true);
    assert_eq!(card["mirror"]["left_out"][0]["rule"], "categories.block");
    // What the policy no longer says is taken away there, too.
    desk.agent.policy(&json!({ "ask": "everything" })).await;
    desk.app.at_rest().await;
    let controls = desk.at_stripe(&stripe_id)["spending_controls"].clone();
    assert_eq!((&controls["spending_limits"], controls["blocked_categories"].is_null()), (&json!([]), true));
}

async fn freezing_counts_at_once_and_unfreezing_when_stripe_says_so(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, stripe_id) = desk.card().await;
    let frozen = desk.post(&id, "freeze").await.expect(200);
    assert_eq!((&frozen["status"], &frozen["at_stripe"]), (&json!("frozen"), &json!("acknowledged")));
    assert_eq!(desk.at_stripe(&stripe_id)["status"], "inactive");
    assert_eq!(desk.post(&id, "freeze").await.expect(200)["status"], "frozen", "again is no harm");
    desk.agent.freeze().await;
    desk.post(&id, "unfreeze").await.problem(409, "agent_frozen");
    desk.agent.unfreeze().await;
    let on = desk.post(&id, "unfreeze").await.expect(200);
    assert_eq!((&on["status"], &on["at_stripe"]), (&json!("active"), &json!("acknowledged")));
    assert_eq!(desk.at_stripe(&stripe_id)["status"], "active");
    desk.post(&id, "unfreeze").await.problem(409, "wrong_status");
    assert_eq!((desk.count("card.frozen").await, desk.count("card.unfrozen").await), (1, 1));
    let wallet = desk.agent.client().get("/wallet/check").await.expect(200);
    assert_eq!(wallet["card_status"], "active");
}

async fn a_cancelled_card_is_over_and_a_replaced_one_has_a_successor(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (first, first_at_stripe) = desk.card().await;
    let body = json!({ "reason": "stolen" });
    let second = desk.org.admin().post(&format!("/dashboard/cards/{first}/replace"), &body).await.expect(201);
    assert_eq!((&second["status"], &second["replaces"]), (&json!("active"), &json!(first)));
    let before = desk.get(&first).await;
    assert_eq!((&before["status"], &before["replaced_by"]), (&json!("cancelled"), &second["card_id"]));
    let known = desk.at_stripe(&first_at_stripe);
    assert_eq!((&known["status"], &known["cancellation_reason"]), (&json!("canceled"), &json!("stolen")));
    assert_eq!(known["replaced_by"], second["stripe_card_id"]);
    let second = text(&second["card_id"]);
    let over = desk.post(&second, "cancel").await.expect(200);
    assert_eq!((&over["status"], &over["at_stripe"]), (&json!("cancelled"), &json!("acknowledged")));
    for deed in ["freeze", "unfreeze", "cancel"] {
        desk.post(&second, deed).await.problem(409, "wrong_status");
    }
    let wallet = desk.agent.client().get("/wallet/check").await.expect(200);
    assert_eq!(wallet["card_status"], "cancelled");
    assert_eq!((desk.count("card.replaced").await, desk.count("card.cancelled").await), (1, 1));
    desk.app.at_rest().await;
    assert_eq!(desk.app.sim().issuing().cards.len(), 2);
}

async fn what_stripe_wants_to_know_later_is_seen_by_the_comparison_of_the_day(engine: Engine) {
    let desk = Desk::on(engine).await;
    let wanted =
        || async { desk.org.admin().get("/dashboard/cardholder").await.expect(200)["requirements"].clone() };
    let id = text(&desk.app.sim().issuing().cardholders[0]["id"]);
    for past_due in [vec!["individual.verification.document"], vec![]] {
        assert!(desk.app.sim().want_of_cardholder(&id, &past_due));
        assert_ne!(wanted().await, json!(past_due), "nobody was told");
        let report = bursar_spend::reconcile::run(&desk.app.spend(), None, &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
        assert_eq!(wanted().await, json!(past_due));
    }
    desk.app.sim().fail_next(Operation::RetrieveCardholder, Fault::DropBefore);
    let report = bursar_spend::reconcile::run(&desk.app.spend(), None, &mut |_| {}).await.unwrap();
    assert_eq!(report.problems.len(), 1, "{report}");
}

async fn what_cannot_be_is_said(engine: Engine) {
    let desk = Desk::without_holder(engine).await;
    let body = json!({ "agent_id": desk.agent.id });
    desk.org.admin().post("/dashboard/cards", &body).await.problem(409, "no_cardholder");
    desk.org.admin().get("/dashboard/cardholder").await.problem(404, "not_found");
    let mut bare = super::desk::holder();
    bare.as_object_mut().unwrap().retain(|name, _| !name.starts_with("terms"));
    let holder = desk.org.admin().put("/dashboard/cardholder", &bare).await.expect(200);
    assert_eq!(holder["requirements"].as_array().unwrap().len(), 2, "{holder:#}");
    let refused = desk.org.admin().post("/dashboard/cards", &body).await.problem(422, "card_refused");
    assert!(refused["detail"].as_str().unwrap().contains("outstanding"), "{refused:#}");
    assert_eq!(desk.agent.client().get("/wallet/check").await.expect(200)["card_status"], "none");
    let other = json!({ "agent_id": "agt_00000000000000000000000000000000" });
    desk.org.admin().post("/dashboard/cards", &other).await.names("agent_id");
    let other = json!({ "agent_id": desk.agent.id, "merchant": "" });
    desk.org.admin().post("/dashboard/cards", &other).await.names("merchant");
    // A live org is not served by a test key.
    let live = desk.app.new_org("Live", "eve@live.example", Mode::Live, "UTC").await;
    live.admin().put("/dashboard/cardholder", &super::desk::holder()).await.problem(409, "no_stripe");
    let bare = TestApp::start(engine).await;
    let org = bare.org().await;
    org.admin().put("/dashboard/cardholder", &super::desk::holder()).await.problem(409, "no_stripe");
}

async fn who_is_signed_in_needs_a_passkey_for_what_opens_a_card(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, _) = desk.card().await;
    let plain = desk.app.session_of(&desk.org.owner, false).await;
    let proven = desk.app.session_of(&desk.org.owner, true).await;
    desk.org.member("val@acme.example", Role::Viewer).await;
    let viewer = desk.app.session_of("val@acme.example", true).await;
    let path = |deed: &str| format!("/dashboard/cards/{id}/{deed}");
    plain.post_empty(&path("freeze")).await.expect(200);
    plain.post_empty(&path("unfreeze")).await.problem(403, "step_up_required");
    let reveal = json!({ "reveal": true });
    plain.put(&path("reveal"), &reveal).await.problem(403, "step_up_required");
    let body = json!({ "agent_id": desk.agent.id });
    plain.post("/dashboard/cards", &body).await.problem(403, "step_up_required");
    assert_eq!(proven.post_empty(&path("unfreeze")).await.expect(200)["status"], "active");
    assert_eq!(proven.put(&path("reveal"), &reveal).await.expect(200)["reveal"], true);
    proven.post("/dashboard/cards", &body).await.expect(201);
    assert_eq!(viewer.get(&format!("/dashboard/cards/{id}")).await.expect(200)["card_id"], id.as_str());
    viewer.get("/dashboard/cardholder").await.problem(403, "forbidden");
    viewer.post_empty(&path("freeze")).await.problem(403, "forbidden");
    // Another org's card does not exist.
    let stranger = desk.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
    stranger.admin().get(&format!("/dashboard/cards/{id}")).await.problem(404, "not_found");
    stranger.admin().post_empty(&path("freeze")).await.problem(404, "not_found");
}

async fn a_card_for_one_payment_ends_when_stripe_says_so(engine: Engine) {
    let desk = Desk::on(engine).await;
    let made = desk.make(json!({ "single_use": true })).await;
    desk.app.sim().ask_about_authorizations(false);
    let bought = desk.app.sim().authorize(&text(&made["stripe_card_id"]), 500, "Books", "book_stores").await;
    assert_eq!(bought["approved"], true);
    desk.deliver().await;
    let card = desk.get(&text(&made["card_id"])).await;
    assert_eq!((&card["status"], &card["note"]), (&json!("cancelled"), &json!("its one payment was made")));
    assert_eq!(desk.count("card.cancelled").await, 1);
}

async fn what_is_done_at_stripes_own_dashboard_is_heard_of(engine: Engine) {
    let desk = Desk::on(engine).await;
    let (id, stripe_id) = desk.card().await;
    let path = format!("/v1/issuing/cards/{stripe_id}");
    desk.app.sim().must(&path, "status=inactive").await;
    desk.deliver().await;
    assert_eq!(desk.get(&id).await["status"], "frozen", "who stopped it there had a reason");
    // One that is frozen here does not go on because somebody lets it there.
    desk.app.sim().must(&path, "status=active").await;
    desk.deliver().await;
    desk.app.at_rest().await;
    assert_eq!(desk.get(&id).await["status"], "frozen");
    assert_eq!(desk.at_stripe(&stripe_id)["status"], "inactive");
    desk.app.sim().must(&path, "status=canceled").await;
    desk.deliver().await;
    assert_eq!(desk.get(&id).await["status"], "cancelled");
}
