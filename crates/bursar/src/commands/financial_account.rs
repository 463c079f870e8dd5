//! `bursar financial-account`

use bursar_base::OrgId;
use bursar_spend::financial_accounts::api::FinancialAccountsBody;
use bursar_spend::financial_accounts::service::{Asker, list};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::context::problem;
use super::{Answer, Context, Ending};
use crate::table::{or_dash, table};

/// `bursar financial-account`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum FinancialAccountCommand {
    /// Show the financial accounts of the Stripe account that serves an org, and what is in them
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

pub(super) async fn run(context: &Context<'_>, command: FinancialAccountCommand) -> Ending {
    let FinancialAccountCommand::List { org } = command;
    context.org(&org).await?;
    let all = list(context.spend(), &org, Asker::Operator).await.map_err(problem)?;
    let body = FinancialAccountsBody::from(all);
    let mut rows = Vec::new();
    for account in &body.data {
        for balance in &account.balances {
            rows.push([
                account.financial_account_id.clone(),
                or_dash(account.name.as_ref()),
                account.status.clone(),
                format!("{} {}", balance.available, balance.currency),
                balance.inbound_pending.clone(),
                balance.outbound_pending.clone(),
            ]);
        }
    }
    let headings = ["account", "name", "status", "available", "on its way in", "on its way out"];
    let text = table(headings, &rows, "There is no financial account with anything in it.\n");
    Ok(Some(Answer::new(&body, text)))
}
