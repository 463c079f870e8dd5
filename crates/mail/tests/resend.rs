//! Mails through Resend's API, against a stand-in that refuses what Resend refuses.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

mod server;

use std::sync::Arc;

use bursar_mail::{Mail, MailUrl, Mailer, Sender};
use bursar_testkit::resend::{DOMAIN, KEY, Resend, Trouble};
use serde_json::json;

fn mail(id: &str) -> Mail {
    Mail { message_id: format!("{id}@{DOMAIN}"), ..server::mail(id) }
}

fn opened(resend: &str, key: &str, from: &str) -> Arc<dyn Mailer> {
    let client = bursar_testkit::resend::client();
    let url = MailUrl::parse(&format!("resend:{key}")).unwrap();
    bursar_mail::open(&url, Sender::parse(from).unwrap(), client, resend).unwrap()
}

fn mailer(resend: &Resend) -> Arc<dyn Mailer> {
    opened(&resend.url(), KEY, &format!("Bursar <bursar@{DOMAIN}>"))
}

#[tokio::test]
async fn a_mail_is_taken_with_all_that_is_in_it() {
    let resend = Resend::start().await;
    let sent = mail("one");
    mailer(&resend).send(&sent).await.unwrap();
    let taken = resend.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        taken[0].body,
        json!({
            "from": format!("Bursar <bursar@{DOMAIN}>"), "to": ["ann@example.com"], "subject": sent.subject,
            "text": sent.text, "html": sent.html,
            "headers": { "Auto-Submitted": "auto-generated", "X-Bursar-Transaction": "tx_1" },
        })
    );
    assert!(taken[0].idempotency_key.as_ref().unwrap().starts_with(&sent.message_id));
}

#[tokio::test]
async fn a_repeat_is_the_same_mail_and_other_words_are_another() {
    let resend = Resend::start().await;
    let mailer = mailer(&resend);
    resend.next(Trouble::LoseTheAnswer);
    assert!(!mailer.send(&mail("one")).await.unwrap_err().is_permanent());
    for _ in 0..2 {
        mailer.send(&mail("one")).await.unwrap();
    }
    assert_eq!(resend.taken().len(), 1, "a lost answer sends nothing twice");
    mailer.send(&Mail { text: "a new link".to_owned(), ..mail("one") }).await.unwrap();
    mailer.send(&mail("two")).await.unwrap();
    assert_eq!(resend.taken().len(), 3);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let resend = Resend::start().await;
    let mailer = mailer(&resend);
    for (status, name, is_permanent) in [
        (429, "rate_limit_exceeded", false),
        (429, "daily_quota_exceeded", false),
        (500, "application_error", false),
        (503, "", false),
        (409, "concurrent_idempotent_requests", false),
        (409, "invalid_idempotent_request", true),
        (400, "validation_error", true),
        (401, "restricted_api_key", true),
        (422, "missing_required_field", true),
    ] {
        resend.next(Trouble::Refuse(status, name));
        let error = mailer.send(&mail("one")).await.unwrap_err();
        assert_eq!((error.code(), error.is_permanent()), (Some(status), is_permanent), "{name}: {error}");
        assert!(error.to_string().contains(name) && !error.to_string().contains(KEY), "{error}");
    }
    assert_eq!(resend.taken(), []);
}

#[tokio::test]
async fn a_wrong_key_and_a_strange_domain_are_refused_and_no_key_is_shown() {
    let resend = Resend::start().await;
    let other = "re_another_secret";
    let mailer = opened(&resend.url(), other, &format!("bursar@{DOMAIN}"));
    let error = mailer.send(&mail("one")).await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("invalid_api_key"), "{error}");
    let url = MailUrl::parse(&format!("resend:{other}?from=a@b.example")).unwrap();
    assert_eq!(url.to_string(), "resend:***");
    for text in [format!("{error:?}"), format!("{mailer:?}"), format!("{url:?} {url}")] {
        assert!(!text.contains("another_secret"), "{text}");
    }
    let strange = opened(&resend.url(), KEY, "bursar@elsewhere.example");
    let error = strange.send(&mail("one")).await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("not verified"), "{error}");
    assert_eq!(resend.taken(), []);
}

#[tokio::test]
async fn nobody_there_is_no_reason_to_give_up() {
    let nowhere = "http://127.0.0.1:9";
    let error = opened(nowhere, KEY, &format!("bursar@{DOMAIN}")).send(&mail("one")).await.unwrap_err();
    assert!(!error.is_permanent() && error.to_string().contains(nowhere), "{error}");
}

#[tokio::test]
async fn what_no_mail_can_be_is_refused_before_it_is_sent() {
    let resend = Resend::start().await;
    let mailer = mailer(&resend);
    let from = |headers| Mail { headers, ..mail("one") };
    let hostile = from(vec![("Bcc".to_owned(), "eve@example.com".to_owned())]);
    for wrong in [hostile, Mail { to: "nobody".to_owned(), ..mail("one") }] {
        assert!(mailer.send(&wrong).await.unwrap_err().is_permanent());
    }
    let broken = from(vec![("X-Note".to_owned(), "one\r\nBcc: eve@example.com".to_owned())]);
    mailer.send(&Mail { subject: "one\r\nBcc: eve@example.com".to_owned(), ..broken }).await.unwrap();
    let taken = &resend.taken()[0].body;
    assert_eq!(taken["subject"], "one  Bcc: eve@example.com");
    assert_eq!(taken["headers"]["X-Note"], "one  Bcc: eve@example.com");
}

#[test]
fn only_keys_of_resend_are_keys() {
    for wrong in [
        "resend:",
        "resend:sk_test",
        "resend:re_",
        "resend:re_a b",
        "resend://re_abc",
        "resend:re_a?tls=none",
    ] {
        let error = MailUrl::parse(wrong).unwrap_err().to_string();
        assert!(error.contains("resend:"), "{wrong}: {error}");
    }
}
