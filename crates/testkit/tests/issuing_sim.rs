//! The simulator's side of Stripe Issuing: what it refuses, what it decides by itself, what it asks, and what becomes of it.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bursar_testkit::stripe::{Fault, Operation, Sequence, StripeSim};
use serde_json::{Value, json};

const HOLDER: &str = "type=individual&name=Ann+Owner&email=ann@acme.example&billing[address][line1]=1+Main+St\
    &billing[address][city]=Austin&billing[address][state]=TX&billing[address][postal_code]=78701\
    &billing[address][country]=US&individual[first_name]=Ann&individual[last_name]=Owner\
    &individual[card_issuing][user_terms_acceptance][date]=1790000000\
    &individual[card_issuing][user_terms_acceptance][ip]=203.0.113.7";

struct Bench {
    sim: StripeSim,
    holder: String,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Bench {
    /// A simulator with a cardholder, whose endpoint answers so to everything.
    async fn answering(status: u16, version: Option<&'static str>, answer: Value) -> Bench {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let hook = move |headers: HeaderMap, body: String| async move {
            assert!(headers.contains_key("stripe-signature"));
            hears.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            let mut response: Response = axum::Json(answer).into_response();
            *response.status_mut() = status.try_into().unwrap();
            if let Some(version) = version {
                response.headers_mut().insert("stripe-version", version.parse().unwrap());
            }
            response
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hook))).await });
        let sim = StripeSim::start().await.unwrap();
        sim.send_webhooks_to(&url, "whsec_x", false);
        let holder = text(&sim.must("/v1/issuing/cardholders", HOLDER).await["id"]);
        Bench { sim, holder, heard }
    }

    async fn saying(approved: bool) -> Bench {
        let answer = json!({ "approved": approved, "metadata": { "transaction_id": "tx_1" } });
        Bench::answering(200, Some("2026-10-28.endive"), answer).await
    }

    async fn card(&self, more: &str) -> String {
        let form = format!("cardholder={}&currency=usd&type=virtual&status=active{more}", self.holder);
        text(&self.sim.must("/v1/issuing/cards", &form).await["id"])
    }

    async fn buy(&self, card: &str, cents: i64) -> Value {
        self.sim.authorize(card, cents, "Books", "book_stores").await
    }

    /// Why the last request was decided as it was.
    fn reason(authorization: &Value) -> String {
        text(&authorization["request_history"].as_array().unwrap().last().unwrap()["reason"])
    }

    fn kinds(&self) -> Vec<String> {
        self.sim
            .events()
            .into_iter()
            .map(|event| event.kind)
            .filter(|kind| kind.starts_with("issuing"))
            .collect()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer =
            client.get(format!("{}{path}", self.sim.url())).bearer_auth("sk_test_x").send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn code((status, error): (u16, Value)) -> (u16, String) {
    let error = &error["error"];
    (status, text(if error["code"].is_string() { &error["code"] } else { &error["param"] }))
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let bench = Bench::saying(true).await;
    let card = format!("cardholder={}&currency=usd&type=virtual", bench.holder);
    let cards = "/v1/issuing/cards";
    let holders = "/v1/issuing/cardholders";
    let buys = "/v1/test_helpers/issuing/authorizations";
    let known = bench.card("").await;
    for (path, form, wanted) in [
        (cards, format!("{card}&colour=red"), "parameter_unknown"),
        (cards, format!("cardholder={}&type=virtual", bench.holder), "parameter_missing"),
        (cards, "currency=usd&type=virtual".to_owned(), "parameter_missing"),
        (cards, card.replace(&bench.holder, "ich_nobody"), "resource_missing"),
        (cards, card.replace("virtual", "physical"), "simulator_not_played"),
        (cards, card.replace("usd", "jpy"), "currency"),
        (
            cards,
            format!("{card}&spending_controls[blocked_categories][]=no_such"),
            "spending_controls[blocked_categories][0]",
        ),
        (
            cards,
            format!(
                "{card}&spending_controls[spending_limits][0][amount]=10.5&spending_controls[spending_limits][0][interval]=daily"
            ),
            "parameter_invalid_integer",
        ),
        (
            cards,
            format!(
                "{card}&spending_controls[spending_limits][0][amount]=10&spending_controls[spending_limits][0][interval]=hourly"
            ),
            "spending_controls[spending_limits][0][interval]",
        ),
        (
            cards,
            format!(
                "{card}&spending_controls[allowed_categories][]=book_stores&spending_controls[blocked_categories][]=book_stores"
            ),
            "spending_controls",
        ),
        (
            cards,
            format!("{card}&lifecycle_controls[cancel_after][payment_count]=0"),
            "parameter_invalid_integer",
        ),
        (cards, format!("{card}&replacement_for={known}"), "parameter_missing"),
        (cards, format!("{card}&replacement_for={known}&replacement_reason=lost"), "replacement_for"),
        (
            holders,
            HOLDER.replace("name=Ann+Owner&email", "name=A+name+that+no+card+can+ever+show&email"),
            "name",
        ),
        (holders, HOLDER.replace("&billing[address][state]=TX", ""), "parameter_missing"),
        (holders, HOLDER.replace("[country]=US", "[country]=USA"), "country_code_invalid"),
        (holders, format!("{HOLDER}&phone_number=555"), "phone_number"),
        (holders, HOLDER.replace("individual&name", "person&name"), "type"),
        (buys, format!("card={known}&amount=-1"), "amount"),
        (buys, format!("card={known}"), "amount"),
        (buys, "card=ic_nobody&amount=1".to_owned(), "resource_missing"),
        (buys, format!("card={known}&amount=1&currency=eur"), "currency"),
        (buys, format!("card={known}&amount=1&is_amount_controllable=true"), "simulator_not_played"),
    ] {
        assert_eq!(code(bench.sim.call(path, &form).await), (400, wanted.to_owned()), "{path} {form}");
    }
    let late = format!("/v1/issuing/cards/{known}");
    bench.sim.must(&late, "status=canceled&cancellation_reason=lost").await;
    assert_eq!(code(bench.sim.call(&late, "status=active").await), (400, "card_canceled".to_owned()));
    let unaccepted = HOLDER.split("&individual[card_issuing]").next().unwrap();
    let holder = bench.sim.must(holders, unaccepted).await;
    assert_eq!(holder["requirements"]["disabled_reason"], "requirements.past_due");
    let form = format!("cardholder={}&currency=usd&type=virtual&status=active", text(&holder["id"]));
    assert_eq!(code(bench.sim.call(cards, &form).await), (400, "outstanding_requirements".to_owned()));
}

#[tokio::test]
async fn a_number_is_told_only_to_who_asks_for_it() {
    let bench = Bench::saying(true).await;
    let card = bench.card("").await;
    let (_, plain) = bench.get(&format!("/v1/issuing/cards/{card}")).await;
    assert!(plain["number"].is_null() && plain["cvc"].is_null() && plain["last4"].is_string());
    let (_, open) = bench.get(&format!("/v1/issuing/cards/{card}?expand[]=number&expand[]=cvc")).await;
    let number = text(&open["number"]);
    assert!(number.len() == 16 && number.ends_with(&text(&open["last4"])) && text(&open["cvc"]).len() == 3);
    let told = format!("{:?}{}", bench.sim.events(), serde_json::to_string(&bench.sim.issuing()).unwrap());
    assert!(!told.contains(&number));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let live = client.get(format!("{}/v1/issuing/cards/{card}", bench.sim.url())).bearer_auth("sk_live_x");
    assert_eq!(live.send().await.unwrap().status().as_u16(), 404, "a live key sees no test card");
}

#[tokio::test]
async fn an_answer_decides_and_everything_has_its_place_in_the_books() {
    let bench = Bench::saying(true).await;
    let card = bench.card("").await;
    let bought = bench.buy(&card, 5_000).await;
    let id = text(&bought["id"]);
    assert_eq!(
        (&bought["approved"], &bought["status"], &bought["amount"]),
        (&json!(true), &json!("pending"), &json!(5_000))
    );
    assert_eq!(Bench::reason(&bought), "webhook_approved");
    assert_eq!(bought["metadata"], json!({ "transaction_id": "tx_1" }));
    let request = bench.heard.lock().unwrap()[0].clone();
    assert_eq!(request["type"], "issuing_authorization.request");
    let object = &request["data"]["object"];
    assert_eq!((&object["amount"], &object["pending_request"]["amount"]), (&json!(0), &json!(5_000)));
    assert_eq!(object["merchant_data"]["category_code"], "5942");

    let more = bench.sim.authorization(&id, "increment", "increment_amount=1000").await;
    assert_eq!(more["amount"], 6_000);
    assert_eq!(bench.heard.lock().unwrap()[1]["data"]["object"]["pending_request"]["amount"], 1_000);
    let less = bench.sim.authorization(&id, "reverse", "reverse_amount=500").await;
    assert_eq!((&less["amount"], &less["status"]), (&json!(5_500), &json!("pending")));
    let part = bench.sim.authorization(&id, "capture", "capture_amount=2000&close_authorization=false").await;
    assert_eq!((&part["amount"], &part["status"]), (&json!(3_500), &json!("pending")));
    let rest = bench.sim.authorization(&id, "capture", "capture_amount=4000").await;
    assert_eq!((&rest["amount"], &rest["status"]), (&json!(0), &json!("closed")));
    assert_eq!(rest["transactions"].as_array().unwrap().len(), 2);
    let first = text(&rest["transactions"][0]["id"]);
    let refund = |id: &str| format!("/v1/test_helpers/issuing/transactions/{id}/refund");
    let back = bench.sim.must(&refund(&first), "refund_amount=700").await;
    assert_eq!((&back["amount"], &back["authorization"]), (&json!(700), &json!(id)));
    assert_eq!(code(bench.sim.call(&refund(&first), "refund_amount=1301").await).0, 400);
    let forced = format!("card={card}&amount=900&merchant_data[name]=Air");
    let forced = bench.sim.must("/v1/test_helpers/issuing/transactions/create_force_capture", &forced).await;
    assert_eq!((&forced["amount"], &forced["authorization"]), (&json!(-900), &Value::Null));
    let gift = format!("card={card}&amount=100");
    bench.sim.must("/v1/test_helpers/issuing/transactions/create_unlinked_refund", &gift).await;
    assert!(bench.sim.capture_late(&id, 50));
    let books = bench.sim.issuing();
    assert_eq!(books.spent(&card), 2_000 + 4_000 - 700 + 900 - 100 + 50);
    assert_eq!(
        books.balance.iter().map(|line| line.amount).sum::<i64>(),
        -books.spent(&card),
        "nothing is held"
    );
    let kinds = bench.kinds();
    let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
    assert_eq!(count("issuing_authorization.created"), 1);
    assert_eq!(count("issuing_authorization.updated"), 5);
    assert_eq!(count("issuing_transaction.created"), 6);
    assert!(bench.sim.deliver_new(Sequence::Reversed, 2).await.iter().all(|status| *status == 200));
}

#[tokio::test]
async fn stripe_decides_by_itself_before_anybody_is_asked() {
    let bench = Bench::saying(true).await;
    let limits = "&spending_controls[spending_limits][0][amount]=10000&spending_controls[spending_limits][0][interval]=daily\
        &spending_controls[spending_limits][1][amount]=6000&spending_controls[spending_limits][1][interval]=per_authorization\
        &spending_controls[blocked_categories][]=betting_casino_gambling";
    let card = bench.card(limits).await;
    let bet = bench.sim.authorize(&card, 100, "Casino", "betting_casino_gambling").await;
    assert_eq!(
        (Bench::reason(&bet).as_str(), &bet["status"], &bet["amount"]),
        ("spending_controls", &json!("closed"), &json!(100))
    );
    assert_eq!(Bench::reason(&bench.buy(&card, 6_001).await), "spending_controls");
    assert!(bench.heard.lock().unwrap().is_empty(), "nobody was asked");
    assert_eq!(Bench::reason(&bench.buy(&card, 6_000).await), "webhook_approved");
    assert_eq!(Bench::reason(&bench.buy(&card, 4_001).await), "spending_controls");
    bench.sim.advance(std::time::Duration::from_secs(24 * 60 * 60));
    assert_eq!(Bench::reason(&bench.buy(&card, 4_001).await), "webhook_approved");
    let path = format!("/v1/issuing/cards/{card}");
    let freed = bench
        .sim
        .must(&path, "spending_controls[blocked_categories]=&spending_controls[spending_limits]=")
        .await;
    assert_eq!(
        (&freed["spending_controls"]["spending_limits"], &freed["spending_controls"]["blocked_categories"]),
        (&json!([]), &Value::Null)
    );
    bench.sim.must(&path, "status=inactive").await;
    assert_eq!(Bench::reason(&bench.buy(&card, 100).await), "card_inactive");
    bench.sim.must(&path, "status=canceled&cancellation_reason=stolen").await;
    assert_eq!(Bench::reason(&bench.buy(&card, 100).await), "card_canceled");
    let again = bench.card(&format!("&replacement_for={card}&replacement_reason=stolen")).await;
    assert_eq!(bench.sim.issuing().card(&card).unwrap()["replaced_by"], again.as_str());
    bench.sim.must(&format!("/v1/issuing/cardholders/{}", bench.holder), "status=inactive").await;
    assert_eq!(Bench::reason(&bench.buy(&again, 100).await), "cardholder_inactive");
}

#[tokio::test]
async fn a_card_for_one_payment_ends_with_it() {
    let bench = Bench::saying(true).await;
    let card = bench.card("&lifecycle_controls[cancel_after][payment_count]=1").await;
    assert_eq!(bench.buy(&card, 100).await["approved"], true);
    assert_eq!(bench.sim.issuing().card(&card).unwrap()["status"], "canceled");
    assert_eq!(Bench::reason(&bench.buy(&card, 100).await), "card_canceled");
}

#[tokio::test]
async fn no_answer_and_a_wrong_one_are_decided_by_the_accounts_setting() {
    let cases = [
        (200, None, json!({ "approved": true })),
        (200, Some("2020-01-01"), json!({ "approved": true })),
        (500, Some("2026-10-28.endive"), json!({ "approved": true })),
        (200, Some("2026-10-28.endive"), json!({ "approved": "yes" })),
    ];
    for (status, version, answer) in cases {
        let bench = Bench::answering(status, version, answer).await;
        let card = bench.card("").await;
        let bought = bench.buy(&card, 100).await;
        assert_eq!((Bench::reason(&bought).as_str(), &bought["approved"]), ("webhook_error", &json!(false)));
        bench.sim.approve_late_answers(true);
        assert_eq!(bench.buy(&card, 100).await["approved"], true);
        bench.sim.ask_about_authorizations(false);
        assert_eq!(
            Bench::reason(&bench.buy(&card, 100).await),
            "card_active",
            "nobody is asked, so it passes"
        );
    }
    let bench = Bench::saying(false).await;
    let card = bench.card("").await;
    let declined = bench.buy(&card, 100).await;
    assert_eq!(
        (Bench::reason(&declined).as_str(), &declined["status"]),
        ("webhook_declined", &json!("closed"))
    );
    let again = bench.sim.ask_again(declined["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((again.reason, bench.heard.lock().unwrap().len()), ("webhook_declined", 2));
    assert_eq!(bench.sim.issuing().authorizations.len(), 1);
}

#[tokio::test]
async fn disputes_are_handed_in_and_end() {
    let bench = Bench::saying(true).await;
    let card = bench.card("").await;
    let mut disputes = Vec::new();
    for _ in 0..2 {
        let id = text(&bench.buy(&card, 1_000).await["id"]);
        let closed = bench.sim.authorization(&id, "capture", "").await;
        let transaction = text(&closed["transactions"][0]["id"]);
        let form = format!("transaction={transaction}&evidence[reason]=fraudulent");
        let dispute = bench.sim.must("/v1/issuing/disputes", &form).await;
        let submit = format!("/v1/issuing/disputes/{}/submit", text(&dispute["id"]));
        assert_eq!(
            code(bench.sim.call(&submit, "").await).1,
            "parameter_missing",
            "the network wants to know why"
        );
        let form = format!("transaction={transaction}");
        assert_eq!(bench.sim.call("/v1/issuing/disputes", &form).await.0, 400, "one at a time");
        disputes.push(text(&dispute["id"]));
    }
    let id = text(&bench.buy(&card, 1_000).await["id"]);
    let transaction = text(&bench.sim.authorization(&id, "capture", "").await["transactions"][0]["id"]);
    let form = format!(
        "transaction={transaction}&evidence[reason]=fraudulent&evidence[fraudulent][explanation]=Not+us"
    );
    let dispute = text(&bench.sim.must("/v1/issuing/disputes", &form).await["id"]);
    assert!(!bench.sim.end_issuing_dispute(&dispute, true), "it was not handed in");
    let path = format!("/v1/issuing/disputes/{dispute}/submit");
    assert_eq!(bench.sim.must(&path, "").await["status"], "submitted");
    assert!(bench.sim.end_issuing_dispute(&dispute, true));
    let (_, won) = bench.get(&format!("/v1/issuing/disputes/{dispute}")).await;
    assert_eq!(won["status"], "won");
    assert_eq!(bench.kinds().last().unwrap(), "issuing_dispute.closed");
    let (_, open) = bench.get("/v1/issuing/disputes?status=unsubmitted").await;
    assert_eq!(open["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lists_are_filtered_and_paged_newest_first() {
    let bench = Bench::saying(true).await;
    let (card, other) = (bench.card("").await, bench.card("").await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(text(&bench.buy(&card, 100).await["id"]));
    }
    bench.buy(&other, 100).await;
    bench.sim.authorization(&ids[1], "expire", "").await;
    let list = async |query: &str| bench.get(&format!("/v1/issuing/authorizations{query}")).await;
    let found = async |query: &str| {
        let (_, page) = list(query).await;
        let rows = page["data"].as_array().unwrap().clone();
        (rows.iter().map(|row| text(&row["id"])).collect::<Vec<_>>(), page["has_more"] == true)
    };
    let (a, b, c) = (ids[0].clone(), ids[1].clone(), ids[2].clone());
    assert_eq!(found(&format!("?card={card}")).await, (vec![c.clone(), b.clone(), a.clone()], false));
    assert_eq!(found(&format!("?card={card}&status=expired")).await, (vec![b.clone()], false));
    assert_eq!(found(&format!("?card={card}&limit=2")).await, (vec![c.clone(), b.clone()], true));
    assert_eq!(found(&format!("?card={card}&limit=2&starting_after={b}")).await, (vec![a.clone()], false));
    assert_eq!(found(&format!("?card={card}&limit=1&ending_before={a}")).await, (vec![b], true));
    assert_eq!(list("?status=open").await.0, 400);
    assert_eq!(list("?limit=0").await.0, 400);
    assert_eq!(list("?starting_after=iauth_nobody").await.0, 400);
    let (_, cards) = bench.get(&format!("/v1/issuing/cards?cardholder={}", bench.holder)).await;
    assert_eq!(cards["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_is_the_same_card_under_the_same_key() {
    let bench = Bench::saying(true).await;
    let client = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
    let make = || {
        let request = client.post(format!("{}/v1/issuing/cards", bench.sim.url())).bearer_auth("sk_test_x");
        let form = format!("cardholder={}&currency=usd&type=virtual", bench.holder);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("idempotency-key", "one").body(form).send()
    };
    bench.sim.fail_next(Operation::CreateCard, Fault::DropAfter);
    let lost = match make().await {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(lost, "the answer breaks off");
    let card: Value = make().await.unwrap().json().await.unwrap();
    assert_eq!(bench.sim.issuing().cards.len(), 1);
    assert_eq!(bench.sim.issuing().cards[0]["id"], card["id"]);
}
