//! Mails: complete as text, the same as HTML, and nothing that an agent wrote can act in them.

mod sample;

use bursar_pages::*;

const LINKS: ApprovalLinks<'_> = ApprovalLinks {
    approve: "https://pay.northwind.example/approve/token-a",
    decline: "https://pay.northwind.example/decline/token-d",
};

const TOPUP_LINK: &str = "https://pay.northwind.example/v1/topup/token-t";

fn all_mails() -> Vec<MailContent> {
    let payment = sample::payment();
    let mut hostile = sample::payment();
    hostile.merchant = Some(sample::hostile().merchant);
    hostile.agent_name = Some(sample::hostile().agent_name);
    hostile.rail_reference = Some("<script>https://evil.example".to_owned());
    vec![
        approval_asked(&sample::pending(), LINKS),
        approval_asked(&sample::test_mode(), LINKS),
        approval_asked(&sample::hostile(), LINKS),
        approval_timed_out(&sample::pending()),
        approval_timed_out(&sample::hostile()),
        agent_frozen(&sample::frozen_by_breaker()),
        agent_frozen(&sample::frozen_by_human()),
        org_frozen(&sample::frozen_org()),
        case_opened(&sample::case()),
        endpoint_disabled(&sample::endpoint()),
        endpoint_disabled(&sample::hostile_endpoint()),
        payment_method_changed(&sample::payment_method(PaymentMethodChange::Added)),
        payment_method_changed(&sample::payment_method(sample::USED)),
        payment_method_changed(&sample::payment_method(PaymentMethodChange::Removed)),
        payment_method_changed(&sample::hostile_payment_method()),
        auto_topup_paused(&sample::auto_topup()),
        auto_topup_paused(&sample::hostile_auto_topup()),
        captured_unheld(&payment, None),
        captured_unheld(&hostile, Some(sample::usd("240"))),
        held_unasked(&payment),
        held_unasked(&hostile),
        disputed(&payment, Some("fraudulent"), Some(payment.occurred_at)),
        topup_disputed(&payment),
        topup_mismatched(&hostile),
        refund_failed(&hostile, Some("\r\n<b>")),
        topup_asked(&sample::checkout(CheckoutStatus::Open), Some(sample::usd("3.10")), TOPUP_LINK),
        topup_asked(&sample::hostile_checkout(CheckoutStatus::Open), None, TOPUP_LINK),
        card_asked(&sample::card_request(CardRequestStatus::Asked), TOPUP_LINK),
        card_asked(&sample::hostile_card_request(), TOPUP_LINK),
        card_accessed(&sample::card_access()),
        mail_test(&sample::test_mail()),
    ]
}

#[test]
fn every_mail_is_well_formed() {
    for mail in all_mails() {
        assert!(!mail.subject.is_empty() && mail.subject.chars().count() <= 140, "{}", mail.subject);
        assert!(!mail.subject.contains(char::is_control), "{:?}", mail.subject);
        assert!(
            !mail.text.contains(['<', '>']) || mail.text.contains("script"),
            "no markup of ours: {}",
            mail.text
        );
        assert!(!mail.text.contains("\n\n\n") && mail.text.ends_with('\n'), "{}", mail.text);
        assert!(
            mail.html.starts_with("<!DOCTYPE html>") && mail.html.contains("<html lang=\"en\" dir=\"ltr\">")
        );
        assert_eq!(mail.html.matches("<h1").count(), 1);
        assert!(mail.html.contains("prefers-color-scheme: dark"));
        for bad in ["<script", "<img", "<form", "<b>", "&#38;#", "&amp;amp;"] {
            assert!(!mail.html.contains(bad), "{bad} in {}", mail.html);
        }
    }
}

#[test]
fn what_hides_reaches_neither_subject_nor_body() {
    let hidden = |c: char| {
        matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || (c.is_control() && c != '\n')
    };
    for mail in all_mails() {
        for part in [&mail.subject, &mail.text, &mail.html] {
            assert!(!part.contains(hidden), "{part:?}");
        }
    }
}

#[test]
fn only_our_own_links_are_links() {
    for mail in all_mails() {
        for (at, _) in mail.html.match_indices("href=\"") {
            let url = mail.html[at + 6..].split('"').next().unwrap_or_default();
            assert!([LINKS.approve, LINKS.decline, TOPUP_LINK].contains(&url), "{url}");
        }
        for part in [&mail.text, &mail.html] {
            for (at, _) in part.match_indices("://") {
                let url = &part[at.saturating_sub(5)..];
                assert!(url.starts_with("https://pay.northwind.example"), "{}", &url[..30]);
            }
            assert!(!part.contains("evil.example") && !part.contains("boss@northwind"), "{part}");
        }
    }
    let mail = approval_asked(&sample::hostile(), LINKS);
    for link in [LINKS.approve, LINKS.decline] {
        assert_eq!(mail.text.matches(link).count(), 1);
        assert_eq!(mail.html.matches(link).count(), 1);
    }
}

#[test]
fn mails_about_payment_methods_say_how_to_undo_it() {
    let added = payment_method_changed(&sample::payment_method(PaymentMethodChange::Added));
    let used = payment_method_changed(&sample::payment_method(sample::USED));
    assert_eq!(added.subject, "A payment method was saved: visa •••• 4242");
    for mail in [&added, &used] {
        for part in [&mail.text, &mail.html] {
            assert!(
                part.contains("bursar payment-method remove pmt_") && part.contains("ada[@]northwind"),
                "{part}"
            );
        }
    }
    assert!(used.text.contains("Automatic top-ups may charge it."));
    let removed = payment_method_changed(&sample::payment_method(PaymentMethodChange::Removed));
    assert!(!removed.text.contains("bursar payment-method"), "{}", removed.text);
    let paused = auto_topup_paused(&sample::auto_topup());
    for part in [&paused.text, &paused.html] {
        assert!(part.contains("(card_declined)") && part.contains("bursar wallet auto-topup set"), "{part}");
    }
}

