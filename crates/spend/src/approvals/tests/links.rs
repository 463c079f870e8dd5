//! The two links of an approval mail.

use bursar_identity::members::Role;
use bursar_store::Engine;
use bursar_testkit::app::{TestApp, id_of};
use bursar_testkit::on_both_engines;
use http::Method;
use serde_json::json;

use super::{A_DAY, Asked};

on_both_engines!(
    opening_a_link_shows_the_payment_and_changes_nothing,
    pressing_the_button_approves_and_the_payment_is_made,
    an_agent_reads_what_kind_of_decider_it_was_and_the_org_reads_who,
    pressing_it_twice_says_who_was_first,
    a_no_with_a_reason_ends_the_payment_and_frees_the_budget,
    a_link_past_its_deadline_decides_nothing,
    a_link_of_somebody_who_left_or_may_no_longer_decide_is_worth_nothing,
    a_token_that_was_tampered_with_opens_nothing,
    a_merchant_that_was_blocked_meanwhile_is_not_paid_by_a_late_yes,
    a_key_that_was_revoked_meanwhile_pays_nothing_by_a_late_yes,
    a_reason_beyond_all_bounds_decides_nothing,
);

async fn opening_a_link_shows_the_payment_and_changes_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.app.at_rest().await;
    let before = asked.app.row_counts().await;
    for link in [asked.approve(), asked.decline()] {
        for _ in 0..2 {
            let answer = asked.app.open(&link).await;
            let page = answer.page(200);
            assert!(page.contains("42.00") && page.contains("method=\"post\""), "{page}");
            assert!(answer.header("content-security-policy").contains("default-src 'none'"));
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
        }
    }
    assert_eq!(asked.app.row_counts().await, before);
    assert_eq!(asked.status().await, "pending");
}

async fn pressing_the_button_approves_and_the_payment_is_made(engine: Engine) {
    let asked = Asked::on(engine).await;
    let page = asked.app.press(&asked.approve(), "").await.page(200);
    assert!(page.contains("42.00"), "{page}");
    let paid = asked.agent.settled(&asked.id).await;
    assert_eq!(paid["status"], "completed");
    let shown = asked.org.payment(&asked.id).await;
    assert_eq!(shown["approval"]["decided_by"], "member:owner@acme.example");
    assert_eq!(asked.agent.used_today().await, "42.00");
    let trail = asked.org.trail().await;
    assert!(trail.contains(&"approval.approved".to_owned()), "{trail:?}");
    asked.app.must_balance().await;
}

async fn an_agent_reads_what_kind_of_decider_it_was_and_the_org_reads_who(engine: Engine) {
    let app = TestApp::start(engine).await;
    let org = app.org().await;
    let agent = org.agent(json!({ "daily": "1000.00", "approve_above": "10.00" })).await;
    let by_agent = format!("agent:{}", agent.id);
    for (amount, end, kind, who) in [
        ("41.00", "approve", "human", "member:owner@acme.example"),
        ("42.00", "decline", "human", "member:owner@acme.example"),
        ("43.00", "cancelled by the org", "human", "key:key_"),
        ("44.00", "cancelled by the agent", "agent", by_agent.as_str()),
        ("45.00", "frozen", "bursar", "freeze"),
    ] {
        let body = agent.request(amount, "shop.example");
        let id = id_of(&agent.ask(&body).await.expect(202)).to_owned();
        let path = format!("/transactions/{id}/cancel");
        match end {
            "approve" | "decline" => {
                let mail = app.mails().wait(&org.owner, amount).await;
                app.press(&mail.link(&format!("/v1/{end}/")), "as we agreed").await.page(200);
            }
            "cancelled by the org" => drop(org.admin().post_empty(&path).await.expect(200)),
            "cancelled by the agent" => drop(agent.client().post_empty(&path).await.expect(200)),
            _ => drop(agent.freeze().await),
        }
        let seen = agent.settled(&id).await;
        assert_eq!(seen["approval"]["decided_by"], kind, "{end}: {seen:#}");
        let shown = org.payment(&id).await;
        let decided_by = shown["approval"]["decided_by"].as_str().unwrap();
        assert!(decided_by.starts_with(who), "{end}: {decided_by}");
        assert_eq!(seen["approval"]["reason"], shown["approval"]["reason"], "{end}");
        // The same key again, which for what was not paid is a problem with the transaction in it.
        let again = agent.ask(&body).await.text();
        assert!(again.contains(&format!("\"decided_by\":\"{kind}\"")), "{end}: {again}");
        for text in [again, seen.to_string()] {
            assert!(!text.contains("@acme.example") && !text.contains("key_"), "{end}: {text}");
        }
    }
}

