//! What pages tell of a payment, and that what its agent wrote stays text.

mod reading;
mod sample;

use bursar_pages::*;
use reading::{tags, words};

#[test]
fn the_payment_is_told_exactly() {
    let text = words(&approve(&sample::pending()));
    for part in [
        "Scout asks to pay",
        "Amount: 240.00 USD",
        "to gpu.lambda-rentals.example Not one of your payees",
        "Says the agent — not checked by Bursar",
        "Eight hours on one H100",
        "Category, by its own account: cloud compute",
        "\"gpu\": \"H100\"",
        "above 100.00 USD",
        "Today 187.60 left of 500.00 USD",
        "This month 2,533.95 left of 4,000.00 USD",
        "Decide by Wed 23 Sep 2026, 09:41 CEST (Europe/Berlin)",
        "Approve 240.00 USD",
        "txn_0199a2c41e3a7c0f9b1d52e8a4f0c7d6",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains("Test mode"));

    let text = words(&approve(&sample::test_mode()));
    for part in
        ["Test mode", "12.50 USD", "One of your payees", "Wallet 311.482915 USD", "before every payment"]
    {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(words(&approve(&sample::hostile())).contains("9,999,999,999.999999 USD"));
}

#[test]
fn an_end_is_told_with_who_when_why_and_what_came_after() {
    let told = |status| words(&outcome(&sample::decided(status)));
    let by = "by Ann Keller Tue 22 Sep 2026, 10:03 CEST";
    for (status, parts) in [
        (ApprovalStatus::Approved, vec!["Already approved", by, "About to be paid"]),
        (ApprovalStatus::Executing, vec!["Already approved", by, "Being paid"]),
        (ApprovalStatus::Unknown, vec!["not yet certain", by, "never sent twice"]),
        (ApprovalStatus::Completed, vec!["approved and paid", by, "Paid 240.00 USD", "Refunded 40.00 USD"]),
        (ApprovalStatus::Refunded, vec!["refunded", "Refunded 240.00 USD"]),
        (ApprovalStatus::Failed, vec!["not paid", by, "card_declined"]),
        (ApprovalStatus::Declined, vec!["Already declined", by, "use the spot queue", "Nothing is paid"]),
        (ApprovalStatus::TimedOut, vec!["Nobody decided in time", "Wed 23 Sep 2026, 09:41 CEST"]),
        (ApprovalStatus::Cancelled, vec!["cancelled", "the agent was frozen"]),
    ] {
        let text = told(status);
        for part in parts {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert!(text.contains("240.00 USD"), "{text}");
    }
    let mut less = sample::decided(ApprovalStatus::Completed);
    less.paid = Some(sample::usd("200"));
    assert!(words(&outcome(&less)).contains("Paid 200.00 USD, other than the 240.00 USD approved"));
    assert!(!words(&just_decided(&sample::decided(ApprovalStatus::Approved))).contains("Already"));
}

#[test]
fn what_an_agent_writes_stays_text() {
    let mut view = sample::hostile();
    for status in [ApprovalStatus::Pending, ApprovalStatus::Declined] {
        view.status = status;
        for page in [approve(&view), decline(&view)] {
            for bad in ["<script", "<img", "</blockquote><", "<form action=https", "<b>", "<i>"] {
                assert!(!page.contains(bad), "{bad} in {page}");
            }
            assert_eq!(tags(&page, "blockquote").len(), 1);
            let hidden =
                |c: char| matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\0');
            assert!(!page.contains(hidden), "{page}");
            let text = words(&page);
            for shown in
                ["<script>alert(1)</script>", "paypal[U+200B].com Bcc:", "[U+202E]hidden", "tuocS\"><img"]
            {
                assert!(text.contains(shown), "{shown} in {text}");
            }
            assert!(
                page.contains("<bdi class=\"merchant\">paypal")
                    && page.contains("<bdi>&#60;/blockquote&#62;")
            );
        }
    }
}

#[test]
fn a_claim_stands_only_where_claims_stand() {
    let page = approve(&sample::pending());
    let (_, claim) = page.split_once("<section class=\"claim\"").expect("a claim");
    let (claim, rest) = claim.split_once("</section>").expect("its end");
    for words in ["Eight hours", "cloud compute", "eval-2214"] {
        assert!(claim.contains(words) && !rest.contains(words), "{words}");
    }
}
