//! Bars, drawn by the server: readable without colour, each with its figure, and with a table behind.

use bursar_base::{Currency, Money};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Eye;
use super::answers::Sums;

/// Width of a day's column and of the gap behind it, in the drawing's own units.
const COLUMN: i64 = 20;
const GAP: i64 = 6;
/// The drawing's height.
const HEIGHT: i64 = 120;
/// The most days that are drawn.
const DAYS_MAX: usize = 92;

/// Days as columns.
pub(super) struct Days {
    pub(super) columns: Vec<Column>,
    pub(super) width: i64,
    pub(super) height: i64,
    /// The greatest figure, written.
    pub(super) top: String,
    pub(super) first: String,
    pub(super) last: String,
}

/// One day.
pub(super) struct Column {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) day: String,
    pub(super) figure: String,
}

impl Days {
    /// All days of a stretch, those without a sum too; none where nothing was spent or the stretch is too long.
    pub(super) fn new(eye: Eye<'_>, sums: &Sums, currency: &str) -> Option<Days> {
        let (from, until) = (sums.from.parse::<Date>().ok()?, sums.until.parse::<Date>().ok()?);
        let days: Vec<Date> =
            from.series(1.day()).take_while(|day| *day <= until).take(DAYS_MAX + 1).collect();
        if days.len() > DAYS_MAX {
            return None;
        }
        let spent = |day: &Date| {
            let day = day.to_string();
            let of_the_day = sums.data.iter().filter(|sum| sum.key == day && sum.currency == currency);
            of_the_day.map(|sum| micros(&sum.spent, currency)).sum::<i64>()
        };
        let figures: Vec<i64> = days.iter().map(spent).collect();
        let top = figures.iter().copied().max().filter(|top| *top > 0)?;
        let written = |micros| format!("{} {currency}", eye.t.group(&bursar_base::money::decimal(micros)));
        let column = |(at, (day, micros)): (usize, (&Date, &i64))| {
            let height = part(*micros, top, HEIGHT);
            Column {
                x: i64::try_from(at).unwrap_or_default() * (COLUMN + GAP),
                y: HEIGHT - height,
                width: COLUMN,
                height,
                day: eye.t.day(&day.to_string()),
                figure: written(*micros),
            }
        };
        let columns: Vec<Column> = days.iter().zip(&figures).enumerate().map(column).collect();
        Some(Days {
            width: i64::try_from(columns.len()).unwrap_or_default() * (COLUMN + GAP) - GAP,
            height: HEIGHT,
            top: written(top),
            first: eye.t.day(&sums.from),
            last: eye.t.day(&sums.until),
            columns,
        })
    }
}

/// A decimal in micros; what is none is nothing.
pub(super) fn micros(decimal: &str, currency: &str) -> i64 {
    let money = Currency::parse(currency).ok().and_then(|currency| Money::parse(decimal, currency).ok());
    money.map_or(0, |money| money.micros)
}

/// So much of a length as `of` is of `whole`; a little of it wherever there is anything.
pub(super) fn part(of: i64, whole: i64, length: i64) -> i64 {
    if of <= 0 || whole <= 0 {
        return 0;
    }
    let part = i128::from(of) * i128::from(length) / i128::from(whole);
    i64::try_from(part).unwrap_or(length).clamp(1, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_seen_where_there_is_anything_and_never_too_long() {
        assert_eq!(part(0, 100, 120), 0);
        assert_eq!(part(1, 1_000_000, 120), 1);
        assert_eq!(part(50, 100, 120), 60);
        assert_eq!(part(i64::MAX, i64::MAX, 120), 120);
        assert_eq!(part(5, 0, 120), 0);
    }
}
