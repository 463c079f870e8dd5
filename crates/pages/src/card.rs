//! The page on which an owner answers an agent that asks for a card.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use crate::shown::Moment;
use crate::words::Words;
use crate::{STYLESHEET_PATH, foreign};

/// An agent's question for a card. Texts may hold anything.
#[derive(Debug, Clone)]
pub struct CardRequestView {
    /// Whose agent.
    pub org_name: String,
    /// Who asks.
    pub agent_name: String,
    /// Why, by its own account.
    pub words: String,
    /// The only merchant it is wanted for.
    pub merchant: Option<String>,
    /// Whether for one payment only.
    pub single_use: bool,
    /// Where it stands.
    pub status: CardRequestStatus,
    /// Path that the buttons post to; without one there are none.
    pub path: Option<String>,
    /// When it was asked.
    pub created: TimeUs,
    /// Until when it can be answered.
    pub expires: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// Whether the org is for testing.
    pub is_test: bool,
    /// Its id.
    pub id: String,
}

/// Where an agent's question for a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardRequestStatus {
    /// It can be answered.
    Asked,
    /// An owner said yes.
    Granted,
    /// An owner said no.
    Refused,
    /// Nobody answered in time.
    Expired,
}

#[derive(Template)]
#[template(path = "card_request.html")]
struct Page<'a> {
    t: Words,
    c: &'a Seen<'a>,
}

/// A view seen by a template.
struct Seen<'a> {
    view: &'a CardRequestView,
}

impl Seen<'_> {
    fn org(&self) -> String {
        foreign::short_line(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> String {
        foreign::short_line(&self.view.agent_name, limits::MAX_NAME_CHARS)
    }

    fn words(&self) -> String {
        foreign::shortened(&foreign::prose(&self.view.words), limits::MAX_REASON_CHARS)
    }

    fn merchant(&self) -> Option<String> {
        Some(foreign::short_line(self.view.merchant.as_deref()?, limits::MAX_MERCHANT_CHARS))
    }

    fn created(&self) -> Moment {
        Words::of(self.view.language).moment(self.view.created, &self.view.time_zone)
    }

    fn expires(&self) -> Moment {
        Words::of(self.view.language).moment(self.view.expires, &self.view.time_zone)
    }

    fn id(&self) -> String {
        foreign::line(&self.view.id)
    }

    /// The path of the buttons, while there are any.
    fn path(&self) -> Option<&str> {
        self.view.path.as_deref().filter(|_| self.view.status == CardRequestStatus::Asked)
    }
}

/// The page behind the link in the mail that asks for a card.
pub fn card_request(view: &CardRequestView) -> String {
    Page { t: Words::of(view.language), c: &Seen { view } }.to_string()
}
