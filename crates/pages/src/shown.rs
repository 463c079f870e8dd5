//! An approval as templates show it: every text cleaned, every figure formatted. Templates hold the words around it.

use bursar_base::{Language, TimeUs, limits};

use crate::approval::{ApprovalStatus, ApprovalView};
use crate::budget::{self, Bar};
use crate::words::Words;
use crate::{figures, foreign, json, reasons};

/// Longest figure that is set in the largest type, in characters; the next step holds half as much again.
const LARGE_FIGURE_CHARS_MAX: usize = 9;

/// A view seen by a template.
pub(crate) struct Shown<'a> {
    view: &'a ApprovalView,
    t: Words,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(view: &'a ApprovalView) -> Shown<'a> {
        Shown { view, t: Words::of(view.language) }
    }

    pub(crate) fn org(&self) -> String {
        foreign::short_line(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    pub(crate) fn agent(&self) -> String {
        foreign::short_line(&self.view.agent_name, limits::MAX_NAME_CHARS)
    }

    pub(crate) fn merchant(&self) -> String {
        foreign::short_line(&self.view.merchant, limits::MAX_MERCHANT_CHARS)
    }

    /// Whether a till asked, and not the agent.
    pub(crate) fn is_card(&self) -> bool {
        self.view.rail == "card"
    }

    pub(crate) fn is_payee_known(&self) -> bool {
        self.view.payee_known
    }

    /// `1,284.00`
    pub(crate) fn figure(&self) -> String {
        self.t.grouped(self.view.amount)
    }

    /// The class that sets the figure as large as it fits a phone.
    pub(crate) fn figure_class(&self) -> &'static str {
        match self.figure().chars().count() {
            0..=LARGE_FIGURE_CHARS_MAX => "figure",
            10..=13 => "figure figure-long",
            _ => "figure figure-longest",
        }
    }

    pub(crate) fn currency(&self) -> &str {
        self.view.amount.currency.as_str()
    }

    /// `1,284.00 USD`
    pub(crate) fn amount(&self) -> String {
        self.t.amount(self.view.amount)
    }

    /// What was paid: the amount, unless the rail took another.
    pub(crate) fn paid(&self) -> String {
        self.t.amount(self.view.paid.unwrap_or(self.view.amount))
    }

    /// Whether the rail took another amount than was approved.
    pub(crate) fn paid_differs(&self) -> bool {
        self.view.paid.is_some_and(|paid| paid != self.view.amount)
    }

    /// What was given back, where anything was.
    pub(crate) fn refunded(&self) -> Option<String> {
        let refunded = self.view.refunded.filter(|refunded| refunded.micros > 0);
        refunded.map(|refunded| self.t.amount(refunded))
    }

    pub(crate) fn category(&self) -> Option<String> {
        some_line(self.view.category.as_deref(), limits::MAX_CATEGORY_CHARS)
    }

    pub(crate) fn claimed_category(&self) -> Option<String> {
        some_line(self.view.claimed_category.as_deref(), limits::MAX_CATEGORY_CHARS)
    }

    pub(crate) fn purpose(&self) -> String {
        foreign::shortened(&foreign::prose(&self.view.purpose), limits::MAX_PURPOSE_CHARS)
    }

    pub(crate) fn context(&self) -> Option<String> {
        let context = self.view.context_json.as_deref().map(str::trim);
        let context = context.filter(|text| !matches!(*text, "" | "{}" | "null"))?;
        Some(foreign::prose(&json::indented(context)))
    }

    pub(crate) fn rail(&self) -> String {
        foreign::line(&self.view.rail)
    }

    pub(crate) fn transaction_id(&self) -> String {
        foreign::line(&self.view.transaction_id)
    }

    pub(crate) fn is_test(&self) -> bool {
        self.view.is_test
    }

    pub(crate) fn status(&self) -> ApprovalStatus {
        self.view.status
    }

    /// How many have to say yes, where one is not enough.
    pub(crate) fn needed(&self) -> Option<u32> {
        (self.view.needed > 1).then_some(self.view.needed)
    }

    /// How many have said yes.
    pub(crate) fn given(&self) -> usize {
        self.view.votes.len()
    }

    /// Those who have said yes, where one is not enough; who decided stands apart.
    pub(crate) fn votes(&self) -> Vec<(String, Moment)> {
        let votes = self.view.votes.iter().filter(|_| self.view.needed > 1);
        let line = |by: &str| foreign::short_line(by, 2 * limits::MAX_NAME_CHARS);
        votes.map(|vote| (line(&vote.by), self.moment(vote.at))).collect()
    }

    pub(crate) fn has_voted(&self) -> bool {
        self.view.has_voted
    }

    pub(crate) fn approve_path(&self) -> &str {
        &self.view.approve_path
    }

    pub(crate) fn decline_path(&self) -> &str {
        &self.view.decline_path
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        reasons::reasons(self.view)
    }

    pub(crate) fn bars(&self) -> Vec<Bar> {
        budget::bars(self.view)
    }

    pub(crate) fn wallet_left(&self) -> Option<String> {
        self.view.wallet_left.map(|left| self.t.amount(left))
    }

    pub(crate) fn has_budget(&self) -> bool {
        !self.view.left.is_empty() || self.view.wallet_left.is_some()
    }

    pub(crate) fn created(&self) -> Moment {
        self.moment(self.view.created)
    }

    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.view.deadline.map(|time| self.moment(time))
    }

    pub(crate) fn decided_at(&self) -> Option<Moment> {
        self.view.decided_at.map(|time| self.moment(time))
    }

    pub(crate) fn completed_at(&self) -> Option<Moment> {
        self.view.completed_at.map(|time| self.moment(time))
    }

    pub(crate) fn decided_by(&self) -> Option<String> {
        some_line(self.view.decided_by.as_deref(), 2 * limits::MAX_NAME_CHARS)
    }

    pub(crate) fn decided_reason(&self) -> Option<String> {
        let reason = foreign::prose(self.view.decided_reason.as_deref()?);
        (!reason.is_empty()).then(|| foreign::shortened(&reason, limits::MAX_REASON_CHARS))
    }

    pub(crate) fn reason_code(&self) -> Option<String> {
        some_line(self.view.reason_code.as_deref(), limits::MAX_NAME_CHARS)
    }

    fn moment(&self, time: TimeUs) -> Moment {
        self.t.moment(time, &self.view.time_zone)
    }
}

/// A time for people and for programs.
pub struct Moment {
    /// `Tue 22 Sep 2026, 16:13 CEST`
    pub short: String,
    /// The same with the zone's name.
    pub full: String,
    /// RFC 3339, for `datetime=`.
    pub machine: String,
}

impl Moment {
    pub(crate) fn new(time: TimeUs, zone: &str, language: Language) -> Moment {
        Moment {
            short: figures::when(time, zone, language),
            full: figures::when_and_where(time, zone, language),
            machine: time.to_string(),
        }
    }
}

fn some_line(text: Option<&str>, max: usize) -> Option<String> {
    let line = foreign::short_line(text?, max);
    (!line.is_empty()).then_some(line)
}
