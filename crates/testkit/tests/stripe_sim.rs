//! The Stripe simulator by itself, over plain HTTP: what it refuses, what it keeps, and its admin routes.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::time::Duration;

use bursar_testkit::stripe::StripeSim;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const FORM: &str = "amount=500&currency=usd&customer=cus_demo&payment_method=pm_card_visa&confirm=true\
    &off_session=true&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never\
    &metadata[transaction_id]=tx_1";

struct Bench {
    sim: StripeSim,
    http: Client,
}

impl Bench {
    async fn new() -> Bench {
        Bench { sim: StripeSim::start().await.unwrap(), http: Client::builder().no_proxy().build().unwrap() }
    }

    fn create(&self, form: &str) -> RequestBuilder {
        self.http
            .post(format!("{}/v1/payment_intents", self.sim.url()))
            .bearer_auth("sk_test_x")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
    }

    async fn admin(&self, path: &str, body: Value) -> StatusCode {
        self.http.post(format!("{}/_sim/{path}", self.sim.url())).json(&body).send().await.unwrap().status()
    }

    async fn books(&self) -> Value {
        self.http.get(format!("{}/_sim/books", self.sim.url())).send().await.unwrap().json().await.unwrap()
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn refused(request: RequestBuilder) -> (u16, String) {
    let (status, body) = answer(request).await;
    let error = &body["error"];
    (status, error["code"].as_str().or(error["type"].as_str()).unwrap().to_owned())
}

#[tokio::test]
async fn requests_that_stripe_refuses_are_refused() {
    let bench = Bench::new().await;
    let url = bench.sim.url();
    let is = |status: u16, code: &str| (status, code.to_owned());
    let bare = bench.http.post(format!("{url}/v1/payment_intents")).body(FORM);
    assert_eq!(refused(bare).await, is(401, "invalid_request_error"));
    let publishable = bench.http.get(format!("{url}/v1/payment_intents")).bearer_auth("pk_test_x");
    assert_eq!(refused(publishable).await.0, 401);
    let json = bench.http.post(format!("{url}/v1/payment_intents")).bearer_auth("sk_test_x").json(&json!({}));
    assert_eq!(refused(json).await, is(400, "invalid_request_error"));
    let elsewhere = bench.http.get(format!("{url}/v1/payment_intent")).bearer_auth("sk_test_x");
    assert_eq!(refused(elsewhere).await.0, 404);
    let version = bench.create(FORM).header("Stripe-Version", "2019-01-01");
    assert_eq!(refused(version).await.0, 400);
    let long_key = bench.create(FORM).header("Idempotency-Key", "k".repeat(256));
    assert_eq!(refused(long_key).await, is(400, "idempotency_error"));
    for (form, code) in [
        (format!("{FORM}&colour=red"), "parameter_unknown"),
        (format!("{FORM}&transfer_data[to]=x"), "parameter_unknown"),
        (FORM.replace("amount=500", "amount=5.00"), "parameter_invalid_integer"),
        (FORM.replace("amount=500&", ""), "parameter_missing"),
        (FORM.replace("amount=500", "amount=49"), "amount_too_small"),
        (FORM.replace("amount=500", "amount=100000000"), "amount_too_large"),
        (FORM.replace("currency=usd", "currency=USD"), "invalid_request_error"),
        (FORM.replace("cus_demo", "cus_nobody"), "resource_missing"),
        (FORM.replace("never", "always"), "invalid_request_error"),
        (FORM.replace("confirm=true", "confirm=false"), "invalid_request_error"),
        (format!("{FORM}&capture_method=manual"), "simulator_not_played"),
    ] {
        assert_eq!(refused(bench.create(&form)).await, is(400, code), "{form}");
    }
    assert_eq!(bench.books().await["intents"], json!([]));
}

#[tokio::test]
async fn keys_are_kept_for_a_day_and_no_longer() {
    let bench = Bench::new().await;
    let keyed = |form: &str| bench.create(form).header("Idempotency-Key", "one");
    let first = answer(keyed(FORM)).await;
    let again = keyed(FORM).send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), first.1);
    assert_eq!(refused(keyed(&FORM.replace("500", "600"))).await.1, "idempotency_error");
    bench.sim.advance(Duration::from_secs(24 * 60 * 60 - 60));
    assert_eq!(answer(keyed(FORM)).await, first);
    bench.sim.advance(Duration::from_secs(60));
    assert_ne!(answer(keyed(FORM)).await.1["id"], first.1["id"]);
    assert_eq!(bench.sim.books().charged_twice(), ["tx_1"]);
    assert_eq!(bench.sim.books().paid_cents("tx_1"), 1_000);
}

