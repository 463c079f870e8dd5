//! How things stand.

use std::collections::BTreeMap;

use askama::Template;
use bursar_base::{Currency, Language, Money, TimeUs};

use super::agents::AgentRow;
use super::answers::{Agent, Exposure, Sums, Transaction};
use super::chart::{Days, micros};
use super::{Eye, Shell, agent_name, merchant};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign};

/// What the overview is made of.
#[derive(Debug, Clone)]
pub struct Overview {
    /// When that was.
    pub at: TimeUs,
    /// The org's agents.
    pub agents: Vec<Agent>,
    /// What can still leave, for those who may know.
    pub exposure: Option<Exposure>,
    /// The newest payments that were declined.
    pub declines: Vec<Transaction>,
    /// What was spent day by day.
    pub days: Sums,
}

struct Decline {
    id: String,
    merchant: String,
    amount: HtmlText,
    reason: String,
    agent: String,
    at: String,
}

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    at: String,
    available: HtmlText,
    /// Whether no agent can spend anything because nothing is there.
    is_empty: bool,
    used: HtmlText,
    waiting: usize,
    /// Within a day; none where nothing bounds it.
    can_leave: Option<Option<HtmlText>>,
    agents: Vec<AgentRow>,
    declines: Vec<Decline>,
    days: Option<Days>,
}

/// The page that says how things stand.
pub fn overview(language: Language, shell: &Shell, view: &Overview) -> String {
    let eye = Eye::new(language, shell);
    let currency = &shell.currency;
    let decline = |t: &Transaction| Decline {
        id: t.transaction_id.clone(),
        merchant: merchant(&t.merchant),
        amount: eye.sum(&t.amount, &t.currency),
        reason: foreign::line(t.reason.as_deref().unwrap_or_default()),
        agent: agent_name(&view.agents, &t.agent_id),
        at: eye.at(t.created_at),
    };
    let used = total(view.agents.iter().map(|agent| agent.daily.used.as_str()), currency);
    // The org's wallet is one, however many agents draw on it.
    let wallets: BTreeMap<&str, &str> = view
        .agents
        .iter()
        .map(|agent| {
            (if agent.wallet == "org" { "" } else { agent.agent_id.as_str() }, agent.available.as_str())
        })
        .collect();
    let available = total(wallets.into_values(), currency);
    let can_leave = |exposure: &Exposure| {
        exposure.day.with_approvals.as_deref().map(|sum| eye.sum(sum, &exposure.currency))
    };
    Page {
        t: eye.t,
        shell,
        at: eye.at(view.at),
        available: eye.sum(&available, currency),
        is_empty: !view.agents.is_empty() && micros(&available, currency) <= 0,
        used: eye.sum(&used, currency),
        waiting: shell.waiting,
        can_leave: view.exposure.as_ref().map(can_leave),
        agents: view.agents.iter().map(|agent| AgentRow::new(eye, agent)).collect(),
        declines: view.declines.iter().map(decline).collect(),
        days: Days::new(eye, &view.days, currency),
    }
    .to_string()
}

/// The sum of decimals of one currency.
fn total<'a>(decimals: impl Iterator<Item = &'a str>, currency: &str) -> String {
    let micros = |decimal| {
        let currency = Currency::parse(currency).ok()?;
        Money::parse(decimal, currency).ok().map(|money| money.micros)
    };
    bursar_base::money::decimal(decimals.filter_map(micros).fold(0, i64::saturating_add))
}
