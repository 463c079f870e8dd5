//! Claiming and refusing: by whom, into which org, once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bursar_base::Mode;
use bursar_store::Engine;
use bursar_testkit::app::{Person, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::Receiver;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

on_both_engines!(
    a_first_time_owner_claims_a_bot_and_gets_an_org,
    an_owner_claims_into_the_org_they_have_with_limits,
    a_token_is_good_once_and_for_one_of_two,
    the_mails_own_token_claims_too_and_a_fresh_one_is_sent,
    a_bot_that_named_you_waits_in_your_list_and_in_nobody_elses,
    who_does_not_know_a_bot_refuses_it,
    a_live_bot_goes_into_no_test_org,
    tokens_cannot_be_guessed,
    an_admin_key_claims_for_its_org,
    a_signed_request_of_a_claimed_bot_is_good,
    a_bot_hears_at_its_callback_url_that_it_was_claimed,
);

fn token_of(bot: &Value) -> Value {
    json!({ "claim_token": bot["claim_token"] })
}

async fn a_first_time_owner_claims_a_bot_and_gets_an_org(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let ana = app.sign_in("ana@example.com").await;
    assert_eq!(ana.session().await["org"], json!(null));
    ana.browser.get("/dashboard/agents").await.problem(403, "no_org");
    let claimed = ana.browser.post("/bots/claim", &token_of(&bot)).await.expect(200);
    assert_eq!((&claimed["org_created"], &claimed["status"]), (&json!(true), &json!("active")));
    assert_eq!((&claimed["bot_id"], &claimed["asks_for_everything"]), (&bot["bot_id"], &json!(true)));
    let session = ana.session().await;
    assert_eq!((&session["org"]["org_id"], &session["org"]["role"]), (&claimed["org_id"], &json!("owner")));
    let client = app.client().with_key(bot["api_key"].as_str().unwrap());
    assert_eq!(client.get("/bots/status").await.expect(200)["status"], "active");
    let pay =
        json!({ "amount": "1.00", "merchant": "shop.example", "purpose": "a book", "idempotency_key": "1" });
    // There is no money yet, and no rule that says so: the wallet does.
    client.post("/payment-request", &pay).await.problem(402, "insufficient_funds");
    let agents = ana.browser.get("/dashboard/agents").await.expect(200);
    assert_eq!(
        (&agents["data"][0]["name"], &agents["data"][0]["approve_above"]),
        (&json!("Reader"), &json!("0.00"))
    );
    app.must_balance().await;
}

async fn an_owner_claims_into_the_org_they_have_with_limits(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let bot = app.register_bot("Reader", &org.owner).await;
    let owner = app.sign_in(&org.owner).await;
    let mut body = token_of(&bot);
    body["limits"] = json!({ "daily": "20.00", "approve_above": "5.00" });
    owner.browser.post("/bots/claim", &body).await.problem(403, "step_up_required");
    owner.step_up().await;
    body["limits"]["daily"] = json!("a lot");
    owner.browser.post("/bots/claim", &body).await.names("limits.daily");
    body["limits"]["daily"] = json!("20.00");
    let claimed = owner.browser.post("/bots/claim", &body).await.expect(200);
    assert_eq!((&claimed["org_id"], &claimed["org_created"]), (&json!(org.id), &json!(false)));
    let client = app.client().with_key(bot["api_key"].as_str().unwrap());
    let pay = |amount: &str, key: &str| json!({ "amount": amount, "merchant": "shop.example", "purpose": "books", "idempotency_key": key });
    client.post("/payment-request", &pay("5.00", "1")).await.expect(200);
    client.post("/payment-request", &pay("6.00", "2")).await.expect(202);
    client.post("/payment-request", &pay("10.00", "3")).await.problem(402, "daily_exceeded");
    assert!(org.trail().await.iter().any(|action| action == "agent.claimed"));
    app.must_balance().await;
}

async fn a_token_is_good_once_and_for_one_of_two(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let people = [app.sign_in("ana@example.com").await, app.sign_in("ben@example.com").await];
    let body = token_of(&bot);
    let claims = people.iter().map(|person| person.browser.post("/bots/claim", &body));
    let answers = futures_util::future::join_all(claims).await;
    let won = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(won, 1, "{:?}", answers.iter().map(|answer| answer.text()).collect::<Vec<_>>());
    let counts = app.row_counts().await;
    assert_eq!((counts["agents"], counts["keys"], counts["claim_tokens"]), (1, 1, 0));
    for person in &people {
        person.browser.post("/bots/claim", &token_of(&bot)).await.problem(400, "invalid_claim_token");
    }
    app.must_balance().await;
}

async fn the_mails_own_token_claims_too_and_a_fresh_one_is_sent(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let first = app.mails().wait("ana@example.com", "Is Reader your bot?").await;
    let ana = app.sign_in("ana@example.com").await;
    let path = format!("/dashboard/bots/{}/resend", bot["bot_id"].as_str().unwrap());
    ana.browser.post_empty(&path).await.expect(202);
    let fresh = bursar_testkit::app::eventually(Duration::from_secs(20), || async {
        let mut mails = app.mails().to("ana@example.com");
        mails.retain(|mail| mail.subject.contains("Is Reader your bot?") && mail.text != first.text);
        mails.pop()
    });
    let fresh = fresh.await.expect("a fresh mail comes").link("/claim?token=");
    let (_, token) = fresh.split_once("token=").unwrap();
    // As somebody would type it.
    let typed = token.to_uppercase().replace('-', " ");
    ana.browser.post("/bots/claim", &json!({ "claim_token": typed })).await.expect(200);
    ana.browser.post_empty(&path).await.problem(409, "already_decided");
}

async fn waiting_of(person: &Person) -> Vec<(String, String)> {
    let list = person.browser.get("/dashboard/bots").await.expect(200);
    let text = |bot: &Value, field: &str| bot[field].as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(|bot| (text(bot, "bot_name"), text(bot, "status"))).collect()
}

async fn a_bot_that_named_you_waits_in_your_list_and_in_nobody_elses(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let (ana, eve) = (app.sign_in("ana@example.com").await, app.sign_in("eve@example.com").await);
    assert_eq!(waiting_of(&ana).await, [("Reader".to_owned(), "pending".to_owned())]);
    assert!(waiting_of(&eve).await.is_empty());
    let path = |verb: &str| format!("/dashboard/bots/{}/{verb}", bot["bot_id"].as_str().unwrap());
    for verb in ["claim", "refuse", "resend"] {
        eve.browser.post(&path(verb), &json!({})).await.problem(404, "not_found");
    }
    ana.browser.post(&path("claim"), &json!({})).await.expect(200);
    assert_eq!(waiting_of(&ana).await, [("Reader".to_owned(), "claimed".to_owned())]);
}

async fn who_does_not_know_a_bot_refuses_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let ana = app.sign_in("ana@example.com").await;
    let path = format!("/dashboard/bots/{}/refuse", bot["bot_id"].as_str().unwrap());
    assert_eq!(ana.browser.post_empty(&path).await.expect(200)["status"], "refused");
    assert!(waiting_of(&ana).await.is_empty());
    let client = app.client().with_key(bot["api_key"].as_str().unwrap());
    assert_eq!(client.get("/bots/status").await.expect(200)["status"], "refused");
    ana.browser.post("/bots/claim", &token_of(&bot)).await.problem(400, "invalid_claim_token");
    ana.browser.post_empty(&path).await.problem(409, "already_decided");
}

