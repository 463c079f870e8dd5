//! What every page has, and what only some may have.

mod reading;
mod sample;

use bursar_base::Language;
use bursar_pages::*;
use reading::tags;

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

/// The links of a page but the one to itself in the other language.
fn links(page: &str) -> Vec<String> {
    tags(page, "a").into_iter().filter(|link| !link.contains("hreflang=")).map(Into::into).collect()
}

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
            [approve(&view), decline(&view), just_decided(&view), outcome(&hostile)]
        })
        .collect();
    for status in ENDED_CHECKOUTS {
        let (plain, hostile) = (sample::checkout(status), sample::hostile_checkout(status));
        pages.extend([topup(&plain), topup(&hostile), payment_link(&plain), payment_link(&hostile)]);
    }
    pages.extend([invalid_link(EN), try_again(EN), not_payable(EN), back_from_stripe(EN), not_found(EN)]);
    pages.push(back_from_onboarding(EN));
    pages
}

/// Where there is nothing to press any more.
const ENDED_CHECKOUTS: [CheckoutStatus; 5] = [
    CheckoutStatus::JustPaid,
    CheckoutStatus::Processing,
    CheckoutStatus::Paid,
    CheckoutStatus::Failed,
    CheckoutStatus::Expired,
];

fn open_checkouts() -> Vec<String> {
    let views = [sample::checkout(CheckoutStatus::Open), sample::hostile_checkout(CheckoutStatus::Open)];
    views.iter().flat_map(|view| [topup(view), payment_link(view)]).collect()
}

fn all_pages() -> Vec<String> {
    let mut pages = pending_pages();
    pages.extend(open_checkouts());
    pages.extend(ended_pages());
    pages
}

const EN: Language = Language::En;

#[test]
fn every_page_has_its_frame() {
    for page in all_pages() {
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"));
        assert!(page.contains("name=\"viewport\" content=\"width=device-width, initial-scale=1\""));
        for element in ["h1", "title", "main", "header", "footer"] {
            assert_eq!(tags(&page, element).len(), 1, "{element} in {page}");
        }
        let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.map(|(title, _)| title.trim()).unwrap_or_default();
        assert!(title.len() > " · Bursar".len() && title.ends_with("· Bursar"), "{title:?}");
        assert!(page.contains(&format!("<link rel=\"stylesheet\" href=\"{STYLESHEET_PATH}\">")));
    }
}

#[test]
fn no_page_needs_more_than_the_policy_allows() {
    for page in all_pages() {
        for element in ["script", "style", "img", "iframe", "object", "base", "input", "i", "b"] {
            assert!(tags(&page, element).is_empty(), "<{element}> in {page}");
        }
        for tag in page.split('<').skip(1).filter_map(|part| part.split_once('>').map(|(tag, _)| tag)) {
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
            found.filter_map(|rest| rest.split_once('"').map(|(value, _)| value.to_owned())).collect()
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
        let links = links(&page);
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
        for element in ["form", "button", "textarea"] {
            assert!(tags(&page, element).is_empty(), "<{element}> in {page}");
        }
        assert!(links(&page).is_empty(), "{page}");
        assert!(!page.contains("/approve/eyJ") && !page.contains("/decline/eyJ"), "{page}");
    }
}

#[test]
fn a_link_that_is_used_up_is_made_anew_by_one_button_that_posts() {
    for page in [onboarding_refresh(None, EN), onboarding_refresh(Some("<b>&"), EN)] {
        let forms = tags(&page, "form");
        assert_eq!((forms.len(), tags(&page, "button").len(), links(&page).len()), (1, 1, 0));
        assert!(forms[0].contains("method=\"post\"") && !page.contains("<b>"), "{page}");
    }
}

#[test]
fn a_page_for_no_payment_knows_none() {
    for page in [invalid_link(EN), try_again(EN), not_payable(EN), back_from_stripe(EN), not_found(EN)] {
        for word in ["txn_", "USD", "Northwind", "Transaction"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}

#[test]
fn a_sum_is_paid_by_one_button_that_posts_and_is_said_to_be_a_claim() {
    for page in open_checkouts() {
        let forms = tags(&page, "form");
        assert_eq!((forms.len(), tags(&page, "button").len(), links(&page).len()), (1, 1, 0));
        assert!(forms[0].contains("method=\"post\"") && forms[0].contains("action=\"/v1/topup/token\""));
        assert!(page.contains("not checked by Bursar"), "{page}");
    }
    let mut nobodys = sample::checkout(CheckoutStatus::Open);
    nobodys.pay_path = None;
    assert!(tags(&topup(&nobodys), "form").is_empty());
    let words = reading::words(&payment_link(&sample::checkout(CheckoutStatus::Open)));
    assert!(words.contains("Northwind Labs asks you to pay") && words.contains("250.00 USD"), "{words}");
}
