//! Payments from many tasks while the switch is pressed, and a process that dies in the middle.

use std::time::Duration;

use bursar_store::events::Event;
use bursar_store::{Engine, jobs};
use bursar_testkit::app::{Agent, Org, Roles, TestApp};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

use super::switch::{acknowledged, part};

on_both_engines!(
    nothing_is_allowed_behind_the_answers_audit_entry,
    a_process_that_dies_in_the_middle_goes_on,
    what_was_asked_for_after_it_went_on_stays,
);

/// What allows money to go, or to wait for somebody's yes.
const ALLOWING: [&str; 4] = ["payment.approved", "payment.executing", "approval.asked", "approval.approved"];

async fn entries(app: &TestApp, org: &Org) -> Vec<Event> {
    let mut tx = app.spend().identity.db.read().await.unwrap();
    let sql = "SELECT * FROM events WHERE org_id = $1 ORDER BY seq";
    let rows = tx.rows(sql, &[org.id.as_str().into()]).await.unwrap();
    rows.iter().map(|row| Event::from_row(row).unwrap()).collect()
}

async fn nothing_is_allowed_behind_the_answers_audit_entry(engine: Engine) {
    for whole_org in [true, false] {
        let app = TestApp::on(engine).setting("BURSAR_BREAKER_REQUESTS", "100000").start().await;
        let org = app.org().await;
        let agents = [org.free_agent().await, org.agent(json!({ "approve_above": "0.50" })).await];
        let (begun, ready) = tokio::sync::mpsc::unbounded_channel();
        let payers =
            agents.iter().cycle().take(8).map(|agent| tokio::spawn(paying(agent.clone(), begun.clone())));
        let payers: Vec<_> = payers.collect();
        let mut ready = ready;
        for _ in 0..16 {
            ready.recv().await.expect("payments go through before the switch is pressed");
        }
        let mut body = json!({ "reason": "stop" });
        if !whole_org {
            body["agent_id"] = json!(agents[0].id);
        }
        let pressed = org.admin().post("/dashboard/freeze", &body).await.expect(200);
        if !whole_org {
            body["agent_id"] = json!(agents[1].id);
            org.admin().post("/dashboard/freeze", &body).await.expect(200);
        }
        for payer in payers {
            payer.await.expect("a payer ends when it is frozen");
        }
        acknowledged(&org, &pressed).await;
        let seq = pressed["audit_entry"].as_i64().unwrap();
        let entries = entries(&app, &org).await;
        let frozen = entries.iter().find(|entry| entry.seq == seq).unwrap();
        assert!(frozen.action.ends_with(".frozen"), "{frozen:?}");
        let allowed = |entry: &&Event| {
            let concerns = whole_org || entry.agent_id.as_deref() == Some(agents[0].id.as_str());
            concerns && ALLOWING.contains(&entry.action.as_str())
        };
        let (before, behind): (Vec<_>, Vec<_>) =
            entries.iter().filter(allowed).partition(|entry| entry.seq < seq);
        assert!(!before.is_empty(), "something was allowed before");
        assert!(behind.is_empty(), "allowed behind entry {seq}: {behind:#?}");
        app.must_balance().await;
    }
}

/// Pays until it is refused as frozen.
async fn paying(agent: Agent, begun: tokio::sync::mpsc::UnboundedSender<()>) {
    loop {
        let answer = agent.pay("0.60", "shop.example").await;
        let _ = begun.send(()); // whoever counts has enough
        match answer.status.as_u16() {
            200 | 202 => {}
            402 => {
                let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
                // What was allowed and is answered after it was withdrawn says so.
                if code != "cancelled" {
                    assert!(code.ends_with("_frozen"), "{}", answer.text());
                    return;
                }
            }
            _ => panic!("{}", answer.text()),
        }
    }
}

async fn a_process_that_dies_in_the_middle_goes_on(engine: Engine) {
    let app = TestApp::on(engine).roles(Roles { api: true, worker: false }).start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "approve_above": "1.00" })).await;
    for _ in 0..5 {
        agent.pending("2.00", "a.example").await;
    }
    let pressed = org.admin().post("/dashboard/freeze", &json!({ "reason": "stop" })).await.expect(200);
    assert_eq!(
        (&pressed["status"], &part(&pressed, "approvals")["left"]),
        (&json!("still_trying"), &json!(5))
    );
    // A worker takes the job, withdraws a part of it, and is never heard of again.
    let spend = app.spend();
    let claimed = jobs::claim(&spend.identity.db, &*spend.identity.clock, 100).await.unwrap();
    assert!(claimed.iter().any(|job| job.kind == "freeze"), "{claimed:?}");
    let first = org.admin().get("/dashboard/transactions?limit=2").await.expect(200);
    for payment in first["data"].as_array().unwrap() {
        let id = payment["transaction_id"].as_str().unwrap().parse().unwrap();
        let step = bursar_money::funnel::Step::Withdraw;
        spend.change((&org.id, &id), step, "freeze", None).await.unwrap();
    }
    let path = format!("/dashboard/freeze/{}", pressed["freeze_id"].as_str().unwrap());
    let halfway: Value = org.admin().get(&path).await.expect(200);
    let approvals = part(&halfway, "approvals");
    assert_eq!(
        (&approvals["status"], &approvals["done"], &approvals["left"]),
        (&json!("still_trying"), &json!(2), &json!(3))
    );
    app.advance(bursar_base::limits::JOB_LEASE + Duration::from_secs(1));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(bursar_spend::worker::run(app.spend(), stopped));
    let done = acknowledged(&org, &pressed).await;
    assert_eq!(
        (&part(&done, "approvals")["done"], &part(&done, "approvals")["left"]),
        (&json!(5), &json!(0))
    );
    stop.send_replace(true);
    workers.await.unwrap();
    app.must_balance().await;
}

/// The job of a freeze may run, or come back, after somebody let the org go on.
async fn what_was_asked_for_after_it_went_on_stays(engine: Engine) {
    let app = TestApp::on(engine).roles(Roles { api: true, worker: false }).start().await;
    let org = app.org().await;
    let agent = org.agent(json!({ "approve_above": "1.00" })).await;
    org.admin().post("/dashboard/freeze", &json!({ "reason": "stop" })).await.expect(200);
    org.admin().post("/dashboard/unfreeze", &json!({ "reason": "go on" })).await.expect(200);
    let pending = agent.pending("2.00", "a.example").await;
    let id = pending["transaction_id"].as_str().unwrap();
    let step = bursar_money::funnel::Step::Withdraw;
    app.spend().change((&org.id, &id.parse().unwrap()), step, "freeze", None).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(bursar_spend::worker::run(app.spend(), stopped));
    app.at_rest().await;
    assert_eq!(org.payment(id).await["status"], "pending");
    stop.send_replace(true);
    workers.await.unwrap();
    app.must_balance().await;
}
