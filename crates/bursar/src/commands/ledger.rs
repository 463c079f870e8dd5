//! `bursar ledger`

use bursar_money::ledger;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Answer, Context, Ending};

/// `bursar ledger`
#[derive(Debug, Clone, Copy, Subcommand, Serialize, Deserialize)]
pub enum LedgerCommand {
    /// Recompute every account, window and status from the transfers, and compare; exits with 1 where something differs
    Check,
}

pub(super) async fn run(context: &Context<'_>, command: LedgerCommand) -> Ending {
    let LedgerCommand::Check = command;
    let console = context.console.clone();
    let mut progress = move |rows: u64| console.progress(format!("looked at {rows} rows"));
    let report = ledger::check(&context.spend().identity.db, &mut progress).await?;
    let broken = !report.is_clean();
    let text = report.to_string();
    Ok(Some(Answer::new(report, text).broken(broken)))
}
