//! Who spends, and how much of what they may.

use askama::Template;
use bursar_base::{Currency, Language, Money, limits};

use super::answers::Agent;
use super::{Eye, Shell, name, status};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign};

/// The whole width of a meter.
const METER: i128 = 1_000;

/// An agent as a row.
pub(super) struct AgentRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: &'static str,
    pub(super) tag: &'static str,
    pub(super) today: HtmlText,
    pub(super) limit: Option<String>,
    pub(super) share: i64,
    pub(super) month: HtmlText,
    pub(super) available: HtmlText,
    pub(super) is_frozen: bool,
}

impl AgentRow {
    pub(super) fn new(eye: Eye<'_>, agent: &Agent) -> AgentRow {
        let currency = &agent.currency;
        AgentRow {
            id: agent.agent_id.clone(),
            name: name(&agent.name),
            status: status::word(&agent.status),
            tag: status::tag(&agent.status),
            today: eye.sum(&agent.daily.used, currency),
            limit: agent.daily.limit.as_deref().map(|limit| eye.t.group(limit)),
            share: agent.daily.limit.as_deref().map_or(0, |limit| share(&agent.daily.used, limit, currency)),
            month: eye.sum(&agent.monthly.used, currency),
            available: eye.sum(&agent.available, currency),
            is_frozen: agent.status == "frozen",
        }
    }
}

/// How much of a limit is used, in thousandths; all of it where nothing is allowed.
fn share(used: &str, limit: &str, currency: &str) -> i64 {
    let micros = |decimal: &str| {
        let currency = Currency::parse(currency).ok()?;
        Money::parse(decimal, currency).ok().map(|money| i128::from(money.micros))
    };
    match (micros(used), micros(limit)) {
        (Some(used), Some(limit)) if limit > 0 => {
            i64::try_from((used.max(0) * METER / limit).min(METER)).unwrap_or(1_000)
        }
        (_, _) => 1_000,
    }
}

#[derive(Template)]
#[template(path = "dashboard/agents.html")]
struct Agents<'a> {
    t: Words,
    shell: &'a Shell,
    agents: Vec<AgentRow>,
    typed_name: String,
    typed_daily: String,
    typed_ask: String,
}

/// What was typed into the form that makes an agent.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// For people.
    pub name: String,
    /// The most within a day.
    pub daily: String,
    /// A human is asked for anything greater.
    pub approve_above: String,
}

/// The page of an org's agents.
pub fn agents(language: Language, shell: &Shell, agents: &[Agent], typed: &Typed) -> String {
    let eye = Eye::new(language, shell);
    Agents {
        t: eye.t,
        shell,
        agents: agents.iter().map(|agent| AgentRow::new(eye, agent)).collect(),
        typed_name: name(&typed.name),
        typed_daily: foreign::line(&typed.daily),
        typed_ask: foreign::line(&typed.approve_above),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_is_never_fuller_than_full() {
        assert_eq!(share("5.00", "20.00", "USD"), 250);
        assert_eq!(share("50.00", "20.00", "USD"), 1_000);
        assert_eq!(share("0.00", "0.00", "USD"), 1_000);
        assert_eq!(share("0.00", "20.00", "USD"), 0);
    }
}
