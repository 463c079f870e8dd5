//! Payment methods through HTTP, on both engines, against the simulator of Stripe.

use std::time::Duration;

use bursar_base::{Mode, limits};
use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, eventually};
use bursar_testkit::on_both_engines;
use bursar_testkit::stripe::{Fault, Operation, SavedAs, Sequence};
use http::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_payment_method_is_saved_once_stripe_says_so_and_all_owners_are_told,
    news_that_never_comes_loses_no_payment_method,
    many_who_ask_at_once_get_one_customer_and_one_page,
    a_lost_answer_makes_no_second_customer_and_no_second_page,
    what_stripe_keeps_of_a_failure_does_not_stand_in_the_way,
    one_that_is_removed_is_charged_no_more_and_taken_away_at_stripe,
    one_that_is_saved_after_it_was_removed_does_not_stay_at_stripe,
    payments_are_charged_to_the_one_that_is_for_payments,
    one_that_expires_is_charged_no_more,
    what_is_taken_away_at_stripe_ends_here,
    a_bank_account_counts_once_it_is_verified,
    a_page_that_nobody_uses_ends_and_makes_room,
    only_owners_with_a_passkey_change_payment_methods,
    without_stripe_nothing_is_asked,
);

const PATH: &str = "/dashboard/payment-methods";

/// An org that saves payment methods, and an agent with a wallet of its own and nothing in it.
pub struct Shop {
    pub app: TestApp,
    pub org: Org,
    pub agent: Agent,
}

impl Shop {
    pub async fn on(engine: Engine) -> Shop {
        Shop::in_zone(engine, "UTC").await
    }

    pub async fn in_zone(engine: Engine, zone: &str) -> Shop {
        let app = TestApp::on(engine).stripe().start().await;
        let org = app.new_org("Acme", "owner@acme.example", Mode::Test, zone).await;
        let body = json!({ "name": "Shopper", "own_wallet": true, "limits": { "daily": "1000.00" } });
        let agent = org.new_agent(&body).await;
        Shop { app, org, agent }
    }

    /// Asks for a page: the payment method's id, and the session.
    pub async fn asked(&self) -> (String, String) {
        let begun = self.org.admin().post(PATH, &json!({})).await.expect(201);
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        (text("payment_method_id"), text("setup_url").rsplit('/').next().unwrap().to_owned())
    }

    /// Saves a payment method, and hears of it.
    pub async fn saved(&self, with: SavedAs) -> String {
        let (id, session) = self.asked().await;
        self.app.sim().save_on(&session, with).unwrap();
        self.deliver(Sequence::InOrder, 1).await;
        assert_eq!(self.method(&id).await["status"], "active");
        id
    }

    /// Says what a payment method is for.
    pub async fn uses(&self, id: &str, uses: &Value) -> bursar_testkit::app::Answer {
        self.org.admin().call(Method::PATCH, &format!("{PATH}/{id}")).json(uses).send().await
    }

    pub async fn remove(&self, id: &str) {
        assert_eq!(self.org.admin().delete(&format!("{PATH}/{id}")).await.status, 204);
    }

    /// Has everything sent that happened since, and taken.
    pub async fn deliver(&self, sequence: Sequence, copies: u32) {
        let statuses = self.app.sim().deliver_new(sequence, copies).await;
        assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }

    async fn all(&self) -> Vec<Value> {
        self.org.admin().get(PATH).await.expect(200)["data"].as_array().unwrap().clone()
    }

    pub async fn method(&self, id: &str) -> Value {
        let all = self.all().await;
        let found = all.iter().find(|method| method["payment_method_id"] == id);
        found.cloned().unwrap_or_else(|| panic!("{id} is not in {all:#?}"))
    }

    async fn at(&self, id: &str, status: &str) -> Value {
        let look = || async { Some(self.method(id).await).filter(|method| method["status"] == status) };
        match eventually(PATIENCE, look).await {
            Some(method) => method,
            None => panic!("it never became {status}: {:#}", self.method(id).await),
        }
    }

    async fn attached(&self) -> usize {
        self.app.sim().methods().iter().filter(|method| method.customer.is_some()).count()
    }
}