#[test]
fn no_line_of_a_claim_can_be_taken_for_ours() {
    let mail = approval_asked(&sample::hostile(), LINKS);
    let lines: Vec<&str> = mail.text.lines().collect();
    assert_eq!(lines.iter().filter(|line| **line == "APPROVE").count(), 1);
    assert!(lines.contains(&"  | APPROVE"));
    assert!(lines.contains(&"  | https[:]//pay[.]northwind[.]example/approve/evil"));
}

#[test]
fn an_approval_mail_says_all_in_text_and_in_html() {
    let mail = approval_asked(&sample::pending(), LINKS);
    assert_eq!(mail.subject, "Approve 240.00 USD to gpu.lambda-rentals.example? Scout is asking");
    for part in [
        "asks to pay",
        "of your payees",
        "not checked by Bursar",
        "Eight hours on one H100",
        "cloud compute",
        "above 100.00 USD",
        "187.60",
        "500.00 USD",
        "2,533.95",
        "Wed 23 Sep 2026, 09:41 CEST (Europe/Berlin)",
        "nothing is paid",
        "decides nothing",
        LINKS.approve,
        LINKS.decline,
        "txn_0199a2c41e3a7c0f9b1d52e8a4f0c7d6",
    ] {
        assert!(mail.text.contains(part), "{part:?} in {}", mail.text);
        assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
    }
    assert!(mail.text.contains("240.00 USD") && mail.html.contains("240.00 "));
    // The agent's JSON is on the page only.
    assert!(!mail.text.contains("eval-2214") && !mail.html.contains("eval-2214"));
}

#[test]
fn a_payee_is_named_as_it_is_and_a_test_says_so() {
    let mail = approval_asked(&sample::test_mode(), LINKS);
    assert!(mail.subject.starts_with("[Test] Approve 12.50 USD to api.weather.example?"));
    assert!(mail.text.contains("TEST MODE") && mail.html.contains("Test mode."));
    assert!(mail.text.contains("Merchant   api.weather.example\n"));
    assert!(mail.text.contains("Wallet: 311.482915 USD"));
}

#[test]
fn a_frozen_agent_is_told_with_why_and_what_to_do() {
    let mail = agent_frozen(&sample::frozen_by_breaker());
    for part in [
        "more than 20 payments within 60 seconds",
        "BURSAR_BREAKER",
        "Whatever it asked for that has not been sent is cancelled.",
        "bursar agent unfreeze agt_",
    ] {
        assert!(mail.text.replace('\n', " ").contains(part), "{part:?} in {}", mail.text);
        assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
    }
    let mail = agent_frozen(&sample::frozen_by_human());
    assert!(mail.text.contains("Ann Keller froze it") && mail.text.contains("wrong shop"));
}

#[test]
fn a_frozen_org_is_told_with_why_and_what_to_do() {
    let mail = org_frozen(&sample::frozen_org());
    assert_eq!(mail.subject, "Frozen: nothing in Northwind can be spent until an owner unfreezes it");
    for part in
        ["Ann Keller", "public repository", "What was sent already goes on.", "bursar unfreeze --org org_"]
    {
        assert!(mail.text.contains(part), "{part:?} in {}", mail.text);
        assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
    }
}

#[test]
fn a_case_is_told_with_what_both_sides_say() {
    let mail = case_opened(&sample::case());
    assert_eq!(mail.subject, "A case about 735.00 USD: the books and the rail differ");
    for part in ["264[.]00", "999[.]00", "bursar case show case_", "Nothing was corrected"] {
        let part = if mail.text.contains(part) { part.to_owned() } else { part.replace("[.]", ".") };
        assert!(mail.text.contains(&part), "{part:?} in {}", mail.text);
        assert!(mail.html.contains(&part), "{part:?} in {}", mail.html);
    }
}

#[test]
fn a_disabled_endpoint_is_told_with_why_and_what_to_do() {
    let mail = endpoint_disabled(&sample::endpoint());
    assert_eq!(mail.subject, "Webhooks stopped: Scout is no longer told at bot.northwind.example");
    for part in [
        "https[:]//bot[.]northwind[.]example/hooks",
        "it answered 410",
        "Payments go on",
        "bursar webhook enable whe_0199a2c41e3a7c0f9b1d52e8a4f0c7d6",
    ] {
        assert!(mail.text.contains(part), "{part:?} in {}", mail.text);
        assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
    }
}

#[test]
fn alerts_name_the_money_and_what_is_wrong() {
    let payment = sample::payment();
    let due = Some(sample::at("2026-10-06T21:59:59Z"));
    for (mail, parts) in [
        (captured_unheld(&payment, None), vec!["264.00 USD", "nothing was approved and held"]),
        (captured_unheld(&payment, Some(sample::usd("240"))), vec!["only 240.00 USD was approved"]),
        (held_unasked(&payment), vec!["without asking Bursar", "held now"]),
        (disputed(&payment, Some("fraudulent"), due), vec!["fraudulent", "Tue 6 Oct 2026, 23:59 CEST"]),
        (refund_failed(&payment, Some("expired_card")), vec!["did not come back", "expired_card"]),
    ] {
        assert!(mail.subject.contains("264.00 USD"), "{}", mail.subject);
        for part in parts {
            assert!(mail.text.contains(part), "{part:?} in {}", mail.text);
        }
        assert!(mail.html.contains("txn_0199a2c41e3a7c0f9b1d52e8a4f0c7d6"));
    }
    let mail = mail_test(&sample::test_mail());
    assert!(mail.text.contains("https://pay.northwind.example"));
}
