//! Mails: each a subject, a text that is complete by itself, and the same as HTML.
//!
//! Mail programs drop stylesheets, so every element carries its style; the few rules in the head only turn colours over
//! in the dark, where a program heeds them.

mod alerts;
mod approval;
mod card;
mod case;
mod endpoint;
mod frozen;
mod funding;
mod notice;
mod people;
pub(crate) mod style;
mod topup;

pub use alerts::{
    PaymentView, TestView, captured_unheld, disputed, held_unasked, mail_test, refund_failed, topup_disputed,
    topup_mismatched,
};
pub use approval::{ApprovalLinks, approval_asked, approval_reminder, approval_timed_out};
pub use card::{CardAccessView, card_accessed, card_asked};
pub use case::{CaseView, case_opened};
pub use endpoint::{EndpointView, endpoint_disabled};
pub use frozen::{FreezeCause, FrozenView, OrgFrozenView, agent_frozen, org_frozen};
pub use funding::{
    AutoTopupView, PaymentMethodChange, PaymentMethodView, auto_topup_paused, payment_method_changed,
};
pub use notice::{Notice, NoticeView, SummaryLine, notice};
pub use people::{BotView, InvitationView, SignInView, bot_registered, invited, sign_in};
pub use topup::topup_asked;

use askama::Template;
use bursar_base::{Language, limits};

use crate::foreign;
use crate::words::Words;

/// Longest subject, in characters: what phones and mail programs show, and then some.
const SUBJECT_CHARS_MAX: usize = 140;
/// Most of a merchant's or agent's name that a subject shows, in characters.
const SUBJECT_NAME_CHARS_MAX: usize = 40;
/// Most of a purpose that a mail shows, in characters; the page has the rest.
const CLAIM_CHARS_MAX: usize = 300;
/// Where lines of claims in texts break, in characters.
const TEXT_WIDTH_CHARS: usize = 70;
/// What every line of a claim begins with in texts.
const CLAIM_MARK: &str = "  | ";

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailContent {
    /// One line, no control characters.
    pub subject: String,
    /// Plain text, complete by itself. Lines end with LF.
    pub text: String,
    /// HTML.
    pub html: String,
    /// The language that it is written in.
    pub language: Language,
}

impl MailContent {
    /// From a text template, whose first line is the subject, and an HTML template.
    fn new(language: Language, text: &impl std::fmt::Display, html: &impl std::fmt::Display) -> MailContent {
        let rendered = text.to_string();
        let (subject, text) = rendered.trim_start().split_once('\n').unwrap_or((&rendered, ""));
        MailContent {
            subject: foreign::short_line(subject, SUBJECT_CHARS_MAX),
            text: paragraphs(text),
            html: html.to_string(),
            language,
        }
    }
}

impl MailContent {
    /// The same for somebody who gets it, also, in place of others.
    #[must_use]
    pub fn for_stand_in_of(mut self, others: &[String]) -> MailContent {
        let others: Vec<String> = others.iter().map(|other| name(other, limits::MAX_NAME_CHARS)).collect();
        let t = Words::of(self.language);
        let note = StandInNote { t, others: others.join(", ") };
        self.text = format!("{}\n{}", self.text.trim_end_matches('\n'), paragraphs(&note.to_string()));
        self.html = self.html.replace(FOOT_NOTE, &StandInHtml { t, others: &note.others }.to_string());
        self
    }
}

/// Where the frame of mails has room for a note.
const FOOT_NOTE: &str = "<!-- note -->";

#[derive(Template)]
#[template(path = "mails/stand_in.txt")]
struct StandInNote {
    t: Words,
    others: String,
}

#[derive(Template)]
#[template(path = "mails/stand_in.html")]
struct StandInHtml<'a> {
    t: Words,
    others: &'a str,
}

/// Blank lines that template blocks leave behind become one.
fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim().lines() {
        let line = line.trim_end();
        if line.is_empty() && out.ends_with("\n\n") {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A name in a subject.
fn subject_name(text: &str) -> String {
    foreign::short_line(text, SUBJECT_NAME_CHARS_MAX)
}

/// A name in a body, that mail programs do not turn into a link.
pub(crate) fn name(text: &str, max: usize) -> String {
    foreign::unlinked(&foreign::short_line(text, max))
}

/// A merchant in pieces for HTML, which puts the dots between them into elements of their own: mail programs make no link
/// of a bare host name then, and nobody has to read brackets. Anything else is one piece, with brackets.
fn host_pieces(merchant: &str) -> Vec<String> {
    let line = foreign::short_line(merchant, limits::MAX_MERCHANT_CHARS);
    if foreign::is_bare_host(&line) {
        return line.split('.').map(str::to_owned).collect();
    }
    vec![foreign::unlinked(&line)]
}

/// A claim in an HTML body.
pub(crate) fn claim(text: &str) -> String {
    foreign::unlinked(&foreign::shortened(&foreign::prose(text), CLAIM_CHARS_MAX))
}

/// A claim in a text body, each line marked.
fn marked_claim(text: &str) -> String {
    foreign::quoted(&claim(text), CLAIM_MARK, TEXT_WIDTH_CHARS)
}
