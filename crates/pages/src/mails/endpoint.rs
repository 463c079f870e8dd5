//! The mail that says webhooks to an endpoint stopped.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use super::{MailContent, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;
use crate::words::Words;

/// Most of a URL that a mail shows, in characters.
const URL_CHARS_MAX: usize = 200;

/// What the mail about a disabled endpoint has to be told.
#[derive(Debug, Clone)]
pub struct EndpointView {
    /// Whose it is.
    pub org_name: String,
    /// The agent that it tells of; all of the org's, where there is none.
    pub agent_name: Option<String>,
    /// Where messages were sent.
    pub url: String,
    /// The endpoint's id.
    pub endpoint_id: String,
    /// Why it was disabled, as the end of a sentence.
    pub reason: String,
    /// When.
    pub disabled_at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// The command that enables it, to be copied.
    pub enable_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/endpoint_disabled.txt")]
struct DisabledText<'a> {
    t: Words,
    e: &'a Letter<'a>,
}

#[derive(Template)]
#[template(path = "mails/endpoint_disabled.html")]
struct DisabledHtml<'a> {
    t: Words,
    e: &'a Letter<'a>,
}

struct Letter<'a> {
    view: &'a EndpointView,
    org: String,
    agent: Option<String>,
    subject_agent: Option<String>,
    url: String,
    subject_host: String,
    reason: String,
    at: Moment,
}

/// Nobody takes the messages to an endpoint: which, why, and how to have them sent again.
pub fn endpoint_disabled(view: &EndpointView) -> MailContent {
    let t = Words::of(view.language);
    let host = view.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    let e = &Letter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: view.agent_name.as_deref().map(|text| name(text, limits::MAX_NAME_CHARS)),
        subject_agent: view.agent_name.as_deref().map(subject_name),
        url: name(&view.url, URL_CHARS_MAX),
        subject_host: subject_name(host.unwrap_or_default()),
        reason: reason(t, &view.reason),
        at: t.moment(view.disabled_at, &view.time_zone),
    };
    MailContent::new(view.language, &DisabledText { t, e }, &DisabledHtml { t, e })
}

/// Why, as the end of a sentence: what Bursar itself writes down, in the reader's language; anything else as it is.
fn reason(t: Words, reason: &str) -> String {
    match reason {
        "it answered 410" => t.text("it-answered-410").to_string(),
        "nothing that was sent there was taken for days" => t.text("nothing-was-taken-for-days").to_string(),
        other => foreign::short_line(other, limits::MAX_NAME_CHARS),
    }
}
