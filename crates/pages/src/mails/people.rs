//! Mails to people who are, or become, owners: the link to sign in with, a bot that names them, an invitation.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use super::{CLAIM_MARK, MailContent, TEXT_WIDTH_CHARS, claim, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;
use crate::words::{TextSentence, Words};

/// What the mail with a link to sign in with has to be told.
#[derive(Debug, Clone)]
pub struct SignInView {
    /// The link.
    pub link: String,
    /// Until when it works.
    pub expires_at: TimeUs,
    /// The language that it is written in.
    pub language: Language,
}

/// What the mail about a bot has to be told, which names the reader as its owner.
#[derive(Debug, Clone)]
pub struct BotView {
    /// What the bot calls itself.
    pub name: String,
    /// What it says it is.
    pub description: String,
    /// Its id.
    pub id: String,
    /// Where it registered from, as far as that is known.
    pub address: String,
    /// When.
    pub registered_at: TimeUs,
    /// Until when it can be claimed.
    pub expires_at: TimeUs,
    /// What it is claimed with.
    pub claim_token: String,
    /// The page that claims it.
    pub claim_link: String,
    /// The page that refuses it.
    pub refuse_link: String,
    /// The language that it is written in.
    pub language: Language,
    /// Whether it is for testing.
    pub is_test: bool,
}

/// What an invitation has to be told.
#[derive(Debug, Clone)]
pub struct InvitationView {
    /// Into which org.
    pub org_name: String,
    /// Who asks.
    pub invited_by: String,
    /// What the reader may do there: `owner`, `approver` or `viewer`.
    pub role: String,
    /// The page to sign in and accept on.
    pub link: String,
    /// Until when.
    pub expires_at: TimeUs,
    /// The language that it is written in.
    pub language: Language,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/sign_in.txt")]
struct SignInText<'a> {
    t: Words,
    link: &'a str,
    until: &'a Moment,
}

#[derive(Template)]
#[template(path = "mails/sign_in.html")]
struct SignInHtml<'a> {
    t: Words,
    link: &'a str,
    until: &'a Moment,
}

/// A link to sign in with.
pub fn sign_in(view: &SignInView) -> MailContent {
    let t = Words::of(view.language);
    let (link, until) = (view.link.as_str(), &t.moment(view.expires_at, UTC));
    MailContent::new(view.language, &SignInText { t, link, until }, &SignInHtml { t, link, until })
}

/// Who reads these mails is in no org yet whose time zone could be taken.
const UTC: &str = "UTC";

struct BotLetter<'a> {
    view: &'a BotView,
    name: String,
    subject_name: String,
    until: Moment,
    at: Moment,
}

impl BotLetter<'_> {
    fn description(&self) -> Option<String> {
        Some(claim(&self.view.description)).filter(|text| !text.is_empty())
    }

    fn marked_description(&self) -> Option<String> {
        self.description().map(|text| foreign::quoted(&text, CLAIM_MARK, TEXT_WIDTH_CHARS))
    }
}

#[derive(Template)]
#[template(path = "mails/bot_registered.txt")]
struct BotText<'a> {
    t: Words,
    b: &'a BotLetter<'a>,
}

#[derive(Template)]
#[template(path = "mails/bot_registered.html")]
struct BotHtml<'a> {
    t: Words,
    b: &'a BotLetter<'a>,
}

/// A bot names the reader as its owner: who it says it is, how to claim it, how to refuse it.
pub fn bot_registered(view: &BotView) -> MailContent {
    let t = Words::of(view.language);
    let b = &BotLetter {
        view,
        name: name(&view.name, limits::MAX_NAME_CHARS),
        subject_name: subject_name(&view.name),
        until: t.moment(view.expires_at, UTC),
        at: t.moment(view.registered_at, UTC),
    };
    MailContent::new(view.language, &BotText { t, b }, &BotHtml { t, b })
}

struct InvitationLetter<'a> {
    view: &'a InvitationView,
    org: String,
    subject_org: String,
    by: String,
    until: Moment,
}

impl InvitationLetter<'_> {
    fn may(&self) -> TextSentence {
        let t = Words::of(self.view.language);
        match self.view.role.as_str() {
            "owner" => t.text("as-an-owner-you-may"),
            "approver" => t.text("as-an-approver-you-may"),
            _ => t.text("as-a-viewer-you-may"),
        }
    }
}

#[derive(Template)]
#[template(path = "mails/invited.txt")]
struct InvitedText<'a> {
    t: Words,
    i: &'a InvitationLetter<'a>,
}

#[derive(Template)]
#[template(path = "mails/invited.html")]
struct InvitedHtml<'a> {
    t: Words,
    i: &'a InvitationLetter<'a>,
}

/// An invitation into an org.
pub fn invited(view: &InvitationView) -> MailContent {
    let t = Words::of(view.language);
    let i = &InvitationLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        subject_org: subject_name(&view.org_name),
        by: foreign::short_line(&view.invited_by, limits::MAX_NAME_CHARS),
        until: t.moment(view.expires_at, UTC),
    };
    MailContent::new(view.language, &InvitedText { t, i }, &InvitedHtml { t, i })
}
