//! The mail in which an agent asks its owner for money.

use askama::Template;
use bursar_base::{Money, limits};

use super::{MailContent, claim, marked_claim, name, style, subject_name};
use crate::checkout::CheckoutView;
use crate::foreign;
use crate::shown::Moment;
use crate::words::Words;

#[derive(Template)]
#[template(path = "mails/topup_asked.txt")]
struct AskedText<'a> {
    t: Words,
    m: &'a Letter<'a>,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mails/topup_asked.html")]
struct AskedHtml<'a> {
    t: Words,
    m: &'a Letter<'a>,
    link: &'a str,
}

/// A view as mails show it: what others wrote cannot become a link.
struct Letter<'a> {
    view: &'a CheckoutView,
    left: Option<Money>,
}

impl Letter<'_> {
    fn t(&self) -> Words {
        Words::of(self.view.language)
    }

    /// The agent's name, in whatever form.
    fn agent_name(&self) -> String {
        let unknown = || self.t().text("an-agent").to_string();
        self.view.agent_name.clone().unwrap_or_else(unknown)
    }

    fn org(&self) -> String {
        name(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> String {
        name(&self.agent_name(), limits::MAX_NAME_CHARS)
    }

    fn subject_agent(&self) -> String {
        subject_name(&self.agent_name())
    }

    fn amount(&self) -> String {
        self.t().amount(self.view.amount)
    }

    fn figure(&self) -> String {
        self.t().grouped(self.view.amount)
    }

    fn currency(&self) -> &str {
        self.view.amount.currency.as_str()
    }

    fn left(&self) -> Option<String> {
        self.left.map(|left| self.t().amount(left))
    }

    fn expires(&self) -> Moment {
        self.t().moment(self.view.expires, &self.view.time_zone)
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
    let t = Words::of(view.language);
    let m = &Letter { view, left };
    MailContent::new(view.language, &AskedText { t, m, link }, &AskedHtml { t, m, link })
}
