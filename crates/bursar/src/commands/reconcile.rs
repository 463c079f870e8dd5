//! `bursar reconcile`

use clap::Args;
use serde::{Deserialize, Serialize};

use super::context::since_of;
use super::{Answer, Context, Ending};

/// `bursar reconcile`; exits with 1 where books differ or somebody could not be asked
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Reconcile {
    /// Compare the books from there on: a time such as 2026-11-01T00:00:00Z, or a span such as 7d
    #[arg(long, value_name = "TIME-OR-SPAN")]
    since: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: Reconcile) -> Ending {
    let spend = context.spend();
    let since = command.since.map(|text| since_of(&text, spend.now())).transpose()?;
    let console = context.console.clone();
    let mut progress = move |line: &str| console.progress(line.to_owned());
    let report = bursar_spend::reconcile::run(spend, since, &mut progress).await?;
    let clean = report.is_clean();
    let text = format!("{report}\n");
    Ok(Some(Answer::new(report, text).broken(!clean)))
}
