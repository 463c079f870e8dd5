//! What is different.

use std::collections::BTreeMap;

use bursar_base::{Money, TimeUs, TransactionId};

use super::history::{Answers, Asked, Outcome};
use super::replay::Decided;
use super::world::clamped;
use crate::policies::{Check, Reason, Verdict};
use crate::votes;

/// How often something happened, and how much money it is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many requests.
    pub requests: u64,
    /// What they asked for, in micros of the wallet's currency; what asked for another currency is not added up.
    pub micros: i64,
}

/// Requests with one outcome that get another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// What became of them.
    pub from: Outcome,
    /// What would.
    pub to: Outcome,
    /// Those requests.
    pub tally: Tally,
}

/// One of the two decisions about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why not, when the policy declined it.
    pub reason: Option<String>,
    /// The rule that decided: the one that refused, or else the first that asks.
    pub rule: Option<Check>,
}

/// A request that gets another outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// Which.
    pub transaction_id: TransactionId,
    /// When it was decided.
    pub at: TimeUs,
    /// Who was to be paid, as written.
    pub merchant: String,
    /// What was asked for.
    pub amount: Money,
    /// What is on record.
    pub before: Side,
    /// What would have been.
    pub after: Side,
}

/// What a backtest found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// All requests by what is on record.
    pub before: BTreeMap<Outcome, Tally>,
    /// All requests by what would have been.
    pub after: BTreeMap<Outcome, Tally>,
    /// The flips by what they flip from and to.
    pub flows: Vec<Flow>,
    /// The requests that get another outcome, oldest first.
    pub flips: Vec<Flip>,
    /// Requests whose recorded decision is not reproduced under the policy of the record, because something that it
    /// depended on is not on record.
    pub not_reproduced: u64,
}

/// Compares what is on record with what a draft makes of it. `on_record` is the replay under the record's own policies.
pub fn compare(
    on_record: &[Decided<'_>],
    under_draft: &[Decided<'_>],
    answers: impl Fn(&TransactionId) -> Answers,
    currency: bursar_base::Currency,
) -> Report {
    let mut report = Report::default();
    let mut flows: BTreeMap<(Outcome, Outcome), Tally> = BTreeMap::new();
    report.not_reproduced = on_record.iter().map(|decided| u64::from(!is_reproduced(decided))).sum();
    for Decided { asked, decision, outcome } in under_draft {
        let (before, after) = (recorded(asked, &answers(&asked.id)), *outcome);
        let micros = if asked.amount.currency == currency { asked.amount.micros } else { 0 };
        add(report.before.entry(before).or_default(), micros);
        add(report.after.entry(after).or_default(), micros);
        if before == after {
            continue;
        }
        add(flows.entry((before, after)).or_default(), micros);
        report.flips.push(Flip {
            transaction_id: asked.id.clone(),
            at: asked.at,
            merchant: asked.merchant.clone(),
            amount: asked.amount,
            before: side(before, asked.reason.clone(), &asked.checks),
            after: side(after, decision.reason.map(|reason| reason.as_str().to_owned()), &decision.checks),
        });
    }
    report.flows = flows.into_iter().map(|((from, to), tally)| Flow { from, to, tally }).collect();
    report
}

/// Whether a replay decided just what is on record, every figure included.
pub(super) fn is_reproduced(decided: &Decided<'_>) -> bool {
    let Decided { asked, decision, .. } = decided;
    asked.verdict == decision.verdict
        && asked.reason.as_deref() == decision.reason.map(Reason::as_str)
        && asked.checks == decision.checks
}

fn recorded(asked: &Asked, answers: &Answers) -> Outcome {
    match asked.verdict {
        Verdict::Approve => Outcome::Approved,
        Verdict::Ask => answers.recorded(),
        Verdict::Decline => Outcome::Declined,
    }
}

fn add(tally: &mut Tally, micros: i64) {
    tally.requests += 1;
    tally.micros = clamped(i128::from(tally.micros) + i128::from(micros));
}

fn side(outcome: Outcome, reason: Option<String>, checks: &[Check]) -> Side {
    let with =
        |verdict| checks.iter().find(move |check| check.verdict == verdict && check.rule != votes::RULE);
    let rule = with(Verdict::Decline).or_else(|| with(Verdict::Ask)).cloned();
    Side { outcome, reason, rule }
}
