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

/// A figure beside what it is compared with.
pub struct Ratio {
    /// What is compared.
    pub what: String,
    /// In hundredths.
    pub hundredths: u64,
    /// The least that it must be, in hundredths.
    pub floor: u64,
}

impl Ratio {
    /// `ours / theirs` in hundredths.
    pub fn of(ours: u64, theirs: u64) -> u64 {
        (ours * 100).checked_div(theirs).unwrap_or(0)
    }
}

/// Prints everything.
pub fn print(ratios: &[Ratio], lines: &[Line], notes: &[String]) {
    println!("\n{:<72} {:>8} {:>8}", "ratio", "measured", "floor");
    for ratio in ratios {
        let mark = if ratio.hundredths < ratio.floor { "  below" } else { "" };
        let (measured, floor) = (hundredths(ratio.hundredths), hundredths(ratio.floor));
        println!("{:<72} {measured:>8} {floor:>8}{mark}", ratio.what);
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