#[tokio::test]
async fn everything_can_be_driven_by_hand() {
    let bench = Bench::new().await;
    let fault = json!({ "operation": "create_payment", "fault": "error_after", "times": 2 });
    assert_eq!(bench.admin("faults", fault).await, StatusCode::NO_CONTENT);
    assert_eq!(answer(bench.create(FORM)).await.0, 500);
    assert_eq!(answer(bench.create(FORM)).await.0, 500);
    let decline = json!({ "fault": "payment", "outcome": { "declines": { "code": "card_declined" } } });
    assert_eq!(bench.admin("faults", decline).await, StatusCode::NO_CONTENT);
    assert_eq!(refused(bench.create(FORM)).await, (402, "card_declined".to_owned()));
    assert!(bench.admin("faults", json!({ "fault": "unheard_of" })).await.is_client_error());

    let processing = json!({ "fault": "payment", "outcome": "processing" });
    bench.admin("faults", processing).await;
    let id = answer(bench.create(FORM)).await.1["id"].clone();
    let finish = json!({ "payment_intent": id, "succeeds": true });
    assert_eq!(bench.admin("finish", finish.clone()).await, StatusCode::NO_CONTENT);
    assert_eq!(bench.admin("finish", finish).await, StatusCode::NOT_FOUND);

    let books = bench.books().await;
    let charge = books["charges"].as_array().unwrap().iter().rfind(|charge| charge["paid"] == true).unwrap();
    assert_eq!(bench.admin("disputes", json!({ "charge": charge["id"] })).await, StatusCode::NO_CONTENT);
    assert_eq!(bench.admin("customers", json!({ "id": "cus_new" })).await, StatusCode::NO_CONTENT);
    assert_eq!(bench.admin("accounts", json!({ "id": "acct_new" })).await, StatusCode::NO_CONTENT);
    let others = format!("{}&transfer_data[destination]=acct_new", FORM.replace("cus_demo", "cus_new"));
    assert_eq!(answer(bench.create(&others)).await.0, 200);
    let before = bench.sim.now();
    assert_eq!(bench.admin("advance", json!({ "seconds": 90_000 })).await, StatusCode::OK);
    assert!(bench.sim.now().since(before) >= Duration::from_secs(90_000));
    assert_eq!(
        bench.admin("webhooks", json!({ "url": "http://127.0.0.1:1/", "secret": "s" })).await,
        StatusCode::NO_CONTENT
    );
    let how = json!({ "sequence": { "shuffled": 7 }, "copies": 2 });
    assert_eq!(bench.admin("deliver", how).await, StatusCode::OK);
    assert!(bench.sim.events().iter().all(|event| event.sent == 2));
    assert_eq!(bench.sim.requests().len(), 5);
}

const SESSION: &str = "mode=payment&client_reference_id=ours&success_url=http://shop.example/done&cancel_url=http://shop.example/\
    &line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=2500\
    &line_items[0][price_data][product_data][name]=A+%3Cbook%3E&metadata[a]=1&payment_intent_data[metadata][b]=2\
    &payment_intent_data[description]=A+book&customer_email=ann@buyer.example";

impl Bench {
    fn session(&self, form: &str) -> RequestBuilder {
        self.http
            .post(format!("{}/v1/checkout/sessions", self.sim.url()))
            .bearer_auth("sk_test_x")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
    }

    fn look(&self, id: &str) -> RequestBuilder {
        let url = format!("{}/v1/checkout/sessions/{id}?expand[]=payment_intent", self.sim.url());
        self.http.get(url).bearer_auth("sk_test_x")
    }

    fn kinds(&self) -> Vec<String> {
        self.sim.events().iter().map(|event| event.kind.clone()).collect()
    }
}

#[tokio::test]
async fn sessions_that_stripe_refuses_are_refused() {
    let bench = Bench::new().await;
    let now = bench.sim.now().seconds();
    for (form, code) in [
        (format!("{SESSION}&colour=red"), "parameter_unknown"),
        (format!("{SESSION}&line_items[0][colour]=red"), "parameter_unknown"),
        (SESSION.replace("mode=payment&", ""), "parameter_missing"),
        (SESSION.replace("mode=payment", "mode=subscription"), "simulator_not_played"),
        (SESSION.replace("mode=payment", "mode=gift"), "invalid_request_error"),
        (SESSION.replace("success_url=http://shop.example/done&", ""), "parameter_missing"),
        (SESSION.replace("success_url=http", "success_url=ftp"), "url_invalid"),
        ("mode=payment&success_url=http://shop.example/".to_owned(), "parameter_missing"),
        (SESSION.replace("[unit_amount]=2500", "[unit_amount]=25.00"), "parameter_invalid_integer"),
        (SESSION.replace("[unit_amount]=2500", "[unit_amount]=49"), "amount_too_small"),
        (SESSION.replace("[unit_amount]=2500", "[unit_amount]=100000000"), "amount_too_large"),
        (SESSION.replace("=usd", "=USD"), "invalid_request_error"),
        (SESSION.replace("[0][quantity]=1", "[0][quantity]=0"), "invalid_request_error"),
        (format!("{SESSION}&customer=cus_demo"), "invalid_request_error"),
        (format!("{SESSION}&customer=cus_nobody"), "resource_missing"),
        (SESSION.replace("ann@", "ann"), "email_invalid"),
        (format!("{SESSION}&expires_at={}", now + 29 * 60), "invalid_request_error"),
        (format!("{SESSION}&expires_at={}", now + 24 * 60 * 60 + 60), "invalid_request_error"),
        (format!("{SESSION}&allow_promotion_codes=true"), "simulator_not_played"),
        (format!("{SESSION}&payment_intent_data[capture_method]=manual"), "simulator_not_played"),
    ] {
        assert_eq!(refused(bench.session(&form)).await, (400, code.to_owned()), "{form}");
    }
    assert_eq!(bench.books().await["sessions"], json!([]));
    assert_eq!(refused(bench.look("cs_test_nobody")).await, (404, "resource_missing".to_owned()));
}

