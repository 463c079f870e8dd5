//! Running one.

use bursar_base::{TimeUs, TransactionId, money};
use bursar_identity::agents::Agent;
use bursar_money::backtest::{self, Bounds, Flip, Outcome, Progress, Report, Rules, Side, Tally};
use bursar_money::policies::Policy;
use bursar_store::StoreError;

use super::api::{BacktestBody, BacktestChange, BacktestFlip, BacktestSide, BacktestTally};
use crate::Spend;
use crate::requests::body::CheckBody;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The agent has no budget.
    #[error("there is no such agent")]
    NoAgent,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The replay ended before its end.
    #[error("the backtest was ended; try again")]
    Ended(#[from] tokio::task::JoinError),
}

/// Tries `draft` on an agent's requests.
///
/// # Errors
/// [`BacktestError`].
pub async fn run(
    spend: &Spend,
    agent: &Agent,
    draft: Policy,
    bounds: Bounds,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<BacktestBody, BacktestError> {
    let breaker = spend.settings.breaker;
    let read = backtest::read(&spend.identity.db, &agent.id, bounds, &draft, breaker, progress).await?;
    let recorded = read.ok_or(BacktestError::NoAgent)?;
    let mut body = BacktestBody {
        agent_id: agent.id.to_string(),
        since: bounds.since,
        from: None,
        currency: recorded.currency.to_string(),
        requests: 0,
        left_out: recorded.left_out,
        before: Vec::new(),
        under_draft: Vec::new(),
        changes: Vec::new(),
        flips: Vec::new(),
        not_reproduced: 0,
    };
    let Some(history) = recorded.history else { return Ok(body) };
    // On a thread that may be busy for a while: nobody who waits for the funnel is to wait for this.
    let (from, requests, report) = tokio::task::spawn_blocking(move || {
        let on_record = backtest::replay(&history, Rules::OnRecord, breaker);
        let under_draft = backtest::replay(&history, Rules::Draft(&draft), breaker);
        let answers = |id: &TransactionId| history.answers.get(id).cloned().unwrap_or_default();
        let report = backtest::compare(&on_record, &under_draft, answers, history.currency());
        (on_record.first().map(|decided| decided.asked.at), on_record.len(), report)
    })
    .await?;
    tell(&mut body, from, requests, &report);
    Ok(body)
}

fn tell(body: &mut BacktestBody, from: Option<TimeUs>, requests: usize, report: &Report) {
    let tallies = |tallies: &std::collections::BTreeMap<Outcome, Tally>| {
        let tally = |outcome: Outcome| {
            let tally = tallies.get(&outcome).copied().unwrap_or_default();
            BacktestTally {
                outcome: outcome.as_str(),
                requests: tally.requests,
                amount: money::decimal(tally.micros),
            }
        };
        Outcome::ALL.map(tally).to_vec()
    };
    body.from = from;
    body.requests = requests;
    body.before = tallies(&report.before);
    body.under_draft = tallies(&report.after);
    let change = |flow: &backtest::Flow| BacktestChange {
        before: flow.from.as_str(),
        under_draft: flow.to.as_str(),
        requests: flow.tally.requests,
        amount: money::decimal(flow.tally.micros),
    };
    body.changes = report.flows.iter().map(change).collect();
    body.flips = report.flips.iter().map(flip).collect();
    body.not_reproduced = report.not_reproduced;
}

fn flip(flip: &Flip) -> BacktestFlip {
    BacktestFlip {
        transaction_id: flip.transaction_id.to_string(),
        decided_at: flip.at,
        merchant: flip.merchant.clone(),
        amount: money::decimal(flip.amount.micros),
        currency: flip.amount.currency.to_string(),
        before: side(&flip.before),
        under_draft: side(&flip.after),
    }
}

fn side(side: &Side) -> BacktestSide {
    BacktestSide {
        outcome: side.outcome.as_str(),
        reason: side.reason.clone(),
        rule: side.rule.as_ref().map(CheckBody::from),
    }
}