async fn pressing_it_twice_says_who_was_first(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.app.press(&asked.approve(), "fine by me").await.page(200);
    for link in [asked.approve(), asked.decline()] {
        let page = asked.app.press(&link, "").await.page(409);
        assert!(page.contains("owner@acme.example"), "{page}");
        assert!(page.contains("fine by me"), "{page}");
        let page = asked.app.open(&link).await.page(200);
        assert!(page.contains("owner@acme.example") && !page.contains("method=\"post\""), "{page}");
    }
    assert_eq!(asked.agent.settled(&asked.id).await["status"], "completed");
    assert_eq!(asked.agent.used_today().await, "42.00");
}

async fn a_no_with_a_reason_ends_the_payment_and_frees_the_budget(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.app.press(&asked.decline(), "too dear, try the other shop").await.page(200);
    let declined = asked.agent.settled(&asked.id).await;
    assert_eq!((&declined["status"], &declined["reason"]), (&json!("declined"), &json!("declined_by_human")));
    assert_eq!(declined["approval"]["reason"], "too dear, try the other shop");
    assert_eq!(asked.agent.used_today().await, "0.00");
    assert_eq!(asked.org.listed(&asked.agent).await["available"], "10000.00");
    asked.app.must_balance().await;
}

async fn a_link_past_its_deadline_decides_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.app.advance(A_DAY);
    let page = asked.app.open(&asked.approve()).await.page(200);
    assert!(!page.contains("method=\"post\""), "{page}");
    let answer = asked.app.press(&asked.approve(), "").await;
    // Either the deadline's own job was first, or this press ended it: never a yes.
    assert!([200, 409].contains(&answer.status.as_u16()), "{}", answer.text());
    assert_eq!(asked.org.payment_at(&asked.id, "timed_out").await["posted_amount"], "0.00");
    asked.app.press(&asked.approve(), "").await.page(409);
    asked.app.must_balance().await;
}

async fn a_link_of_somebody_who_left_or_may_no_longer_decide_is_worth_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.org.member("other@acme.example", Role::Owner).await;
    asked.org.member("owner@acme.example", Role::Viewer).await;
    asked.app.open(&asked.approve()).await.page(404);
    asked.app.press(&asked.approve(), "").await.page(404);
    asked.org.remove_member("owner@acme.example").await;
    asked.app.press(&asked.approve(), "").await.page(404);
    // Nor does the same address get the old link back.
    asked.org.member("owner@acme.example", Role::Owner).await;
    asked.app.press(&asked.approve(), "").await.page(404);
    assert_eq!(asked.status().await, "pending");
}

async fn a_token_that_was_tampered_with_opens_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    let link = asked.approve();
    let (front, token) = link.rsplit_once('/').unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let flipped: String =
        token.char_indices().map(|(at, c)| if at == token.len() / 2 { 'A' } else { c }).collect();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let other_head = format!("eyJhbGciOiJIUzUxMiJ9.{}.{}", parts[1], parts[2]);
    for bad in [flipped.as_str(), &unsigned, &other_head, &token[..token.len() - 1], "x", "%FF", "%00"] {
        let link = format!("{front}/{bad}");
        asked.app.open(&link).await.page(404);
        asked.app.press(&link, "").await.page(404);
    }
    assert_eq!(asked.status().await, "pending");
}

async fn a_merchant_that_was_blocked_meanwhile_is_not_paid_by_a_late_yes(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.agent.policy(&json!({ "daily": "100.00", "merchants": { "block": ["shop.example"] } })).await;
    asked.app.press(&asked.approve(), "").await.page(200);
    let ended = asked.agent.settled(&asked.id).await;
    assert_eq!((&ended["status"], &ended["reason"]), (&json!("declined"), &json!("merchant_blocked")));
    assert_eq!(asked.agent.used_today().await, "0.00");
}

async fn a_key_that_was_revoked_meanwhile_pays_nothing_by_a_late_yes(engine: Engine) {
    let asked = Asked::on(engine).await;
    asked.org.revoke(&asked.agent.key_id).await;
    asked.app.press(&asked.approve(), "").await.page(200);
    let ended = asked.org.payment_at(&asked.id, "cancelled").await;
    assert_eq!(ended["reason"], "key_revoked");
    asked.app.must_balance().await;
}

async fn a_reason_beyond_all_bounds_decides_nothing(engine: Engine) {
    let asked = Asked::on(engine).await;
    let long = "x".repeat(1_001);
    assert!(asked.app.press(&asked.approve(), &long).await.status.is_client_error());
    let path = asked.approve().replace(bursar_testkit::app::PUBLIC_URL, "");
    let huge = asked.app.client().below("").call(Method::POST, &path).bytes(vec![b'x'; 70_000]).send().await;
    assert!(huge.status.is_client_error());
    assert_eq!(asked.status().await, "pending");
}
