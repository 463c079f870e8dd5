//! `bursar policy backtest`

use std::path::PathBuf;

use bursar_base::{AgentId, limits};
use bursar_money::backtest::{Bounds, Progress};
use bursar_money::policies::{self, Document};
use bursar_spend::backtests::api::{BacktestBody, BacktestSide};
use bursar_spend::backtests::service;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::context::since_of;
use super::{Answer, Context, Failure};
use crate::table::table;

/// `bursar policy backtest`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Backtest {
    /// The agent
    #[arg(long, value_name = "ID")]
    agent: AgentId,
    /// The policy to try, as TOML; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Requests from there on: a time such as 2026-11-01T00:00:00Z, or a span such as 7d
    #[arg(long, value_name = "TIME-OR-SPAN", default_value = "30d")]
    since: String,
    /// At most so many of them, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = limits::BACKTEST_REQUESTS_MAX,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::BACKTEST_REQUESTS_MAX)))]
    limit: u32,
    /// What the file says; read by the client.
    #[arg(skip)]
    pub(super) document: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: Backtest) -> Result<Answer, Failure> {
    let text = command.document.ok_or_else(|| Failure("the policy file was not read".to_owned()))?;
    let named = |error| Failure(format!("{}: {error}", command.file.display()));
    let document = Document::from_toml(&text).map_err(named)?;
    let agent = context.agent(&command.agent).await?;
    let draft = policies::check_for(&mut context.read().await?, &agent.org_id, &document).await?;
    let spend = context.spend();
    let since = since_of(&command.since, spend.now())?;
    let console = context.console.clone();
    let mut progress = move |at: Progress| {
        let Progress { requests, entries, of_entries } = at;
        console.progress(match of_entries {
            0 => format!("read {requests} requests"),
            _ => format!("read {requests} requests and {entries} of {of_entries} entries of the trail"),
        });
    };
    let bounds = Bounds { since, requests: command.limit };
    let body = service::run(spend, &agent, draft, bounds, &mut progress).await?;
    let text = words(&body);
    Ok(Answer::new(body, text))
}

fn words(body: &BacktestBody) -> String {
    let Some(from) = body.from else {
        if body.left_out > 0 {
            return format!(
                "What {} asked for since {} ({} requests) is further back in the trail than can be looked at.\n",
                body.agent_id, body.since, body.left_out
            );
        }
        return format!("{} asked for nothing since {}.\n", body.agent_id, body.since);
    };
    let mut text = format!(
        "Looked at {} requests from {from} on; {} get another outcome. Amounts in {}.\n",
        body.requests,
        body.flips.len(),
        body.currency
    );
    if body.left_out > 0 {
        text.push_str(&format!("{} older ones since {} were left out.\n", body.left_out, body.since));
    }
    if body.not_reproduced > 0 {
        text.push_str(&format!(
            "{} decisions depended on something that is not on record; look twice at what is said of them.\n",
            body.not_reproduced
        ));
    }
    let rows: Vec<[String; 5]> = body
        .before
        .iter()
        .zip(&body.under_draft)
        .map(|(before, after)| {
            [
                before.outcome.replace('_', " "),
                before.requests.to_string(),
                before.amount.clone(),
                after.requests.to_string(),
                after.amount.clone(),
            ]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(["outcome", "on record", "amount", "under the draft", "amount"], &rows, ""));
    let rows: Vec<[String; 7]> = body
        .flips
        .iter()
        .map(|flip| {
            [
                flip.decided_at.to_string(),
                flip.transaction_id.clone(),
                flip.merchant.clone(),
                format!("{} {}", flip.amount, flip.currency),
                side(&flip.before),
                side(&flip.under_draft),
                flip.under_draft.rule.as_ref().map_or_else(|| "–".to_owned(), |check| check.rule.to_string()),
            ]
        })
        .collect();
    let headings =
        ["decided at", "transaction", "merchant", "amount", "on record", "under the draft", "rule"];
    text.push('\n');
    text.push_str(&table(headings, &rows, "No request gets another outcome."));
    text
}

fn side(side: &BacktestSide) -> String {
    let outcome = side.outcome.replace('_', " ");
    match &side.reason {
        Some(reason) => format!("{outcome} ({reason})"),
        None => outcome,
    }
}
