//! Mails that tell owners how money goes. Each can be turned off.

use askama::Template;
use bursar_base::{Language, Money, TimeUs, limits};

use super::{MailContent, name, style, subject_name};
use crate::approval::Window;
use crate::foreign;
use crate::shown::Moment;
use crate::words::Words;

/// What such a mail has to be told.
#[derive(Debug, Clone)]
pub struct NoticeView {
    /// Whose money it is.
    pub org_name: String,
    /// What it tells.
    pub notice: Notice,
    /// When it happened.
    pub at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// Whether the org is for testing.
    pub is_test: bool,
    /// The whole link of the page that turns such mails off.
    pub off_link: String,
}

/// What an owner is told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A wallet holds less than it should, or nothing.
    BalanceLow {
        /// Whose own wallet it is; the org's, where there is none.
        agent_name: Option<String>,
        /// What could be spent from it then.
        left: Money,
        /// What it should hold; none where the wallet is empty.
        below: Option<Money>,
    },
    /// Most of a limit is used.
    LimitNear {
        /// Whose.
        agent_name: String,
        /// How long the limit counts for.
        window: Window,
        /// Held and paid.
        used: Money,
        /// The limit.
        limit: Money,
    },
    /// The policy declined one payment after the other.
    Declines {
        /// Whose.
        agent_name: String,
        /// How many.
        count: i64,
        /// Why it declined the last one, as a code.
        reason: String,
    },
    /// What happened within a day or a week.
    Summary {
        /// Whether it is a week.
        is_week: bool,
        /// The first day, `2026-09-21`.
        from: String,
        /// The last day.
        to: String,
        /// Each agent that did something.
        lines: Vec<SummaryLine>,
    },
}

/// What one agent did.
#[derive(Debug, Clone)]
pub struct SummaryLine {
    /// Which.
    pub agent_name: String,
    /// How many payments were made.
    pub paid: i64,
    /// What they came to.
    pub amount: Money,
    /// What came back.
    pub refunded: Money,
    /// How often a human was asked.
    pub asked: i64,
    /// How many payments were declined.
    pub declined: i64,
}

#[derive(Template)]
#[template(path = "mails/notice.txt")]
struct NoticeText<'a> {
    t: Words,
    n: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "mails/notice.html")]
struct NoticeHtml<'a> {
    t: Words,
    n: &'a Letter<'a>,
}

struct Letter<'a> {
    view: &'a NoticeView,
    org: String,
    at: Moment,
}

impl Letter<'_> {
    fn t(&self) -> Words {
        Words::of(self.view.language)
    }

    fn amount(&self, money: &Money) -> String {
        self.t().amount(*money)
    }

    fn agent(&self, text: &str) -> String {
        name(text, limits::MAX_NAME_CHARS)
    }

    fn subject_agent(&self, text: &str) -> String {
        subject_name(text)
    }

    fn code(&self, text: &str) -> String {
        foreign::short_line(text, limits::MAX_NAME_CHARS)
    }

    /// What was paid by all agents.
    fn total(&self, lines: &[SummaryLine]) -> String {
        let Some(first) = lines.first() else { return String::new() };
        let micros = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount.micros));
        self.t().amount(Money { micros, ..first.amount })
    }
}

/// Tells an owner how money goes.
pub fn notice(view: &NoticeView) -> MailContent {
    let t = Words::of(view.language);
    let n = &Letter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        at: t.moment(view.at, &view.time_zone),
    };
    MailContent::new(view.language, &NoticeText { t, n }, &NoticeHtml { t, n })
}
