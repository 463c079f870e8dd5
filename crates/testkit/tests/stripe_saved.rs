//! Customers, pages on which payment methods are saved, and the payment methods, at the Stripe simulator over plain HTTP.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use bursar_testkit::stripe::{SavedAs, StripeSim};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const SETUP: &str = "mode=setup&customer=cus_demo&currency=usd&success_url=http://shop.example/done\
    &cancel_url=http://shop.example/&metadata[a]=1&setup_intent_data[metadata][b]=2";

struct Bench {
    sim: StripeSim,
    http: Client,
}

impl Bench {
    async fn new() -> Bench {
        // First, because it sets up what clients need.
        let sim = StripeSim::start().await.unwrap();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Bench { sim, http: http.unwrap() }
    }

    fn call(&self, method: Method, path: &str, form: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.sim.url())).bearer_auth("sk_test_x");
        request.header("Content-Type", "application/x-www-form-urlencoded").body(form.to_owned())
    }

    async fn post(&self, path: &str, form: &str) -> (u16, Value) {
        answer(self.call(Method::POST, path, form)).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.call(Method::GET, path, "")).await
    }

    async fn setup(&self) -> (String, String) {
        let (status, session) = self.post("/v1/checkout/sessions", SETUP).await;
        assert_eq!(status, 200, "{session}");
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        (text("id"), text("url"))
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn code(error: &Value) -> &str {
    error["error"]["code"].as_str().or(error["error"]["type"].as_str()).unwrap()
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let bench = Bench::new().await;
    for (form, expected) in [
        (format!("{SETUP}&colour=red"), "parameter_unknown"),
        (SETUP.replace("currency=usd&", ""), "parameter_missing"),
        (SETUP.replace("currency=usd", "currency=usx"), "invalid_request_error"),
        (SETUP.replace("cus_demo", "cus_nobody"), "resource_missing"),
        (SETUP.replace("success_url=http://shop.example/done&", ""), "parameter_missing"),
        (format!("{SETUP}&line_items[0][quantity]=1"), "simulator_not_played"),
        (format!("{SETUP}&setup_intent_data[description]=x"), "simulator_not_played"),
        (format!("{SETUP}&setup_intent_data[usage]=off_session"), "parameter_unknown"),
        (format!("{SETUP}&expires_at={}", bench.sim.now().seconds() + 29 * 60), "invalid_request_error"),
    ] {
        let (status, error) = bench.post("/v1/checkout/sessions", &form).await;
        assert_eq!((status, code(&error)), (400, expected), "{form}: {error}");
    }
    for (path, form, expected) in [
        ("/v1/customers", "colour=red", (400, "parameter_unknown")),
        ("/v1/customers", "phone=1", (400, "simulator_not_played")),
        ("/v1/payment_methods/pm_nobody/detach", "", (404, "resource_missing")),
    ] {
        let (status, error) = bench.post(path, form).await;
        assert_eq!((status, code(&error)), expected, "{path} {form}");
    }
    assert_eq!(bench.get("/v1/payment_methods/pm_nobody").await.0, 404);
    assert_eq!(bench.sim.setups(), []);
}

#[tokio::test]
async fn a_payment_method_is_saved_by_a_button_charged_and_detached() {
    let bench = Bench::new().await;
    let (id, url) = bench.setup().await;
    let page = bench.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Save a card") && page.contains("http://shop.example/"), "{page}");
    let press = |with: &str| {
        let form = format!("with={with}");
        bench.http.post(&url).header("Content-Type", "application/x-www-form-urlencoded").body(form)
    };
    let refused = press("card_refused").send().await.unwrap();
    assert!(refused.text().await.unwrap().contains("declined"));
    let saved = press("card").send().await.unwrap();
    assert_eq!(
        (saved.status(), &saved.headers()["location"]),
        (StatusCode::SEE_OTHER, &"http://shop.example/done".parse().unwrap())
    );
    let session = bench.get(&format!("/v1/checkout/sessions/{id}?expand[]=setup_intent")).await.1;
    let seen = json!([session["status"], session["payment_status"], session["mode"], session["url"]]);
    assert_eq!(seen, json!(["complete", "no_payment_required", "setup", null]));
    let intent = &session["setup_intent"];
    assert_eq!(
        json!([intent["status"], intent["usage"], intent["metadata"]]),
        json!(["succeeded", "off_session", { "b": "2" }])
    );
    let method = intent["payment_method"].as_str().unwrap();
    let path = format!("/v1/payment_methods/{method}");
    assert_eq!(bench.get(&path).await.1["customer"], "cus_demo");
    let pay = format!(
        "amount=500&currency=usd&customer=cus_demo&payment_method={method}&confirm=true&off_session=true\
         &automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
    );
    assert_eq!(bench.post("/v1/payment_intents", &pay).await.1["status"], "succeeded");
    let others = pay.replace("cus_demo", "cus_second");
    assert_eq!(bench.post("/v1/payment_intents", &others).await.0, 400, "it is another customer's");
    assert_eq!(bench.post(&format!("{path}/detach"), "").await.1["customer"], Value::Null);
    assert_eq!(bench.post(&format!("{path}/detach"), "").await.0, 400);
    assert_eq!(bench.post("/v1/payment_intents", &pay).await.0, 400, "it is nobody's");
    let kinds: Vec<String> = bench.sim.events().iter().map(|event| event.kind.clone()).collect();
    for kind in [
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
        "payment_method.detached",
    ] {
        assert_eq!(kinds.iter().filter(|found| *found == kind).count(), 1, "{kind} in {kinds:?}");
    }
}

#[tokio::test]
async fn customers_are_listed_until_they_are_deleted() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        let made = bench.post("/v1/customers", &format!("metadata[name]={name}&description=x")).await.1;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let listed = bench.get("/v1/customers?limit=1").await.1;
    assert_eq!((&listed["data"][0]["id"], &listed["has_more"]), (&json!(ids[1]), &json!(true)));
    let next = bench.get(&format!("/v1/customers?limit=1&starting_after={}", ids[1])).await.1;
    assert_eq!((&next["data"][0]["metadata"]["name"], &next["has_more"]), (&json!("a"), &json!(false)));
    let later = format!("/v1/customers?created[gte]={}", bench.sim.now().seconds() + 60);
    assert_eq!(bench.get(&later).await.1["data"], json!([]));
    bench.sim.delete_customer(&ids[1]);
    assert_eq!(bench.get("/v1/customers").await.1["data"][0]["id"], ids[0].as_str());
    assert_eq!(bench.get(&format!("/v1/customers/{}", ids[1])).await.1["deleted"], true);
    assert_eq!(bench.sim.events().last().unwrap().kind, "customer.deleted");
}

#[tokio::test]
async fn a_page_ends_and_a_bank_account_is_verified_later() {
    let bench = Bench::new().await;
    let (ended, _) = bench.setup().await;
    assert_eq!(bench.post(&format!("/v1/checkout/sessions/{ended}/expire"), "").await.1["status"], "expired");
    assert_eq!(bench.sim.save_on(&ended, SavedAs::Card), None);
    let (id, _) = bench.setup().await;
    let method = bench.sim.save_on(&id, SavedAs::BankAccountUnverified).unwrap();
    let path = format!("/v1/checkout/sessions/{id}?expand[]=setup_intent");
    assert_eq!(bench.get(&path).await.1["setup_intent"]["status"], "requires_action");
    assert_eq!(bench.get(&format!("/v1/payment_methods/{method}")).await.1["customer"], Value::Null);
    assert!(bench.sim.verify(&id, true) && !bench.sim.verify(&id, true));
    assert_eq!(bench.get(&path).await.1["setup_intent"]["status"], "succeeded");
    assert_eq!(bench.get(&format!("/v1/payment_methods/{method}")).await.1["customer"], "cus_demo");
}
