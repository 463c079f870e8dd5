//! Why a human is asked, as sentences.

use askama::Template;
use bursar_base::Money;

use crate::approval::{ApprovalView, RuleLine, RuleVerdict};
use crate::foreign;
use crate::words::Words;

/// One rule that asks. A template of plain text: whoever shows the sentence escapes it.
#[derive(Template)]
#[template(path = "reason.txt")]
struct Reason<'a> {
    t: Words,
    rule: &'a str,
    /// Whether it asks before every payment, however small.
    is_every: bool,
    limit: String,
    /// The limit with its currency, where it is a sum.
    sum: String,
    asked: String,
    used: String,
}

/// A sentence for each rule that asks, in their order.
pub(crate) fn reasons(view: &ApprovalView) -> Vec<String> {
    let asks = |rule: &&RuleLine| rule.verdict == RuleVerdict::Ask;
    view.rules.iter().filter(asks).map(|rule| sentence(rule, view)).collect()
}

fn sentence(rule: &RuleLine, view: &ApprovalView) -> String {
    let t = Words::of(view.language);
    let part = |text: &Option<String>| foreign::short_line(text.as_deref().unwrap_or_default(), 100);
    let limit = part(&rule.limit);
    let sum = Money::parse(&limit, view.amount.currency).map(|limit| t.amount(limit));
    Reason {
        t,
        rule: &foreign::line(&rule.rule),
        is_every: limit == "0.00",
        sum: sum.unwrap_or_else(|_| t.group(&limit)),
        limit: t.group(&limit),
        asked: part(&rule.asked),
        used: part(&rule.used),
    }
    .to_string()
    .trim()
    .to_owned()
}
