//! What goes wrong between us and Stripe, and what is not as it was asked for.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::Engine;
use bursar_testkit::app::{PATIENCE, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, PaidWith, Sequence};
use serde_json::json;

use super::shop::{Shop, session_of};

on_both_engines!(
    a_page_whose_answer_was_lost_is_not_made_twice,
    what_stripe_refuses_can_be_tried_again,
    another_sum_or_currency_is_not_credited_and_is_on_record,
    news_is_sent_again_while_stripe_does_not_say_how_things_stand,
    a_page_that_nobody_ever_saw_ends,
    a_restart_in_between_changes_nothing,
);

async fn asked(shop: &Shop) -> (String, String) {
    let ask = json!({ "amount": "5.00", "reason": "a test" });
    let asked = shop.agent.client().post("/wallet/topup-request", &ask).await.expect(202);
    let link = shop.app.mails().wait(&shop.org.owner, "5.00 USD").await.link("/topup/");
    (asked["topup_id"].as_str().unwrap().to_owned(), link)
}

async fn a_page_whose_answer_was_lost_is_not_made_twice(engine: Engine) {
    for fault in [Fault::DropAfter, Fault::CutAfter, Fault::GarbageAfter] {
        let shop = Shop::on(engine).await;
        let (topup, link) = asked(&shop).await;
        shop.app.sim().fail_next(Operation::CreateSession, fault);
        shop.app.press(&link, "").await.page(503);
        assert_eq!(shop.topup(&topup).await["status"], "open");
        shop.app.advance(Duration::from_secs(3600));
        let went = shop.app.press(&link, "").await;
        assert_eq!(went.status, 303);
        assert_eq!(shop.app.sim().books().sessions.len(), 1);
        assert!(shop.app.sim().pay_session(&session_of(went.header("location")), PaidWith::Card));
        shop.deliver(Sequence::InOrder, 1).await;
        assert_eq!(shop.balance().await, "5.00");
        shop.app.must_balance().await;
    }
}

async fn what_stripe_refuses_can_be_tried_again(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (_, link) = asked(&shop).await;
    for fault in [Fault::DropBefore, Fault::RateLimited, Fault::Unauthorized, Fault::BadGateway, Fault::InUse]
    {
        shop.app.sim().fail_next(Operation::CreateSession, fault);
        shop.app.press(&link, "").await.page(503);
    }
    shop.app.sim().fail_next(Operation::CreateSession, Fault::DropBefore);
    let new = json!({ "amount": "5.00", "agent_id": shop.agent.id });
    shop.org.admin().post("/dashboard/wallet/topups", &new).await.problem(503, "stripe_unavailable");
    assert_eq!(shop.app.press(&link, "").await.status, 303);
    // What Stripe says of the page that there is must be known before anybody goes there again.
    shop.app.sim().fail_next(Operation::RetrieveSession, Fault::DropBefore);
    shop.app.press(&link, "").await.page(503);
    assert_eq!(shop.app.press(&link, "").await.status, 303);
    assert_eq!(shop.app.sim().books().sessions.len(), 1);
}

async fn another_sum_or_currency_is_not_credited_and_is_on_record(engine: Engine) {
    for (total, currency) in [(2_499, "usd"), (2_501, "usd"), (2_500, "eur")] {
        let shop = Shop::on(engine).await;
        let (topup, session) = shop.begin("25.00").await;
        assert!(shop.app.sim().tamper_with_session(&session, total, currency));
        assert!(shop.app.sim().pay_session(&session, PaidWith::Card));
        shop.deliver(Sequence::Reversed, 2).await;
        assert_eq!(shop.balance().await, "0.00");
        assert_eq!(shop.topup(&topup).await["status"], "failed");
        let trail = shop.org.trail().await;
        let mismatches = trail.iter().filter(|action| *action == "checkout.mismatched").count();
        assert_eq!(mismatches, 1, "{trail:?}");
        assert!(!trail.contains(&"wallet.received".to_owned()), "{trail:?}");
        let mail = shop.app.mails().wait(&shop.org.owner, "not credited").await;
        assert!(mail.text.contains("25.00 USD was asked for") && mail.text.contains(&topup), "{}", mail.text);
        shop.app.must_balance().await;
    }
}

async fn news_is_sent_again_while_stripe_does_not_say_how_things_stand(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.paid_at_stripe("25.00").await;
    let news = shop.app.sim().events();
    let completed: Vec<_> =
        news.iter().filter(|event| event.kind == "checkout.session.completed").cloned().collect();
    assert_eq!(completed.len(), 1);
    shop.app.sim().fail_next(Operation::RetrieveSession, Fault::ErrorBefore);
    assert_eq!(shop.app.sim().deliver(&completed).await, [503]);
    assert_eq!(shop.balance().await, "0.00");
    assert_eq!(shop.app.sim().deliver(&completed).await, [200]);
    assert_eq!(shop.balance().await, "25.00");
    shop.app.must_balance().await;
}

async fn a_page_that_nobody_ever_saw_ends(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (topup, link) = asked(&shop).await;
    shop.app.sim().fail_next(Operation::CreateSession, Fault::DropBefore);
    shop.app.press(&link, "").await.page(503);
    shop.app.advance(limits::CHECKOUT_ASKED_FOR + Duration::from_secs(120));
    let ended = || async { (shop.topup(&topup).await["status"] == "expired").then_some(()) };
    eventually(PATIENCE, ended).await.expect("it ends");
    shop.app.press(&link, "").await.page(409);
    assert_eq!(shop.app.sim().books().sessions, []);
    shop.app.must_balance().await;
}

async fn a_restart_in_between_changes_nothing(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (_, link) = asked(&shop).await;
    let first = shop.app.press(&link, "").await;
    shop.app.restart().await;
    let second = shop.app.press(&link, "").await;
    assert_eq!(first.header("location"), second.header("location"));
    assert!(shop.app.sim().pay_session(&session_of(second.header("location")), PaidWith::Card));
    shop.app.restart().await;
    shop.deliver(Sequence::Shuffled(5), 2).await;
    assert_eq!(shop.balance().await, "5.00");
    shop.app.must_balance().await;
}
