//! Cases through HTTP, on both engines, against the simulator of Stripe.

use std::time::Duration;

use bursar_identity::members::Role;
use bursar_spend::reconcile::{self, Report, daily};
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation};
use serde_json::{Value, json};

on_both_engines!(
    the_one_line_that_was_tampered_with_is_found_and_is_one_case,
    a_case_ends_by_itself_only_where_the_whole_comparison_was_made,
    a_settled_case_stays_settled_until_a_side_says_something_else,
    a_missing_line_is_a_case_once_stripe_had_time_to_write_it,
    an_outcome_that_stays_unknown_is_a_case_until_it_is_known,
    money_that_was_never_held_is_a_case,
    members_look_and_owners_take_and_settle,
    the_books_are_compared_once_a_day_by_whichever_process,
    an_owner_has_only_their_own_books_compared,
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

    async fn reconcile(&self) -> Report {
        reconcile::run(&self.app.spend(), None, &mut |_| {}).await.unwrap()
    }

    async fn cases(&self, query: &str) -> Vec<Value> {
        let list = self.org.admin().get(&format!("/dashboard/cases{query}")).await.expect(200);
        list["data"].as_array().unwrap().clone()
    }

    async fn only_case(&self) -> Value {
        let mut cases = self.cases("").await;
        assert_eq!(cases.len(), 1, "{cases:#?}");
        cases.remove(0)
    }

    async fn count(&self, action: &str) -> usize {
        self.org.trail().await.iter().filter(|found| *found == action).count()
    }

    /// The line of the newest charge.
    fn line(&self) -> String {
        let books = self.app.sim().books();
        books.balance.iter().rev().find(|line| line.kind == "charge").unwrap().id.clone()
    }
}

async fn the_one_line_that_was_tampered_with_is_found_and_is_one_case(engine: Engine) {
    let shop = Shop::on(engine).await;
    for amount in ["5.00", "12.34", "7.00"] {
        shop.agent.paid(amount, "shop.example").await;
    }
    assert!(shop.reconcile().await.is_clean());
    assert!(shop.cases("").await.is_empty());
    let line = shop.line();
    assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    let report = shop.reconcile().await;
    assert_eq!((report.cases_opened.len(), report.differences.len()), (1, 1), "{report}");
    let case = shop.only_case().await;
    assert_eq!((&case["kind"], &case["status"]), (&json!("amount_differs"), &json!("open")));
    assert_eq!(
        (&case["ours"], &case["theirs"], &case["amount"]),
        (&json!("7.00"), &json!("99.00"), &json!("92.00"))
    );
    assert!(case["reference"].as_str().unwrap().ends_with(&line), "{case:#}");
    // Found again, it is the same.
    assert!(shop.reconcile().await.cases_opened.is_empty());
    assert_eq!(shop.only_case().await["case_id"], case["case_id"]);
    let mail = shop.app.mails().wait(&shop.org.owner, "92.00 USD").await;
    assert!(mail.text.contains("bursar case show"), "{}", mail.text);
    // Right again, it ends by itself, and says so.
    assert!(shop.app.sim().tamper_with_line(&line, 700));
    assert_eq!(shop.reconcile().await.cases_closed.len(), 1);
    let ended = shop.only_case().await;
    assert_eq!((&ended["status"], &ended["resolved_by"]), (&json!("resolved"), &json!("bursar")));
    assert_eq!((shop.count("case.opened").await, shop.count("case.resolved").await), (1, 1));
    shop.app.at_rest().await;
    assert_eq!(shop.app.mails().all().len(), 1);
    // And wrong once more, it is open once more.
    assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    assert_eq!(shop.reconcile().await.cases_opened.len(), 1);
    assert_eq!(shop.only_case().await["case_id"], case["case_id"]);
    assert_eq!(shop.count("case.opened").await, 2);
    shop.app.must_balance().await;
}

