//! Why a human is asked, as sentences.

use askama::Template;

use crate::approval::{ApprovalView, RuleLine, RuleVerdict};
use crate::{figures, foreign};

/// One rule that asks. A template of plain text: whoever shows the sentence escapes it.
#[derive(Template)]
#[template(path = "en/reason.txt")]
struct Reason<'a> {
    rule: &'a str,
    limit: String,
    asked: String,
    used: String,
    currency: &'a str,
}

/// A sentence for each rule that asks, in their order.
pub(crate) fn reasons(view: &ApprovalView) -> Vec<String> {
    let asks = |rule: &&RuleLine| rule.verdict == RuleVerdict::Ask;
    view.rules.iter().filter(asks).map(|rule| sentence(rule, view)).collect()
}

fn sentence(rule: &RuleLine, view: &ApprovalView) -> String {
    let part = |text: &Option<String>| foreign::short_line(text.as_deref().unwrap_or_default(), 100);
    Reason {
        rule: &foreign::line(&rule.rule),
        limit: figures::group(&part(&rule.limit)),
        asked: part(&rule.asked),
        used: part(&rule.used),
        currency: view.amount.currency.as_str(),
    }
    .to_string()
    .trim()
    .to_owned()
}
