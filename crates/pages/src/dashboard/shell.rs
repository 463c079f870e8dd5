//! What stands around every page of the dashboard: where one is, whose it is, what waits.

use bursar_base::limits;

use crate::foreign;

/// A place in the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// How things stand.
    Overview,
    /// What waits for a human.
    Approvals,
    /// Every payment.
    Transactions,
    /// Who spends.
    Agents,
    /// What was spent, added up.
    Analytics,
    /// The kill switch.
    Stop,
}

impl Place {
    /// Those that are listed; the kill switch stands apart.
    const LISTED: [Place; 5] =
        [Place::Overview, Place::Approvals, Place::Transactions, Place::Agents, Place::Analytics];

    pub(super) fn path(self) -> &'static str {
        match self {
            Place::Overview => "/dashboard",
            Place::Approvals => "/dashboard/approvals",
            Place::Transactions => "/dashboard/transactions",
            Place::Agents => "/dashboard/agents",
            Place::Analytics => "/dashboard/analytics",
            Place::Stop => "/dashboard/stop",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Place::Overview => "dash-overview",
            Place::Approvals => "dash-approvals",
            Place::Transactions => "dash-transactions",
            Place::Agents => "dash-agents",
            Place::Analytics => "dash-analytics",
            Place::Stop => "dash-stop",
        }
    }
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// Where one is.
    pub place: Place,
    /// The org's name.
    pub org: String,
    /// Its time zone, by its name (IANA).
    pub zone: String,
    /// Its currency (ISO 4217).
    pub currency: String,
    /// Whether it is for testing.
    pub is_test: bool,
    /// Whether it is stopped.
    pub is_frozen: bool,
    /// Who looks.
    pub email: String,
    /// Whether they may change things.
    pub is_owner: bool,
    /// Whether they may say yes and no to payments.
    pub can_decide: bool,
    /// How many payments wait for a human; no more than a page of them is counted.
    pub waiting: usize,
    /// What did not work.
    pub problem: Option<String>,
}

impl Shell {
    pub(super) fn places(&self) -> [Place; 5] {
        Place::LISTED
    }

    pub(super) fn count_at(&self, place: &Place) -> Option<usize> {
        (*place == Place::Approvals && self.waiting > 0).then_some(self.waiting)
    }

    pub(super) fn can_stop(&self) -> bool {
        self.is_owner
    }

    pub(super) fn is_at_stop(&self) -> bool {
        self.place == Place::Stop
    }

    pub(super) fn is_at(&self, place: &Place) -> bool {
        self.place == *place
    }

    pub(super) fn org(&self) -> String {
        foreign::short_line(&self.org, limits::MAX_NAME_CHARS)
    }

    pub(super) fn email(&self) -> String {
        foreign::line(&self.email)
    }

    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}
