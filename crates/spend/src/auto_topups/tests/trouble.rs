//! What goes wrong between us, Stripe and the bank.

use std::time::Duration;

use bursar_base::limits;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Outcome, SavedAs, Sequence};
use serde_json::json;

use super::rule;
use crate::payment_methods::Shop;

on_both_engines!(
    a_lost_answer_is_neither_charged_twice_nor_credited_twice,
    a_crash_before_and_after_stripe_is_asked_charges_once,
    what_is_unknown_counts_against_the_cap_and_keeps_the_next_away,
    a_refusal_pauses_the_rule_and_owners_get_one_mail,
    a_bank_that_wants_the_cardholder_is_cancelled_at_stripe,
);

async fn a_lost_answer_is_neither_charged_twice_nor_credited_twice(engine: Engine) {
    for fault in
        [Fault::DropBefore, Fault::DropAfter, Fault::CutAfter, Fault::GarbageAfter, Fault::ErrorAfter]
    {
        for told in [true, false] {
            let shop = Shop::on(engine).await;
            shop.chargeable(SavedAs::Card).await;
            shop.app.sim().fail_next(Operation::CreatePayment, fault.clone());
            shop.set(&rule("20.00", "50.00", "50.00")).await;
            let asked = || async {
                (shop.app.sim().requests().iter().any(|r| r.target == "/v1/payment_intents")).then_some(())
            };
            eventually(PATIENCE, asked).await.expect("Stripe is asked");
            shop.app.at_rest().await;
            assert_eq!(shop.topup_at("processing").await["automatic"], true);
            let wallet = shop.agent.client().get("/wallet/check").await.expect(200);
            assert_eq!((&wallet["pending_topups"], &wallet["balance"]), (&json!(1), &json!("0.00")));
            if told && shop.charged().0 == 1 {
                shop.deliver(Sequence::Reversed, 2).await;
                assert_eq!(shop.balance().await, "50.00", "{fault:?}");
            }
            shop.app.advance(limits::CHECKOUT_LOOK_FIRST);
            shop.filled("50.00").await;
            shop.app.at_rest().await;
            assert_eq!(shop.charged(), (1, 5_000), "{fault:?}");
            shop.app.must_balance().await;
        }
    }
}

async fn a_crash_before_and_after_stripe_is_asked_charges_once(engine: Engine) {
    for fault in [Fault::HoldBefore, Fault::HoldAfter] {
        let shop = Shop::on(engine).await;
        shop.chargeable(SavedAs::Card).await;
        shop.app.sim().fail_next(Operation::CreatePayment, fault.clone());
        shop.set(&rule("20.00", "50.00", "500.00")).await;
        let held = || async { (shop.app.sim().held() == 1).then_some(()) };
        eventually(PATIENCE, held).await.expect("Stripe is asked");
        // The worker's lease runs out while it waits for Stripe, and another asks the same.
        shop.app.advance(limits::JOB_LEASE + Duration::from_secs(1));
        shop.app.sim().release();
        shop.filled("50.00").await;
        shop.app.restart().await;
        shop.app.advance(limits::CHECKOUT_LOOK_FIRST);
        shop.app.at_rest().await;
        shop.deliver(Sequence::Shuffled(2), 2).await;
        assert_eq!((shop.balance().await, shop.charged()), ("50.00".to_owned(), (1, 5_000)), "{fault:?}");
        shop.app.must_balance().await;
    }
}

async fn what_is_unknown_counts_against_the_cap_and_keeps_the_next_away(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.chargeable(SavedAs::Card).await;
    // A 500 is kept under the key, so no repeat learns more.
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::ErrorBefore);
    shop.set(&rule("20.00", "50.00", "100.00")).await;
    shop.topup_at("processing").await;
    for _ in 0..3 {
        shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        shop.app.at_rest().await;
    }
    assert_eq!(shop.topups().await.len(), 1, "one at a time");
    let rule_now = shop.rule().await;
    assert_eq!(rule_now["used_this_month"], "50.00");
    assert_eq!(rule_now["open_topup_id"], shop.topups().await[0]["topup_id"]);
    shop.app.advance(limits::CHECKOUT_LOOK_MAX + Duration::from_secs(60 * 60));
    // After a day it is certain that nothing arrived.
    let failed = shop.topup_at("failed").await;
    assert_eq!(failed["failure"], "never_arrived");
    assert_eq!(shop.paused().await["used_this_month"], "0.00");
    assert_eq!(shop.charged(), (0, 0));
    shop.set(&rule("20.00", "50.00", "100.00")).await;
    shop.filled("50.00").await;
    shop.app.must_balance().await;
}

async fn a_refusal_pauses_the_rule_and_owners_get_one_mail(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("second@acme.example", Role::Owner).await;
    let method = shop.chargeable(SavedAs::CardDeclinedLater).await;
    shop.set(&rule("20.00", "50.00", "500.00")).await;
    let paused = shop.paused().await;
    assert_eq!(paused["paused_reason"], "generic_decline");
    assert_eq!(shop.topup_at("failed").await["failure"], "generic_decline");
    assert_eq!(shop.app.sim().books().intents[0].status, "canceled", "nobody can pay it any more");
    for owner in [shop.org.owner.as_str(), "second@acme.example"] {
        let mail = shop.app.mails().wait(owner, "Automatic top-up stopped").await;
        assert!(
            mail.text.contains("generic_decline") && mail.text.contains("auto-topup set --agent"),
            "{}",
            mail.text
        );
    }
    shop.deliver(Sequence::Shuffled(3), 2).await;
    for _ in 0..3 {
        shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        shop.app.at_rest().await;
    }
    let mails = shop.app.mails().all();
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("Automatic top-up stopped")).count(), 2);
    assert_eq!(
        shop.app.sim().books().intents.len(),
        1,
        "a card that was refused is not tried again by itself"
    );
    assert_eq!((shop.count("topup.failed").await, shop.count("auto_topup.paused").await), (1, 1));

    // Another card, and the rule goes on.
    let good = shop.chargeable(SavedAs::Card).await;
    let mut again = rule("20.00", "50.00", "500.00");
    shop.org.admin().put(&shop.own(), &again).await.names("payment_method_id");
    again["payment_method_id"] = json!(good);
    assert_eq!(shop.set(&again).await["status"], "active");
    shop.filled("50.00").await;
    shop.remove(&method).await;
    assert_eq!(shop.rule().await["status"], "active", "the other one is gone");
    shop.app.must_balance().await;
}

async fn a_bank_that_wants_the_cardholder_is_cancelled_at_stripe(engine: Engine) {
    for answered in [true, false] {
        let shop = Shop::on(engine).await;
        shop.chargeable(if answered { SavedAs::CardAuthenticatedAlways } else { SavedAs::Card }).await;
        if !answered {
            let outcome = Outcome::RequiresAction;
            shop.app.sim().fail_next(Operation::CreatePayment, Fault::Payment { outcome });
        }
        shop.set(&rule("20.00", "50.00", "500.00")).await;
        assert_eq!(shop.paused().await["paused_reason"], "authentication_required");
        assert_eq!(shop.app.sim().books().intents[0].status, "canceled");
        shop.app.mails().wait(&shop.org.owner, "the bank wants the cardholder to confirm").await;
        assert_eq!((shop.balance().await, shop.charged()), ("0.00".to_owned(), (0, 0)));
    }
}