async fn a_payment_method_is_saved_once_stripe_says_so_and_all_owners_are_told(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        shop.org.member("second@acme.example", Role::Owner).await;
        let (id, session) = shop.asked().await;
        assert_eq!(shop.method(&id).await["status"], "open");
        let page = &shop.app.sim().setups()[0];
        let method = shop.app.sim().save_on(&session, SavedAs::Card).unwrap();

        // Coming back from Stripe saves nothing.
        let back = shop.app.open(&page.success_url).await.page(200);
        assert!(back.contains("You are back from Stripe"), "{back}");
        assert_eq!(shop.method(&id).await["status"], "open");
        shop.deliver(sequence, 2).await;
        let again = shop.app.sim().deliver(&shop.app.sim().events()).await;
        assert!(again.iter().all(|status| *status == 200), "{again:?}");
        let saved = shop.method(&id).await;
        let seen = json!([saved["status"], saved["kind"], saved["brand"], saved["last4"], saved["exp_year"]]);
        assert_eq!(seen, json!(["active", "card", "visa", "4242", 2030]));
        assert_eq!((&saved["for_topups"], &saved["for_payments"]), (&json!(false), &json!(false)));
        for owner in [shop.org.owner.as_str(), "second@acme.example"] {
            let mail = shop.app.mails().wait(owner, "A payment method was saved").await;
            assert!(mail.text.contains("4242") && mail.text.contains(&id), "{}", mail.text);
        }
        shop.app.at_rest().await;
        assert_eq!(shop.app.mails().all().len(), 2, "one mail to each");
        let trail = shop.org.trail().await;
        let count = |name: &str| trail.iter().filter(|action| *action == name).count();
        assert_eq!((count("payment_method.asked"), count("payment_method.added")), (1, 1));
        let shown = shop.org.admin().get(PATH).await.text();
        assert!(!shown.contains(&method) && !shown.contains("cus_"), "Stripe's ids are not shown: {shown}");
    }
}

async fn news_that_never_comes_loses_no_payment_method(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (id, session) = shop.asked().await;
    shop.app.sim().save_on(&session, SavedAs::Card).unwrap();
    shop.app.advance(limits::CHECKOUT_LOOK_FIRST);
    shop.at(&id, "active").await;
    shop.app.at_rest().await;
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.method(&id).await["status"], "active");
    let added = shop.org.trail().await.iter().filter(|action| *action == "payment_method.added").count();
    assert_eq!(added, 1);
}

async fn many_who_ask_at_once_get_one_customer_and_one_page(engine: Engine) {
    let shop = Shop::on(engine).await;
    let body = json!({});
    let asks = (0..6).map(|_| async { shop.org.admin().post(PATH, &body).await });
    let answers = futures_util::future::join_all(asks).await;
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 503)), "{answers:?}");
    let first = shop.asked().await;
    assert_eq!(shop.asked().await, first, "the page that is open is the page");
    assert_eq!(shop.app.sim().made_customers().len(), 1);
    assert_eq!(shop.app.sim().setups().len(), 1);
    assert_eq!(shop.app.row_counts().await["payment_methods"], 1);
}

async fn a_lost_answer_makes_no_second_customer_and_no_second_page(engine: Engine) {
    for hours_between in [0, 25] {
        let shop = Shop::on(engine).await;
        shop.app.sim().fail_next(Operation::CreateCustomer, Fault::DropAfter);
        shop.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
        shop.app.advance(Duration::from_secs(hours_between * 3_600));
        shop.app.sim().fail_next(Operation::CreateSession, Fault::DropAfter);
        shop.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
        let (id, session) = shop.asked().await;
        assert_eq!(shop.app.sim().made_customers().len(), 1, "after {hours_between} hours");
        assert_eq!(shop.app.sim().setups().len(), 1);
        shop.app.sim().save_on(&session, SavedAs::Card).unwrap();
        shop.deliver(Sequence::InOrder, 1).await;
        assert_eq!(shop.method(&id).await["status"], "active");
    }
}

