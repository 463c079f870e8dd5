//! Connected accounts through HTTP, on both engines, against the simulator of Stripe.

use std::time::Duration;

use bursar_base::Mode;
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Answer, Client, Org, TestApp};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, Sequence};
use serde_json::{Value, json};

on_both_engines!(
    an_owner_sets_an_account_up_and_others_pay_it,
    many_who_ask_at_once_get_one_account,
    a_lost_answer_makes_no_second_account,
    a_link_is_good_once_and_kept_nowhere,
    a_link_that_is_used_up_leads_to_another_for_owners_alone,
    what_stripe_refuses_is_said_and_can_be_put_right,
    only_owners_with_a_passkey_set_accounts_up,
);

const PATH: &str = "/dashboard/payout-account";

struct House {
    app: TestApp,
    org: Org,
}

impl House {
    async fn on(engine: Engine) -> House {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.org().await;
        House { app, org }
    }

    async fn link(&self) -> Value {
        self.org.admin().post(PATH, &json!({})).await.expect(201)
    }

    async fn shown(&self) -> Value {
        self.org.admin().get(PATH).await.expect(200)
    }

    /// What a browser finds at an address of the simulator's.
    async fn browse(&self, url: &str) -> (u16, String) {
        let client = bursar_http::outgoing::client()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let answer = client.get(url).send().await.unwrap();
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        (answer.status().as_u16(), location.unwrap_or_default().to_owned())
    }
}

async fn an_owner_sets_an_account_up_and_others_pay_it(engine: Engine) {
    for told in [true, false] {
        let house = House::on(engine).await;
        house.org.admin().get(PATH).await.problem(404, "not_found");
        let begun = house.org.admin().post(PATH, &json!({ "country": "BR" })).await.expect(201);
        let account = begun["stripe_account"].as_str().unwrap().to_owned();
        assert_eq!(begun["details_submitted"], false);
        assert_eq!(house.app.sim().made_accounts()[0].country, "BR");
        assert_eq!(
            house.shown().await["due"],
            json!(["business_type", "external_account", "tos_acceptance.date"])
        );
        assert!(house.app.sim().onboard(&account));
        if told {
            let statuses = house.app.sim().deliver_new(Sequence::Shuffled(1), 2).await;
            assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
            house.app.sim().fail_next(Operation::RetrieveAccount, Fault::DropBefore);
        }
        let shown = house.shown().await;
        assert_eq!((&shown["details_submitted"], &shown["payouts_enabled"]), (&json!(true), &json!(true)));
        assert_eq!((&shown["charges_enabled"], &shown["due"]), (&json!(true), &json!([])));
        let changed = house.org.trail().await;
        assert_eq!(changed.iter().filter(|action| *action == "payout_account.changed").count(), 1);

        // Another org names it as a payee's.
        let payer = house.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
        payer.pays_with("pm_card_visa").await;
        payer.payee("shop.example", None, Some(&account)).await;
        let agent = payer.free_agent().await;
        assert_eq!(agent.paid("5.00", "shop.example").await["status"], "completed");
        assert_eq!(house.app.sim().books().charges[0].destination.as_deref(), Some(account.as_str()));
    }
}

async fn many_who_ask_at_once_get_one_account(engine: Engine) {
    let house = House::on(engine).await;
    let body = json!({});
    let asks = (0..6).map(|_| async { house.org.admin().post(PATH, &body).await });
    let answers = futures_util::future::join_all(asks).await;
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 503)), "{answers:?}");
    house.link().await;
    assert_eq!(house.app.sim().made_accounts().len(), 1);
    let created = house.org.trail().await.iter().filter(|action| *action == "payout_account.created").count();
    assert_eq!(created, 1);
}

