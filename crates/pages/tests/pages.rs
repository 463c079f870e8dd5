//! What every page has, what only some may have, and what stays harmless.

mod sample;

use bursar_pages::*;

const STATUSES: [ApprovalStatus; 9] = [
    ApprovalStatus::Approved,
    ApprovalStatus::Declined,
    ApprovalStatus::TimedOut,
    ApprovalStatus::Cancelled,
    ApprovalStatus::Executing,
    ApprovalStatus::Unknown,
    ApprovalStatus::Completed,
    ApprovalStatus::Refunded,
    ApprovalStatus::Failed,
];

fn pending_pages() -> Vec<String> {
    [sample::pending(), sample::test_mode(), sample::hostile()]
        .iter()
        .flat_map(|view| [approve(view), decline(view)])
        .collect()
}

fn ended_pages() -> Vec<String> {
    let mut pages: Vec<String> = STATUSES
        .iter()
        .flat_map(|status| {
            let mut hostile = sample::hostile();
            hostile.status = *status;
            hostile.decided_by = Some("<b>Eve</b>".to_owned());
            hostile.reason_code = Some("\"><script>".to_owned());
            let view = sample::decided(*status);
            [
                approve(&view),
                decline(&view),
                just_decided(&view),
                outcome(&hostile),
            ]
        })
        .collect();
    pages.extend([invalid_link(), try_again(), not_found()]);
    pages
}

fn all_pages() -> Vec<String> {
    let mut pages = pending_pages();
    pages.extend(ended_pages());
    pages
}

/// The opening tags of one element, attributes included.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let open = format!("<{element}");
    html.match_indices(&open)
        .filter_map(|(at, _)| html[at..].split_once('>').map(|(tag, _)| tag))
        .filter(|tag| {
            let rest = &tag[open.len()..];
            rest.is_empty() || rest.starts_with([' ', '\n'])
        })
        .collect()
}

/// What a reader reads: no tags, entities resolved, white space collapsed.
fn words(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    for (index, part) in body.split('<').enumerate() {
        let paragraph_ends = part.starts_with("/p>");
        let part = if index == 0 {
            part
        } else {
            part.split_once('>').map_or("", |(_, rest)| rest)
        };
        text.push_str(if paragraph_ends { " " } else { "" });
        text.push_str(part);
    }
    let text = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"");
    let text = text.replace("&#39;", "'").replace("&#38;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_page_has_its_frame() {
    for page in all_pages() {
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"));
        assert!(page.contains("name=\"viewport\" content=\"width=device-width, initial-scale=1\""));
        for element in ["h1", "title", "main", "header", "footer"] {
            assert_eq!(tags(&page, element).len(), 1, "{element} in {page}");
        }
        let title = page
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.map(|(title, _)| title.trim()).unwrap_or_default();
        assert!(
            title.len() > " · Bursar".len() && title.ends_with("· Bursar"),
            "{title:?}"
        );
        assert!(page.contains(&format!("<link rel=\"stylesheet\" href=\"{STYLESHEET_PATH}\">")));
    }
}

