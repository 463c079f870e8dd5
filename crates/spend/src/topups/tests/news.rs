//! What Stripe says of a top-up: twice, out of order, late, never; and what goes back.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, PaidWith, Sequence};
use serde_json::json;

use super::shop::Shop;

on_both_engines!(
    news_twice_and_in_any_order_fills_a_wallet_once,
    news_at_the_same_moment_fills_a_wallet_once,
    lost_news_loses_no_money,
    money_that_takes_days_is_credited_when_it_is_there,
    money_that_takes_days_and_does_not_come_is_never_credited,
    a_declined_card_leaves_the_page_open,
    a_page_that_nobody_pays_on_ends,
    what_is_given_back_is_taken_out_also_below_nothing,
    a_dispute_takes_money_out_and_a_won_one_puts_it_back_whichever_comes_first,
    a_refund_that_fails_is_put_back_whichever_news_comes_first,
    a_dispute_that_no_news_told_of_is_found_by_reconciliation,
    payments_of_others_are_left_alone,
    reconciliation_books_what_no_news_told_of,
);

async fn news_twice_and_in_any_order_fills_a_wallet_once(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed, Sequence::Shuffled(3), Sequence::Shuffled(8)] {
        let shop = Shop::on(engine).await;
        let (topup, _) = shop.paid_at_stripe("25.00").await;
        shop.paid_at_stripe("5.00").await;
        shop.deliver(sequence, 3).await;
        let again = shop.app.sim().deliver(&shop.app.sim().events()).await;
        assert!(again.iter().all(|status| *status == 200), "{again:?}");
        assert_eq!(shop.balance().await, "30.00", "{sequence:?}");
        assert_eq!(shop.topup(&topup).await["status"], "paid");
        assert_eq!(shop.app.row_counts().await["receipts"], 2);
        shop.app.must_balance().await;
    }
}

async fn news_at_the_same_moment_fills_a_wallet_once(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.paid_at_stripe("25.00").await;
    let events = shop.app.sim().events();
    let deliveries = (0..6).map(|_| shop.app.sim().deliver(&events));
    for statuses in futures_util::future::join_all(deliveries).await {
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }
    assert_eq!(shop.balance().await, "25.00");
    assert_eq!(shop.story().await, [("topup".to_owned(), "25.00".to_owned())]);
    shop.app.must_balance().await;
}

async fn lost_news_loses_no_money(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (topup, _) = shop.paid_at_stripe("25.00").await;
    assert_eq!(shop.balance().await, "0.00");
    shop.app.advance(limits::CHECKOUT_LOOK_FIRST);
    let filled = || async { (shop.balance().await == "25.00").then_some(()) };
    eventually(PATIENCE, filled).await.expect("Stripe is asked");
    shop.app.at_rest().await;
    assert_eq!(shop.topup(&topup).await["status"], "paid");
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.balance().await, "25.00");
    shop.app.must_balance().await;
}

async fn money_that_takes_days_is_credited_when_it_is_there(engine: Engine) {
    for told in [true, false] {
        let shop = Shop::on(engine).await;
        let (topup, session) = shop.begin("25.00").await;
        assert!(shop.app.sim().pay_session(&session, PaidWith::BankTransfer));
        shop.deliver(Sequence::InOrder, 2).await;
        assert_eq!(shop.balance().await, "0.00", "complete is not paid");
        assert_eq!(shop.topup(&topup).await["status"], "processing");
        assert_eq!(shop.wallet().await["pending_topups"], 1);
        for _ in 0..4 {
            shop.app.advance(Duration::from_secs(24 * 60 * 60));
            shop.app.at_rest().await;
        }
        assert_eq!(shop.topup(&topup).await["status"], "processing", "no time ends it");
        let intent = shop.app.sim().books().intents[0].id.clone();
        assert!(shop.app.sim().finish(&intent, true));
        if told {
            shop.deliver(Sequence::Reversed, 2).await;
        } else {
            shop.app.advance(limits::CHECKOUT_LOOK_MAX);
            let filled = || async { (shop.balance().await == "25.00").then_some(()) };
            eventually(PATIENCE, filled).await.expect("Stripe is asked");
            shop.app.at_rest().await;
        }
        assert_eq!(shop.balance().await, "25.00");
        assert_eq!(shop.topup(&topup).await["status"], "paid");
        shop.app.must_balance().await;
    }
}

