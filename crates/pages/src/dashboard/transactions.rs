//! Every payment, newest first, and what of them was asked for.

use askama::Template;
use bursar_base::Language;

use super::answers::{Agent, List, Transaction};
use super::{Eye, STATUSES, Shell, agent_name, merchant, name, status};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign};

/// What was asked for; empty is all.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// An agent's id.
    pub agent: String,
    /// A status.
    pub status: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// What the list is made of.
#[derive(Debug, Clone)]
pub struct Transactions {
    /// What was asked for.
    pub asked: Asked,
    /// The payments.
    pub rows: List<Transaction>,
    /// The org's agents.
    pub agents: Vec<Agent>,
    /// Where the first page is, unless this is it.
    pub first: Option<String>,
    /// Where the next page is, if there is one.
    pub next: Option<String>,
    /// Where all of it is as CSV and as JSON.
    pub files: [String; 2],
}

struct Row {
    id: String,
    merchant: String,
    amount: HtmlText,
    status: &'static str,
    tag: &'static str,
    agent: String,
    rail: String,
    at: String,
}

#[derive(Template)]
#[template(path = "dashboard/transactions.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    /// Id, name, whether it was asked for.
    agents: Vec<(String, String, bool)>,
    /// Value, sentence, whether it was asked for.
    statuses: Vec<(&'static str, &'static str, bool)>,
    from: &'a str,
    until: &'a str,
    is_filtered: bool,
    rows: Vec<Row>,
    first: Option<&'a str>,
    next: Option<&'a str>,
    files: &'a [String; 2],
}

/// The page of payments.
pub fn transactions(language: Language, shell: &Shell, view: &Transactions) -> String {
    let (eye, asked) = (Eye::new(language, shell), &view.asked);
    let row = |t: &Transaction| Row {
        id: t.transaction_id.clone(),
        merchant: merchant(&t.merchant),
        amount: eye.sum(&t.amount, &t.currency),
        status: status::word(&t.status),
        tag: status::tag(&t.status),
        agent: agent_name(&view.agents, &t.agent_id),
        rail: foreign::line(&t.rail),
        at: eye.at(t.created_at),
    };
    let agent = |a: &Agent| (a.agent_id.clone(), name(&a.name), a.agent_id == asked.agent);
    Page {
        t: eye.t,
        shell,
        agents: view.agents.iter().map(agent).collect(),
        statuses: STATUSES.map(|one| (one, status::word(one), one == asked.status)).to_vec(),
        from: &asked.from,
        until: &asked.until,
        is_filtered: ![&asked.agent, &asked.status, &asked.from, &asked.until]
            .iter()
            .all(|text| text.is_empty()),
        rows: view.rows.data.iter().map(row).collect(),
        first: view.first.as_deref(),
        next: view.next.as_deref(),
        files: &view.files,
    }
    .to_string()
}
