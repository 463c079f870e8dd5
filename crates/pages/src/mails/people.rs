//! Mails to people who are, or become, owners: the link to sign in with, a bot that names them, an invitation.

use askama::Template;
use bursar_base::{TimeUs, limits};

use super::{CLAIM_MARK, MailContent, TEXT_WIDTH_CHARS, claim, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;

/// What the mail with a link to sign in with has to be told.
#[derive(Debug, Clone)]
pub struct SignInView {
    /// The link.
    pub link: String,
    /// Until when it works.
    pub expires_at: TimeUs,
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
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "en/mails/sign_in.txt")]
struct SignInText<'a> {
    link: &'a str,
    until: &'a Moment,
}

#[derive(Template)]
#[template(path = "en/mails/sign_in.html")]
struct SignInHtml<'a> {
    link: &'a str,
    until: &'a Moment,
}

/// A link to sign in with.
pub fn sign_in(view: &SignInView) -> MailContent {
    let (link, until) = (view.link.as_str(), &Moment::new(view.expires_at, UTC));
    MailContent::new(&SignInText { link, until }, &SignInHtml { link, until })
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
#[template(path = "en/mails/bot_registered.txt")]
struct BotText<'a> {
    b: &'a BotLetter<'a>,
}

#[derive(Template)]
#[template(path = "en/mails/bot_registered.html")]
struct BotHtml<'a> {
    b: &'a BotLetter<'a>,
}

/// A bot names the reader as its owner: who it says it is, how to claim it, how to refuse it.
pub fn bot_registered(view: &BotView) -> MailContent {
    let b = &BotLetter {
        view,
        name: name(&view.name, limits::MAX_NAME_CHARS),
        subject_name: subject_name(&view.name),
        until: Moment::new(view.expires_at, UTC),
        at: Moment::new(view.registered_at, UTC),
    };
    MailContent::new(&BotText { b }, &BotHtml { b })
}

struct InvitationLetter<'a> {
    view: &'a InvitationView,
    org: String,
    subject_org: String,
    by: String,
    until: Moment,
}

impl InvitationLetter<'_> {
    fn may(&self) -> &'static str {
        match self.view.role.as_str() {
            "owner" => "As an owner you may do everything: set limits, decide on payments, invite others.",
            "approver" => "As an approver you look at everything and decide on payments that wait for a yes.",
            _ => "As a viewer you look at everything and change nothing.",
        }
    }
}

#[derive(Template)]
#[template(path = "en/mails/invited.txt")]
struct InvitedText<'a> {
    i: &'a InvitationLetter<'a>,
}

#[derive(Template)]
#[template(path = "en/mails/invited.html")]
struct InvitedHtml<'a> {
    i: &'a InvitationLetter<'a>,
}

/// An invitation into an org.
pub fn invited(view: &InvitationView) -> MailContent {
    let i = &InvitationLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        subject_org: subject_name(&view.org_name),
        by: foreign::short_line(&view.invited_by, limits::MAX_NAME_CHARS),
        until: Moment::new(view.expires_at, UTC),
    };
    MailContent::new(&InvitedText { i }, &InvitedHtml { i })
}