async fn what_stripe_keeps_of_a_failure_does_not_stand_in_the_way(engine: Engine) {
    for fault in [Fault::ErrorBefore, Fault::ErrorAfter] {
        let shop = Shop::on(engine).await;
        shop.app.sim().fail_next(Operation::CreateCustomer, fault.clone());
        shop.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
        shop.app.sim().fail_next(Operation::CreateSession, fault.clone());
        shop.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
        let (id, session) = shop.asked().await;
        assert_eq!(shop.app.sim().made_customers().len(), 1, "{fault:?}");
        shop.app.sim().save_on(&session, SavedAs::Card).unwrap();
        shop.deliver(Sequence::InOrder, 1).await;
        assert_eq!(shop.method(&id).await["status"], "active");
    }
}

async fn one_that_is_removed_is_charged_no_more_and_taken_away_at_stripe(engine: Engine) {
    let shop = Shop::on(engine).await;
    let id = shop.saved(SavedAs::Card).await;
    shop.uses(&id, &json!({ "for_payments": true })).await.expect(200);
    let agent = shop.org.free_agent().await;
    assert_eq!(agent.paid("1.00", "shop.example").await["rail"], "stripe");
    // Stripe does not hear of it at first.
    shop.app.sim().fail_next(Operation::DetachPaymentMethod, Fault::DropBefore);
    shop.remove(&id).await;
    assert_eq!(agent.paid("1.00", "shop.example").await["rail"], "sandbox", "from that commit on");
    shop.app.mails().wait(&shop.org.owner, "A payment method was removed").await;
    shop.app.at_rest().await;
    assert_eq!(shop.attached().await, 1);
    shop.app.advance(limits::CHECKOUT_LOOK_FIRST);
    let gone = || async { (shop.attached().await == 0).then_some(()) };
    eventually(PATIENCE, gone).await.expect("it is taken away at Stripe");
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.all().await, Vec::<Value>::new());
    shop.uses(&id, &json!({ "for_payments": true })).await.problem(404, "not_found");
    assert_eq!(shop.app.sim().books().charges.len(), 1);
    shop.app.must_balance().await;
}

async fn one_that_is_saved_after_it_was_removed_does_not_stay_at_stripe(engine: Engine) {
    for sequence in [Sequence::InOrder, Sequence::Reversed] {
        let shop = Shop::on(engine).await;
        let (id, session) = shop.asked().await;
        shop.app.sim().save_on(&session, SavedAs::Card).unwrap();
        shop.remove(&id).await;
        shop.deliver(sequence, 2).await;
        let gone = || async { (shop.attached().await == 0).then_some(()) };
        eventually(PATIENCE, gone).await.expect("it is taken away at Stripe");
        assert_eq!(shop.all().await, Vec::<Value>::new());
        assert!(!shop.org.trail().await.contains(&"payment_method.added".to_owned()));

        // One whose page nobody has used cannot be used any more.
        let (id, session) = shop.asked().await;
        shop.remove(&id).await;
        shop.app.at_rest().await;
        assert_eq!(shop.app.sim().save_on(&session, SavedAs::Card), None);
    }
}

async fn payments_are_charged_to_the_one_that_is_for_payments(engine: Engine) {
    let shop = Shop::on(engine).await;
    let agent = shop.org.free_agent().await;
    let first = shop.saved(SavedAs::Card).await;
    assert_eq!(agent.paid("1.00", "shop.example").await["rail"], "sandbox", "off by default");
    let used = shop.uses(&first, &json!({ "for_payments": true })).await.expect(200);
    assert_eq!(used["for_payments"], true);
    let mail = shop.app.mails().wait(&shop.org.owner, "is charged from now on").await;
    assert!(mail.text.contains("on the rail stripe"), "{}", mail.text);
    let paid = agent.paid("2.00", "shop.example").await;
    assert_eq!((&paid["rail"], &paid["status"]), (&json!("stripe"), &json!("completed")));
    let second = shop.saved(SavedAs::CardDeclinedLater).await;
    shop.uses(&second, &json!({ "for_payments": true })).await.expect(200);
    assert_eq!(shop.method(&first).await["for_payments"], false, "one at a time");
    assert_eq!(agent.paid("3.00", "shop.example").await["status"], "failed");
    shop.uses(&second, &json!({ "for_payments": false })).await.expect(200);
    assert_eq!(agent.paid("4.00", "shop.example").await["rail"], "sandbox");
    shop.app.must_balance().await;
}

