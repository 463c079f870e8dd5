//! The whole story of one payment.

use askama::Template;
use bursar_base::{Language, limits};

use super::answers::{Agent, Check, History, Transaction};
use super::entry::EntryRow;
use super::{Eye, Shell, agent_name, merchant, status};
use crate::words::Words;
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign, json};

struct Rule {
    rule: String,
    verdict: &'static str,
    tag: &'static str,
    limit: String,
    used: String,
    asked: String,
}

struct Story {
    merchant: String,
    status: &'static str,
    tag: &'static str,
    facts: Vec<(&'static str, String)>,
    purpose: String,
    context: Option<String>,
    rules: Vec<Rule>,
    entries: Vec<EntryRow>,
}

#[derive(Template)]
#[template(path = "dashboard/transaction.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    s: Story,
}

/// The page of one payment.
pub fn transaction(
    language: Language,
    shell: &Shell,
    t: &Transaction,
    history: &History,
    agents: &[Agent],
) -> String {
    let eye = Eye::new(language, shell);
    let context = t.context.as_ref().filter(|context| !context.is_null()).map(ToString::to_string);
    let s = Story {
        merchant: merchant(&t.merchant),
        status: status::word(&t.status),
        tag: status::tag(&t.status),
        facts: facts(eye, t, agents),
        purpose: foreign::shortened(&foreign::prose(&t.purpose), limits::MAX_PURPOSE_CHARS),
        context: context.map(|text| foreign::prose(&json::indented(&text))),
        rules: t.decision.iter().map(|check| rule(eye, check)).collect(),
        entries: history.data.iter().map(|entry| EntryRow::new(eye, &t.currency, entry)).collect(),
    };
    Page { t: eye.t, shell, s }.to_string()
}

fn facts(eye: Eye<'_>, t: &Transaction, agents: &[Agent]) -> Vec<(&'static str, String)> {
    let sum = |decimal: &str| format!("{} {}", eye.t.group(decimal), t.currency);
    let mut facts = vec![("dash-amount", sum(&t.amount))];
    let nothing = "0.00";
    if t.posted_amount != nothing {
        facts.push(("dash-paid", sum(&t.posted_amount)));
    }
    if t.refunded_amount != nothing {
        facts.push(("dash-refunded", sum(&t.refunded_amount)));
    }
    facts.push(("dash-agent", agent_name(agents, &t.agent_id)));
    facts.extend(t.category.as_deref().map(|category| ("dash-category", foreign::line(category))));
    facts.push(("dash-rail", foreign::line(&t.rail)));
    facts.extend(t.reason.as_deref().map(|reason| ("dash-reason", foreign::line(reason))));
    facts.push(("dash-id", foreign::line(&t.transaction_id)));
    facts
}

fn rule(eye: Eye<'_>, check: &Check) -> Rule {
    let (verdict, tag) = status::verdict(&check.verdict);
    let figure = |text: &Option<String>| text.as_deref().map(|text| eye.t.group(text)).unwrap_or_default();
    Rule {
        rule: foreign::line(&check.rule),
        verdict,
        tag,
        limit: figure(&check.limit),
        used: figure(&check.used),
        asked: figure(&check.asked),
    }
}
