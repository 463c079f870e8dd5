//! The list of payments.

use std::time::Duration;

use bursar_store::Engine;
use bursar_testkit::app::{Org, TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    the_list_shows_the_newest_first_and_goes_on_by_cursor,
    the_list_is_narrowed_by_agent_status_and_time,
    what_is_no_filter_is_refused,
    an_org_sees_its_own_payments_alone,
);

async fn list(org: &Org, query: &str) -> Value {
    org.admin().get(&format!("/dashboard/transactions?{query}")).await.expect(200)
}

fn ids(list: &Value) -> Vec<String> {
    let rows = list["data"].as_array().unwrap();
    rows.iter().map(|row| id_of(row).to_owned()).collect()
}

async fn the_list_shows_the_newest_first_and_goes_on_by_cursor(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.free_agent().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        app.advance(Duration::from_secs(10));
        made.insert(0, id_of(&agent.pay("1.00", "shop.example").await.expect(200)).to_owned());
    }
    assert_eq!(ids(&list(&org, "").await), made);
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = list(&org, &query).await;
        seen.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("limit=2&cursor={cursor}");
        // What comes meanwhile changes nothing about the pages that follow.
        agent.pay("1.00", "shop.example").await.expect(200);
    }
    assert_eq!(seen, made);
    assert!(list(&org, "limit=100").await["next_cursor"].is_null());
}

async fn the_list_is_narrowed_by_agent_status_and_time(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let (one, two) = (org.free_agent().await, org.agent(json!({ "per_tx": "1.00" })).await);
    let paid = one.paid("2.00", "shop.example").await;
    app.advance(Duration::from_secs(60 * 60));
    let declined = two.pay("2.00", "shop.example").await.problem(402, "per_tx_exceeded");
    let (paid, declined) = (id_of(&paid).to_owned(), id_of(&declined).to_owned());
    for (query, expected) in [
        (format!("agent={}", one.id), vec![&paid]),
        (format!("agent={}", two.id), vec![&declined]),
        ("status=completed".to_owned(), vec![&paid]),
        ("status=declined".to_owned(), vec![&declined]),
        ("status=unknown".to_owned(), vec![]),
        ("from=2026-09-21T15:00:00Z".to_owned(), vec![&declined]),
        ("until=2026-09-21T15:00:00Z".to_owned(), vec![&paid]),
        ("from=2026-09-21T14:13:20Z&until=2026-09-21T15:13:20Z".to_owned(), vec![&paid]),
        (format!("agent={}&status=declined", one.id), vec![]),
    ] {
        assert_eq!(ids(&list(&org, &query).await).iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

async fn what_is_no_filter_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("agent=nobody", "agent"),
        ("status=gone", "status"),
        ("from=yesterday", "from"),
        ("until=2026-99-99", "until"),
        ("cursor=x", "cursor"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
    ] {
        org.admin().get(&format!("/dashboard/transactions?{query}")).await.names(field);
    }
}

async fn an_org_sees_its_own_payments_alone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ours, theirs) = (app.org().await, app.org().await);
    let agent = ours.free_agent().await;
    let paid = agent.paid("1.00", "shop.example").await;
    assert_eq!(ids(&list(&ours, "").await), [id_of(&paid)]);
    assert_eq!(ids(&list(&theirs, "").await), Vec::<String>::new());
    assert_eq!(ids(&list(&theirs, &format!("agent={}", agent.id)).await), Vec::<String>::new());
}