#[test]
fn no_page_needs_more_than_the_policy_allows() {
    for page in all_pages() {
        for element in [
            "script", "style", "img", "iframe", "object", "base", "input", "i", "b",
        ] {
            assert!(tags(&page, element).is_empty(), "<{element}> in {page}");
        }
        for tag in page
            .split('<')
            .skip(1)
            .filter_map(|part| part.split_once('>').map(|(tag, _)| tag))
        {
            for attribute in [" style=", " src=", " onerror=", " onmouseover=", " onclick="] {
                assert!(!tag.contains(attribute), "{tag}");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_what_is_named_exists() {
    for page in all_pages() {
        let values = |name: &str| -> Vec<String> {
            let open = format!(" {name}=\"");
            let found = page.match_indices(&open).map(|(at, _)| &page[at + open.len()..]);
            found
                .filter_map(|rest| rest.split_once('"').map(|(value, _)| value.to_owned()))
                .collect()
        };
        let ids = values("id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
        }
        for name in ["for", "aria-labelledby", "aria-describedby"] {
            for value in values(name) {
                assert!(ids.contains(&value), "{name}={value}");
            }
        }
    }
}

#[test]
fn a_pending_page_has_one_form_one_button_and_no_link_that_decides() {
    let view = sample::pending();
    for (page, path, other) in [
        (approve(&view), &view.approve_path, &view.decline_path),
        (decline(&view), &view.decline_path, &view.approve_path),
    ] {
        let forms = tags(&page, "form");
        assert_eq!(forms.len(), 1);
        assert!(forms[0].contains("method=\"post\"") && forms[0].contains(&format!("action=\"{path}\"")));
        assert_eq!(tags(&page, "button").len(), 1);
        assert!(page.contains("name=\"reason\""));
        // The only link leads to the other page, which asks again.
        let links = tags(&page, "a");
        assert_eq!(links.len(), 1);
        assert!(links[0].contains(&format!("href=\"{other}\"")));
    }
    for page in pending_pages() {
        assert_eq!(tags(&page, "form").len(), 1);
    }
}

#[test]
fn where_nothing_is_to_be_decided_there_is_nothing_to_press() {
    for page in ended_pages() {
        for element in ["form", "button", "textarea", "a"] {
            assert!(tags(&page, element).is_empty(), "<{element}> in {page}");
        }
        assert!(
            !page.contains("/approve/eyJ") && !page.contains("/decline/eyJ"),
            "{page}"
        );
    }
}

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
    for part in [
        "Test mode",
        "12.50 USD",
        "One of your payees",
        "Wallet 311.482915 USD",
        "before every payment",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(words(&approve(&sample::hostile())).contains("9,999,999,999.999999 USD"));
}

#[test]
fn an_end_is_told_with_who_when_why_and_what_came_after() {
    let told = |status| words(&outcome(&sample::decided(status)));
    let by = "by Ann Keller Tue 22 Sep 2026, 10:03 CEST";
    for (status, parts) in [
        (
            ApprovalStatus::Approved,
            vec!["Already approved", by, "About to be paid"],
        ),
        (
            ApprovalStatus::Executing,
            vec!["Already approved", by, "Being paid"],
        ),
        (
            ApprovalStatus::Unknown,
            vec!["not yet certain", by, "never sent twice"],
        ),
        (
            ApprovalStatus::Completed,
            vec!["approved and paid", by, "Paid 240.00 USD", "Refunded 40.00 USD"],
        ),
        (ApprovalStatus::Refunded, vec!["refunded", "Refunded 240.00 USD"]),
        (ApprovalStatus::Failed, vec!["not paid", by, "card_declined"]),
        (
            ApprovalStatus::Declined,
            vec!["Already declined", by, "use the spot queue", "Nothing is paid"],
        ),
        (
            ApprovalStatus::TimedOut,
            vec!["Nobody decided in time", "Wed 23 Sep 2026, 09:41 CEST"],
        ),
        (
            ApprovalStatus::Cancelled,
            vec!["cancelled", "the agent was frozen"],
        ),
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
            for bad in [
                "<script",
                "<img",
                "</blockquote><",
                "<form action=https",
                "<b>",
                "<i>",
            ] {
                assert!(!page.contains(bad), "{bad} in {page}");
            }
            assert_eq!(tags(&page, "blockquote").len(), 1);
            let hidden =
                |c: char| matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\0');
            assert!(!page.contains(hidden), "{page}");
            let text = words(&page);
            for shown in [
                "<script>alert(1)</script>",
                "paypal[U+200B].com Bcc:",
                "[U+202E]hidden",
                "tuocS\"><img",
            ] {
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

#[test]
fn a_page_for_no_payment_knows_none() {
    for page in [invalid_link(), try_again(), not_found()] {
        for word in ["txn_", "USD", "Northwind", "Transaction"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
