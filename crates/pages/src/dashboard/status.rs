//! Where a payment, an agent or a rule stands: its word in the catalogue and its colour. The word alone says it all.

/// The statuses of payments, in the order in which people look for them.
pub const STATUSES: [&str; 10] = [
    "pending", "approved", "executing", "unknown", "completed", "refunded", "failed", "declined", "timed_out",
    "cancelled",
];

/// The sentence that names a status.
pub(super) fn word(status: &str) -> &'static str {
    match status {
        "pending" => "status-pending",
        "approved" => "status-approved",
        "executing" => "status-executing",
        "completed" => "status-completed",
        "refunded" => "status-refunded",
        "failed" => "status-failed",
        "declined" => "status-declined",
        "timed_out" => "status-timed-out",
        "cancelled" => "status-cancelled",
        "active" => "status-active",
        "frozen" => "status-frozen",
        _ => "status-unknown",
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
