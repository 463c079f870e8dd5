//! Times of day in which spending is allowed.

use bursar_base::TimeUs;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::document::{DocumentError, Hours};

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// A compiled [`Hours`].
#[derive(Debug, Clone)]
pub struct HoursRule {
    days: Vec<Weekday>,
    from: u16,
    to: u16,
}

impl HoursRule {
    /// Checks days and times.
    ///
    /// # Errors
    /// [`DocumentError`] naming what is wrong.
    pub fn compile(hours: &Hours) -> Result<HoursRule, DocumentError> {
        let days = hours.days.iter().map(|day| weekday(day)).collect::<Result<Vec<_>, _>>()?;
        if days.is_empty() {
            return Err(DocumentError::new("hours.days", "name at least one day, `mon` to `sun`"));
        }
        let (from, to) = (minute("hours.from", &hours.from)?, minute("hours.to", &hours.to)?);
        if from == DAY || from == to {
            return Err(DocumentError::new(
                "hours",
                "`from` and `to` must differ, and `from` is before 24:00",
            ));
        }
        Ok(HoursRule { days, from, to })
    }

    /// Whether `now` lies in it. What runs past midnight belongs to the day on which it began.
    pub fn contains(&self, now: TimeUs, zone: &TimeZone) -> bool {
        let local = now.to_jiff().to_zoned(zone.clone());
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        let today = self.days.contains(&local.weekday());
        if self.from < self.to {
            return today && (self.from..self.to).contains(&minute);
        }
        let yesterday = self.days.contains(&local.weekday().previous());
        (today && minute >= self.from) || (yesterday && minute < self.to)
    }
}

fn weekday(text: &str) -> Result<Weekday, DocumentError> {
    Ok(match text.to_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => {
            return Err(DocumentError::new("hours.days", format!("{text:?} is not one of `mon` to `sun`")));
        }
    })
}

fn minute(field: &str, text: &str) -> Result<u16, DocumentError> {
    let wrong = || DocumentError::new(field, format!("{text:?} is not a time such as 09:30"));
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return Err(wrong());
    }
    let (hours, minutes): (u16, u16) =
        (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    let total = hours * 60 + minutes;
    if minutes > 59 || total > DAY { Err(wrong()) } else { Ok(total) }
}
