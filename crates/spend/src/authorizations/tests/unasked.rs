//! What the card network allows without our yes, on both engines.

use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::Sequence;
use serde_json::json;

use super::{Till, daily, sums, text};

on_both_engines!(
    what_stripe_allows_without_asking_is_held_and_told,
    what_stripe_allows_after_our_no_is_held_beside_it,
);

async fn what_stripe_allows_without_asking_is_held_and_told(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    till.app.sim().ask_about_authorizations(false);
    let a = till.swipe(6_000).await;
    assert_eq!((&a["approved"], &a["request_history"][0]["reason"]), (&json!(true), &json!("card_active")));
    assert_eq!(till.agent.used_today().await, "0.00");
    till.news(Sequence::InOrder).await;
    assert_eq!(till.agent.used_today().await, "60.00", "beyond the budget, because the network holds it");
    let told = till.told("card.unasked").await;
    assert_eq!((told.len(), &told[0]["amount"]), (1, &json!("60.00")), "{told:?}");
    let payment = text(&told[0]["transaction"]["transaction_id"]).to_owned();
    let held = till.agent.payment(&payment).await;
    assert_eq!((sums(&held), &held["amount"]), (("executing", "0.00", "0.00"), &json!("60.00")));
    let mail = till.app.mails().wait(&till.org.owner, "60.00").await;
    assert!(mail.subject.contains("without your yes"), "{}", mail.subject);
    till.app.must_balance().await;
    till.app.sim().ask_about_authorizations(true);
    assert_eq!(till.swipe(1).await["approved"], false, "what is held counts");
    // More of it, part of it taken back, and the rest captured: as of any purchase.
    till.app.sim().ask_about_authorizations(false);
    till.deed(&a, "increment", "increment_amount=500").await;
    till.deed(&a, "reverse", "reverse_amount=1500").await;
    till.deed(&a, "capture", "capture_amount=2000&close_authorization=false").await;
    till.news(Sequence::Shuffled(7)).await;
    assert_eq!(sums(&till.agent.payment(&payment).await), ("executing", "20.00", "0.00"));
    assert_eq!(till.agent.used_today().await, "50.00");
    till.deed(&a, "capture", "").await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.agent.payment(&payment).await), ("completed", "50.00", "0.00"));
    assert_eq!((till.wallet().await.as_str(), till.all_spent()), ("9950.00", 5_000));
    let exposure = till.org.admin().get("/dashboard/exposure").await.expect(200);
    assert_eq!(exposure["forced_captures"]["count"], 0, "all of it was held before it left");
    assert_eq!(till.told("card.unasked").await.len(), 1);
    till.app.must_balance().await;
}

async fn what_stripe_allows_after_our_no_is_held_beside_it(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    till.app.sim().ask_about_authorizations(false);
    let a = till.swipe(6_000).await;
    assert_eq!(a["approved"], true);
    // We are asked, and say no; the answer does not arrive at Stripe, which has allowed it by itself.
    let mut question = a.clone();
    question["approved"] = json!(false);
    question["pending_request"] = json!({ "amount": 6_000, "currency": "usd" });
    assert_eq!(till.question(false, question).await.expect(200)["approved"], false);
    let no = till.told("card.declined").await[0]["transaction"]["transaction_id"].clone();
    till.news(Sequence::InOrder).await;
    assert_eq!(till.agent.used_today().await, "60.00");
    let held = till.told("card.unasked").await[0]["transaction"]["transaction_id"].clone();
    assert_ne!(held, no, "our no stays one");
    assert_eq!(sums(&till.agent.payment(text(&no)).await), ("declined", "0.00", "0.00"));
    till.deed(&a, "capture", "").await;
    till.news(Sequence::InOrder).await;
    assert_eq!(sums(&till.agent.payment(text(&held)).await), ("completed", "60.00", "0.00"));
    assert_eq!(sums(&till.agent.payment(text(&no)).await), ("declined", "0.00", "0.00"));
    till.app.must_balance().await;
}
