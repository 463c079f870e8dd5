//! `bursar wallet auto-topup`

use bursar_base::{AgentId, OrgId, PaymentMethodId};
use bursar_spend::auto_topups::api::{AutoTopupBody, RuleBody, body, rule_of};
use bursar_spend::auto_topups::{AutoTopup, service};
use bursar_spend::checkouts::service::stripe_of;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::problem;
use super::wallet::org_of;
use super::{ACTOR, Answer, Context, Ending, Failure};

/// `bursar wallet auto-topup`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum AutoTopupCommand {
    /// Make or change the rule; one that was paused goes on
    Set(Set),
    /// Show the rule, and what is left of its month
    Show(Which),
    /// Fill the wallet by itself no more
    Off(Which),
}

/// Which wallet.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Which {
    /// This org's wallet
    #[arg(long, value_name = "ID", required_unless_present = "agent")]
    org: Option<OrgId>,
    /// This agent's own wallet
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
}

/// `bursar wallet auto-topup set`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Set {
    #[command(flatten)]
    which: Which,
    /// Fill it when less than this can be spent from it, such as 20.00
    #[arg(long)]
    floor: String,
    /// How much to put in, such as 50.00
    #[arg(long)]
    amount: String,
    /// The most within a calendar month, such as 500.00
    #[arg(long)]
    monthly_cap: String,
    /// What to charge, pmt_…; may be left out where one payment method alone is for top-ups
    #[arg(long, value_name = "ID")]
    payment_method: Option<PaymentMethodId>,
}

pub(super) async fn run(context: &Context<'_>, command: AutoTopupCommand) -> Ending {
    Ok(Some(match command {
        AutoTopupCommand::Set(wanted) => set(context, wanted).await?,
        AutoTopupCommand::Show(which) => {
            let org_id = org_of(context, which.org, which.agent.as_ref()).await?;
            let mut tx = context.read().await?;
            let now = tx.now(&*context.spend().identity.clock).await?;
            let wallet = service::wallet_of(&mut tx, &org_id, which.agent.as_ref()).await.map_err(problem)?;
            let rule = service::find(&mut tx, &wallet).await?.ok_or_else(no_rule)?;
            let body = body(&mut tx, &rule, now).await.map_err(problem)?;
            let text = words(&rule, &body);
            Answer::new(body, text)
        }
        AutoTopupCommand::Off(which) => {
            let org_id = org_of(context, which.org, which.agent.as_ref()).await?;
            let mut org = context.spend().identity.lock(&org_id).await?;
            let wallet =
                service::wallet_of(&mut org.tx, &org_id, which.agent.as_ref()).await.map_err(problem)?;
            let rule = service::find(&mut org.tx, &wallet).await?.ok_or_else(no_rule)?;
            service::remove(&mut org, &rule, ACTOR).await?;
            org.commit().await?;
            let text = format!("{} is filled by itself no more.\n", wallet.as_str());
            Answer::new(json!({ "wallet": wallet.as_str(), "removed": true }), text)
        }
    }))
}

fn no_rule() -> Failure {
    Failure("this wallet is not filled by itself; `bursar wallet auto-topup set` changes that".to_owned())
}

fn words(rule: &AutoTopup, body: &AutoTopupBody) -> String {
    let AutoTopupBody { floor, amount, monthly_cap, currency, used_this_month, .. } = body;
    let state = match &body.paused_reason {
        Some(reason) => format!("It is paused: {reason}. Set it again to let it go on.\n"),
        None => String::new(),
    };
    format!(
        "{} gets {amount} {currency} from {} when less than {floor} can be spent; {used_this_month} of {monthly_cap} this \
         month.\n{state}",
        rule.wallet.as_str(),
        body.payment_method_id
    )
}

async fn set(context: &Context<'_>, wanted: Set) -> Result<Answer, Failure> {
    let agent = wanted.which.agent;
    let org_id = org_of(context, wanted.which.org, agent.as_ref()).await?;
    let currency = context.org(&org_id).await?.currency;
    let wanted = RuleBody {
        floor: wanted.floor,
        amount: wanted.amount,
        monthly_cap: wanted.monthly_cap,
        payment_method_id: wanted.payment_method.map(|id| id.to_string()),
    };
    let new = rule_of(&wanted, currency).map_err(|problem| {
        let named = problem.errors.first().map(|error| format!("{}: {}", error.field, error.message));
        Failure(named.unwrap_or(problem.detail))
    })?;
    stripe_of(context.spend(), &org_id).await.map_err(problem)?;
    let mut org = context.spend().identity.lock(&org_id).await?;
    let rule = service::wanted(&mut org, &org_id, agent.as_ref(), &new).await.map_err(problem)?;
    service::set(&mut org, &rule, ACTOR).await?;
    let now = org.now;
    let rule = service::find(&mut org.tx, &rule.wallet).await?.ok_or_else(no_rule)?;
    let body = body(&mut org.tx, &rule, now).await.map_err(problem)?;
    org.commit().await?;
    let text = words(&rule, &body);
    Ok(Answer::new(body, text))
}
