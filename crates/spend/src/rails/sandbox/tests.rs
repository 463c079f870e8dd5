//! Every documented merchant of the sandbox, through HTTP, on both engines.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, eventually, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    any_other_merchant_is_paid,
    declines_fails_the_payment_and_frees_the_money,
    never_answers_leaves_it_unknown_until_a_human_resolves_it,
    answers_late_is_found_by_asking,
    answers_twice_is_paid_once,
    succeeds_after_void_is_booked_although_nothing_was_held,
    captures_more_is_booked_whole,
    captures_part_frees_the_rest,
);

struct Sandbox {
    app: TestApp,
    org: Org,
    agent: Agent,
}

impl Sandbox {
    async fn on(engine: Engine) -> Sandbox {
        let app = TestApp::start(engine).await;
        let org = app.org().await;
        let agent = org.agent(json!({ "daily": "1000.00" })).await;
        Sandbox { app, org, agent }
    }

    /// Pays 100.00.
    async fn pay(&self, merchant: &str) -> Value {
        self.agent.paid("100.00", merchant).await
    }

    /// Lets come what the rail says later, or what is asked of it.
    async fn later(&self) {
        let waits = || async { Some(self.app.row_counts().await).filter(|counts| counts["jobs"] > 0) };
        eventually(PATIENCE, waits).await.expect("a job waits for its time");
        self.app.advance(Duration::from_secs(2));
        self.app.at_rest().await;
    }

    async fn must_be(&self, payment: &Value, status: &str, posted: &str, used: &str, available: &str) {
        let payment = self.org.payment(id_of(payment)).await;
        assert_eq!(
            (&payment["status"], &payment["posted_amount"]),
            (&json!(status), &json!(posted)),
            "{payment:#}"
        );
        let listed = self.org.listed(&self.agent).await;
        assert_eq!(
            (&listed["daily"]["used"], &listed["available"]),
            (&json!(used), &json!(available)),
            "{listed:#}"
        );
        self.app.must_balance().await;
    }
}

async fn any_other_merchant_is_paid(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let paid = sandbox.pay("Corner Shop").await;
    sandbox.must_be(&paid, "completed", "100.00", "100.00", "9900.00").await;
}

async fn declines_fails_the_payment_and_frees_the_money(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let failed = sandbox.pay("declines.test").await;
    assert_eq!(failed["reason"], "sandbox_declined");
    sandbox.must_be(&failed, "failed", "0.00", "0.00", "10000.00").await;
}

async fn never_answers_leaves_it_unknown_until_a_human_resolves_it(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let unknown = sandbox.pay("never-answers.test").await;
    sandbox.later().await;
    sandbox.must_be(&unknown, "unknown", "0.00", "100.00", "9900.00").await;
    let path = format!("/dashboard/transactions/{}/resolve", id_of(&unknown));
    let body = json!({ "outcome": "failed", "evidence": "the sandbox says so" });
    sandbox.org.admin().post(&path, &body).await.expect(200);
    sandbox.must_be(&unknown, "failed", "0.00", "0.00", "10000.00").await;
}

async fn answers_late_is_found_by_asking(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let unknown = sandbox.pay("answers-late.test").await;
    assert_eq!(unknown["status"], "unknown");
    sandbox.later().await;
    sandbox.must_be(&unknown, "completed", "100.00", "100.00", "9900.00").await;
}

async fn answers_twice_is_paid_once(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let paid = sandbox.pay("answers-twice.test").await;
    sandbox.later().await;
    sandbox.must_be(&paid, "completed", "100.00", "100.00", "9900.00").await;
}

async fn succeeds_after_void_is_booked_although_nothing_was_held(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let failed = sandbox.pay("succeeds-after-void.test").await;
    assert_eq!(failed["status"], "failed");
    sandbox.later().await;
    sandbox.must_be(&failed, "failed", "100.00", "100.00", "9900.00").await;
    let mail = sandbox.app.mails().wait(&sandbox.org.owner, "100.00").await;
    assert!(mail.text.contains("succeeds-after-void"), "{}", mail.text);
}

async fn captures_more_is_booked_whole(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let paid = sandbox.pay("captures-more.test").await;
    sandbox.must_be(&paid, "completed", "125.00", "125.00", "9875.00").await;
    sandbox.app.mails().wait(&sandbox.org.owner, "25.00").await;
}

async fn captures_part_frees_the_rest(engine: Engine) {
    let sandbox = Sandbox::on(engine).await;
    let paid = sandbox.pay("captures-part.test").await;
    sandbox.must_be(&paid, "completed", "50.00", "50.00", "9950.00").await;
}
