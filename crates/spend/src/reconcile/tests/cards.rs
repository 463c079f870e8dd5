//! What cards did at Stripe against the ledger, line by line, on both engines.

use std::time::Duration;

use bursar_base::limits;
use bursar_spend::reconcile::Report;
use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Sequence};
use serde_json::{Value, json};

use crate::authorizations::{Till, daily, sums, text};

on_both_engines!(
    the_one_card_line_that_was_tampered_with_is_found_and_is_one_case,
    lost_news_of_cards_is_caught_up_with,
    what_stripe_lost_of_a_card_is_a_case,
    what_stripe_allowed_without_asking_is_found_and_held,
    half_a_list_of_cards_closes_nothing,
);

async fn reconcile(till: &Till) -> Report {
    let report = bursar_spend::reconcile::run(&till.app.spend(), None, &mut |_| {}).await.unwrap();
    till.app.at_rest().await;
    report
}

/// Some purchases, captured and heard of, and something that came without an authorisation.
async fn lived(engine: Engine) -> Till {
    let till = Till::on(engine, daily("500.00")).await;
    for cents in [500, 1_234, 700] {
        let a = till.swipe(cents).await;
        till.deed(&a, "capture", "").await;
    }
    till.swipe(300).await;
    let forced = format!("card={}&amount=900&merchant_data[name]=Sky", till.card);
    till.app.sim().must("/v1/test_helpers/issuing/transactions/create_force_capture", &forced).await;
    let books = till.app.sim().issuing();
    let path = format!("/v1/test_helpers/issuing/transactions/{}/refund", text(&books.transactions[1]["id"]));
    till.app.sim().must(&path, "refund_amount=234").await;
    till.news(Sequence::InOrder).await;
    till.app.advance(limits::CARD_ANSWER_SETTLES);
    let report = reconcile(&till).await;
    assert!(report.is_clean() && report.booked.is_empty(), "{report}");
    assert_eq!(report.compared, 9, "five lines and four authorisations");
    till
}

async fn cases(till: &Till, status: &str) -> Vec<Value> {
    let list = till.org.admin().get("/dashboard/cases").await.expect(200);
    // What came without an authorisation is a case already.
    let found = list["data"].as_array().unwrap().iter().filter(|case| case["kind"] != "forced_capture");
    found.filter(|case| case["status"] == status).cloned().collect()
}

async fn the_one_card_line_that_was_tampered_with_is_found_and_is_one_case(engine: Engine) {
    let till = lived(engine).await;
    let lines = till.app.sim().issuing().transactions;
    let other_card = till.agent.card().await;
    let unlinked = lines.iter().find(|line| line["authorization"].is_null()).unwrap();
    let refund = lines.iter().find(|line| line["amount"] == 234).unwrap();
    let falsified = [
        (&lines[1], "amount", json!(-1_233), "amount_differs", "-12.34", "-12.33"),
        (&lines[2], "amount", json!(-9_900), "amount_differs", "-7.00", "-99.00"),
        (&lines[2], "amount", json!(700), "amount_differs", "-7.00", "7.00"),
        (unlinked, "amount", json!(-9_900), "amount_differs", "-9.00", "-99.00"),
        (refund, "amount", json!(1), "amount_differs", "2.34", "0.01"),
        (&lines[0], "currency", json!("eur"), "amount_differs", "USD", "EUR"),
        (&lines[0], "card", json!(other_card), "state_differs", &till.card, &other_card),
    ];
    let wallet = till.wallet().await;
    for (line, field, value, kind, ours, theirs) in falsified {
        let id = text(&line["id"]);
        assert!(till.app.sim().tamper_with_issued(id, field, value));
        let report = reconcile(&till).await;
        assert_eq!((report.differences.len(), report.cases_opened.len()), (1, 1), "{field}: {report}");
        assert_eq!(report.booked, [], "{report}");
        let case = cases(&till, "open").await.pop().unwrap();
        assert_eq!(
            (&case["kind"], &case["ours"], &case["theirs"]),
            (&json!(kind), &json!(ours), &json!(theirs))
        );
        assert!(text(&case["reference"]).ends_with(id), "{case:#}");
        assert!(reconcile(&till).await.cases_opened.is_empty(), "found again, it is the same");
        assert!(till.app.sim().tamper_with_issued(id, field, line[field].clone()));
        assert_eq!(reconcile(&till).await.cases_closed.len(), 1, "right again, it ends by itself");
    }
    assert_eq!(till.wallet().await, wallet, "a line that changes its sum moves nothing here");
    till.app.must_balance().await;
}

