//! `bursar exposure`

use bursar_base::OrgId;
use bursar_spend::exposure::api::HorizonBody;
use bursar_spend::exposure::service;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Answer, Context, Ending, Failure};
use crate::table::table;

/// `bursar exposure`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Exposure {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
}

pub(super) async fn run(context: &Context<'_>, command: Exposure) -> Ending {
    context.org(&command.org).await?;
    let body = service::read(context.spend(), &command.org).await?;
    let body = body.ok_or_else(|| Failure(format!("there is no org {}", command.org)))?;
    let row = |name: &str, hour: &HorizonBody, day: &HorizonBody, held: &str| {
        let figure = |text: &Option<String>| text.clone().unwrap_or_else(|| "unbounded".to_owned());
        [
            name.to_owned(),
            figure(&hour.without_a_human),
            figure(&hour.with_approvals),
            figure(&day.without_a_human),
            figure(&day.with_approvals),
            held.to_owned(),
        ]
    };
    let mut rows: Vec<[String; 6]> = body
        .agents
        .iter()
        .map(|agent| row(&format!("{} {}", agent.agent_id, agent.name), &agent.hour, &agent.day, &agent.held))
        .collect();
    rows.push(row("all together", &body.hour, &body.day, ""));
    let headings = ["agent", "hour", "hour, all approved", "day", "day, all approved", "held"];
    let forced = &body.forced_captures;
    let text = format!(
        "The most that can still leave, in {}.\n\n{}\nNever held and taken all the same, in 30 days: {} ({} times).\n",
        body.currency,
        table(headings, &rows, ""),
        forced.amount,
        forced.count
    );
    Ok(Some(Answer::new(&body, text)))
}
