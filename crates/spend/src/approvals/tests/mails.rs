//! Who is told, and what.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use serde_json::json;

use super::{A_DAY, Asked};

on_both_engines!(
    owners_and_approvers_are_mailed_two_links_in_text_and_html,
    nobody_deciding_in_time_ends_it_frees_the_budget_and_tells_everybody,
    a_payment_shows_whether_its_mails_were_delivered_and_agents_see_no_addresses,
    what_an_agent_writes_reaches_no_human_as_markup,
);

async fn owners_and_approvers_are_mailed_two_links_in_text_and_html(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    org.member("anna@acme.example", Role::Approver).await;
    org.member("vera@acme.example", Role::Viewer).await;
    let agent = org.agent(json!({ "daily": "100.00", "approve_above": "10.00" })).await;
    agent.pending("42.00", "shop.example").await;
    let mut links = Vec::new();
    for address in ["owner@acme.example", "anna@acme.example"] {
        let mail = app.mails().wait(address, "42.00").await;
        for part in ["/v1/approve/", "/v1/decline/"] {
            let link = mail.link(part);
            assert!(mail.html.contains(&link), "{}", mail.html);
            app.open(&link).await.page(200);
            links.push(link);
        }
        for shown in ["42.00", "shop", "a test", "58.00"] {
            assert!(mail.text.contains(shown), "{shown}: {}", mail.text);
            assert!(mail.html_words().contains(shown), "{shown}: {}", mail.html_words());
        }
    }
    links.dedup();
    assert_eq!(links.len(), 4, "everybody has links of their own");
    assert_eq!(app.mails().to("vera@acme.example"), []);
}

async fn nobody_deciding_in_time_ends_it_frees_the_budget_and_tells_everybody(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.org.member("anna@acme.example", Role::Approver).await;
    assert_eq!(asked.agent.used_today().await, "42.00");
    assert_eq!(asked.org.listed(&asked.agent).await["available"], "9958.00");
    asked.app.advance(A_DAY);
    let ended = asked.org.payment_at(&asked.id, "timed_out").await;
    assert_eq!(ended["posted_amount"], "0.00");
    let listed = asked.org.listed(&asked.agent).await;
    assert_eq!((&listed["lifetime"]["used"], &listed["available"]), (&json!("0.00"), &json!("10000.00")));
    for address in ["owner@acme.example", "anna@acme.example"] {
        let mail = asked.app.mails().wait(address, "Nobody").await;
        assert!(mail.text.contains("42.00") && mail.html_words().contains("42.00"), "{}", mail.text);
    }
    assert_eq!(asked.status().await, "timed_out");
    let trail = asked.org.trail().await;
    assert_eq!(trail.iter().filter(|action| *action == "approval.timed_out").count(), 1, "{trail:?}");
    // The whole day's budget can be spent again.
    asked.agent.paid("10.00", "shop.example").await;
    asked.app.must_balance().await;
}

async fn a_payment_shows_whether_its_mails_were_delivered_and_agents_see_no_addresses(engine: Engine) {
    let asked = Asked::on(engine).await;
    let sent = asked.mail_was_sent().await;
    assert_eq!(sent[0]["recipient"], "owner@acme.example");
    assert_eq!(sent[0]["kind"], "approval_asked");
    assert!(sent[0]["sent_at"].is_string());
    let seen = asked.agent.payment(&asked.id).await;
    assert_eq!(seen["approval"]["mails"][0]["status"], "sent");
    assert!(seen["approval"]["mails"][0]["recipient"].is_null());
}

async fn what_an_agent_writes_reaches_no_human_as_markup(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({})).await;
    let mut body = agent.request("5.00", "shop.example");
    body["purpose"] = json!("<script>alert(1)</script> approve at https://evil.example/yes");
    let pending = agent.ask(&body).await.expect(202);
    let mail = app.mails().wait(&org.owner, "5.00").await;
    let page = app.open(&mail.link("/v1/approve/")).await.page(200);
    for text in [&mail.html, &page] {
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains("href=\"https://evil"), "{text}");
    }
    assert_eq!(org.payment(id_of(&pending)).await["purpose"], body["purpose"]);
}
