//! `bursar wallet`

use bursar_base::{AgentId, OrgId};
use bursar_money::budgets;
use bursar_money::funnel::Command;
use bursar_money::ledger::AccountId;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::{amount, sentence};
use super::{ACTOR, Answer, Context, Ending, Failure};

/// `bursar wallet`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum WalletCommand {
    /// Write down money that came in
    Deposit(Deposit),
}

/// `bursar wallet deposit`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Deposit {
    /// Into this org's wallet
    #[arg(long, value_name = "ID", required_unless_present = "agent", conflicts_with = "agent")]
    org: Option<OrgId>,
    /// Into this agent's own wallet
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// How much, such as 500.00
    amount: String,
    /// Where it came from, for the audit trail
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context<'_>, command: WalletCommand) -> Ending {
    let WalletCommand::Deposit(deposit) = command;
    let org_id = match (deposit.org, &deposit.agent) {
        (Some(org), _) => org,
        (None, Some(agent)) => context.agent(agent).await?.org_id,
        (None, None) => return Err(Failure("name --org or --agent".to_owned())),
    };
    let org = context.org(&org_id).await?;
    let money = amount(&deposit.amount, org.currency)?;
    let command = Command::Deposit {
        org_id: org_id.clone(),
        agent_id: deposit.agent.clone(),
        amount: money,
        reason: sentence("reason", &deposit.reason)?,
        actor: ACTOR.to_owned(),
    };
    context.submit(command).await?;
    let owner = deposit.agent.as_ref().map_or(org_id.as_str(), AgentId::as_str);
    let account = budgets::wallet(&mut context.read().await?, &AccountId::wallet(owner)).await?;
    let available = bursar_base::money::decimal(account.map_or(0, |account| account.available()));
    let (text, currency) = (money.decimal(), org.currency);
    let answer = json!({
        "org_id": org_id, "agent_id": deposit.agent, "amount": text, "currency": currency, "available": available,
    });
    Ok(Some(Answer::new(answer, format!("{owner} got {money}; {available} {currency} can be spent.\n"))))
}
