//! Card purchases through HTTP, on both engines: what the till is told, what becomes of it, and who hears of it.

#[path = "tests/unasked.rs"]
mod unasked;

use std::time::Duration;

use bursar_base::limits;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Answer, Org, TestApp, WEBHOOK_SECRET};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Sequence, signature_header};
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_purchase_within_policy_passes_and_is_captured,
    what_the_policy_refuses_is_refused_at_the_till_and_told,
    a_retry_within_ten_minutes_after_the_yes_passes,
    a_retry_that_comes_too_late_asks_again,
    looking_whether_a_card_is_good_holds_nothing,
    what_is_taken_after_looking_is_told,
    increments_captures_in_parts_and_reversals_end_right,
    what_expires_was_never_paid,
    what_nobody_allowed_is_booked_and_told,
    refunds_and_disputes_come_back,
    events_twice_and_reordered_change_nothing,
    without_any_event_stripe_is_asked,
    while_stripe_is_silent_the_question_waits,
    a_yes_that_comes_too_late_is_let_go_of,
    an_unknown_card_and_a_wrong_signature_are_refused,
    a_question_that_cannot_be_read_is_a_no,
    many_at_once_never_exceed_one_budget,
    a_card_is_no_rail_for_a_payment_request,
);

pub(crate) struct Till {
    pub(crate) app: TestApp,
    pub(crate) org: Org,
    pub(crate) agent: Agent,
    pub(crate) card: String,
}

impl Till {
    /// Ten thousand dollars in the wallet, as every org of a test has, and a card.
    pub(crate) async fn on(engine: Engine, policy: Value) -> Till {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        let agent = org.free_agent().await;
        agent.policy(&policy).await;
        let card = agent.card().await;
        Till { app, org, agent, card }
    }

    /// Somebody pays at a shop; the authorisation as Stripe has it then.
    pub(crate) async fn swipe(&self, cents: i64) -> Value {
        self.app.sim().authorize(&self.card, cents, "Books and more", "book_stores").await
    }

    pub(crate) async fn deed(&self, authorization: &Value, deed: &str, form: &str) {
        self.app.sim().authorization(text(&authorization["id"]), deed, form).await;
    }

    /// Everything new is told, in this order, twice, and worked off.
    pub(crate) async fn news(&self, sequence: Sequence) {
        let statuses = self.app.sim().deliver_new(sequence, 2).await;
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
        self.app.at_rest().await;
    }

    /// Asks us about an authorisation, as Stripe does, with what the test says of it.
    async fn question(&self, livemode: bool, object: Value) -> Answer {
        let body = json!({
            "id": "evt_odd", "type": "issuing_authorization.request", "created": 1_790_000_000,
            "livemode": livemode, "data": { "object": object },
        });
        let body = body.to_string();
        let signature = signature_header(&body, WEBHOOK_SECRET, self.app.spend().now());
        let call = self.app.client().call(Method::POST, "/webhooks/stripe").bytes(body);
        call.header("content-type", "application/json").header("stripe-signature", &signature).send().await
    }

    /// The payment that we say an authorisation is.
    pub(crate) async fn payment(&self, authorization: &Value) -> Value {
        let books = self.app.sim().issuing();
        let known = books.authorization(text(&authorization["id"])).unwrap();
        self.agent.payment(text(&known["metadata"]["bursar_transaction"])).await
    }

    pub(crate) async fn wallet(&self) -> String {
        let wallet = self.agent.client().get("/wallet/check").await.expect(200);
        text(&wallet["balance"]).to_owned()
    }

