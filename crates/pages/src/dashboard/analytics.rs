//! What was spent, by day, agent, merchant, category or rail.

use askama::Template;
use bursar_base::{Language, limits};

use super::answers::{Sum, Sums};
use super::chart::{Days, micros, part};
use super::{Eye, Shell};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign};

/// What sums can be made by: the API's word and the sentence that names it.
const BY: [(&str, &str); 5] = [
    ("merchant", "dash-merchant"),
    ("agent", "dash-agent"),
    ("category", "dash-category"),
    ("rail", "dash-rail"),
    ("day", "dash-day"),
];
/// The whole width of a bar.
const WIDTH: i64 = 1_000;

/// A sum as a row.
pub(super) struct SumRow {
    pub(super) name: Option<String>,
    pub(super) link: Option<String>,
    pub(super) spent: HtmlText,
    pub(super) payments: Option<i64>,
    pub(super) refunded: Option<String>,
    pub(super) width: i64,
}

/// The rows of a table of sums; each bar is a part of the longest.
pub(super) fn rows(eye: Eye<'_>, sums: &Sums) -> Vec<SumRow> {
    let figure = |sum: &Sum| micros(&sum.spent, &sum.currency);
    let top = sums.data.iter().map(figure).max().unwrap_or_default();
    let is_days = sums.by == "day";
    let row = |sum: &Sum| {
        let name = if is_days {
            eye.t.day(&sum.key)
        } else {
            foreign::short_line(&sum.name, limits::MAX_MERCHANT_CHARS)
        };
        SumRow {
            name: Some(name).filter(|name| !name.is_empty()),
            link: (sums.by == "agent").then(|| format!("/dashboard/transactions?agent={}", sum.key)),
            spent: eye.sum(&sum.spent, &sum.currency),
            payments: sum.payments,
            refunded: sum.refunded.as_deref().filter(|sum| *sum != "0.00").map(|sum| eye.t.group(sum)),
            width: part(figure(sum), top, WIDTH),
        }
    };
    sums.data.iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "dashboard/analytics.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    /// Value, sentence, whether it was asked for.
    by: Vec<(&'static str, &'static str, bool)>,
    what: &'static str,
    from: &'a str,
    until: &'a str,
    days: Option<Days>,
    rows: Vec<SumRow>,
}

/// The page of sums: what was asked for, and the same stretch day by day.
pub fn analytics(language: Language, shell: &Shell, sums: &Sums, days: &Sums) -> String {
    let eye = Eye::new(language, shell);
    let asked = BY.into_iter().find(|(by, _)| *by == sums.by).unwrap_or(BY[0]);
    Page {
        t: eye.t,
        shell,
        by: BY.map(|(by, name)| (by, name, by == asked.0)).to_vec(),
        what: asked.1,
        from: &sums.from,
        until: &sums.until,
        days: Days::new(eye, days, &shell.currency),
        rows: rows(eye, sums),
    }
    .to_string()
}