async fn a_lost_answer_makes_no_second_account(engine: Engine) {
    for (fault, hours) in [
        (Fault::DropAfter, 0),
        (Fault::DropAfter, 25),
        (Fault::ErrorAfter, 0),
        (Fault::ErrorBefore, 0),
        (Fault::DropBefore, 25),
    ] {
        let house = House::on(engine).await;
        house.app.sim().fail_next(Operation::CreateAccount, fault.clone());
        house.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
        house.org.admin().get(PATH).await.problem(404, "not_found");
        house.app.advance(Duration::from_secs(hours * 3_600));
        house.link().await;
        assert_eq!(house.app.sim().made_accounts().len(), 1, "{fault:?} {hours}");
    }
}

async fn a_link_is_good_once_and_kept_nowhere(engine: Engine) {
    let house = House::on(engine).await;
    let answer = house.org.admin().post(PATH, &json!({})).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let begun = answer.expect(201);
    let url = begun["onboarding_url"].as_str().unwrap();
    assert_eq!(begun["expires_at"], "2026-09-21T14:18:20Z");
    assert_ne!(house.link().await["onboarding_url"], url, "each is fresh");
    house.app.at_rest().await;
    let token = url.rsplit('/').next().unwrap();
    let kept = house.app.all_texts().await;
    assert!(kept.iter().all(|text| !text.contains(token) && !text.contains("/setup/")), "a link is stored");
    assert_eq!(house.browse(url).await.0, 200);
    let (status, location) = house.browse(url).await;
    assert_eq!(status, 303);
    assert!(location.ends_with("/v1/payout-account/refresh"), "{location}");
    assert!(house.app.open(&location).await.page(200).contains("This link is used up"));
}

async fn a_link_that_is_used_up_leads_to_another_for_owners_alone(engine: Engine) {
    let house = House::on(engine).await;
    house.link().await;
    let press = async |client: &Client| -> Answer { client.post_form("/payout-account/refresh", &[]).await };
    assert_eq!(house.app.client().get("/payout-account/refresh").await.status, 200);
    assert_eq!(press(&house.app.client()).await.status, 401);
    let careless = house.app.session_of(&house.org.owner, false).await;
    assert!(press(&careless).await.page(403).contains("this needs your passkey once more"));
    let owner = house.app.session_of(&house.org.owner, true).await;
    let went = press(&owner).await;
    assert_eq!(went.status, 303);
    assert_eq!(house.browse(went.header("location")).await.0, 200);
    assert_eq!(house.app.sim().made_accounts().len(), 1);
    assert!(
        house.app.client().get("/payout-account/back").await.page(200).contains("You are back from Stripe")
    );
}

async fn what_stripe_refuses_is_said_and_can_be_put_right(engine: Engine) {
    let house = House::on(engine).await;
    house.org.admin().post(PATH, &json!({ "country": "usa" })).await.names("country");
    house.org.admin().post(PATH, &json!({ "iban": "x" })).await.names("iban");
    let refused =
        house.org.admin().post(PATH, &json!({ "country": "XX" })).await.problem(422, "stripe_refused");
    assert!(refused["detail"].as_str().unwrap().contains("'XX' is unknown"), "{refused}");
    let begun = house.org.admin().post(PATH, &json!({ "country": "DE" })).await.expect(201);
    assert_eq!(house.app.sim().made_accounts()[0].country, "DE");
    assert_eq!(house.shown().await["stripe_account"], begun["stripe_account"]);
}

async fn only_owners_with_a_passkey_set_accounts_up(engine: Engine) {
    let house = House::on(engine).await;
    house.org.member("val@acme.example", Role::Viewer).await;
    let owner = house.app.session_of(&house.org.owner, false).await;
    owner.post(PATH, &json!({})).await.problem(403, "step_up_required");
    house.link().await;
    let viewer = house.app.session_of("val@acme.example", true).await;
    assert_eq!(viewer.get(PATH).await.expect(200)["details_submitted"], false);
    viewer.post(PATH, &json!({})).await.problem(403, "forbidden");
    let stranger = house.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
    stranger.admin().get(PATH).await.problem(404, "not_found");
    let live = house.app.new_org("Live", "owner@live.example", Mode::Live, "UTC").await;
    live.admin().post(PATH, &json!({})).await.problem(409, "no_stripe");
}