    /// What the agent is told of, oldest first.
    async fn messages(&self) -> Vec<Value> {
        let read = self.agent.client().get("/messages?limit=100").await.expect(200);
        read["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn told(&self, name: &str) -> Vec<Value> {
        let all = self.messages().await;
        all.into_iter()
            .filter(|message| message["type"] == name)
            .map(|message| message["data"].clone())
            .collect()
    }

    pub(crate) fn all_spent(&self) -> i64 {
        self.app.sim().issuing().spent(&self.card)
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

pub(crate) fn sums(payment: &Value) -> (&str, &str, &str) {
    (text(&payment["status"]), text(&payment["posted_amount"]), text(&payment["refunded_amount"]))
}

pub(crate) fn daily(amount: &str) -> Value {
    json!({ "daily": amount })
}

async fn a_purchase_within_policy_passes_and_is_captured(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    let authorization = till.swipe(1_234).await;
    assert_eq!(authorization["approved"], true, "{authorization}");
    assert_eq!(authorization["request_history"][0]["reason"], "webhook_approved");
    let held = till.payment(&authorization).await;
    assert_eq!(sums(&held), ("executing", "0.00", "0.00"));
    assert_eq!((&held["rail"], &held["merchant"]), (&json!("card"), &json!("Books and more")));
    assert_eq!(held["category"], "book_stores");
    assert!(text(&held["card_id"]).starts_with("card_"));
    assert_eq!(till.told("card.authorized").await[0]["amount"], "12.34");
    let again = till.app.sim().ask_again(text(&authorization["id"])).await.unwrap();
    assert_eq!(again.reason, "webhook_approved", "{again:?}");
    till.deed(&authorization, "capture", "").await;
    till.news(Sequence::InOrder).await;
    assert_eq!(sums(&till.payment(&authorization).await), ("completed", "12.34", "0.00"));
    assert_eq!(till.wallet().await, "9987.66");
    assert_eq!(till.told("transaction.completed").await.len(), 1);
    till.app.must_balance().await;
}

async fn what_the_policy_refuses_is_refused_at_the_till_and_told(engine: Engine) {
    let policy = json!({ "daily": "50.00", "categories": { "block": ["betting_casino_gambling"] } });
    let till = Till::on(engine, policy).await;
    let casino = till.app.sim().authorize(&till.card, 500, "Lucky", "betting_casino_gambling").await;
    assert_eq!((&casino["approved"], &casino["status"]), (&json!(false), &json!("closed")));
    let dear = till.swipe(5_001).await;
    assert_eq!(dear["approved"], false);
    assert_eq!(dear["metadata"]["bursar_reason"], "daily_exceeded");
    let told = till.told("card.declined").await;
    let reasons: Vec<&str> = told.iter().map(|data| text(&data["reason"])).collect();
    assert_eq!(reasons, ["category_blocked", "daily_exceeded"]);
    assert!(told.iter().all(|data| data["next_step"].is_null()), "{told:?}");
    till.news(Sequence::InOrder).await;
    assert_eq!(till.wallet().await, "10000.00");
    till.app.must_balance().await;
}

/// Asks a human about twenty dollars and has them say yes; the payment.
async fn allowed(till: &Till) -> Value {
    let first = till.swipe(2_000).await;
    assert_eq!(first["approved"], false);
    let told = till.told("card.declined").await.pop().unwrap();
    assert_eq!(told["reason"], "approval_asked");
    assert!(text(&told["next_step"]).contains("within 10 minutes"), "{told}");
    let mail = till.app.mails().wait(&till.org.owner, "20.00").await;
    assert!(mail.text.contains("with a card") && mail.text.contains("10 minutes"), "{}", mail.text);
    till.app.press(&mail.link("/v1/approve/"), "").await.page(200);
    let payment = till.payment(&first).await;
    assert_eq!(payment["status"], "approved");
    assert!(payment["retry_until"].is_string(), "{payment}");
    payment
}

async fn a_retry_within_ten_minutes_after_the_yes_passes(engine: Engine) {
    let till = Till::on(engine, json!({ "approve_above": "10.00" })).await;
    let asked = allowed(&till).await;
    let other = till.swipe(1_999).await;
    assert_eq!(other["approved"], false, "another amount is another purchase");
    till.app.advance(limits::CARD_RETRY_WITHIN - Duration::from_secs(1));
    let retry = till.swipe(2_000).await;
    assert_eq!(retry["approved"], true, "{retry}");
    assert_eq!(till.payment(&retry).await["transaction_id"], asked["transaction_id"]);
    till.deed(&retry, "capture", "").await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.payment(&retry).await), ("completed", "20.00", "0.00"));
    assert_eq!(till.swipe(2_000).await["approved"], false, "one yes is one purchase");
    till.app.must_balance().await;
}

async fn a_retry_that_comes_too_late_asks_again(engine: Engine) {
    let till = Till::on(engine, json!({ "approve_above": "10.00" })).await;
    let asked = allowed(&till).await;
    till.app.advance(limits::CARD_RETRY_WITHIN + Duration::from_secs(60));
    let late = till.swipe(2_000).await;
    assert_eq!(
        (&late["approved"], &late["metadata"]["bursar_reason"]),
        (&json!(false), &json!("approval_asked"))
    );
    assert_ne!(till.payment(&late).await["transaction_id"], asked["transaction_id"]);
    till.app.at_rest().await;
    let over = till.agent.payment(text(&asked["transaction_id"])).await;
    assert_eq!(sums(&over), ("cancelled", "0.00", "0.00"));
    till.app.must_balance().await;
}

async fn looking_whether_a_card_is_good_holds_nothing(engine: Engine) {
    let policy = json!({ "daily": "50.00", "ask": "everything", "categories": { "block": ["betting_casino_gambling"] } });
    let till = Till::on(engine, policy).await;
    let good = till.swipe(0).await;
    assert_eq!((&good["approved"], &good["status"]), (&json!(true), &json!("pending")), "{good}");
    let payment = till.payment(&good).await;
    assert_eq!(sums(&payment), ("executing", "0.00", "0.00"));
    assert_eq!((&payment["amount"], &payment["purpose"]), (&json!("0.00"), &json!("account verification")));
    let list = till.org.admin().get("/dashboard/transactions").await.expect(200);
    assert_eq!(list["data"][0]["transaction_id"], payment["transaction_id"], "{list}");
    let story = till.agent.client().get("/wallet/transactions").await.expect(200).to_string();
    assert!(!story.contains(text(&payment["transaction_id"])), "the wallet's story tells of money: {story}");
    let casino = till.app.sim().authorize(&till.card, 0, "Lucky", "betting_casino_gambling").await;
    assert_eq!(casino["metadata"]["bursar_reason"], "category_blocked", "{casino}");
    assert_eq!(till.told("card.authorized").await[0]["amount"], "0.00");
    assert_eq!(till.told("card.declined").await[0]["reason"], "category_blocked");
    let asks = till.swipe(500).await;
    assert_eq!(asks["metadata"]["bursar_reason"], "approval_asked", "money is asked about: {asks}");
    till.deed(&good, "expire", "").await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.payment(&good).await), ("completed", "0.00", "0.00"));
    assert_eq!(
        till.agent.used_today().await,
        "5.00",
        "what a human is asked about is held, and nothing else"
    );
    till.app.must_balance().await;
}