#[tokio::test]
async fn a_page_is_paid_by_its_button_as_a_browser_does_it() {
    let bench = Bench::new().await;
    let (status, session) = answer(bench.session(SESSION)).await;
    assert_eq!(status, 200, "{session}");
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("open"), &json!("unpaid")));
    assert_eq!((&session["amount_total"], &session["client_reference_id"]), (&json!(2500), &json!("ours")));
    assert_eq!(session["payment_intent"], Value::Null);
    let (id, url) = (session["id"].as_str().unwrap(), session["url"].as_str().unwrap());
    let page = bench.http.get(url).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("25.00 usd") && page.contains("A &lt;book&gt;") && page.contains(">Pay<"),
        "{page}"
    );
    let browser = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let press = |with: &'static str| {
        let form = format!("with={with}");
        browser.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(form)
    };
    let declined = press("declined_card").send().await.unwrap();
    assert_eq!(declined.status(), StatusCode::OK);
    assert!(declined.text().await.unwrap().contains("declined"));
    let paid = press("card").send().await.unwrap();
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    assert_eq!(paid.headers()["location"], "http://shop.example/done");
    let again = press("card").send().await.unwrap().text().await.unwrap();
    assert!(again.contains("all done"), "{again}");
    let session = answer(bench.look(id)).await.1;
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!((&session["payment_intent"]["status"], &session["url"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(session["payment_intent"]["metadata"], json!({ "b": "2" }));
    let last = bench.kinds().pop().unwrap();
    assert_eq!(last, "checkout.session.completed");
    assert_eq!(bench.sim.books().charges.iter().filter(|charge| charge.paid).count(), 1);
    let elsewhere = bench.http.get(format!("{}/c/pay/cs_test_x", bench.sim.url())).send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_end_and_slow_money_comes_or_does_not() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(answer(bench.session(SESSION)).await.1["id"].as_str().unwrap().to_owned());
    }
    for (id, comes) in [(&ids[0], true), (&ids[1], false)] {
        let how = json!({ "session": id, "with": "bank_transfer" });
        assert_eq!(bench.admin("pay", how).await, StatusCode::NO_CONTENT);
        let session = answer(bench.look(id)).await.1;
        assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("unpaid")));
        let finish = json!({ "payment_intent": session["payment_intent"]["id"], "succeeds": comes });
        assert_eq!(bench.admin("finish", finish).await, StatusCode::NO_CONTENT);
        let session = answer(bench.look(id)).await.1;
        let expected = if comes { ("paid", "succeeded") } else { ("unpaid", "requires_payment_method") };
        assert_eq!(session["payment_status"], expected.0);
        assert_eq!(session["payment_intent"]["status"], expected.1);
        let word = if comes { "succeeded" } else { "failed" };
        assert_eq!(bench.kinds().pop().unwrap(), format!("checkout.session.async_payment_{word}"));
    }
    let expire = |id: &str| {
        let url = format!("{}/v1/checkout/sessions/{id}/expire", bench.sim.url());
        bench.http.post(url).bearer_auth("sk_test_x")
    };
    assert_eq!(answer(expire(&ids[2])).await.1["status"], "expired");
    assert_eq!(refused(expire(&ids[2])).await.0, 400);
    assert_eq!(refused(expire(&ids[0])).await.0, 400);
    bench.sim.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(answer(bench.look(&ids[3])).await.1["status"], "expired");
    assert!(!bench.sim.pay_session(&ids[3], bursar_testkit::stripe::PaidWith::Card));
    assert_eq!(bench.kinds().iter().filter(|kind| *kind == "checkout.session.expired").count(), 2);
}
