//! Pages that know of no payment, and so can give none away.

use askama::Template;
use bursar_base::limits;

use crate::{STYLESHEET_PATH, foreign};

#[derive(Template)]
#[template(path = "en/invalid_link.html")]
struct InvalidLink;

#[derive(Template)]
#[template(path = "en/try_again.html")]
struct TryAgain;

#[derive(Template)]
#[template(path = "en/not_payable.html")]
struct NotPayable;

#[derive(Template)]
#[template(path = "en/back_from_stripe.html")]
struct BackFromStripe;

#[derive(Template)]
#[template(path = "en/back_from_onboarding.html")]
struct BackFromOnboarding;

#[derive(Template)]
#[template(path = "en/onboarding_refresh.html")]
struct OnboardingRefresh<'a> {
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "en/not_found.html")]
struct NotFound;

#[derive(Template)]
#[template(path = "en/unsubscribe.html")]
struct Unsubscribe<'a> {
    org: String,
    kind: &'a str,
    path: &'a str,
    is_off: bool,
}

/// The page that turns mails of one kind off, for the org of this name; its form posts to `path`. Once they are off it says
/// so.
pub fn unsubscribe(org: &str, kind: &str, path: &str, is_off: bool) -> String {
    let org = foreign::short_line(org, limits::MAX_NAME_CHARS);
    Unsubscribe { org, kind, path, is_off }.to_string()
}

/// For a link that is forged, cut or of another server. It does not say which, nor whether there is such a payment.
pub fn invalid_link() -> String {
    InvalidLink.to_string()
}

/// For 503: it is not known whether what was asked happened, and trying again is safe.
pub fn try_again() -> String {
    TryAgain.to_string()
}

/// For a sum that cannot be paid, because the server cannot take money.
pub fn not_payable() -> String {
    NotPayable.to_string()
}

/// For people who come back from a page of Stripe's on which a payment method is saved, done or not.
pub fn back_from_stripe() -> String {
    BackFromStripe.to_string()
}

/// For people who come back from the page of Stripe's on which a connected account is set up, done or not.
pub fn back_from_onboarding() -> String {
    BackFromOnboarding.to_string()
}

/// For people whom Stripe sends back because their link is used up: a button that makes another. `problem` says why it did
/// not, in a sentence.
pub fn onboarding_refresh(problem: Option<&str>) -> String {
    OnboardingRefresh { problem }.to_string()
}

/// For 404.
pub fn not_found() -> String {
    NotFound.to_string()
}