async fn what_is_taken_after_looking_is_told(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    let (grows, taken) = (till.swipe(0).await, till.swipe(0).await);
    till.deed(&grows, "increment", "increment_amount=5001").await;
    assert_eq!(till.told("card.declined").await[0]["reason"], "daily_exceeded");
    till.deed(&grows, "increment", "increment_amount=3000").await;
    assert_eq!(till.agent.used_today().await, "30.00");
    till.deed(&grows, "capture", "").await;
    till.deed(&taken, "capture", "capture_amount=700").await;
    till.news(Sequence::Shuffled(7)).await;
    assert_eq!(sums(&till.payment(&grows).await), ("completed", "30.00", "0.00"));
    assert_eq!(text(&till.payment(&taken).await["posted_amount"]), "7.00");
    let exposure = till.org.admin().get("/dashboard/exposure").await.expect(200);
    assert_eq!(exposure["forced_captures"], json!({ "count": 1, "amount": "7.00" }));
    till.app.mails().wait(&till.org.owner, "7.00").await;
    assert_eq!((till.wallet().await.as_str(), till.agent.used_today().await.as_str()), ("9963.00", "37.00"));
    till.app.must_balance().await;
}

async fn increments_captures_in_parts_and_reversals_end_right(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    let a = till.swipe(2_000).await;
    till.deed(&a, "increment", "increment_amount=1500").await;
    assert_eq!(till.payment(&a).await["amount"], "35.00");
    till.deed(&a, "increment", "increment_amount=1501").await;
    assert_eq!(till.payment(&a).await["amount"], "35.00", "the day has fifteen dollars left");
    assert_eq!(till.told("card.declined").await[0]["reason"], "daily_exceeded");
    till.app.advance(limits::CARD_ANSWER_SETTLES);
    till.deed(&a, "capture", "capture_amount=1000&close_authorization=false").await;
    till.news(Sequence::Shuffled(3)).await;
    assert_eq!(sums(&till.payment(&a).await), ("executing", "10.00", "0.00"));
    assert_eq!(till.agent.used_today().await, "35.00");
    till.deed(&a, "reverse", "reverse_amount=500").await;
    till.news(Sequence::InOrder).await;
    assert_eq!(till.agent.used_today().await, "30.00", "what was taken back is free again");
    till.deed(&a, "capture", "").await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.payment(&a).await), ("completed", "30.00", "0.00"));
    assert_eq!((till.wallet().await.as_str(), till.all_spent()), ("9970.00", 3_000));
    till.app.must_balance().await;
}

