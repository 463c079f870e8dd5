//! Writes every page and every mail with sample data into a directory, to be looked at in a browser.
//!
//! `cargo run -p bursar-pages --example gallery -- DIR [LANGUAGE]`, then open `DIR/index.html`. Pages find their stylesheet only
//! under the root of a server: `python3 -m http.server -d DIR`.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::fs;
use std::io;
use std::path::Path;

use bursar_pages::*;

fn main() -> io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1) else {
        return Err(io::Error::other("say where to: gallery DIR"));
    };
    if let Some(language) = std::env::args().nth(2) {
        let language = language.parse().map_err(io::Error::other)?;
        sample::LANGUAGE.get_or_init(|| language);
    }
    let dir = Path::new(&dir);
    fs::create_dir_all(dir.join("assets"))?;
    for asset in ASSETS {
        fs::write(dir.join(asset.path.trim_start_matches('/')), asset.content)?;
    }

    let mut index = String::from("<!DOCTYPE html><meta charset=utf-8><title>Gallery</title><ul>");
    for (name, html) in pages() {
        index.push_str(&format!("<li><a href=\"{name}.html\">{name}</a>"));
        fs::write(dir.join(format!("{name}.html")), html)?;
    }
    for (name, mail) in mails() {
        index.push_str(&format!(
            "<li><a href=\"mail-{name}.html\">mail {name}</a> <a href=\"mail-{name}.txt\">text</a>"
        ));
        fs::write(dir.join(format!("mail-{name}.html")), &mail.html)?;
        let text = format!("Subject: {}\n\n{}", mail.subject, mail.text);
        fs::write(dir.join(format!("mail-{name}.txt")), text)?;
    }
    fs::write(dir.join("index.html"), index)
}

fn pages() -> Vec<(String, String)> {
    let pending = sample::pending();
    let test = sample::test_mode();
    let hostile = sample::hostile();
    let mut fresh_test = sample::decided(ApprovalStatus::Executing);
    fresh_test.is_test = true;
    let mut long = sample::hostile();
    long.status = ApprovalStatus::Completed;
    long.paid = Some(sample::usd("1.5"));

    let mut pages = vec![
        ("approve".to_owned(), approve(&pending)),
        ("decline".to_owned(), decline(&pending)),
        ("approve-test".to_owned(), approve(&test)),
        ("approve-hostile".to_owned(), approve(&hostile)),
        ("half-approved".to_owned(), outcome(&sample::half_approved())),
        ("approved-now".to_owned(), just_decided(&fresh_test)),
        ("declined-now".to_owned(), just_decided(&sample::decided(ApprovalStatus::Declined))),
        ("outcome-hostile".to_owned(), outcome(&long)),
        ("topup".to_owned(), topup(&sample::checkout(CheckoutStatus::Open))),
        ("topup-paid".to_owned(), topup(&sample::checkout(CheckoutStatus::Paid))),
        ("card-request".to_owned(), card_request(&sample::card_request(CardRequestStatus::Asked))),
        ("card-request-hostile".to_owned(), card_request(&sample::hostile_card_request())),
        ("link".to_owned(), payment_link(&sample::checkout(CheckoutStatus::Open))),
        ("link-hostile".to_owned(), payment_link(&sample::hostile_checkout(CheckoutStatus::Open))),
        ("invalid-link".to_owned(), invalid_link(sample::language())),
        ("try-again".to_owned(), try_again(sample::language())),
        ("back-from-stripe".to_owned(), back_from_stripe(sample::language())),
        ("back-from-onboarding".to_owned(), back_from_onboarding(sample::language())),
        (
            "onboarding-refresh".to_owned(),
            onboarding_refresh(Some("this needs your passkey once more"), sample::language()),
        ),
        ("not-found".to_owned(), not_found(sample::language())),
    ];
    for status in [
        ApprovalStatus::Approved,
        ApprovalStatus::Declined,
        ApprovalStatus::TimedOut,
        ApprovalStatus::Cancelled,
        ApprovalStatus::Executing,
        ApprovalStatus::Unknown,
        ApprovalStatus::Completed,
        ApprovalStatus::Refunded,
        ApprovalStatus::Failed,
    ] {
        let name = format!("outcome-{status:?}").to_lowercase();
        pages.push((name, outcome(&sample::decided(status))));
    }
    pages
}

fn mails() -> Vec<(&'static str, MailContent)> {
    let links = ApprovalLinks {
        approve: "https://pay.northwind.example/approve/eyJhbGciOiJIUzI1NiJ9.sample.approve",
        decline: "https://pay.northwind.example/decline/eyJhbGciOiJIUzI1NiJ9.sample.decline",
    };
    let payment = sample::payment();
    let due = Some(sample::at("2026-10-06T21:59:59Z"));
    vec![
        ("approval", approval_asked(&sample::pending(), links)),
        ("approval-test", approval_asked(&sample::test_mode(), links)),
        ("approval-hostile", approval_asked(&sample::hostile(), links)),
        ("reminder", approval_reminder(&sample::half_approved(), links)),
        ("timed-out", approval_timed_out(&sample::decided(ApprovalStatus::TimedOut))),
        ("frozen-breaker", agent_frozen(&sample::frozen_by_breaker())),
        ("frozen-human", agent_frozen(&sample::frozen_by_human())),
        ("case-opened", case_opened(&sample::case())),
        ("frozen-org", org_frozen(&sample::frozen_org())),
        ("endpoint-disabled", endpoint_disabled(&sample::endpoint())),
        ("payment-method-added", payment_method_changed(&sample::payment_method(PaymentMethodChange::Added))),
        ("payment-method-used", payment_method_changed(&sample::payment_method(sample::USED))),
        ("auto-topup-paused", auto_topup_paused(&sample::auto_topup())),
        ("captured-more", captured_unheld(&payment, Some(sample::usd("240")))),
        ("captured-unheld", captured_unheld(&payment, None)),
        ("held-unasked", held_unasked(&payment)),
        ("disputed", disputed(&payment, Some("fraudulent"), due)),
        ("refund-failed", refund_failed(&payment, Some("expired_or_canceled_card"))),
        ("topup-disputed", topup_disputed(&sample::payment())),
        ("topup-mismatched", topup_mismatched(&sample::payment())),
        (
            "card-asked",
            card_asked(
                &sample::card_request(CardRequestStatus::Asked),
                "https://pay.northwind.example/v1/card-request/t",
            ),
        ),
        ("card-accessed", card_accessed(&sample::card_access())),
        ("test", mail_test(&sample::test_mail())),
        (
            "topup-asked",
            topup_asked(
                &sample::checkout(CheckoutStatus::Open),
                None,
                "https://pay.northwind.example/v1/topup/token-t",
            ),
        ),
    ]
}
