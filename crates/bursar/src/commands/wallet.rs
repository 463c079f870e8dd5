//! `bursar wallet`

use bursar_base::{AgentId, OrgId};
use bursar_money::budgets;
use bursar_money::funnel::Command;
use bursar_money::ledger::AccountId;
use bursar_spend::checkouts::service as checkouts;
use bursar_spend::notices;
use bursar_spend::topups::service as topups;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::auto_topup::AutoTopupCommand;
use super::context::{amount, problem, sentence};
use super::{ACTOR, Answer, Context, Ending, Failure};

/// `bursar wallet`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum WalletCommand {
    /// Write down money that came in
    Deposit(Deposit),
    /// Begin a top-up, and print the address of Stripe's page where it is paid
    Topup(Topup),
    /// Say below which sum owners get a mail about a wallet
    Alert(Alert),
    /// Show what is in a wallet
    Show(Show),
    /// Have a wallet filled from a saved payment method when it falls below a floor: set, show, off
    #[command(subcommand)]
    AutoTopup(AutoTopupCommand),
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

/// `bursar wallet topup`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Topup {
    /// Into this org's wallet
    #[arg(long, value_name = "ID", required_unless_present = "agent")]
    org: Option<OrgId>,
    /// Into the wallet that this agent draws on
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// How much, such as 250.00
    amount: String,
}

/// `bursar wallet alert`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Alert {
    /// About this org's wallet
    #[arg(long, value_name = "ID", required_unless_present = "agent", conflicts_with = "agent")]
    org: Option<OrgId>,
    /// About this agent's own wallet
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Below this sum, such as 50.00
    #[arg(long, value_name = "AMOUNT", required_unless_present = "off", conflicts_with = "off")]
    below: Option<String>,
    /// No such mail any more
    #[arg(long)]
    off: bool,
}

/// `bursar wallet show`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Show {
    /// This org's wallet
    #[arg(long, value_name = "ID", required_unless_present = "agent", conflicts_with = "agent")]
    org: Option<OrgId>,
    /// The wallet that this agent draws on
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
}

pub(super) async fn run(context: &Context<'_>, command: WalletCommand) -> Ending {
    match command {
        WalletCommand::Deposit(deposit) => self::deposit(context, deposit).await,
        WalletCommand::Topup(topup) => self::topup(context, topup).await,
        WalletCommand::Alert(alert) => self::alert(context, alert).await,
        WalletCommand::Show(show) => self::show(context, show).await,
        WalletCommand::AutoTopup(command) => super::auto_topup::run(context, command).await,
    }
}

/// The org that was named, or that of the agent that was; they must not differ.
pub(super) async fn org_of(
    context: &Context<'_>,
    org: Option<OrgId>,
    agent: Option<&AgentId>,
) -> Result<OrgId, Failure> {
    let of_agent = match agent {
        Some(agent) => Some(context.agent(agent).await?.org_id),
        None => None,
    };
    match (org, of_agent) {
        (Some(org), Some(of_agent)) if org != of_agent => {
            Err(Failure("this agent belongs to another org; leave --org out".to_owned()))
        }
        (Some(org), _) | (None, Some(org)) => Ok(org),
        (None, None) => Err(Failure("name --org or --agent".to_owned())),
    }
}

async fn topup(context: &Context<'_>, topup: Topup) -> Ending {
    let org_id = org_of(context, topup.org, topup.agent.as_ref()).await?;
    let org = context.org(&org_id).await?;
    let money = amount(&topup.amount, org.currency)?;
    checkouts::check_amount("amount", money).map_err(problem)?;
    checkouts::stripe_of(context.spend(), &org_id).await.map_err(problem)?;
    let locked = context.spend().identity.lock(&org_id).await?;
    let begun = topups::begin(context.spend(), locked, &org_id, topup.agent.as_ref(), money, ACTOR).await;
    let (checkout, url) = begun.map_err(problem)?;
    let answer = json!({ "topup_id": checkout.id, "checkout_url": url });
    let text = format!(
        "Pay {money} here, until {}:\n{url}\nThe wallet is filled when Stripe has the money.\n",
        checkout.expires
    );
    Ok(Some(Answer::new(answer, text)))
}

async fn alert(context: &Context<'_>, alert: Alert) -> Ending {
    let org_id = org_of(context, alert.org, alert.agent.as_ref()).await?;
    context.org(&org_id).await?;
    let below = alert.below.as_deref().map(notices::api::micros_of).transpose().map_err(problem)?;
    let mut org = context.spend().identity.lock(&org_id).await?;
    let wallet = notices::service::wallet_of(&mut org.tx, &org_id, alert.agent.as_ref()).await?;
    let wallet =
        wallet.ok_or_else(|| Failure("this agent draws on its org's wallet; use --org".to_owned()))?;
    notices::service::set_alert(&mut org, &org_id, &wallet, below, ACTOR).await?;
    org.commit().await?;
    let below = below.map(bursar_base::money::decimal);
    let text = match &below {
        Some(below) => format!("Owners get a mail when {} falls below {below}.\n", wallet.as_str()),
        None => format!("Owners get a mail when {} is empty only.\n", wallet.as_str()),
    };
    Ok(Some(Answer::new(json!({ "wallet": wallet.as_str(), "below": below }), text)))
}

async fn show(context: &Context<'_>, show: Show) -> Ending {
    let org_id = org_of(context, show.org, show.agent.as_ref()).await?;
    let org = context.org(&org_id).await?;
    let mut tx = context.read().await?;
    let wallet = match &show.agent {
        None => AccountId::wallet(org_id.as_str()),
        Some(agent) => {
            let budget = budgets::find(&mut tx, agent).await?;
            budget.ok_or_else(|| Failure(format!("the agent {agent} has no wallet")))?.wallet
        }
    };
    let account = budgets::wallet(&mut tx, &wallet).await?;
    let (available, held) = account.map_or((0, 0), |account| (account.available(), account.debits_pending));
    let (available, held) = (bursar_base::money::decimal(available), bursar_base::money::decimal(held));
    let currency = org.currency;
    let answer =
        json!({ "wallet": wallet.as_str(), "available": available, "held": held, "currency": currency });
    let text = format!("{available} {currency} can be spent; {held} {currency} are held.\n");
    Ok(Some(Answer::new(answer, text)))
}

async fn deposit(context: &Context<'_>, deposit: Deposit) -> Ending {
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
