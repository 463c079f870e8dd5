//! `bursar agent`

use bursar_base::{AgentId, OrgId};
use bursar_spend::agents::{AgentBody, Limits, NewAgent, service};
use bursar_spend::freezes::service::{self as freezes, Switch};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::{problem, sentence};
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::table;

/// `bursar agent`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum AgentCommand {
    /// Make an agent; shows its API key, once. Without any limit, a human is asked for everything
    Create(Create),
    /// Stop an agent: nothing new is allowed, and what waits is withdrawn
    Freeze(Freeze),
    /// Let a frozen agent go on
    Unfreeze(Freeze),
    /// Show an org's agents, their limits and what is used of them
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

/// `bursar agent create`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// The org that pays
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// What people call it
    #[arg(long)]
    name: String,
    /// The most within a day
    #[arg(long, value_name = "AMOUNT")]
    daily: Option<String>,
    /// The most within a week
    #[arg(long, value_name = "AMOUNT")]
    weekly: Option<String>,
    /// The most within a month
    #[arg(long, value_name = "AMOUNT")]
    monthly: Option<String>,
    /// The most for ever
    #[arg(long, value_name = "AMOUNT")]
    lifetime: Option<String>,
    /// The most that one payment may be
    #[arg(long, value_name = "AMOUNT")]
    per_tx: Option<String>,
    /// Ask a human for anything greater
    #[arg(long, value_name = "AMOUNT")]
    approve_above: Option<String>,
    /// Give it a wallet of its own instead of the org's
    #[arg(long)]
    own_wallet: bool,
}

/// `bursar agent freeze`, `bursar agent unfreeze`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Freeze {
    /// The agent
    #[arg(value_name = "AGENT_ID", required_unless_present = "agent")]
    id: Option<AgentId>,
    /// The agent, by a flag
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    agent: Option<AgentId>,
    /// Its org; only checked, the agent's id is enough
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// Why, for the audit trail
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: AgentCommand) -> Ending {
    match command {
        AgentCommand::Create(create) => make(context, create).await,
        AgentCommand::Freeze(freeze) => set_frozen(context, freeze, true).await,
        AgentCommand::Unfreeze(freeze) => set_frozen(context, freeze, false).await,
        AgentCommand::List { org } => {
            context.org(&org).await?;
            let agents = service::list(context.spend(), &org).await?;
            let none = "No agent yet. Make one: bursar agent create --org ID --name NAME --daily 100.00";
            let rows: Vec<[String; 8]> = agents.iter().map(row).collect();
            let headings = ["agent", "name", "status", "today", "week", "month", "wallet", "available"];
            Ok(Some(Answer::new(&agents, table(headings, &rows, none))))
        }
    }
}

fn row(agent: &AgentBody) -> [String; 8] {
    let line = |body: &bursar_spend::agents::LimitBody| match &body.limit {
        Some(limit) => format!("{} of {limit}", body.used),
        None => body.used.clone(),
    };
    [
        agent.agent_id.clone(),
        agent.name.clone(),
        agent.status.clone(),
        line(&agent.daily),
        line(&agent.weekly),
        line(&agent.monthly),
        agent.wallet.clone(),
        format!("{} {}", agent.available, agent.currency),
    ]
}

async fn make(context: &Context<'_>, create: Create) -> Ending {
    let Create { org, name, daily, weekly, monthly, lifetime, per_tx, approve_above, own_wallet } = create;
    context.org(&org).await?;
    let limits = Limits { daily, weekly, monthly, lifetime, per_tx, approve_above };
    let asks = limits == Limits::default();
    let new = NewAgent { name: name.clone(), limits, own_wallet };
    let (agent_id, key) = service::create(context.spend(), &org, new, ACTOR).await?;
    let api_key = key.key.reveal();
    let note = if asks { "It has no limits yet, so a human is asked for every payment.\n" } else { "" };
    let text = format!(
        "Made the agent {name}.\n{note}\nagent_id  {agent_id}\napi_key   {api_key}\n\nThe key is shown this once; give it to \
         the agent.\nNext: bursar policy check --agent {agent_id} --amount 12.50 --merchant shop.example\n"
    );
    Ok(Some(Answer::new(json!({ "agent_id": agent_id, "api_key": api_key }), text)))
}

async fn set_frozen(context: &Context<'_>, freeze: Freeze, frozen: bool) -> Ending {
    let id = freeze.id.or(freeze.agent).ok_or_else(|| Failure("name the agent".to_owned()))?;
    let agent = context.agent(&id).await?;
    if freeze.org.is_some_and(|org| org != agent.org_id) {
        return Err(Failure(format!("{id} is an agent of {}", agent.org_id)));
    }
    let reason = match &freeze.reason {
        Some(reason) => sentence("reason", reason)?,
        None => "by the command line".to_owned(),
    };
    let switch = Switch { org_id: &agent.org_id, agent_id: Some(&id), reason: &reason, actor: ACTOR };
    if frozen {
        freezes::press(context.spend(), switch, None).await.map_err(problem)?;
    } else {
        freezes::release(context.spend(), switch, None).await.map_err(problem)?;
    }
    let body = service::find(context.spend(), &agent).await?;
    let text = if frozen {
        format!(
            "{id} is frozen: nothing new is allowed, and what waited is \
             withdrawn.\nNext: bursar agent unfreeze {id}\n"
        )
    } else {
        format!("{id} may spend again.\n")
    };
    Ok(Some(Answer::new(body, text)))
}