async fn what_expires_was_never_paid(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    let (expired, reversed) = (till.swipe(1_000).await, till.swipe(2_000).await);
    till.deed(&expired, "expire", "").await;
    till.deed(&reversed, "reverse", "").await;
    till.news(Sequence::Reversed).await;
    for (authorization, reason) in [(&expired, "expired"), (&reversed, "reversed")] {
        let payment = till.payment(authorization).await;
        assert_eq!(sums(&payment), ("failed", "0.00", "0.00"));
        assert_eq!(payment["reason"], reason);
    }
    assert_eq!((till.wallet().await.as_str(), till.agent.used_today().await.as_str()), ("10000.00", "0.00"));
    till.app.must_balance().await;
}

async fn what_nobody_allowed_is_booked_and_told(engine: Engine) {
    let till = Till::on(engine, daily("50.00")).await;
    let over = till.swipe(4_000).await;
    till.deed(&over, "capture", "capture_amount=4500").await;
    let declined = till.swipe(6_000).await;
    assert!(till.app.sim().capture_late(text(&declined["id"]), 6_000));
    let forced = format!("card={}&amount=3000&merchant_data[name]=Sky", till.card);
    till.app.sim().must("/v1/test_helpers/issuing/transactions/create_force_capture", &forced).await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.payment(&over).await), ("completed", "45.00", "0.00"));
    assert_eq!(sums(&till.payment(&declined).await), ("declined", "60.00", "0.00"));
    let captured = till.told("transaction.captured").await;
    let amounts: Vec<&str> = captured.iter().map(|data| text(&data["amount"])).collect();
    assert!(amounts.contains(&"60.00") && amounts.contains(&"30.00"), "{amounts:?}");
    assert_eq!(till.agent.used_today().await, "135.00");
    for amount in ["5.00", "60.00", "30.00"] {
        till.app.mails().wait(&till.org.owner, amount).await;
    }
    assert_eq!((till.wallet().await.as_str(), till.all_spent()), ("9865.00", 13_500));
    let exposure = till.org.admin().get("/dashboard/exposure").await.expect(200);
    assert_eq!(exposure["forced_captures"], json!({ "count": 3, "amount": "95.00" }));
    assert_eq!(till.swipe(1).await["approved"], false, "what was captured counts");
    till.app.must_balance().await;
}

