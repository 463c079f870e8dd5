//! Holds and the calendar windows they count in.
//!
//! Invariants: a hold counts in every window from the moment it exists; it remembers the windows it was put in, and
//! post and release adjust those same windows, also across midnight. A window, once begun, keeps its end: a change of
//! time zone or policy never empties it.

mod windows;

use bursar_base::{AgentId, Currency, OrgId, TimeUs};

use crate::ledger::{AccountId, Overflow};
use crate::policies::{AgentState, Usage};

pub use windows::{WindowKind, calendar_start, next_start};

/// A stretch of time in which spending is counted; times in microseconds, sums in micros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Inclusive; what a hold remembers it by.
    pub start: TimeUs,
    /// Exclusive.
    pub end: TimeUs,
    /// Sum of holds.
    pub held: i64,
    /// Sum of posted amounts.
    pub spent: i64,
}

impl Window {
    /// What counts against the limit.
    pub fn used(&self) -> i64 {
        self.held.saturating_add(self.spent)
    }

    /// Changes both sums; on error neither.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn adjust(&mut self, held: i64, spent: i64) -> Result<(), Overflow> {
        let new_held = self.held.checked_add(held).ok_or(Overflow)?;
        let new_spent = self.spent.checked_add(spent).ok_or(Overflow)?;
        (self.held, self.spent) = (new_held, new_spent);
        Ok(())
    }
}

/// A window that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastWindow {
    /// Whose.
    pub agent_id: AgentId,
    /// Of which org.
    pub org_id: OrgId,
    /// Of which kind.
    pub kind: WindowKind,
    /// What is counted in it.
    pub window: Window,
}

/// An agent's wallet, state, policy and current windows: the one row per agent that every decision changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Whose.
    pub agent_id: AgentId,
    /// Of which org.
    pub org_id: OrgId,
    /// The one account it draws on.
    pub wallet: AccountId,
    /// Of wallet and windows.
    pub currency: Currency,
    /// Whether it may spend.
    pub state: AgentState,
    /// Why it is frozen.
    pub frozen_reason: Option<String>,
    /// The version in force; 0 is none.
    pub policy_version: i64,
    /// New decisions so far.
    pub decisions: i64,
    /// The circuit breaker counts only decisions after this one.
    pub breaker_from: i64,
    /// The current day.
    pub day: Window,
    /// The current week.
    pub week: Window,
    /// The current month.
    pub month: Window,
    /// For ever; it has no end.
    pub lifetime: Window,
}

impl Budget {
    /// A budget without windows yet: the first decision begins them.
    pub fn new(agent_id: AgentId, org_id: OrgId, wallet: AccountId, currency: Currency) -> Budget {
        Budget {
            agent_id,
            org_id,
            wallet,
            currency,
            state: AgentState::Active,
            frozen_reason: None,
            policy_version: 0,
            decisions: 0,
            breaker_from: 0,
            day: Window::default(),
            week: Window::default(),
            month: Window::default(),
            lifetime: Window { end: TimeUs(i64::MAX), ..Window::default() },
        }
    }

    /// What counts against each limit.
    pub fn usage(&self) -> Usage {
        Usage {
            day: self.day.used(),
            week: self.week.used(),
            month: self.month.used(),
            lifetime: self.lifetime.used(),
        }
    }

    /// The current window of a kind.
    pub fn window(&self, kind: WindowKind) -> &Window {
        match kind {
            WindowKind::Day => &self.day,
            WindowKind::Week => &self.week,
            WindowKind::Month => &self.month,
        }
    }

    /// The current window of a kind, to be changed.
    pub fn window_mut(&mut self, kind: WindowKind) -> &mut Window {
        match kind {
            WindowKind::Day => &mut self.day,
            WindowKind::Week => &mut self.week,
            WindowKind::Month => &mut self.month,
        }
    }

    /// Ends the windows whose time is over and begins the ones that `now` lies in; returns the ended ones that counted
    /// something. The lifetime never ends.
    pub fn roll(&mut self, now: TimeUs, zone: &jiff::tz::TimeZone) -> Vec<PastWindow> {
        let mut ended = Vec::new();
        for kind in WindowKind::ALL {
            let window = *self.window(kind);
            if now < window.end {
                continue;
            }
            // An empty row is kept too when a hold may still remember the window.
            if window.end > TimeUs(0) && (window.held != 0 || window.spent != 0) {
                let (agent_id, org_id) = (self.agent_id.clone(), self.org_id.clone());
                ended.push(PastWindow { agent_id, org_id, kind, window });
            }
            let start = calendar_start(kind, now, zone).max(window.end);
            *self.window_mut(kind) = Window { start, end: next_start(kind, now, zone), held: 0, spent: 0 };
        }
        ended
    }
}