async fn a_live_bot_goes_into_no_test_org(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_BOT_MODE", "live").start().await;
    let org = app.org().await;
    let bot = app.register_bot("Reader", &org.owner).await;
    assert!(bot["api_key"].as_str().unwrap().starts_with("bur_live_"));
    let owner = app.sign_in(&org.owner).await;
    let mut body = token_of(&bot);
    body["org_id"] = json!(org.id);
    owner.browser.post("/bots/claim", &body).await.problem(409, "mode_mismatch");
    let claimed = owner.browser.post("/bots/claim", &token_of(&bot)).await.expect(200);
    assert_eq!(claimed["org_created"], json!(true));
    let live = app.new_org("Live", "ben@example.com", Mode::Live, "UTC").await;
    body["org_id"] = json!(live.id);
    owner.browser.post("/bots/claim", &body).await.problem(400, "invalid_claim_token");
}

async fn tokens_cannot_be_guessed(engine: Engine) {
    let app = TestApp::start(engine).await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let eve = app.sign_in("eve@example.com").await;
    for n in 0..10 {
        let guess = json!({ "claim_token": format!("coral-2222222{}", 2 + n % 8) });
        eve.browser.post("/bots/claim", &guess).await.problem(400, "invalid_claim_token");
    }
    // Not even the right one is looked up any more.
    eve.browser.post("/bots/claim", &token_of(&bot)).await.problem(429, "rate_limited");
    app.sign_in("ana@example.com").await.browser.post("/bots/claim", &token_of(&bot)).await.expect(200);
}

