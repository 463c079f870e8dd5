//! Mails about cards: an agent asks for one, and an agent looked at its own.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use super::{MailContent, claim, marked_claim, name, style, subject_name};
use crate::card::CardRequestView;
use crate::foreign;
use crate::shown::Moment;
use crate::words::Words;

/// What the mail about a look at a card has to be told.
#[derive(Debug, Clone)]
pub struct CardAccessView {
    /// Whose agent.
    pub org_name: String,
    /// Who looked.
    pub agent_name: String,
    /// The last digits of the card.
    pub last4: Option<String>,
    /// Whether the whole number was asked for.
    pub number: bool,
    /// With which key.
    pub key_id: String,
    /// From which address.
    pub address: String,
    /// When.
    pub at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The command that stops the card, to be copied.
    pub freeze_command: String,
    /// The card.
    pub card_id: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/card_asked.txt")]
struct AskedText<'a> {
    t: Words,
    m: &'a Asked<'a>,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mails/card_asked.html")]
struct AskedHtml<'a> {
    t: Words,
    m: &'a Asked<'a>,
    link: &'a str,
}

/// A view as mails show it: what others wrote cannot become a link.
struct Asked<'a> {
    view: &'a CardRequestView,
}

impl Asked<'_> {
    fn org(&self) -> String {
        name(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> String {
        name(&self.view.agent_name, limits::MAX_NAME_CHARS)
    }

    fn subject_agent(&self) -> String {
        subject_name(&self.view.agent_name)
    }

    fn merchant(&self) -> Option<String> {
        Some(name(self.view.merchant.as_deref()?, limits::MAX_MERCHANT_CHARS))
    }

    fn expires(&self) -> Moment {
        Words::of(self.view.language).moment(self.view.expires, &self.view.time_zone)
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

/// An agent asks for a card: why by its own account, and the link to the page that asks once more.
pub fn card_asked(view: &CardRequestView, link: &str) -> MailContent {
    let t = Words::of(view.language);
    let m = &Asked { view };
    MailContent::new(view.language, &AskedText { t, m, link }, &AskedHtml { t, m, link })
}

#[derive(Template)]
#[template(path = "mails/card_accessed.txt")]
struct AccessedText<'a> {
    t: Words,
    m: &'a Accessed<'a>,
}

#[derive(Template)]
#[template(path = "mails/card_accessed.html")]
struct AccessedHtml<'a> {
    t: Words,
    m: &'a Accessed<'a>,
}

struct Accessed<'a> {
    view: &'a CardAccessView,
    org: String,
    agent: String,
    subject_agent: String,
    address: String,
    at: Moment,
}

/// An agent looked at its card: with which key, from where, whether at the number, and how to stop the card.
pub fn card_accessed(view: &CardAccessView) -> MailContent {
    let t = Words::of(view.language);
    let m = &Accessed {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: name(&view.agent_name, limits::MAX_NAME_CHARS),
        subject_agent: subject_name(&view.agent_name),
        address: name(&view.address, limits::MAX_NAME_CHARS),
        at: t.moment(view.at, &view.time_zone),
    };
    MailContent::new(view.language, &AccessedText { t, m }, &AccessedHtml { t, m })
}
