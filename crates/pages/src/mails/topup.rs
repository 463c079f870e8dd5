//! The mail in which an agent asks its owner for money.

use askama::Template;
use bursar_base::{Money, limits};

use super::{MailContent, claim, marked_claim, name, style, subject_name};
use crate::checkout::CheckoutView;
use crate::shown::Moment;
use crate::{figures, foreign};

#[derive(Template)]
#[template(path = "en/mails/topup_asked.txt")]
struct AskedText<'a> {
    m: &'a Letter<'a>,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "en/mails/topup_asked.html")]
struct AskedHtml<'a> {
    m: &'a Letter<'a>,
    link: &'a str,
}

/// A view as mails show it: what others wrote cannot become a link.
struct Letter<'a> {
    view: &'a CheckoutView,
    left: Option<Money>,
}

impl Letter<'_> {
    fn org(&self) -> String {
        name(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> String {
        name(self.view.agent_name.as_deref().unwrap_or("An agent"), limits::MAX_NAME_CHARS)
    }

    fn subject_agent(&self) -> String {
        subject_name(self.view.agent_name.as_deref().unwrap_or("An agent"))
    }

    fn amount(&self) -> String {
        figures::amount(self.view.amount)
    }

    fn figure(&self) -> String {
        figures::grouped(self.view.amount)
    }

    fn currency(&self) -> &str {
        self.view.amount.currency.as_str()
    }

    fn left(&self) -> Option<String> {
        self.left.map(figures::amount)
    }

    fn expires(&self) -> Moment {
        Moment::new(self.view.expires, &self.view.time_zone)
    }

    fn claim(&self) -> String {
        claim(&self.view.words)
    }

    fn marked_claim(&self) -> String {
        marked_claim(&self.view.words)
    }

    fn has_broken_links(&self) -> bool {
        foreign::unlinked(&self.view.words) != self.view.words
    }

    fn claimed_category(&self) -> Option<String> {
        None
    }
}

/// An agent asks for money: how much, why by its own account, what is left, and the link to the page that asks once more.
pub fn topup_asked(view: &CheckoutView, left: Option<Money>, link: &str) -> MailContent {
    let m = &Letter { view, left };
    MailContent::new(&AskedText { m, link }, &AskedHtml { m, link })
}
