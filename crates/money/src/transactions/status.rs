//! Where a transaction stands.

use serde::{Deserialize, Serialize};

/// Where a transaction stands. The arrows between them are in [`super::transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A human is asked; held until the approval deadline.
    Pending,
    /// Allowed; held until it is executed.
    Approved,
    /// The rail is being called.
    Executing,
    /// The rail gave no certain answer; the hold stays.
    Unknown,
    /// Paid.
    Completed,
    /// Paid, and given back in full.
    Refunded,
    /// The rail said a certain no.
    Failed,
    /// Refused by policy or by a human.
    Declined,
    /// No human decided in time.
    TimedOut,
    /// Withdrawn before the rail was called.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: &[Status] = &[
        Status::Pending,
        Status::Approved,
        Status::Executing,
        Status::Unknown,
        Status::Completed,
        Status::Refunded,
        Status::Failed,
        Status::Declined,
        Status::TimedOut,
        Status::Cancelled,
    ];

    /// As stored and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Approved => "approved",
            Status::Executing => "executing",
            Status::Unknown => "unknown",
            Status::Completed => "completed",
            Status::Refunded => "refunded",
            Status::Failed => "failed",
            Status::Declined => "declined",
            Status::TimedOut => "timed_out",
            Status::Cancelled => "cancelled",
        }
    }

    /// The inverse of [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.iter().copied().find(|status| status.as_str() == text)
    }

    /// Whether a hold exists.
    pub fn holds(self) -> bool {
        match self {
            Status::Pending | Status::Approved | Status::Executing | Status::Unknown => true,
            Status::Completed
            | Status::Refunded
            | Status::Failed
            | Status::Declined
            | Status::TimedOut
            | Status::Cancelled => false,
        }
    }

    /// Whether the rail has paid.
    pub fn is_paid(self) -> bool {
        matches!(self, Status::Completed | Status::Refunded)
    }
}