async fn one_that_expires_is_charged_no_more(engine: Engine) {
    let shop = Shop::on(engine).await;
    let id = shop.saved(SavedAs::Card).await;
    shop.uses(&id, &json!({ "for_payments": true, "for_topups": true })).await.expect(200);
    let method = shop.app.sim().methods()[0].id.clone();
    // Its bank shortens it, and lengthens it before the end.
    for (month, told) in [(10, true), (11, false)] {
        assert!(shop.app.sim().update_card(&method, month, 2026));
        if told {
            shop.deliver(Sequence::InOrder, 1).await;
            assert_eq!(shop.method(&id).await["exp_month"], month);
        }
    }
    shop.app.clock().set(bursar_base::TimeUs::parse_rfc3339("2026-11-01T00:00:00Z").unwrap());
    // By what is known here it is over; what Stripe says counts when it is asked.
    let longer = || async { (shop.method(&id).await["exp_month"] == 11).then_some(()) };
    if eventually(Duration::from_secs(1), longer).await.is_none() {
        assert_eq!(shop.method(&id).await["status"], "expired");
        shop.deliver(Sequence::InOrder, 1).await;
    }
    assert_eq!(shop.method(&id).await["status"], "active");
    shop.app.clock().set(bursar_base::TimeUs::parse_rfc3339("2026-12-01T00:00:00Z").unwrap());
    assert_eq!(shop.method(&id).await["status"], "expired");
    shop.uses(&id, &json!({ "for_topups": false })).await.problem(409, "payment_method_not_active");
    assert!(shop.app.sim().update_card(&method, 11, 2026));
    shop.deliver(Sequence::InOrder, 1).await;
    let ended = shop.method(&id).await;
    assert_eq!((&ended["status"], &ended["ended_reason"]), (&json!("ended"), &json!("it expired")));
    assert_eq!((&ended["for_topups"], &ended["for_payments"]), (&json!(false), &json!(false)));
    shop.app.mails().wait(&shop.org.owner, "A payment method has ended").await;
    let agent = shop.org.free_agent().await;
    assert_eq!(agent.paid("1.00", "shop.example").await["rail"], "sandbox");
}

async fn what_is_taken_away_at_stripe_ends_here(engine: Engine) {
    let shop = Shop::on(engine).await;
    let id = shop.saved(SavedAs::Card).await;
    shop.uses(&id, &json!({ "for_payments": true })).await.expect(200);
    let method = shop.app.sim().methods()[0].id.clone();
    assert_eq!(shop.app.sim().post(&format!("/v1/payment_methods/{method}/detach"), "").await, 200);
    shop.deliver(Sequence::InOrder, 2).await;
    let ended = shop.method(&id).await;
    assert_eq!((&ended["status"], &ended["for_payments"]), (&json!("ended"), &json!(false)));
    shop.app.mails().wait(&shop.org.owner, "A payment method has ended").await;

    let second = shop.saved(SavedAs::Card).await;
    let customer = shop.app.sim().made_customers()[0].clone();
    shop.app.sim().delete_customer(&customer);
    shop.deliver(Sequence::Reversed, 2).await;
    assert_eq!(shop.method(&second).await["status"], "ended");
    let third = shop.saved(SavedAs::Card).await;
    assert_eq!(shop.method(&third).await["status"], "active");
    assert_eq!(shop.app.sim().made_customers().len(), 2, "another one, because the first is gone");

    // A customer that is deleted without a word is noticed when it is needed.
    shop.app.sim().delete_customer(&shop.app.sim().made_customers()[1]);
    shop.org.admin().post(PATH, &json!({})).await.problem(503, "stripe_unavailable");
    shop.asked().await;
    assert_eq!(shop.app.sim().made_customers().len(), 3);
}

