//! Calendar windows: where they begin and end in a time zone.

use bursar_base::TimeUs;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

/// A kind of calendar window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowKind {
    /// From midnight to midnight; 23 or 25 hours where the clocks change.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

impl WindowKind {
    /// All of them.
    pub const ALL: [WindowKind; 3] = [WindowKind::Day, WindowKind::Week, WindowKind::Month];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            WindowKind::Day => "day",
            WindowKind::Week => "week",
            WindowKind::Month => "month",
        }
    }

    /// The inverse of [`WindowKind::as_str`].
    pub fn parse(text: &str) -> Option<WindowKind> {
        WindowKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The start of the calendar window that `now` lies in.
pub fn calendar_start(kind: WindowKind, now: TimeUs, zone: &TimeZone) -> TimeUs {
    let local = now.to_jiff().to_zoned(zone.clone());
    // At the very ends of representable time there is no calendar: the window then begins now.
    start_of(kind, &local).map_or(now, |start| TimeUs::from_jiff(start.timestamp())).min(now)
}

/// The start of the calendar window after the one that `now` lies in; always later than `now`.
pub fn next_start(kind: WindowKind, now: TimeUs, zone: &TimeZone) -> TimeUs {
    let local = now.to_jiff().to_zoned(zone.clone());
    let next = start_of(kind, &local).and_then(|start| {
        let span = match kind {
            WindowKind::Day => 1.day(),
            WindowKind::Week => 1.week(),
            WindowKind::Month => 1.month(),
        };
        // Through the calendar date: a day is not always 24 hours.
        start.date().checked_add(span)?.to_zoned(zone.clone())
    });
    next.map_or(TimeUs(i64::MAX), |next| TimeUs::from_jiff(next.timestamp()))
        .max(TimeUs(now.0.saturating_add(1)))
}

fn start_of(kind: WindowKind, local: &Zoned) -> Result<Zoned, jiff::Error> {
    let day = local.date();
    let first = match kind {
        WindowKind::Day => day,
        WindowKind::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days())?,
        WindowKind::Month => day.first_of_month(),
    };
    first.to_zoned(local.time_zone().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> TimeUs {
        TimeUs::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn windows_follow_the_calendar_of_the_zone() {
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        let now = at("2026-11-20T02:30:00Z"); // still the 19th in São Paulo, a Thursday
        assert_eq!(calendar_start(WindowKind::Day, now, &zone), at("2026-11-19T03:00:00Z"));
        assert_eq!(next_start(WindowKind::Day, now, &zone), at("2026-11-20T03:00:00Z"));
        assert_eq!(calendar_start(WindowKind::Week, now, &zone), at("2026-11-16T03:00:00Z"));
        assert_eq!(next_start(WindowKind::Month, now, &zone), at("2026-12-01T03:00:00Z"));
    }

    #[test]
    fn a_day_may_have_23_or_25_hours() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = |now: TimeUs| {
            next_start(WindowKind::Day, now, &zone)
                .since(calendar_start(WindowKind::Day, now, &zone))
                .as_secs()
                / 3600
        };
        assert_eq!(hours(at("2026-03-29T10:00:00Z")), 23);
        assert_eq!(hours(at("2026-10-25T10:00:00Z")), 25);
        assert_eq!(hours(at("2026-11-20T10:00:00Z")), 24);
    }
}
