//! `bursar freeze`, `bursar unfreeze`

use bursar_base::{AgentId, OrgId};
use bursar_spend::freezes::api::FreezeBody;
use bursar_spend::freezes::service::{self, Switch};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::context::{problem, sentence};
use super::{ACTOR, Answer, Context, Ending};
use crate::table::table;

/// `bursar freeze`, `bursar unfreeze`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Target {
    /// The whole org
    #[arg(long, value_name = "ID", required_unless_present = "agent", conflicts_with = "agent")]
    org: Option<OrgId>,
    /// One agent
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Why, for the audit trail and the mail to owners
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context<'_>, target: Target, frozen: bool) -> Ending {
    let reason = sentence("reason", &target.reason)?;
    let org_id = match (&target.agent, target.org) {
        (Some(agent), _) => context.agent(agent).await?.org_id,
        (None, Some(org)) => context.org(&org).await?.id,
        // The command line asks for one of them.
        (None, None) => return Ok(None),
    };
    let switch = Switch { org_id: &org_id, agent_id: target.agent.as_ref(), reason: &reason, actor: ACTOR };
    let pressed = if frozen {
        service::press(context.spend(), switch, None).await
    } else {
        service::release(context.spend(), switch, None).await
    };
    let freeze = pressed.map_err(problem)?;
    let body = FreezeBody::read(&mut context.read().await?, &freeze).await?;
    let text = if frozen { stopped(&body) } else { format!("{} may spend again.\n", freeze.scope) };
    Ok(Some(Answer::new(body, text)))
}

fn stopped(body: &FreezeBody) -> String {
    let scope = body.agent_id.as_ref().unwrap_or(&body.org_id);
    let flag = if body.agent_id.is_some() { "--agent" } else { "--org" };
    let rows: Vec<[String; 5]> = body
        .parts
        .iter()
        .map(|part| {
            let note = part.note.clone().unwrap_or_default();
            [part.part.clone(), part.status.clone(), part.done.to_string(), part.left.to_string(), note]
        })
        .collect();
    let parts = table(
        ["part", "status", "done", "left", "note"],
        &rows,
        "Its job writes down what there is to stop.",
    );
    let payments: String = body
        .at_rail_payments
        .iter()
        .map(|at| {
            format!("  {} {} {} {} by {}\n", at.transaction_id, at.status, at.amount, at.currency, at.rail)
        })
        .collect();
    let at_rail = match body.at_rail {
        0 => "No payment is at a rail.\n".to_owned(),
        count => format!("{count} at a rail already; only the rail ends these:\n{payments}"),
    };
    format!(
        "{scope} is frozen: nothing is allowed behind audit entry {}.\n\n{parts}\n{at_rail}\nThe same command shows \
         how far it is. Next: bursar unfreeze {flag} {scope} --reason …\n",
        body.audit_entry
    )
}
