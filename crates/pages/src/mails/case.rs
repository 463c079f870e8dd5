//! The mail that says that something about money wants a person.

use askama::Template;
use bursar_base::{Language, Money, TimeUs, limits};

use super::{MailContent, name, style};
use crate::shown::Moment;
use crate::words::Words;

/// What the mail about a case has to be told.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Whose money it is.
    pub org_name: String,
    /// The case's id.
    pub case_id: String,
    /// Why, as far as that is known.
    pub cause: String,
    /// What it is about.
    pub reference: String,
    /// What our books say.
    pub ours: String,
    /// What the other side says.
    pub theirs: String,
    /// How much is at stake.
    pub amount: Money,
    /// When it was opened.
    pub opened_at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The command that shows it, to be copied.
    pub show_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/case_opened.txt")]
struct CaseText<'a> {
    t: Words,
    c: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "mails/case_opened.html")]
struct CaseHtml<'a> {
    t: Words,
    c: &'a Letter<'a>,
}

struct Letter<'a> {
    view: &'a CaseView,
    org: String,
    cause: String,
    reference: String,
    ours: String,
    theirs: String,
    amount: String,
    at: Moment,
}

/// Two sides say different things about money: what they say, how much it is about, and where to look.
pub fn case_opened(view: &CaseView) -> MailContent {
    let t = Words::of(view.language);
    let short = |text: &str| name(text, limits::MAX_REASON_CHARS);
    let c = &Letter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        cause: short(&view.cause),
        reference: short(&view.reference),
        ours: short(&view.ours),
        theirs: short(&view.theirs),
        amount: t.amount(view.amount),
        at: t.moment(view.opened_at, &view.time_zone),
    };
    MailContent::new(view.language, &CaseText { t, c }, &CaseHtml { t, c })
}
