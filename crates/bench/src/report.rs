//! One table, ratios first.

use std::time::Duration;

use crate::load::Outcome;

/// One measurement.
pub struct Line {
    /// What was measured.
    pub what: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Microseconds of processor time a request cost on the server's side.
    pub cpu_micros: u64,
}

/// A figure beside its bound.
pub struct Figure {
    /// What is compared.
    pub what: String,
    /// In hundredths.
    pub hundredths: u64,
    /// What it is held against.
    pub bound: Bound,
}

/// What a figure is held against, in hundredths.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// The least that it must be.
    Floor(u64),
    /// It must be less: a time.
    Below(u64),
}

impl Bound {
    /// How it is printed, and what is said of a figure that misses it.
    fn words(self, figure: u64) -> (String, &'static str) {
        match self {
            Bound::Floor(floor) => (hundredths(floor), if figure < floor { "  below" } else { "" }),
            Bound::Below(roof) => {
                (format!("< {}", hundredths(roof)), if figure < roof { "" } else { "  above" })
            }
        }
    }
}

impl Figure {
    /// `ours / theirs`; at least `floor`, in hundredths.
    pub fn ratio(what: String, hundredths: u64, floor: u64) -> Figure {
        Figure { what, hundredths, bound: Bound::Floor(floor) }
    }

    /// A time in milliseconds, less than `below`; both are cut to hundredths.
    pub fn time(what: String, time: Duration, below: Duration) -> Figure {
        let hundredths = |time: Duration| u64::try_from(time.as_micros() / 10).unwrap_or(u64::MAX);
        Figure { what, hundredths: hundredths(time), bound: Bound::Below(hundredths(below)) }
    }
}

/// `ours / theirs` in hundredths.
pub fn share(ours: u64, theirs: u64) -> u64 {
    (ours * 100).checked_div(theirs).unwrap_or(0)
}

/// Prints everything.
pub fn print(figures: &[Figure], lines: &[Line], notes: &[String]) {
    println!("\n{:<72} {:>8} {:>8}", "ratio", "measured", "floor");
    for figure in figures {
        let (bound, mark) = figure.bound.words(figure.hundredths);
        println!("{:<72} {:>8} {bound:>8}{mark}", figure.what, hundredths(figure.hundredths));
    }
    println!(
        "\n{:<60} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "measurement", "per s", "p50 ms", "p99 ms", "cpu µs", "refused"
    );
    for Line { what, outcome, cpu_micros } in lines {
        let (p50, p99) = (millis(outcome.p50), millis(outcome.p99));
        println!(
            "{what:<60} {:>9} {p50:>9} {p99:>9} {cpu_micros:>8} {:>8}",
            outcome.per_second, outcome.refused
        );
    }
    for note in notes {
        println!("{note}");
    }
}

fn hundredths(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

fn millis(duration: Duration) -> String {
    format!("{}.{:02}", duration.as_micros() / 1_000, duration.as_micros() % 1_000 / 10)
}