async fn money_that_takes_days_and_does_not_come_is_never_credited(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        let (topup, session) = shop.begin("25.00").await;
        assert!(shop.app.sim().pay_session(&session, PaidWith::BankTransfer));
        let intent = shop.app.sim().books().intents[0].id.clone();
        assert!(shop.app.sim().finish(&intent, false));
        shop.deliver(sequence, 2).await;
        assert_eq!(shop.balance().await, "0.00");
        assert_eq!(shop.topup(&topup).await["status"], "failed");
        assert_eq!(shop.wallet().await["pending_topups"], 0);
        assert_eq!(shop.org.trail().await.iter().filter(|action| *action == "checkout.ended").count(), 1);
        shop.app.must_balance().await;
    }
}

async fn a_declined_card_leaves_the_page_open(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (topup, session) = shop.begin("25.00").await;
    assert!(!shop.app.sim().pay_session(&session, PaidWith::DeclinedCard));
    shop.deliver(Sequence::InOrder, 1).await;
    assert_eq!(shop.topup(&topup).await["status"], "open");
    assert!(shop.app.sim().pay_session(&session, PaidWith::Card));
    shop.deliver(Sequence::InOrder, 1).await;
    assert_eq!(shop.balance().await, "25.00");
    shop.app.must_balance().await;
}

async fn a_page_that_nobody_pays_on_ends(engine: Engine) {
    for told in [true, false] {
        let shop = Shop::on(engine).await;
        let (topup, session) = shop.begin("25.00").await;
        // The page's end comes an hour before that of the top-up, which goes by itself.
        shop.app.advance(limits::CHECKOUT_ASKED_FOR + Duration::from_secs(120));
        shop.app.sim().end_old_sessions();
        if told {
            shop.deliver(Sequence::InOrder, 2).await;
        }
        let ended = || async { (shop.topup(&topup).await["status"] == "expired").then_some(()) };
        eventually(PATIENCE, ended).await.expect("it ends");
        assert!(!shop.app.sim().pay_session(&session, PaidWith::Card));
        assert_eq!(shop.wallet().await["pending_topups"], 0);
        shop.app.at_rest().await;
        shop.app.must_balance().await;
    }
}

async fn what_is_given_back_is_taken_out_also_below_nothing(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        shop.paid_at_stripe("25.00").await;
        let intent = shop.app.sim().books().intents[0].id.clone();
        if sequence == Sequence::InOrder {
            shop.deliver(sequence, 1).await;
            shop.agent.paid("24.00", "shop.example").await;
        }
        let refund = format!("payment_intent={intent}&amount=300");
        assert_eq!(shop.app.sim().post("/v1/refunds", &refund).await, 200);
        // In this order the news that it went back comes before the news that it ever came.
        shop.deliver(sequence, 2).await;
        if sequence == Sequence::InOrder {
            assert_eq!(shop.balance().await, "-2.00");
            assert_eq!(shop.wallet().await["wallet_status"], "empty");
            shop.agent.pay("0.01", "shop.example").await.problem(402, "insufficient_funds");
        } else {
            assert_eq!(shop.balance().await, "22.00");
        }
        assert_eq!(shop.story().await[0], ("topup_refund".to_owned(), "-3.00".to_owned()));
        shop.app.must_balance().await;
    }
}

async fn a_dispute_takes_money_out_and_a_won_one_puts_it_back_whichever_comes_first(engine: Engine) {
    for (won, sequence) in [
        (true, Sequence::InOrder),
        (true, Sequence::Reversed),
        (false, Sequence::InOrder),
        (false, Sequence::Reversed),
    ] {
        let shop = Shop::on(engine).await;
        shop.paid_at_stripe("25.00").await;
        let charge = shop.app.sim().books().charges[0].id.clone();
        assert!(shop.app.sim().dispute(&charge, None));
        if sequence == Sequence::InOrder {
            shop.deliver(sequence, 2).await;
            assert_eq!(shop.balance().await, "0.00");
            let mail = shop.app.mails().wait(&shop.org.owner, "took back 25.00 USD").await;
            assert!(mail.text.contains("topup_"), "{}", mail.text);
        }
        assert!(shop.app.sim().dispute(&charge, Some(won)));
        shop.deliver(sequence, 2).await;
        let expected = if won { "25.00" } else { "0.00" };
        assert_eq!(shop.balance().await, expected, "won: {won}, {sequence:?}");
        shop.app.must_balance().await;
    }
}