async fn refunds_and_disputes_come_back(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let a = till.swipe(4_000).await;
    till.deed(&a, "capture", "").await;
    let books = till.app.sim().issuing();
    let captured = text(&books.transactions[0]["id"]).to_owned();
    let path = format!("/v1/test_helpers/issuing/transactions/{captured}/refund");
    till.app.sim().must(&path, "refund_amount=1000").await;
    let unlinked = format!("card={}&amount=500&merchant_data[name]=Sky", till.card);
    till.app.sim().must("/v1/test_helpers/issuing/transactions/create_unlinked_refund", &unlinked).await;
    till.news(Sequence::Reversed).await;
    assert_eq!(sums(&till.payment(&a).await), ("completed", "40.00", "10.00"));
    assert_eq!((till.wallet().await.as_str(), till.agent.used_today().await.as_str()), ("9975.00", "40.00"));
    let evidence = "evidence[reason]=not_received&evidence[not_received][explanation]=nothing+came";
    let form = format!("transaction={captured}&amount=3000&{evidence}");
    let dispute = till.app.sim().must("/v1/issuing/disputes", &form).await;
    let dispute = text(&dispute["id"]).to_owned();
    till.app.sim().must(&format!("/v1/issuing/disputes/{dispute}/submit"), "").await;
    till.news(Sequence::Reversed).await;
    assert_eq!(till.wallet().await, "9975.00", "a dispute that is not won brings nothing");
    assert!(till.app.sim().end_issuing_dispute(&dispute, true));
    till.news(Sequence::Reversed).await;
    assert_eq!((till.wallet().await.as_str(), till.all_spent()), ("10005.00", 2_500));
    till.app.must_balance().await;
}

async fn events_twice_and_reordered_change_nothing(engine: Engine) {
    for sequence in [Sequence::Reversed, Sequence::Shuffled(11)] {
        let till = Till::on(engine, daily("90.00")).await;
        let a = till.swipe(2_000).await;
        till.deed(&a, "capture", "capture_amount=500&close_authorization=false").await;
        till.deed(&a, "capture", "capture_amount=700&close_authorization=false").await;
        till.app.restart().await;
        till.deed(&a, "reverse", "").await;
        till.news(sequence).await;
        let all = till.app.sim().events();
        let again = till.app.sim().deliver(&all).await;
        assert!(again.iter().all(|status| *status == 200), "{again:?}");
        till.app.at_rest().await;
        assert_eq!(sums(&till.payment(&a).await), ("completed", "12.00", "0.00"));
        assert_eq!(till.wallet().await, "9988.00");
        till.app.must_balance().await;
    }
}

async fn without_any_event_stripe_is_asked(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let a = till.swipe(2_000).await;
    till.app.advance(limits::CARD_READ_FIRST);
    till.app.at_rest().await;
    assert_eq!(sums(&till.payment(&a).await), ("executing", "0.00", "0.00"));
    till.deed(&a, "capture", "").await;
    till.app.restart().await;
    till.app.advance(limits::CARD_READ_MAX);
    till.app.at_rest().await;
    assert_eq!(sums(&till.payment(&a).await), ("completed", "20.00", "0.00"));
    till.app.must_balance().await;
}

async fn while_stripe_is_silent_the_question_waits(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let a = till.swipe(2_000).await;
    till.deed(&a, "capture", "").await;
    for _ in 0..limits::JOB_MAX_ATTEMPTS + 2 {
        till.app.sim().fail_next(Operation::RetrieveAuthorization, Fault::DropBefore);
    }
    till.app.sim().deliver_new(Sequence::InOrder, 1).await;
    for _ in 0..limits::JOB_MAX_ATTEMPTS + 3 {
        till.app.at_rest().await;
        till.app.advance(limits::JOB_BACKOFF_MAX);
    }
    till.app.at_rest().await;
    assert_eq!(sums(&till.payment(&a).await), ("completed", "20.00", "0.00"));
    till.app.must_balance().await;
}

async fn a_yes_that_comes_too_late_is_let_go_of(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let identity = till.app.spend().identity.clone();
    let org_id = bursar_base::OrgId::parse(&till.org.id.to_string()).unwrap();
    let locked = identity.lock(&org_id).await.unwrap();
    let late = till.swipe(2_000).await;
    assert_eq!((&late["approved"], &late["metadata"]["bursar_reason"]), (&json!(false), &json!("too_late")));
    drop(locked);
    let landed = || async { till.told("card.authorized").await.pop() };
    let landed = bursar_testkit::app::eventually(bursar_testkit::app::PATIENCE, landed).await;
    let payment = landed.expect("the decision lands all the same")["transaction"]["transaction_id"].clone();
    till.app.advance(limits::CARD_READ_FIRST);
    till.app.at_rest().await;
    let over = till.agent.payment(text(&payment)).await;
    assert_eq!(sums(&over), ("failed", "0.00", "0.00"));
    assert_eq!(till.agent.used_today().await, "0.00");
    till.app.must_balance().await;
}