async fn an_admin_key_claims_for_its_org(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let bot = app.register_bot("Reader", "ana@example.com").await;
    let agent = org.free_agent().await;
    agent.client().post("/bots/claim", &token_of(&bot)).await.problem(403, "forbidden");
    app.client().post("/bots/claim", &token_of(&bot)).await.problem(401, "missing_credentials");
    let mut body = token_of(&bot);
    body["limits"] = json!({ "daily": "20.00" });
    let claimed = org.signing().post("/bots/claim", &body).await.expect(200);
    assert_eq!(claimed["org_id"], json!(org.id));
    app.must_balance().await;
}

async fn a_signed_request_of_a_claimed_bot_is_good(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let bot = app.register_bot("Reader", &org.owner).await;
    let mut body = token_of(&bot);
    body["limits"] = json!({ "daily": "20.00" });
    org.admin().post("/bots/claim", &body).await.expect(200);
    let keys = org.keys().await;
    let key = keys.iter().find(|key| key.agent_id.is_some()).expect("the bot's key is a key now");
    let signing = app.client().signing(key.key_id.as_str(), bot["api_key"].as_str().unwrap());
    let pay =
        json!({ "amount": "1.00", "merchant": "shop.example", "purpose": "a book", "idempotency_key": "1" });
    signing.post("/payment-request", &pay).await.expect(200);
}

async fn a_bot_hears_at_its_callback_url_that_it_was_claimed(engine: Engine) {
    let receiver = Receiver::start().await;
    let app = TestApp::on(engine).setting("BURSAR_WEBHOOK_ALLOW", &receiver.pair()).start().await;
    let mut body = json!({ "bot_name": "Reader", "owner_email": "ana@example.com" });
    for inside in ["https://10.0.0.1/hook", "http://bot.example/hook", "https://me:secret@bot.example/hook"] {
        body["callback_url"] = json!(inside);
        app.client().post("/bots/register", &body).await.names("callback_url");
    }
    body["callback_url"] = json!(receiver.url("/hook"));
    let bot = app.client().post("/bots/register", &body).await.expect(201);
    let ana = app.sign_in("ana@example.com").await;
    ana.browser.post("/bots/claim", &token_of(&bot)).await.expect(200);
    let heard = receiver.wait_for("claimed").await;
    assert_eq!((heard.path.as_str(), &heard.json()["data"]["bot_id"]), ("/hook", &bot["bot_id"]));
    // Signed with the secret that the bot was shown before anybody owned it.
    let secret = bot["webhook_secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(secret).unwrap()).unwrap();
    mac.update(format!("{}.{}.{}", heard.id(), heard.header("webhook-timestamp"), heard.body).as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert!(heard.header("webhook-signature").split(' ').any(|one| one == signature), "{heard:?}");
}
