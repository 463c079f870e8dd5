//! One agent: what it used, what it may, and what other limits would have changed.

use askama::Template;
use bursar_base::{Language, limits};

use super::agents::AgentRow;
use super::answers::{Agent, Backtest, Change, Flip, Policy};
use super::{Eye, Shell, merchant, status};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign, json};

/// The limits that the form has: the document's field, which is the form's too, and the sentence that names it.
pub const LIMITS: [(&str, &str); 4] = [
    ("per_transaction", "dash-limit-payment"),
    ("daily", "dash-limit-day"),
    ("monthly", "dash-limit-month"),
    ("approve_above", "dash-limit-ask"),
];
/// The most requests with another outcome that are listed.
const FLIPS_SHOWN: usize = 50;

/// What the page is made of.
#[derive(Debug, Clone)]
pub struct AgentView {
    /// The agent.
    pub agent: Agent,
    /// Its policy.
    pub policy: Policy,
    /// What was typed into the form for each of [`LIMITS`], where it was sent.
    pub typed: Option<[String; 4]>,
    /// Whether what was sent takes a passkey's word.
    pub needs_passkey: bool,
    /// What the limits that were typed would have changed.
    pub tried: Option<Backtest>,
}

struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
}

struct ChangeRow {
    before: &'static str,
    after: &'static str,
    requests: i64,
    amount: HtmlText,
}

struct FlipRow {
    id: String,
    merchant: String,
    amount: HtmlText,
    at: String,
    before: &'static str,
    after: &'static str,
}

struct Tried {
    requests: i64,
    changes: Vec<ChangeRow>,
    flips: Vec<FlipRow>,
    more: usize,
}

#[derive(Template)]
#[template(path = "dashboard/agent.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    a: AgentRow,
    version: i64,
    fields: Vec<Field>,
    document: String,
    needs_passkey: bool,
    tried: Option<Tried>,
}

/// The page of one agent.
pub fn agent(language: Language, shell: &Shell, view: &AgentView) -> String {
    let eye = Eye::new(language, shell);
    let field = |(at, (name, label)): (usize, (&'static str, &'static str))| {
        let set = view.policy.policy.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let value = match &view.typed {
            Some(typed) => foreign::line(&typed[at]),
            None => eye.t.group(set),
        };
        Field { name, label, value }
    };
    let document = serde_json::to_string(&view.policy.policy).unwrap_or_default();
    Page {
        t: eye.t,
        shell,
        a: AgentRow::new(eye, &view.agent),
        version: view.policy.version,
        fields: LIMITS.into_iter().enumerate().map(field).collect(),
        document: foreign::prose(&json::indented(&document)),
        needs_passkey: view.needs_passkey,
        tried: view.tried.as_ref().map(|tried| tried_rows(eye, tried)),
    }
    .to_string()
}

fn tried_rows(eye: Eye<'_>, tried: &Backtest) -> Tried {
    let change = |one: &Change| ChangeRow {
        before: status::outcome(&one.before),
        after: status::outcome(&one.under_draft),
        requests: one.requests,
        amount: eye.sum(&one.amount, &tried.currency),
    };
    let flip = |one: &Flip| FlipRow {
        id: one.transaction_id.clone(),
        merchant: merchant(&one.merchant),
        amount: eye.sum(&one.amount, &one.currency),
        at: eye.at(one.decided_at),
        before: status::outcome(&one.before.outcome),
        after: status::outcome(&one.under_draft.outcome),
    };
    Tried {
        requests: tried.requests,
        changes: tried.changes.iter().map(change).collect(),
        flips: tried.flips.iter().take(FLIPS_SHOWN).map(flip).collect(),
        more: tried.flips.len().saturating_sub(FLIPS_SHOWN),
    }
}

#[derive(Template)]
#[template(path = "dashboard/agent_created.html")]
struct CreatedPage<'a> {
    t: Words,
    shell: &'a Shell,
    id: &'a str,
    name: String,
    key: &'a str,
}

/// The page that shows a new agent's key, once.
pub fn agent_created(
    language: Language,
    shell: &Shell,
    name: &str,
    created: &super::answers::Created,
) -> String {
    let name = foreign::short_line(name, limits::MAX_NAME_CHARS);
    let t = Words::of(language);
    CreatedPage { t, shell, id: &created.agent_id, name, key: &created.api_key }.to_string()
}