async fn a_case_ends_by_itself_only_where_the_whole_comparison_was_made(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.agent.paid("7.00", "shop.example").await;
    let line = shop.line();
    assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    shop.reconcile().await;
    assert!(shop.app.sim().tamper_with_line(&line, 700));
    // Half a comparison proves nothing.
    shop.app.sim().fail_next(Operation::ListBalance, Fault::DropBefore);
    let report = shop.reconcile().await;
    assert_eq!((report.problems.len(), report.cases_closed.len()), (1, 0), "{report}");
    // Nor does one that begins later than what it is about.
    shop.app.advance(Duration::from_secs(3 * 60 * 60));
    let since = Some(bursar_base::Clock::now(shop.app.clock()));
    let report = reconcile::run(&shop.app.spend(), since, &mut |_| {}).await.unwrap();
    assert!(report.problems.is_empty() && report.cases_closed.is_empty(), "{report}");
    assert_eq!(shop.only_case().await["status"], "open");
    // Weeks later the comparison still goes back as far as the open case.
    shop.app.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(shop.reconcile().await.cases_closed.len(), 1);
}

async fn a_settled_case_stays_settled_until_a_side_says_something_else(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.agent.paid("7.00", "shop.example").await;
    let line = shop.line();
    assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    shop.reconcile().await;
    let case = shop.only_case().await;
    let path = format!("/dashboard/cases/{}", case["case_id"].as_str().unwrap());
    let words = json!({ "resolution": "Stripe confirmed 7.00", "evidence": "ticket 12" });
    let ended = shop.org.admin().post(&format!("{path}/resolve"), &words).await.expect(200);
    assert_eq!((&ended["status"], &ended["evidence"]), (&json!("resolved"), &json!("ticket 12")));
    shop.org.admin().post(&format!("{path}/resolve"), &words).await.problem(409, "case_resolved");
    shop.org.admin().post_empty(&format!("{path}/take")).await.problem(409, "case_resolved");
    assert!(shop.reconcile().await.cases_opened.is_empty());
    assert_eq!(shop.only_case().await["status"], "resolved");
    assert!(shop.app.sim().tamper_with_line(&line, 8_800));
    assert_eq!(shop.reconcile().await.cases_opened.len(), 1);
    let again = shop.only_case().await;
    assert_eq!(
        (&again["status"], &again["theirs"], &again["evidence"]),
        (&json!("open"), &json!("88.00"), &Value::Null)
    );
}

async fn a_missing_line_is_a_case_once_stripe_had_time_to_write_it(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.agent.paid("7.00", "shop.example").await;
    assert!(shop.app.sim().lose_line(&shop.line()));
    assert!(shop.reconcile().await.cases_opened.is_empty());
    shop.app.advance(bursar_base::limits::BALANCE_LINE_WITHIN + Duration::from_secs(1));
    assert_eq!(shop.reconcile().await.cases_opened.len(), 1);
    let case = shop.only_case().await;
    assert_eq!((&case["kind"], &case["amount"]), (&json!("missing_there"), &json!("7.00")));
}

async fn an_outcome_that_stays_unknown_is_a_case_until_it_is_known(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropBefore);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    assert_eq!(unknown["status"], "unknown");
    shop.reconcile().await;
    assert!(shop.cases("").await.is_empty());
    shop.app.advance(bursar_base::limits::UNKNOWN_CASE_AFTER + Duration::from_secs(1));
    shop.reconcile().await;
    let case = shop.only_case().await;
    assert_eq!(
        (&case["kind"], &case["transaction_id"]),
        (&json!("unknown_outcome"), &unknown["transaction_id"])
    );
    assert_eq!(case["amount"], "12.34");
    let path = format!("/dashboard/transactions/{}/resolve", id_of(&unknown));
    let seen = json!({ "outcome": "failed", "evidence": "the shop says no" });
    shop.org.admin().post(&path, &seen).await.expect(200);
    assert_eq!(shop.reconcile().await.cases_closed.len(), 1);
    assert_eq!(shop.only_case().await["status"], "resolved");
    shop.app.must_balance().await;
}

async fn money_that_was_never_held_is_a_case(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.app.sim().fail_next(Operation::CreatePayment, Fault::DropAfter);
    let unknown = shop.agent.paid("12.34", "shop.example").await;
    let path = format!("/dashboard/transactions/{}/resolve", id_of(&unknown));
    let seen = json!({ "outcome": "failed", "evidence": "the shop says no" });
    shop.org.admin().post(&path, &seen).await.expect(200);
    shop.reconcile().await;
    shop.app.at_rest().await;
    let case = shop.only_case().await;
    assert_eq!((&case["kind"], &case["amount"]), (&json!("forced_capture"), &json!("12.34")));
    // The books agree by now; what happened wants a person all the same.
    assert!(shop.reconcile().await.cases_closed.is_empty());
    assert_eq!(shop.only_case().await["status"], "open");
    shop.app.must_balance().await;
}