async fn lost_news_of_cards_is_caught_up_with(engine: Engine) {
    let till = Till::on(engine, daily("500.00")).await;
    let [captured, refunded, reversed, expired, part] = [
        till.swipe(1_000).await,
        till.swipe(2_000).await,
        till.swipe(3_000).await,
        till.swipe(4_000).await,
        till.swipe(5_000).await,
    ];
    till.deed(&refunded, "capture", "").await;
    till.news(Sequence::InOrder).await;
    till.app.advance(limits::CARD_ANSWER_SETTLES);
    let line = text(&till.app.sim().issuing().transactions[0]["id"]).to_owned();
    // From here on no webhook arrives, and the worker's own readings are not due yet.
    till.deed(&captured, "capture", "").await;
    till.deed(&reversed, "reverse", "").await;
    till.deed(&expired, "expire", "").await;
    till.deed(&part, "capture", "capture_amount=1500&close_authorization=false").await;
    till.app
        .sim()
        .must(&format!("/v1/test_helpers/issuing/transactions/{line}/refund"), "refund_amount=700")
        .await;
    let forced = format!("card={}&amount=900&merchant_data[name]=Sky", till.card);
    till.app.sim().must("/v1/test_helpers/issuing/transactions/create_force_capture", &forced).await;
    let report = reconcile(&till).await;
    assert!(report.is_clean(), "{report}");
    let booked: Vec<(&str, &str, &str)> =
        report.booked.iter().map(|b| (b.what.as_str(), b.before.as_str(), b.now.as_str())).collect();
    assert!(
        booked.contains(&("refunded", "0.00", "7.00")) && booked.contains(&("paid", "0.00", "9.00")),
        "{report}"
    );
    assert_eq!(sums(&till.payment(&captured).await), ("completed", "10.00", "0.00"));
    assert_eq!(sums(&till.payment(&refunded).await), ("completed", "20.00", "7.00"));
    assert_eq!(sums(&till.payment(&reversed).await), ("failed", "0.00", "0.00"));
    assert_eq!(sums(&till.payment(&expired).await), ("failed", "0.00", "0.00"));
    assert_eq!(sums(&till.payment(&part).await), ("executing", "15.00", "0.00"));
    assert_eq!(till.agent.used_today().await, "89.00");
    // Thirty-five of the last one are still held.
    assert_eq!((till.wallet().await.as_str(), till.all_spent()), ("9918.00", 4_700));
    assert!(till.told("transaction.captured").await.iter().any(|data| data["amount"] == "9.00"));
    let (rows, trail) = (till.app.row_counts().await, till.org.trail().await);
    assert_eq!(reconcile(&till).await.booked, []);
    // The news that comes after all changes nothing.
    till.news(Sequence::Reversed).await;
    let mut rows_now = till.app.row_counts().await;
    rows_now.insert("stripe_events".to_owned(), rows["stripe_events"]);
    assert_eq!((rows_now, till.org.trail().await), (rows, trail));
    assert!(cases(&till, "open").await.is_empty());
    till.app.must_balance().await;
}

async fn what_stripe_lost_of_a_card_is_a_case(engine: Engine) {
    let till = lived(engine).await;
    let line = text(&till.app.sim().issuing().transactions[0]["id"]).to_owned();
    assert!(till.app.sim().lose_line(&line));
    let report = reconcile(&till).await;
    assert_eq!((report.differences.len(), report.cases_opened.len()), (1, 1), "{report}");
    let case = cases(&till, "open").await.pop().unwrap();
    assert_eq!((&case["kind"], &case["ours"]), (&json!("missing_there"), &json!("5.00")));
    assert!(text(&case["reference"]).ends_with(&line), "{case:#}");
    // What happened before the list begins is no difference.
    till.app.advance(limits::RECONCILE_SINCE + Duration::from_secs(60 * 60));
    let since = Some(bursar_base::Clock::now(till.app.clock()));
    let late = bursar_spend::reconcile::run(&till.app.spend(), since, &mut |_| {}).await.unwrap();
    assert!(late.is_clean() && late.cases_closed.is_empty(), "{late}");
    till.app.must_balance().await;
}

async fn what_stripe_allowed_without_asking_is_found_and_held(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    till.app.sim().ask_about_authorizations(false);
    let a = till.swipe(6_000).await;
    assert_eq!(a["approved"], true);
    let report = reconcile(&till).await;
    assert!(report.is_clean(), "{report}");
    let booked: Vec<(&str, &str)> = report.booked.iter().map(|b| (b.what.as_str(), b.now.as_str())).collect();
    assert_eq!(booked, [("held", "60.00")], "{report}");
    assert_eq!(till.agent.used_today().await, "60.00");
    assert_eq!(till.told("card.unasked").await.len(), 1);
    // And taken back while nobody told us, it is let go of.
    till.deed(&a, "reverse", "").await;
    assert!(reconcile(&till).await.is_clean());
    assert_eq!(till.agent.used_today().await, "0.00");
    till.app.must_balance().await;
}

async fn half_a_list_of_cards_closes_nothing(engine: Engine) {
    let till = lived(engine).await;
    let line = text(&till.app.sim().issuing().transactions[0]["id"]).to_owned();
    assert!(till.app.sim().tamper_with_line(&line, -501));
    assert_eq!(reconcile(&till).await.cases_opened.len(), 1);
    assert!(till.app.sim().tamper_with_line(&line, -500));
    for operation in [Operation::ListIssuedTransactions, Operation::ListAuthorizations] {
        till.app.sim().fail_next(operation, Fault::DropBefore);
        let report = reconcile(&till).await;
        assert_eq!((report.problems.len(), report.cases_closed.len()), (1, 0), "{report}");
    }
    assert_eq!(reconcile(&till).await.cases_closed.len(), 1);
}
