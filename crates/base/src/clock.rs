//! Time as a value: microseconds since the Unix epoch, and the clocks that give it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, in microseconds since 1970-01-01T00:00:00Z. In JSON an RFC 3339 string in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeUs(pub i64);

impl TimeUs {
    /// This time plus `duration`; saturates at the end of representable time.
    pub fn plus(self, duration: Duration) -> TimeUs {
        TimeUs(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This time minus `duration`; saturates at the beginning of representable time.
    pub fn minus(self, duration: Duration) -> TimeUs {
        TimeUs(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: TimeUs) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same instant for calendar arithmetic. Out-of-range values are clamped to what a calendar can show.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// From a calendar instant, cut to the microsecond.
    pub fn from_jiff(timestamp: jiff::Timestamp) -> TimeUs {
        TimeUs(timestamp.as_microsecond())
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> TimeUs {
        TimeUs(seconds.saturating_mul(1_000_000))
    }

    /// Parses an RFC 3339 time.
    pub fn parse_rfc3339(text: &str) -> Option<TimeUs> {
        text.parse::<jiff::Timestamp>().ok().map(TimeUs::from_jiff)
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for TimeUs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

impl Serialize for TimeUs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeUs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TimeUs::parse_rfc3339(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

/// Where time comes from. Production has [`SystemClock`]; tests have [`ManualClock`].
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time of this machine.
    fn now(&self) -> TimeUs;

    /// The time to decide with, given what the database's own clock says. Production trusts the database, so that
    /// processes with skewed clocks agree; a test's clock overrules it.
    fn decide_at(&self, database: TimeUs) -> TimeUs {
        database
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> TimeUs {
        #[allow(clippy::disallowed_methods)] // the one door through which time comes in
        TimeUs::from_jiff(jiff::Timestamp::now())
    }
}

/// A clock that stands still until it is told to move. Cloning shares the same clock.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Starts at `start`.
    pub fn new(start: TimeUs) -> ManualClock {
        ManualClock(Arc::new(AtomicI64::new(start.0)))
    }

    /// Moves forward by `duration`.
    pub fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Jumps to `time`, which may lie in the past.
    pub fn set(&self, time: TimeUs) {
        self.0.store(time.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> TimeUs {
        TimeUs(self.0.load(Ordering::SeqCst))
    }

    fn decide_at(&self, _database: TimeUs) -> TimeUs {
        self.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_shows_itself_as_rfc_3339_and_reads_itself_back() {
        let time = TimeUs(1_790_000_000_123_456);
        assert_eq!(time.to_string(), "2026-09-21T14:13:20.123456Z");
        assert_eq!(TimeUs::parse_rfc3339(&time.to_string()), Some(time));
    }

    #[test]
    fn subtraction_never_goes_negative() {
        assert_eq!(TimeUs(5).since(TimeUs(9)), Duration::ZERO);
        assert_eq!(TimeUs(9).since(TimeUs(5)), Duration::from_micros(4));
    }
}
