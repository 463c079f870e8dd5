//! What every command needs: the app, somebody to talk to, and how to find things by id.

use bursar_base::{AgentId, Money, OrgId, TimeUs, TransactionId, limits};
use bursar_http::Problem;
use bursar_identity::agents::{Agent, service as agents};
use bursar_identity::orgs::{Org, service as orgs};
use bursar_money::funnel::{Command, Reply};
use bursar_money::transactions::{self, Transaction};
use bursar_spend::Spend;
use bursar_store::Tx;

use super::Failure;
use crate::app::App;
use crate::console::Console;
use crate::span::Span;

/// What every command needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) app: &'a App,
    pub(crate) console: &'a Console,
}

impl Context<'_> {
    pub(crate) fn spend(&self) -> &Spend {
        &self.app.spend
    }

    pub(crate) async fn read(&self) -> Result<Tx, Failure> {
        Ok(self.spend().identity.db.read().await?)
    }

    pub(crate) async fn org(&self, id: &OrgId) -> Result<Org, Failure> {
        let found = orgs::find(&mut self.read().await?, id).await?;
        found.ok_or_else(|| Failure(format!("there is no org {id}; `bursar org list` shows all")))
    }

    pub(crate) async fn agent(&self, id: &AgentId) -> Result<Agent, Failure> {
        let found = agents::find(&mut self.read().await?, id).await?;
        found.ok_or_else(|| {
            Failure(format!("there is no agent {id}; `bursar agent list --org ID` shows an org's"))
        })
    }

    pub(crate) async fn transaction(&self, id: &TransactionId) -> Result<Transaction, Failure> {
        let found = transactions::find(&mut self.read().await?, id).await?;
        found.ok_or_else(|| Failure(format!("there is no transaction {id}")))
    }

    /// Has the funnel do something.
    pub(crate) async fn submit(&self, command: Command) -> Result<Reply, Failure> {
        // Not by way of a problem, whose words are for HTTP.
        Ok(self.spend().funnel.submit(command).await??)
    }
}

/// The words of a problem.
pub(crate) fn problem(problem: Problem) -> Failure {
    Failure(problem.detail)
}

/// An amount greater than zero, as written on the command line.
pub(crate) fn amount(text: &str, currency: bursar_base::Currency) -> Result<Money, Failure> {
    let money = Money::parse(text, currency)?;
    if money.micros <= 0 || money.micros > limits::MAX_AMOUNT_MICROS {
        return Err(Failure(format!(
            "{text} is no amount to move; write one greater than zero, such as 12.50"
        )));
    }
    Ok(money)
}

/// A sentence of a human's, within bounds.
pub(crate) fn sentence(name: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let max = limits::MAX_REASON_CHARS;
    if text.is_empty() || text.chars().count() > max || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Failure(format!("--{name} takes 1 to {max} characters")));
    }
    Ok(text.to_owned())
}

/// What `--since` names: a time, or a span before `now`.
pub(crate) fn since_of(text: &str, now: TimeUs) -> Result<TimeUs, Failure> {
    if let Some(time) = TimeUs::parse_rfc3339(text) {
        return Ok(time);
    }
    let span: Result<Span, String> = text.parse();
    span.map(|span| now.minus(span.0)).map_err(|_| {
        Failure(format!("--since {text:?}: write a time such as 2026-11-01T00:00:00Z, or a span such as 7d"))
    })
}
