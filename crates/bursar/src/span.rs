//! Spans of time as people write them: `30s`, `90m`, `24h`, `7d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of time, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span(pub Duration);

const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || format!("{text:?} is no span of time; write a number and s, m, h or d, such as 24h");
        let number_of = |(unit, seconds)| Some((text.strip_suffix(unit)?, seconds));
        let (number, seconds): (&str, u64) = UNITS.into_iter().find_map(number_of).ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(seconds).map(|seconds| Span(Duration::from_secs(seconds))).ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let fits = |(_, unit): &&(char, u64)| seconds >= *unit && seconds.is_multiple_of(*unit);
        let (unit, size) = UNITS.iter().rev().find(fits).copied().unwrap_or(('s', 1));
        write!(f, "{}{unit}", seconds / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_alike() {
        for text in ["0s", "45s", "90m", "25h", "7d"] {
            assert_eq!(Span::from_str(text).unwrap().to_string(), text);
        }
        assert_eq!(Span::from_str("24h").unwrap().to_string(), "1d");
        for wrong in ["", "24", "h", "-1h", "1.5h", "24hh", "1w", "99999999999999999d"] {
            assert!(Span::from_str(wrong).is_err(), "{wrong:?}");
        }
    }
}
