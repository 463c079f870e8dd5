//! `bursar reconcile`

use bursar_base::TimeUs;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Answer, Context, Ending, Failure};
use crate::span::Span;

/// `bursar reconcile`; exits with 1 where books differ or somebody could not be asked
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Reconcile {
    /// Compare the books from there on: a time such as 2026-11-01T00:00:00Z, or a span such as 7d
    #[arg(long, value_name = "TIME-OR-SPAN")]
    since: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: Reconcile) -> Ending {
    let spend = context.spend();
    let since = command.since.map(|text| time_of(&text, spend.now())).transpose()?;
    let console = context.console.clone();
    let mut progress = move |line: &str| console.progress(line.to_owned());
    let report = bursar_spend::reconcile::run(spend, since, &mut progress).await?;
    let clean = report.is_clean();
    let text = format!("{report}\n");
    Ok(Some(Answer::new(report, text).broken(!clean)))
}

fn time_of(text: &str, now: TimeUs) -> Result<TimeUs, Failure> {
    if let Some(time) = TimeUs::parse_rfc3339(text) {
        return Ok(time);
    }
    let span: Result<Span, String> = text.parse();
    span.map(|span| now.minus(span.0)).map_err(|_| {
        Failure(format!("--since {text:?}: write a time such as 2026-11-01T00:00:00Z, or a span such as 7d"))
    })
}
