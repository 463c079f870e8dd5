//! The mail that says an agent was frozen.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use super::{MailContent, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;
use crate::words::Words;

/// What the mail about a frozen agent has to be told. Not how many payments the freeze cancels: they are withdrawn one
/// by one behind it, and the mail may be sent before, meanwhile or after.
#[derive(Debug, Clone)]
pub struct FrozenView {
    /// Whose agent it is.
    pub org_name: String,
    /// The agent's name.
    pub agent_name: String,
    /// The agent's id.
    pub agent_id: String,
    /// Why it was frozen.
    pub cause: FreezeCause,
    /// When.
    pub frozen_at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The command that unfreezes it, to be copied.
    pub unfreeze_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

/// Why an agent was frozen.
#[derive(Debug, Clone)]
pub enum FreezeCause {
    /// It asked too often.
    Breaker {
        /// How many requests are allowed ...
        requests: u64,
        /// ... within how many seconds.
        seconds: u64,
        /// The setting that says so, as it is written: `breaker` of the policy, or that of the server.
        setting: String,
    },
    /// A person did it.
    Human {
        /// Who.
        by: String,
        /// What they said.
        reason: Option<String>,
    },
}

#[derive(Template)]
#[template(path = "mails/agent_frozen.txt")]
struct FrozenText<'a> {
    t: Words,
    f: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "mails/agent_frozen.html")]
struct FrozenHtml<'a> {
    t: Words,
    f: &'a Letter<'a>,
}

struct Letter<'a> {
    view: &'a FrozenView,
    org: String,
    agent: String,
    subject_agent: String,
    at: Moment,
}

impl Letter<'_> {
    /// A person's words, safe in a mail.
    fn said(&self, text: &str) -> String {
        foreign::unlinked(&foreign::short_line(text, limits::MAX_REASON_CHARS))
    }

    fn person(&self, text: &str) -> String {
        foreign::short_line(text, limits::MAX_NAME_CHARS)
    }
}

/// An agent was frozen: why, by which setting, and who can unfreeze it and how.
pub fn agent_frozen(view: &FrozenView) -> MailContent {
    let t = Words::of(view.language);
    let f = &Letter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: name(&view.agent_name, limits::MAX_NAME_CHARS),
        subject_agent: subject_name(&view.agent_name),
        at: t.moment(view.frozen_at, &view.time_zone),
    };
    MailContent::new(view.language, &FrozenText { t, f }, &FrozenHtml { t, f })
}

/// What the mail about a frozen org has to be told.
#[derive(Debug, Clone)]
pub struct OrgFrozenView {
    /// Its name.
    pub org_name: String,
    /// Its id.
    pub org_id: String,
    /// Who froze it.
    pub by: String,
    /// What they said.
    pub reason: String,
    /// When.
    pub frozen_at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The command that unfreezes it, to be copied.
    pub unfreeze_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/org_frozen.txt")]
struct OrgFrozenText<'a> {
    t: Words,
    f: &'a OrgLetter<'a>,
}

#[derive(Template)]
#[template(path = "mails/org_frozen.html")]
struct OrgFrozenHtml<'a> {
    t: Words,
    f: &'a OrgLetter<'a>,
}

struct OrgLetter<'a> {
    view: &'a OrgFrozenView,
    org: String,
    subject_org: String,
    by: String,
    reason: String,
    at: Moment,
}

/// All of an org was frozen: by whom and why, what has stopped, and how it goes on.
pub fn org_frozen(view: &OrgFrozenView) -> MailContent {
    let t = Words::of(view.language);
    let f = &OrgLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        subject_org: subject_name(&view.org_name),
        by: foreign::short_line(&view.by, limits::MAX_NAME_CHARS),
        reason: foreign::unlinked(&foreign::short_line(&view.reason, limits::MAX_REASON_CHARS)),
        at: t.moment(view.frozen_at, &view.time_zone),
    };
    MailContent::new(view.language, &OrgFrozenText { t, f }, &OrgFrozenHtml { t, f })
}