async fn members_look_and_owners_take_and_settle(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("val@acme.example", Role::Viewer).await;
    for amount in ["7.00", "8.00"] {
        shop.agent.paid(amount, "shop.example").await;
        let line = shop.line();
        assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    }
    shop.reconcile().await;
    let viewer = shop.app.session_of("val@acme.example", false).await;
    let first = viewer.get("/dashboard/cases?status=open&limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second =
        viewer.get(&format!("/dashboard/cases?status=open&limit=1&cursor={cursor}")).await.expect(200);
    assert_ne!(first["data"][0]["case_id"], second["data"][0]["case_id"]);
    assert_eq!(shop.cases("?kind=missing_here").await.len(), 0);
    viewer.get("/dashboard/cases?kind=strange").await.names("kind");
    let path = format!("/dashboard/cases/{}", first["data"][0]["case_id"].as_str().unwrap());
    viewer.get(&path).await.expect(200);
    viewer.post_empty(&format!("{path}/take")).await.problem(403, "forbidden");
    let owner = shop.app.session_of(&shop.org.owner, false).await;
    let taken = owner.post_empty(&format!("{path}/take")).await.expect(200);
    assert_eq!(taken["owner"], shop.org.owner.as_str());
    owner.post(&format!("{path}/resolve"), &json!({ "resolution": "seen" })).await.names("evidence");
    let words = json!({ "resolution": "seen", "evidence": "a receipt" });
    owner.post(&format!("{path}/resolve"), &words).await.expect(200);
    assert_eq!(shop.cases("?status=resolved").await.len(), 1);
}

async fn the_books_are_compared_once_a_day_by_whichever_process(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.agent.paid("7.00", "shop.example").await;
    let line = shop.line();
    assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    let spend = shop.app.spend();
    // On its first day an installation has nothing to compare.
    daily::begin_if_due(&spend).await.unwrap();
    shop.app.at_rest().await;
    assert!(shop.cases("").await.is_empty());
    for day in 1..=2_i64 {
        shop.app.advance(Duration::from_secs(24 * 60 * 60));
        let looks = (0..8).map(|_| daily::begin_if_due(&spend));
        for look in futures_util::future::join_all(looks).await {
            look.unwrap();
        }
        shop.app.at_rest().await;
        daily::begin_if_due(&spend).await.unwrap();
        shop.app.at_rest().await;
        assert_eq!(shop.app.row_counts().await["reconciliations"], day);
        assert_eq!(shop.only_case().await["status"], "open");
        let read = shop.app.sim().requests();
        let read =
            read.iter().filter(|request| request.target.starts_with("/v1/balance_transactions")).count();
        assert_eq!(read, usize::try_from(day).unwrap());
    }
}

async fn an_owner_has_only_their_own_books_compared(engine: Engine) {
    let shop = Shop::on(engine).await;
    let other = shop.app.new_org("Other", "o@other.example", bursar_base::Mode::Test, "UTC").await;
    other.pays_with("pm_card_visa").await;
    let others = other.agent(json!({ "daily": "1000.00" })).await;
    for agent in [&shop.agent, &others] {
        agent.paid("7.00", "shop.example").await;
        let line = shop.line();
        assert!(shop.app.sim().tamper_with_line(&line, 9_900));
    }
    let report = shop.org.admin().post_empty("/dashboard/reconcile").await.expect(200);
    assert_eq!((report["differences"].as_array().unwrap().len(), &report["problems"]), (1, &json!([])));
    assert_eq!(report["cases_opened"][0], shop.only_case().await["case_id"]);
    let list = other.admin().get("/dashboard/cases").await.expect(200);
    assert_eq!(list["data"], json!([]));
    for _ in 1..bursar_base::limits::RECONCILES_PER_HOUR {
        shop.org.admin().post_empty("/dashboard/reconcile").await.expect(200);
    }
    shop.org.admin().post_empty("/dashboard/reconcile").await.problem(429, "rate_limited");
    let found = other.admin().post_empty("/dashboard/reconcile").await.expect(200);
    assert_eq!(found["cases_opened"].as_array().unwrap().len(), 1);
}
