//! Where a payment, an agent or a rule stands: its word in the catalogue and its colour. The word alone says it all.

/// The statuses of payments, in the order in which people look for them.
pub const STATUSES: [&str; 10] = [
    "pending",
    "approved",
    "executing",
    "unknown",
    "completed",
    "refunded",
    "failed",
    "declined",
    "timed_out",
    "cancelled",
];

/// The sentence that names a status.
pub(super) fn word(status: &str) -> &'static str {
    match status {
        "pending" => "stands-pending",
        "approved" => "stands-approved",
        "executing" => "stands-executing",
        "completed" => "stands-completed",
        "refunded" => "stands-refunded",
        "failed" => "stands-failed",
        "declined" => "stands-declined",
        "timed_out" => "stands-timed-out",
        "cancelled" => "stands-cancelled",
        "active" => "stands-active",
        "frozen" => "stands-frozen",
        _ => "stands-unknown",
    }
}

/// Its colour.
pub(super) fn tag(status: &str) -> &'static str {
    match status {
        "completed" | "active" => "tag-good",
        "pending" | "unknown" => "tag-open",
        "declined" | "failed" | "frozen" => "tag-bad",
        _ => "tag-plain",
    }
}

/// What a rule said, and its colour.
pub(super) fn verdict(verdict: &str) -> (&'static str, &'static str) {
    match verdict {
        "approve" => ("verdict-approve", "tag-good"),
        "ask" => ("verdict-ask", "tag-open"),
        _ => ("verdict-decline", "tag-bad"),
    }
}

/// The sentence that names a decision's outcome in a backtest.
pub(super) fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "approved" => "outcome-approved",
        "approved_by_human" => "outcome-approved-by-human",
        "needs_approval" => "outcome-needs-approval",
        "declined_by_human" => "outcome-declined-by-human",
        _ => "outcome-declined",
    }
}
