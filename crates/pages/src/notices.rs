//! Pages that know of no payment, and so can give none away.

use askama::Template;
use bursar_base::{Language, limits};

use crate::words::Words;
use crate::{STYLESHEET_PATH, foreign};

#[derive(Template)]
#[template(path = "invalid_link.html")]
struct InvalidLink {
    t: Words,
}

#[derive(Template)]
#[template(path = "try_again.html")]
struct TryAgain {
    t: Words,
}

#[derive(Template)]
#[template(path = "not_payable.html")]
struct NotPayable {
    t: Words,
}

#[derive(Template)]
#[template(path = "back_from_stripe.html")]
struct BackFromStripe {
    t: Words,
}

#[derive(Template)]
#[template(path = "back_from_onboarding.html")]
struct BackFromOnboarding {
    t: Words,
}

#[derive(Template)]
#[template(path = "onboarding_refresh.html")]
struct OnboardingRefresh<'a> {
    t: Words,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound {
    t: Words,
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe<'a> {
    t: Words,
    org: String,
    kind: &'a str,
    path: &'a str,
    is_off: bool,
}

/// The page that turns mails of one kind off, for the org of this name; its form posts to `path`. Once they are off it says
/// so.
pub fn unsubscribe(org: &str, kind: &str, path: &str, is_off: bool, language: Language) -> String {
    let t = Words::of(language);
    let org = foreign::short_line(org, limits::MAX_NAME_CHARS);
    Unsubscribe { t, org, kind, path, is_off }.to_string()
}

/// For a link that is forged, cut or of another server. It does not say which, nor whether there is such a payment.
pub fn invalid_link(language: Language) -> String {
    let t = Words::of(language);
    InvalidLink { t }.to_string()
}

/// For 503: it is not known whether what was asked happened, and trying again is safe.
pub fn try_again(language: Language) -> String {
    let t = Words::of(language);
    TryAgain { t }.to_string()
}

/// For a sum that cannot be paid, because the server cannot take money.
pub fn not_payable(language: Language) -> String {
    let t = Words::of(language);
    NotPayable { t }.to_string()
}

/// For people who come back from a page of Stripe's on which a payment method is saved, done or not.
pub fn back_from_stripe(language: Language) -> String {
    let t = Words::of(language);
    BackFromStripe { t }.to_string()
}

/// For people who come back from the page of Stripe's on which a connected account is set up, done or not.
pub fn back_from_onboarding(language: Language) -> String {
    let t = Words::of(language);
    BackFromOnboarding { t }.to_string()
}

/// For people whom Stripe sends back because their link is used up: a button that makes another. `problem` says why it did
/// not, in a sentence.
pub fn onboarding_refresh(problem: Option<&str>, language: Language) -> String {
    let t = Words::of(language);
    OnboardingRefresh { t, problem }.to_string()
}

/// For 404.
pub fn not_found(language: Language) -> String {
    let t = Words::of(language);
    NotFound { t }.to_string()
}