async fn a_bank_account_counts_once_it_is_verified(engine: Engine) {
    for (verified, told) in [(true, true), (true, false), (false, true)] {
        let shop = Shop::on(engine).await;
        let (id, session) = shop.asked().await;
        shop.app.sim().save_on(&session, SavedAs::BankAccountUnverified).unwrap();
        shop.deliver(Sequence::InOrder, 2).await;
        assert_eq!(shop.method(&id).await["status"], "checking");
        shop.uses(&id, &json!({ "for_topups": true })).await.problem(409, "payment_method_not_active");
        let other = shop.saved(SavedAs::Card).await;
        assert_ne!(other, id, "it does not stand in the way of another");
        assert!(shop.app.sim().verify(&session, verified));
        if told {
            shop.deliver(Sequence::InOrder, 1).await;
        }
        if !(told && verified) {
            shop.app.advance(limits::CHECKOUT_LOOK_MAX);
        }
        if verified {
            assert_eq!(shop.at(&id, "active").await["brand"], "STRIPE TEST BANK");
        } else {
            let trail = || async {
                shop.org.trail().await.contains(&"payment_method.ended".to_owned()).then_some(())
            };
            eventually(PATIENCE, trail).await.expect("it ends");
            assert_eq!(shop.all().await.len(), 1);
        }
    }
}

async fn a_page_that_nobody_uses_ends_and_makes_room(engine: Engine) {
    let shop = Shop::on(engine).await;
    let (_, session) = shop.asked().await;
    assert_eq!(shop.app.sim().save_on(&session, SavedAs::CardRefused), None);
    shop.app.advance(limits::CHECKOUT_OPEN_FOR + Duration::from_secs(120));
    let ended = || async { shop.all().await.is_empty().then_some(()) };
    eventually(PATIENCE, ended).await.expect("the page ends");
    let (_, another) = shop.asked().await;
    assert_ne!(session, another);
    shop.app.at_rest().await;
    assert_eq!(shop.app.mails().all(), [], "nothing was saved, so nobody needs to know");
}

async fn only_owners_with_a_passkey_change_payment_methods(engine: Engine) {
    let shop = Shop::on(engine).await;
    shop.org.member("val@acme.example", Role::Viewer).await;
    let id = shop.saved(SavedAs::Card).await;
    let path = format!("{PATH}/{id}");
    let owner = shop.app.session_of(&shop.org.owner, false).await;
    let patch = |client: &bursar_testkit::app::Client| {
        client.call(Method::PATCH, &path).json(&json!({ "for_topups": true }))
    };
    owner.post(PATH, &json!({})).await.problem(403, "step_up_required");
    patch(&owner).send().await.problem(403, "step_up_required");
    owner.delete(&path).await.problem(403, "step_up_required");
    let viewer = shop.app.session_of("val@acme.example", true).await;
    assert_eq!(viewer.get(PATH).await.expect(200)["data"][0]["payment_method_id"], id.as_str());
    patch(&viewer).send().await.problem(403, "forbidden");
    let stranger = shop.app.new_org("Other", "eve@other.example", Mode::Test, "UTC").await;
    patch(&stranger.admin()).send().await.problem(404, "not_found");
    stranger.admin().delete(&path).await.problem(404, "not_found");
    assert_eq!(stranger.admin().get(PATH).await.expect(200)["data"], json!([]));
    let stepped_up = shop.app.session_of(&shop.org.owner, true).await;
    patch(&stepped_up).send().await.expect(200);
    assert_eq!(stepped_up.delete(&path).await.status, 204);
    owner
        .call(Method::PATCH, &path)
        .json(&json!({ "for_topup": true }))
        .send()
        .await
        .problem(403, "step_up_required");
    shop.org.admin().post(PATH, &json!({ "number": "4242424242424242" })).await.names("number");
}

async fn without_stripe_nothing_is_asked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.admin().post(PATH, &json!({})).await.problem(409, "no_stripe");
    let counts = app.row_counts().await;
    assert_eq!((counts["payment_methods"], counts["stripe_customers"]), (0, 0));
}
