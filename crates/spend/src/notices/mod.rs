//! Telling owners how money goes: a wallet that runs low, a limit that is nearly used, declines in a row, the day, the
//! week. And the three entries about wallets that bots and orgs are told of.
//!
//! Invariants: all of it is read out of the audit trail, behind a cursor of each org's own, so nothing on the way of a
//! payment writes a word for it. Cursor, what is remembered and what is told move in one transaction: after a crash
//! nothing is told twice and nothing is lost. Each kind of mail can be turned off by whoever gets it; mails about safety
//! are not of these kinds.

pub mod api;
pub mod links;
pub mod page;
mod plan;
pub mod service;
pub mod sql;
mod watch;

use bursar_base::TimeUs;
use jiff::ToSpan as _;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;

pub use watch::{is_behind, look};

/// The hour of the org's morning at which regular mails are made.
const MORNING_HOUR: i8 = 8;

/// A kind of mail that a member can turn on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Each morning, what happened the day before.
    Activity,
    /// On Monday morning, what happened the week before.
    WeeklySummary,
    /// A wallet holds less than it should, or nothing.
    BalanceLow,
    /// Most of a limit is used.
    LimitNear,
    /// The policy declined one payment after the other.
    Declines,
}

impl Choice {
    /// All of them.
    pub const ALL: [Choice; 5] =
        [Choice::Activity, Choice::WeeklySummary, Choice::BalanceLow, Choice::LimitNear, Choice::Declines];

    /// As stored and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Choice::Activity => "activity",
            Choice::WeeklySummary => "weekly_summary",
            Choice::BalanceLow => "balance_low",
            Choice::LimitNear => "limit_near",
            Choice::Declines => "declines",
        }
    }

    /// The inverse of [`Choice::as_str`].
    pub fn parse(text: &str) -> Option<Choice> {
        Choice::ALL.into_iter().find(|choice| choice.as_str() == text)
    }

    /// Whether it comes when nobody chose.
    pub fn is_on_by_default(self) -> bool {
        match self {
            Choice::Activity => false,
            Choice::WeeklySummary | Choice::BalanceLow | Choice::LimitNear | Choice::Declines => true,
        }
    }
}

/// What of a wallet is remembered. Sums in micros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletState {
    /// What can be spent from it.
    pub available: i64,
    /// Below it owners are told.
    pub below: Option<i64>,
    /// Whether there ever was money in it.
    pub is_funded: bool,
    /// Whether it was told that it runs low.
    pub is_low: bool,
    /// Whether it is known to be empty.
    pub is_empty: bool,
}

/// A line that a wallet crosses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// Money came in for the first time.
    Activated,
    /// It holds less than it should.
    Low,
    /// Nothing is left.
    Empty,
}

impl WalletState {
    /// A wallet that nothing ever moved in.
    pub fn unmoved() -> WalletState {
        WalletState { available: 0, below: None, is_funded: false, is_low: false, is_empty: true }
    }

    /// The lines that it has crossed since the last look. Each is told once, until the wallet was above it again.
    pub fn look(&mut self) -> Vec<Crossing> {
        let mut crossed = Vec::new();
        if self.available > 0 && !self.is_funded {
            self.is_funded = true;
            crossed.push(Crossing::Activated);
        }
        // What was never filled has not fallen.
        let is_low = self.is_funded && self.below.is_some_and(|below| self.available < below);
        if is_low && !self.is_low {
            crossed.push(Crossing::Low);
        }
        let is_empty = self.available <= 0;
        if is_empty && !self.is_empty {
            crossed.push(Crossing::Empty);
        }
        (self.is_low, self.is_empty) = (is_low, is_empty);
        crossed
    }
}

/// Whether four fifths of a limit are used; of none, nothing is.
pub fn is_near(used: i64, limit: i64) -> bool {
    limit > 0 && i128::from(used) * 5 >= i128::from(limit) * 4
}

/// The day of the zone's calendar that a time lies in.
pub fn day_of(at: TimeUs, zone: &TimeZone) -> Date {
    at.to_jiff().to_zoned(zone.clone()).date()
}

/// The first morning after a time.
pub fn next_morning(after: TimeUs, zone: &TimeZone) -> TimeUs {
    let mut day = day_of(after, zone);
    loop {
        let morning = day.to_datetime(time(MORNING_HOUR, 0, 0, 0)).to_zoned(zone.clone());
        let Ok(morning) = morning.map(|morning| TimeUs::from_jiff(morning.timestamp())) else {
            return TimeUs(i64::MAX);
        };
        if morning > after {
            return morning;
        }
        let Ok(tomorrow) = day.checked_add(1.day()) else { return TimeUs(i64::MAX) };
        day = tomorrow;
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_line_is_told_once_until_the_wallet_was_above_it_again() {
        let mut wallet = WalletState { below: Some(50), ..WalletState::unmoved() };
        let mut at = |available| {
            wallet.available = available;
            wallet.look()
        };
        assert_eq!(at(0), [], "never filled");
        assert_eq!(at(100), [Crossing::Activated]);
        assert_eq!(at(50), []);
        assert_eq!(at(49), [Crossing::Low]);
        assert_eq!(at(20), []);
        assert_eq!(at(0), [Crossing::Empty]);
        assert_eq!(at(-5), []);
        assert_eq!(at(10), []);
        assert_eq!(at(0), [Crossing::Empty]);
        assert_eq!(at(60), []);
        assert_eq!(at(-1), [Crossing::Low, Crossing::Empty]);
    }

    #[test]
    fn four_fifths_are_most_of_a_limit() {
        assert!(is_near(80, 100) && is_near(i64::MAX, i64::MAX) && is_near(1, 1));
        assert!(!is_near(79, 100) && !is_near(0, 0) && !is_near(0, 100));
    }

    #[test]
    fn mornings_are_those_of_the_zone() {
        let at = |text: &str| TimeUs::parse_rfc3339(text).unwrap();
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        assert_eq!(next_morning(at("2026-09-21T10:59:59Z"), &zone), at("2026-09-21T11:00:00Z"));
        assert_eq!(next_morning(at("2026-09-21T11:00:00Z"), &zone), at("2026-09-22T11:00:00Z"));
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(next_morning(at("2026-10-24T12:00:00Z"), &zone), at("2026-10-25T07:00:00Z"));
        assert_eq!(next_morning(at("2026-03-28T12:00:00Z"), &zone), at("2026-03-29T06:00:00Z"));
    }
}