async fn an_unknown_card_and_a_wrong_signature_are_refused(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let books = till.app.sim().issuing();
    let form =
        format!("cardholder={}&currency=usd&type=virtual&status=active", text(&books.cardholders[0]["id"]));
    let stranger = till.app.sim().must("/v1/issuing/cards", &form).await;
    till.app.at_rest().await;
    let before = till.app.row_counts().await;
    let refused = till.app.sim().authorize(text(&stranger["id"]), 100, "Books", "book_stores").await;
    assert_eq!(refused["approved"], false);
    let answer = till.app.sim().issuing().answers.pop().unwrap();
    assert_eq!((answer.reason, answer.error), ("webhook_declined", None));
    let good = till.swipe(100).await;
    assert_eq!(good["approved"], true);
    let event = till.app.sim().events().pop().unwrap().body();
    let forged = signature_header(&event, "whsec_other", identity_now(&till));
    let call = till.app.client().call(Method::POST, "/webhooks/stripe").bytes(event);
    let call = call.header("content-type", "application/json").header("stripe-signature", &forged);
    call.send().await.problem(400, "invalid_webhook");
    till.app.at_rest().await;
    let after = till.app.row_counts().await;
    assert_eq!(after["transactions"], before["transactions"] + 1, "the good one alone left something behind");
    assert_eq!(after["authorizations"], before["authorizations"] + 1);
}

fn identity_now(till: &Till) -> bursar_base::TimeUs {
    till.app.spend().now()
}

async fn a_question_that_cannot_be_read_is_a_no(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let good = |currency: &str, livemode: bool| {
        json!({
            "id": "iauth_1", "amount": 0, "approved": false, "currency": currency, "status": "pending",
            "livemode": livemode, "card": till.card, "transactions": [],
            "merchant_data": { "category": "book_stores", "name": null, "url": null, "network_id": "1" },
            "pending_request": { "amount": 100, "currency": currency },
        })
    };
    let mut without = good("usd", false);
    without["pending_request"] = Value::Null;
    let cases = [
        (false, json!({ "id": "iauth_1" })),
        (false, without),
        (false, good("u$d", false)),
        (true, good("usd", true)),
        (false, good("usd", true)),
    ];
    for (livemode, object) in cases {
        let answer = till.question(livemode, object.clone()).await;
        assert!(!answer.header("stripe-version").is_empty(), "{object}");
        assert_eq!(answer.expect(200)["approved"], false, "{object}");
    }
    let abroad = till.question(false, good("eur", false)).await.expect(200);
    assert_eq!(abroad["metadata"]["bursar_reason"], "currency_mismatch", "{abroad}");
    till.app.must_balance().await;
}

async fn many_at_once_never_exceed_one_budget(engine: Engine) {
    let policy = json!({ "daily": "50.00", "breaker": { "requests": 1000, "seconds": 1 } });
    let till = Till::on(engine, policy).await;
    let all = join_all((0..50).map(|_| till.swipe(300))).await;
    let yes = all.iter().filter(|a| a["approved"] == true).count();
    assert_eq!(yes, 16, "sixteen times three dollars fit into fifty");
    till.news(Sequence::Shuffled(5)).await;
    assert_eq!(till.agent.used_today().await, "48.00");
    till.app.must_balance().await;
}

async fn a_card_is_no_rail_for_a_payment_request(engine: Engine) {
    let till = Till::on(engine, daily("90.00")).await;
    let mut body = till.agent.request("1.00", "shop.example");
    body["rail"] = json!("card");
    let refused = till.agent.ask(&body).await.problem(400, "validation_error");
    assert!(refused.to_string().contains("at the till"), "{refused}");
}
