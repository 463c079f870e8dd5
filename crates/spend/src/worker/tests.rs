//! Background work through HTTP, on both engines: mails that fail, and what a restart finds again.

use std::time::Duration;

use bursar_base::limits;
use bursar_store::{Engine, jobs};
use bursar_testkit::app::{PATIENCE, Roles, TestApp, eventually, id_of};
use bursar_testkit::on_both_engines;
use bursar_testkit::resend::{DOMAIN, KEY, Resend, Trouble};
use serde_json::{Value, json};

on_both_engines!(
    a_mail_that_is_never_taken_becomes_a_dead_letter_and_the_payment_shows_it,
    work_that_was_accepted_before_a_restart_is_done_after_it,
    an_approval_that_nobody_executes_in_time_is_withdrawn,
    mails_through_resend_arrive_once_and_its_key_is_kept_nowhere,
);

/// A port on which nobody listens: the discard service, which nobody runs any more.
const NO_MAIL_SERVER: &str = "smtp://127.0.0.1:9?tls=none";

async fn a_mail_that_is_never_taken_becomes_a_dead_letter_and_the_payment_shows_it(engine: Engine) {
    let app = TestApp::on(engine).setting("BURSAR_MAIL_URL", NO_MAIL_SERVER).start().await;
    let org = app.org().await;
    let mut document = json!({ "approve_above": "0.00" });
    document["approval_minutes"] = json!(30 * 24 * 60);
    let agent = org.agent(json!({})).await;
    agent.policy(&document).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let mail = || async { org.payment(id_of(&pending)).await["approval"]["mails"][0].clone() };
    let failing =
        eventually(PATIENCE, || async { Some(mail().await).filter(|mail| mail["error"].is_string()) });
    assert_eq!(failing.await.expect("the first attempt fails")["status"], "queued");
    let dead = eventually(PATIENCE, || async {
        app.advance(limits::JOB_BACKOFF_MAX);
        app.at_rest().await;
        Some(mail().await).filter(|mail| mail["status"] == "failed")
    });
    let dead = dead.await.expect("the last attempt fails");
    assert!(dead["error"].is_string() && dead["sent_at"].is_null(), "{dead:#}");
    let mut tx = app.spend().identity.db.read().await.unwrap();
    let letters = jobs::list(&mut tx, "dead", 10).await.unwrap();
    drop(tx);
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert_eq!(
        (letters[0].kind.as_str(), letters[0].attempts),
        ("mail", i64::from(limits::JOB_MAX_ATTEMPTS))
    );
    assert!(org.trail().await.contains(&"mail.failed".to_owned()));
    assert_eq!(org.payment(id_of(&pending)).await["status"], "pending");
    app.must_balance().await;
}

async fn work_that_was_accepted_before_a_restart_is_done_after_it(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    let asked: Vec<Value> = {
        let mut asked = Vec::new();
        for _ in 0..5 {
            asked.push(agent.pay("1.00", "shop.example").await.expect(200));
        }
        asked
    };
    let pending = agent.pending("20.00", "shop.example").await;
    app.restart().await;
    for payment in &asked {
        assert_eq!(agent.settled(id_of(payment)).await["status"], "completed");
    }
    let mail = app.mails().wait(&org.owner, "20.00").await;
    app.restart().await;
    app.press(&mail.link("/v1/approve/"), "").await.page(200);
    assert_eq!(agent.settled(id_of(&pending)).await["status"], "completed");
    assert_eq!(agent.used_today().await, "25.00");
    assert_eq!(app.mails().all().len(), 1, "a restart sends no mail twice");
    app.must_balance().await;
}

async fn mails_through_resend_arrive_once_and_its_key_is_kept_nowhere(engine: Engine) {
    let resend = Resend::start().await;
    let from = format!("Bursar <bursar@{DOMAIN}>");
    let app = TestApp::on(engine)
        .setting("BURSAR_MAIL_URL", &format!("resend:{KEY}"))
        .setting("BURSAR_MAIL_FROM", &from)
        .setting("BURSAR_RESEND_URL", &resend.url());
    // The first attempt is refused for now; the second is taken, and nobody hears of it.
    resend.next(Trouble::Refuse(429, "rate_limit_exceeded"));
    resend.next(Trouble::LoseTheAnswer);
    let app = app.start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "approve_above": "0.00" })).await;
    let pending = agent.pending("5.00", "shop.example").await;
    let mail = || async { org.payment(id_of(&pending)).await["approval"]["mails"][0].clone() };
    let sent = eventually(PATIENCE, || async {
        app.advance(limits::JOB_BACKOFF_FIRST);
        app.at_rest().await;
        Some(mail().await).filter(|mail| mail["status"] == "sent")
    });
    sent.await.expect("the mail is sent in the end");
    let taken = resend.taken();
    assert_eq!(taken.len(), 1, "{taken:#?}");
    assert_eq!((&taken[0].body["from"], &taken[0].body["to"]), (&json!(from), &json!([org.owner])));
    assert!(taken[0].body["text"].as_str().unwrap().contains("/v1/approve/"));
    assert!(app.all_texts().await.iter().all(|text| !text.contains(KEY)), "a key is in the database");
}

async fn an_approval_that_nobody_executes_in_time_is_withdrawn(engine: Engine) {
    // A process that answers requests and does no background work.
    let app = TestApp::on(engine).roles(Roles { api: true, worker: false }).start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "100.00" })).await;
    let asked = agent.pay("5.00", "shop.example").await.expect(200);
    assert_eq!(asked["status"], "approved");
    app.advance(limits::EXECUTE_WITHIN + Duration::from_secs(1));
    let spend = app.spend();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(bursar_spend::worker::run(spend, stopped));
    let ended = org.payment_at(id_of(&asked), "cancelled").await;
    assert_eq!(ended["reason"], "execute_by_passed");
    stop.send_replace(true);
    workers.await.unwrap();
    assert_eq!(agent.used_today().await, "0.00");
    app.must_balance().await;
}