async fn a_refund_that_fails_is_put_back_whichever_news_comes_first(engine: Engine) {
    for (sequence, told) in
        [(Sequence::InOrder, true), (Sequence::Reversed, true), (Sequence::InOrder, false)]
    {
        let shop = Shop::on(engine).await;
        shop.paid_at_stripe("25.00").await;
        shop.deliver(Sequence::InOrder, 1).await;
        let intent = shop.app.sim().books().intents[0].id.clone();
        shop.app.sim().fail_next(Operation::CreateRefund, Fault::RefundPending);
        assert_eq!(
            shop.app.sim().post("/v1/refunds", &format!("payment_intent={intent}&amount=300")).await,
            200
        );
        if sequence == Sequence::InOrder {
            shop.deliver(sequence, 1).await;
            assert_eq!(shop.balance().await, "22.00");
        }
        let refund = shop.app.sim().books().refunds[0].id.clone();
        assert!(shop.app.sim().finish_refund(&refund, false));
        if told {
            shop.deliver(sequence, 2).await;
        } else {
            let report = bursar_spend::reconcile::run(&shop.app.spend(), None, &mut |_| {}).await.unwrap();
            assert!(report.is_clean() && report.checkouts.len() == 1, "{report}");
        }
        assert_eq!(shop.balance().await, "25.00", "{sequence:?}, told: {told}");
        let again = shop.app.sim().deliver(&shop.app.sim().events()).await;
        assert!(again.iter().all(|status| *status == 200), "{again:?}");
        assert_eq!(shop.balance().await, "25.00");
        if sequence == Sequence::InOrder {
            assert_eq!(shop.story().await[0], ("topup_refund".to_owned(), "3.00".to_owned()));
        }
        shop.app.must_balance().await;
    }
}

async fn a_dispute_that_no_news_told_of_is_found_by_reconciliation(engine: Engine) {
    let reconcile = |app: bursar_spend::Spend| async move {
        let report = bursar_spend::reconcile::run(&app, None, &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
    };
    let shop = Shop::on(engine).await;
    shop.paid_at_stripe("25.00").await;
    shop.deliver(Sequence::InOrder, 1).await;
    let charge = shop.app.sim().books().charges[0].id.clone();
    assert!(shop.app.sim().dispute(&charge, None));
    reconcile(shop.app.spend()).await;
    assert_eq!(shop.balance().await, "0.00");
    assert!(shop.app.sim().dispute(&charge, Some(true)));
    reconcile(shop.app.spend()).await;
    assert_eq!(shop.balance().await, "25.00");
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.balance().await, "25.00");
    shop.app.must_balance().await;
}

async fn payments_of_others_are_left_alone(engine: Engine) {
    let shop = Shop::on(engine).await;
    let form = "amount=500&currency=usd&customer=cus_demo&payment_method=pm_card_visa&confirm=true\
        &off_session=true&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
    assert_eq!(shop.app.sim().post("/v1/payment_intents", form).await, 200);
    let session = "mode=payment&success_url=https://shop.example/&line_items[0][quantity]=1\
        &line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=500\
        &line_items[0][price_data][product_data][name]=A+book";
    assert_eq!(shop.app.sim().post("/v1/checkout/sessions", session).await, 200);
    let foreign = shop.app.sim().books().sessions[0].id.clone();
    assert!(shop.app.sim().pay_session(&foreign, PaidWith::Card));
    let books = shop.app.sim().books();
    for charge in &books.charges {
        let refund = format!("charge={}&amount=100", charge.id);
        assert_eq!(shop.app.sim().post("/v1/refunds", &refund).await, 200);
        assert!(shop.app.sim().dispute(&charge.id, None));
    }
    shop.deliver(Sequence::InOrder, 1).await;
    assert_eq!(shop.balance().await, "0.00");
    let counts = shop.app.row_counts().await;
    assert_eq!((counts["receipts"], counts["checkouts"]), (0, 0), "{}", json!(counts));
    shop.app.must_balance().await;
}

async fn reconciliation_books_what_no_news_told_of(engine: Engine) {
    let shop = Shop::on(engine).await;
    let reconcile = || async {
        let report = bursar_spend::reconcile::run(&shop.app.spend(), None, &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
        report.checkouts
    };
    let (topup, _) = shop.paid_at_stripe("25.00").await;
    let booked = reconcile().await;
    assert_eq!((booked.len(), booked[0].checkout_id.as_str()), (1, topup.as_str()));
    assert_eq!(
        (booked[0].before.as_str(), booked[0].now.as_str()),
        ("open, 0.00 given back", "paid, 0.00 given back")
    );
    assert_eq!(shop.balance().await, "25.00");
    let intent = shop.app.sim().books().intents[0].id.clone();
    assert_eq!(shop.app.sim().post("/v1/refunds", &format!("payment_intent={intent}&amount=300")).await, 200);
    assert_eq!(reconcile().await[0].now, "paid, 3.00 given back");
    assert_eq!(shop.balance().await, "22.00");
    assert_eq!(reconcile().await, []);
    shop.deliver(Sequence::Shuffled(1), 2).await;
    assert_eq!(shop.balance().await, "22.00");
    shop.app.must_balance().await;
}
