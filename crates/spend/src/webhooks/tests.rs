//! What Stripe tells us on its own, through HTTP, on both engines.

use bursar_base::Clock as _;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, WEBHOOK_SECRET, eventually, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Sequence, signature_header};
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    events_twice_and_out_of_order_book_everything_once,
    an_event_settles_a_payment_whose_answer_never_came,
    a_refund_made_at_stripe_is_booked_here,
    a_refund_that_fails_here_hides_none_that_was_made_there,
    a_refund_of_a_payment_that_is_not_known_to_be_paid_yet_is_booked,
    a_refund_is_told_again_while_stripe_does_not_say_how_things_stand,
    a_dispute_is_booked_and_told_whichever_news_comes_first,
    a_dispute_that_is_lost_stays_booked,
    what_is_not_from_stripe_is_refused_and_nothing_is_written,
    without_a_secret_nothing_is_heard,
);

struct Shop {
    app: TestApp,
    org: Org,
    agent: Agent,
}

impl Shop {
    async fn on(engine: Engine) -> Shop {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        org.pays_with("pm_card_visa").await;
        let agent = org.agent(json!({ "daily": "1000.00" })).await;
        Shop { app, org, agent }
    }

    /// Has everything sent that happened since, and taken.
    async fn deliver(&self, sequence: Sequence, copies: u32) {
        let statuses = self.app.sim().deliver_new(sequence, copies).await;
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }

    fn charge_of(payment: &Value) -> String {
        payment["stripe_charge_id"].as_str().unwrap().to_owned()
    }
}

async fn events_twice_and_out_of_order_book_everything_once(engine: Engine) {
    let shop = Shop::on(engine).await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    let path = format!("/dashboard/transactions/{}/refund", id_of(&paid));
    shop.org.admin().post(&path, &json!({ "amount": "2.34" })).await.expect(202);
    let booked = || async {
        let payment = shop.org.payment(id_of(&paid)).await;
        Some(payment).filter(|payment| payment["refunded_amount"] == "2.34")
    };
    eventually(PATIENCE, booked).await.expect("the refund is booked");
    shop.deliver(Sequence::Reversed, 2).await;
    let again = shop.app.sim().deliver(&shop.app.sim().events()).await;
    assert!(again.iter().all(|status| *status == 200), "{again:?}");
    let payment = shop.org.payment(id_of(&paid)).await;
    assert_eq!((&payment["status"], &payment["posted_amount"]), (&json!("completed"), &json!("12.34")));
    assert_eq!(payment["refunded_amount"], "2.34");
    let events = shop.app.sim().events().len();
    assert_eq!(shop.app.row_counts().await["stripe_events"], i64::try_from(events).unwrap());
    shop.app.must_balance().await;
}

async fn an_event_settles_a_payment_whose_answer_never_came(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    shop.deliver(Sequence::Shuffled(7), 2).await;
    let paid = shop.org.payment(id_of(&unknown)).await;
    assert_eq!((&paid["status"], &paid["posted_amount"]), (&json!("completed"), &json!("12.34")));
    assert_eq!(shop.app.sim().books().charged_twice(), Vec::<String>::new());
    shop.app.must_balance().await;
}

async fn a_refund_made_at_stripe_is_booked_here(engine: Engine) {
    let shop = Shop::on(engine).await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    let intent = shop.app.sim().books().intents[0].id.clone();
    refund_at_stripe(&shop, &intent, "").await;
    shop.deliver(Sequence::InOrder, 2).await;
    let back = shop.org.payment(id_of(&paid)).await;
    assert_eq!((&back["status"], &back["refunded_amount"]), (&json!("refunded"), &json!("12.34")));
    shop.app.must_balance().await;
}

async fn a_refund_that_fails_here_hides_none_that_was_made_there(engine: Engine) {
    for news_first in [true, false] {
        let shop = Shop::on(engine).await;
        let paid = shop.agent.paid("12.34", "shop.example").await;
        let intent = shop.app.sim().books().intents[0].id.clone();
        // Ours waits at Stripe until it fails; meanwhile somebody gives a smaller sum back there.
        shop.app.sim().fail_next(Operation::CreateRefund, Fault::RefundPending);
        let path = format!("/dashboard/transactions/{}/refund", id_of(&paid));
        shop.org.admin().post(&path, &json!({ "amount": "5.00" })).await.expect(202);
        let asked = || async { shop.app.sim().books().refunds.first().map(|refund| refund.id.clone()) };
        let ours = eventually(PATIENCE, asked).await.expect("Stripe is asked for the refund");
        refund_at_stripe(&shop, &intent, "&amount=300").await;
        if news_first {
            shop.deliver(Sequence::InOrder, 2).await;
        }
        assert!(shop.app.sim().finish_refund(&ours, false));
        let failed = eventually(PATIENCE, || async {
            shop.app.advance(std::time::Duration::from_secs(2));
            let payment = shop.org.payment(id_of(&paid)).await;
            Some(()).filter(|()| payment["refunds"][0]["status"] == "failed")
        });
        failed.await.expect("the refund fails");
        shop.app.mails().wait(&shop.org.owner, "5.00 USD did not come back").await;
        shop.deliver(Sequence::Reversed, 2).await;
        let payment = shop.org.payment(id_of(&paid)).await;
        assert_eq!(payment["refunded_amount"], "3.00", "news first: {news_first}");
        assert_eq!(shop.app.sim().books().refunded_cents(id_of(&paid)), 300);
        shop.app.must_balance().await;
    }
}

