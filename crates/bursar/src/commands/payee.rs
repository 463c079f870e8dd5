//! `bursar payee`

use bursar_base::OrgId;
use bursar_spend::payees::{NewPayee, service};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending};
use crate::table::{or_dash, table};

/// `bursar payee`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum PayeeCommand {
    /// Make a merchant known to an org
    Add {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// A host, which covers its subdomains, or a name
        #[arg(long, value_name = "HOST-OR-NAME")]
        merchant: String,
        /// What it sells, for category rules
        #[arg(long)]
        category: Option<String>,
        /// The connected account that payments on the rail `stripe` go to, acct_…
        #[arg(long, value_name = "ID")]
        stripe_account: Option<String>,
    },
    /// Show an org's payees
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

pub(super) async fn run(context: &Context<'_>, command: PayeeCommand) -> Ending {
    let spend = context.spend();
    Ok(Some(match command {
        PayeeCommand::Add { org, merchant, category, stripe_account } => {
            context.org(&org).await?;
            let new = NewPayee { merchant: merchant.clone(), category, stripe_account };
            let payee_id = service::add(spend, &org, new, ACTOR).await?;
            Answer::new(json!({ "payee_id": payee_id }), format!("{org} knows {merchant} as {payee_id}.\n"))
        }
        PayeeCommand::List { org } => {
            context.org(&org).await?;
            let payees = service::list(spend, &org).await?;
            let rows: Vec<[String; 4]> = payees
                .iter()
                .map(|payee| {
                    let (category, account) =
                        (or_dash(payee.category.as_ref()), or_dash(payee.stripe_account.as_ref()));
                    [payee.payee_id.to_string(), payee.merchant.clone(), category, account]
                })
                .collect();
            let none = "No payee yet. Add one: bursar payee add --org ID --merchant HOST-OR-NAME";
            Answer::new(&payees, table(["payee", "merchant", "category", "stripe account"], &rows, none))
        }
    }))
}
