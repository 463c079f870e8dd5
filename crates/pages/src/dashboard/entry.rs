//! One entry of the audit trail, with what it moved.

use super::Eye;
use super::answers::{Entry, Movement};
use crate::Moment;
use crate::foreign;

/// An entry as a step of a story.
pub(super) struct EntryRow {
    /// Its sentence; none for one that needs no words of its own.
    pub(super) word: Option<&'static str>,
    pub(super) action: String,
    pub(super) actor: String,
    pub(super) at: Moment,
    pub(super) said: Option<String>,
    pub(super) moved: Vec<Line>,
    pub(super) seq: i64,
    pub(super) hash: String,
}

/// A line of the ledger.
pub(super) struct Line {
    pub(super) kind: &'static str,
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: String,
}

impl EntryRow {
    pub(super) fn new(eye: Eye<'_>, currency: &str, entry: &Entry) -> EntryRow {
        let said = ["reason", "note", "evidence"].iter().find_map(|field| entry.detail.get(field)?.as_str());
        EntryRow {
            word: word(&entry.action),
            action: foreign::line(&entry.action),
            actor: foreign::line(&entry.actor),
            at: eye.t.moment(entry.at, eye.zone),
            said: said.map(foreign::prose).filter(|said| !said.is_empty()),
            moved: entry.moved.iter().map(|movement| line(eye, currency, movement)).collect(),
            seq: entry.seq,
            hash: foreign::line(&entry.hash),
        }
    }
}

fn line(eye: Eye<'_>, currency: &str, movement: &Movement) -> Line {
    let kind = match movement.kind.as_str() {
        "hold" => "moved-hold",
        "release" => "moved-release",
        "post" | "capture" => "moved-post",
        "refund" => "moved-refund",
        "dispute" => "moved-dispute",
        _ => "moved-deposit",
    };
    Line {
        kind,
        debit: account(&movement.debit),
        credit: account(&movement.credit),
        amount: format!("{} {currency}", eye.t.group(&movement.amount)),
    }
}

/// An account's id without the org, which is the same in all of them.
fn account(id: &str) -> String {
    let short = id.rsplit_once(':').filter(|(_, owner)| owner.starts_with("org_"));
    foreign::line(short.map_or(id, |(kind, _)| kind))
}

/// The sentence of what was done to a payment.
fn word(action: &str) -> Option<&'static str> {
    Some(match action {
        "approval.approved" => "entry-approval-approved",
        "approval.asked" => "entry-approval-asked",
        "approval.declined" => "entry-approval-declined",
        "approval.timed_out" => "entry-approval-timed-out",
        "approval.voted" => "entry-approval-voted",
        "card.authorized" => "entry-card-authorized",
        "card.declined" => "entry-card-declined",
        "card.unasked" => "entry-card-unasked",
        "intent.taken_up" => "entry-intent-taken-up",
        "payment.approved" => "entry-payment-approved",
        "payment.cancelled" => "entry-payment-cancelled",
        "payment.captured" => "entry-payment-captured",
        "payment.completed" => "entry-payment-completed",
        "payment.declined" => "entry-payment-declined",
        "payment.dispute_won" => "entry-payment-dispute-won",
        "payment.disputed" => "entry-payment-disputed",
        "payment.executing" => "entry-payment-executing",
        "payment.failed" => "entry-payment-failed",
        "payment.increased" => "entry-payment-increased",
        "payment.posted" => "entry-payment-posted",
        "payment.reduced" => "entry-payment-reduced",
        "payment.refunded" => "entry-payment-refunded",
        "payment.resolved" => "entry-payment-resolved",
        "payment.unknown" => "entry-payment-unknown",
        "refund.failed" => "entry-refund-failed",
        "refund.requested" => "entry-refund-requested",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_shown_without_their_org() {
        assert_eq!(account("wallet:org_1"), "wallet");
        assert_eq!(account("rail:sandbox:org_1"), "rail:sandbox");
        assert_eq!(account("wallet:agt_1"), "wallet:agt_1");
    }
}