async fn a_refund_of_a_payment_that_is_not_known_to_be_paid_yet_is_booked(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    let intent = shop.app.sim().books().intents[0].id.clone();
    refund_at_stripe(&shop, &intent, "&amount=234").await;
    shop.deliver(Sequence::Reversed, 1).await;
    let payment = shop.org.payment(id_of(&unknown)).await;
    assert_eq!((&payment["posted_amount"], &payment["refunded_amount"]), (&json!("12.34"), &json!("2.34")));
    shop.app.must_balance().await;
}

async fn a_refund_is_told_again_while_stripe_does_not_say_how_things_stand(engine: Engine) {
    let shop = Shop::on(engine).await;
    let paid = shop.agent.paid("12.34", "shop.example").await;
    shop.deliver(Sequence::InOrder, 1).await;
    let intent = shop.app.sim().books().intents[0].id.clone();
    let before = shop.app.sim().events().len();
    refund_at_stripe(&shop, &intent, "&amount=234").await;
    let news = shop.app.sim().events().split_off(before);
    for _ in &news {
        shop.app.sim().fail_next(Operation::ListRefunds, Fault::DropBefore);
    }
    let statuses = shop.app.sim().deliver(&news).await;
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 503), "{statuses:?}");
    assert_eq!(shop.org.payment(id_of(&paid)).await["refunded_amount"], "0.00");
    let statuses = shop.app.sim().deliver(&news).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(shop.org.payment(id_of(&paid)).await["refunded_amount"], "2.34");
    shop.app.must_balance().await;
}

/// What somebody does in Stripe's own dashboard.
async fn refund_at_stripe(shop: &Shop, intent: &str, more: &str) {
    let status = shop.app.sim().post("/v1/refunds", &format!("payment_intent={intent}{more}")).await;
    assert_eq!(status, 200);
}

async fn a_dispute_is_booked_and_told_whichever_news_comes_first(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        let paid = shop.agent.paid("12.34", "shop.example").await;
        let charge = Shop::charge_of(&paid);
        assert!(shop.app.sim().dispute(&charge, None));
        if sequence == Sequence::InOrder {
            shop.deliver(sequence, 1).await;
            let mail = shop.app.mails().wait(&shop.org.owner, "12.34").await;
            assert!(mail.text.contains("took 12.34 USD back"), "{}", mail.text);
            assert!(shop.org.trail().await.iter().any(|action| action.contains("disput")));
        }
        assert!(shop.app.sim().dispute(&charge, Some(true)));
        shop.deliver(sequence, 2).await;
        let payment = shop.org.payment(id_of(&paid)).await;
        assert_eq!((&payment["status"], &payment["posted_amount"]), (&json!("completed"), &json!("12.34")));
        assert_eq!(disputed(&shop, &paid).await, 0);
        shop.app.must_balance().await;
    }
}

async fn a_dispute_that_is_lost_stays_booked(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        let paid = shop.agent.paid("12.34", "shop.example").await;
        let charge = Shop::charge_of(&paid);
        assert!(shop.app.sim().dispute(&charge, None) && shop.app.sim().dispute(&charge, Some(false)));
        shop.deliver(sequence, 2).await;
        assert_eq!(disputed(&shop, &paid).await, 12_340_000);
        shop.app.must_balance().await;
    }
}

/// What the ledger says was taken back, in micros.
async fn disputed(shop: &Shop, payment: &Value) -> i64 {
    let mut tx = shop.app.spend().identity.db.read().await.unwrap();
    let id = id_of(payment).parse().unwrap();
    bursar_money::transactions::find(&mut tx, &id).await.unwrap().unwrap().disputed_micros
}

async fn what_is_not_from_stripe_is_refused_and_nothing_is_written(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.agent.paid("12.34", "shop.example").await;
    shop.app.at_rest().await;
    let body = shop.app.sim().events()[0].body();
    let now = shop.app.clock().now();
    let old = now.minus(bursar_base::limits::WEBHOOK_TOLERANCE + std::time::Duration::from_secs(1));
    let before = shop.app.row_counts().await;
    let good = signature_header(&body, WEBHOOK_SECRET, now);
    let cases = [
        (body.clone(), String::new()),
        (body.clone(), "t=1,v1=00".to_owned()),
        (body.clone(), signature_header(&body, "whsec_other", now)),
        (body.clone(), signature_header(&body, WEBHOOK_SECRET, old)),
        (body.replace("12", "13"), good.clone()),
        ("{}".to_owned(), signature_header("{}", WEBHOOK_SECRET, now)),
        ("x".to_owned(), signature_header("x", WEBHOOK_SECRET, now)),
    ];
    for (body, signature) in cases {
        let call = shop.app.client().call(Method::POST, "/webhooks/stripe").bytes(body.clone());
        let call = call.header("content-type", "application/json").header("stripe-signature", &signature);
        call.send().await.problem(400, "invalid_webhook");
    }
    assert_eq!(shop.app.row_counts().await, before);
}

async fn without_a_secret_nothing_is_heard(engine: Engine) {
    let app = TestApp::start(engine).await;
    let call = app.client().call(Method::POST, "/webhooks/stripe").json(&json!({}));
    call.header("stripe-signature", "t=1,v1=00").send().await.problem(404, "not_found");
}
