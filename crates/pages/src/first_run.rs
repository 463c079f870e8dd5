//! The page of the first run, and the one that shows what it made.

use askama::Template;
use bursar_base::Language;

use crate::STYLESHEET_PATH;
use crate::words::Words;

/// What the form has to be told.
#[derive(Debug, Clone, Default)]
pub struct FirstRunPage {
    /// The language that it is written in.
    pub language: Language,
    /// The link's token.
    pub token: String,
    /// Whether the org will be one without real money.
    pub is_test: bool,
    /// The time zones that are offered (IANA); any other that is known can be written.
    pub time_zones: Vec<String>,
    /// What was wrong.
    pub problem: Option<String>,
    /// With which field: its name in the form.
    pub wrong: String,
    /// What was typed before, as all that follows.
    pub email: String,
    /// The org's name.
    pub org_name: String,
    /// The org's time zone.
    pub time_zone: String,
    /// The org's currency.
    pub currency: String,
    /// The agent's name.
    pub agent_name: String,
    /// The most within a day.
    pub daily: String,
    /// A human is asked above this.
    pub approve_above: String,
}

impl FirstRunPage {
    /// What marks the field that was wrong.
    fn mark(&self, field: &str) -> &'static str {
        if self.problem.is_some() && self.wrong == field { " aria-invalid=true" } else { "" }
    }
}

#[derive(Template)]
#[template(path = "first_run/form.html")]
struct Form<'a> {
    t: Words,
    p: &'a FirstRunPage,
}

/// The form.
pub fn first_run_page(page: &FirstRunPage) -> String {
    Form { t: Words::of(page.language), p: page }.to_string()
}

/// What the page has to be told that shows what was made.
#[derive(Debug, Clone, Default)]
pub struct FirstRunDone {
    /// The language that it is written in.
    pub language: Language,
    /// Where the server is reached, without a slash at the end.
    pub base: String,
    /// Whether the org is one without real money.
    pub is_test: bool,
    /// Whether this server takes passkeys.
    pub has_passkeys: bool,
    /// The org's id.
    pub org_id: String,
    /// The org's name.
    pub org_name: String,
    /// The agent's id.
    pub agent_id: String,
    /// The agent's name.
    pub agent_name: String,
    /// The agent's key, shown this once.
    pub api_key: String,
    /// Its public id.
    pub key_id: String,
    /// The org's currency.
    pub currency: String,
    /// Of the payment in the example: a plain decimal.
    pub amount: String,
}

#[derive(Template)]
#[template(path = "first_run/done.html")]
struct Done<'a> {
    t: Words,
    d: &'a FirstRunDone,
}

/// What was made, the agent's key, and what to do next.
pub fn first_run_done(page: &FirstRunDone) -> String {
    Done { t: Words::of(page.language), d: page }.to_string()
}
