//! Many hands on one payment: one ending.

use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use serde_json::json;

use super::{A_DAY, Asked};

on_both_engines!(yes_no_cancel_and_freeze_at_once_have_one_ending, a_yes_against_the_deadline_has_one_ending,);

async fn yes_no_cancel_and_freeze_at_once_have_one_ending(engine: Engine) {
    let asked = Asked::on(engine).await;
    let (approve, decline) = (asked.approve(), asked.decline());
    let path = format!("/transactions/{}/cancel", asked.id);
    let client = asked.agent.client();
    let (yes, no, cancel, _) = tokio::join!(
        asked.app.press(&approve, ""),
        asked.app.press(&decline, ""),
        client.post_empty(&path),
        asked.agent.freeze(),
    );
    let ended = asked.agent.settled(&asked.id).await;
    let status = ended["status"].as_str().unwrap();
    assert!(["completed", "declined", "cancelled"].contains(&status), "{ended:#}");
    let used = asked.agent.used_today().await;
    assert_eq!(used, if status == "completed" { "42.00" } else { "0.00" }, "{ended:#}");
    for answer in [&yes, &no, &cancel] {
        assert!([200, 409].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    let trail = asked.org.trail().await;
    let endings = ["approval.declined", "payment.cancelled", "payment.completed"];
    let count = trail.iter().filter(|action| endings.contains(&action.as_str())).count();
    assert_eq!(count, 1, "{trail:?}");
    asked.app.must_balance().await;
}

async fn a_yes_against_the_deadline_has_one_ending(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.app.advance(A_DAY - std::time::Duration::from_micros(1));
    let link = asked.approve();
    let late = async {
        asked.app.advance(std::time::Duration::from_micros(1));
    };
    let (pressed, ()) = tokio::join!(asked.app.press(&link, ""), late);
    assert!([200, 409].contains(&pressed.status.as_u16()), "{}", pressed.text());
    let ended = asked.agent.settled(&asked.id).await;
    let status = ended["status"].as_str().unwrap();
    assert!(["completed", "timed_out"].contains(&status), "{ended:#}");
    let listed = asked.org.listed(&asked.agent).await;
    let used = if status == "completed" { "42.00" } else { "0.00" };
    assert_eq!(listed["lifetime"]["used"], json!(used));
    asked.app.must_balance().await;
}
