//! `bursar case`

use bursar_base::{CaseId, OrgId, limits};
use bursar_spend::cases::api::CaseBody;
use bursar_spend::cases::{Case, Status, service};
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::context::sentence;
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::table;

/// `bursar case`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum CaseCommand {
    /// Show an org's cases, newest first
    List(List),
    /// Show one case
    Show {
        /// The case
        #[arg(value_name = "CASE_ID")]
        id: CaseId,
    },
    /// Settle a case with what you found
    Resolve(Resolve),
}

/// `bursar case list`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Which cases
    #[arg(long, value_enum, default_value = "open")]
    status: Which,
}

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Which {
    /// That somebody has to look at
    Open,
    /// That are settled
    Resolved,
    /// Both
    All,
}

/// `bursar case resolve`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Resolve {
    /// The case
    #[arg(value_name = "CASE_ID")]
    id: CaseId,
    /// What was done about it
    #[arg(long)]
    resolution: String,
    /// How that can be seen, such as the rail's answer or a receipt
    #[arg(long)]
    evidence: String,
}

pub(super) async fn run(context: &Context<'_>, command: CaseCommand) -> Ending {
    match command {
        CaseCommand::List(list) => show_all(context, list).await,
        CaseCommand::Show { id } => {
            let case = find(context, &id).await?;
            Ok(Some(Answer::new(CaseBody::from(&case), shown(&case))))
        }
        CaseCommand::Resolve(resolve) => {
            let text = sentence("resolution", &resolve.resolution)?;
            let evidence = sentence("evidence", &resolve.evidence)?;
            let case = find(context, &resolve.id).await?;
            let mut org = context.spend().identity.lock(&case.org_id).await?;
            let now = service::find(&mut org.tx, &case.id).await?.unwrap_or(case);
            let ended = service::resolve(&mut org, &now, (&text, &evidence), ACTOR).await?;
            let ended = ended.ok_or_else(|| Failure(format!("{} is settled already", now.id)))?;
            org.commit().await?;
            Ok(Some(Answer::new(CaseBody::from(&ended), format!("{} is settled.\n", ended.id))))
        }
    }
}

async fn find(context: &Context<'_>, id: &CaseId) -> Result<Case, Failure> {
    let found = service::find(&mut context.read().await?, id).await?;
    found.ok_or_else(|| Failure(format!("there is no case {id}; `bursar case list --org ID` shows an org's")))
}

async fn show_all(context: &Context<'_>, list: List) -> Ending {
    context.org(&list.org).await?;
    let status = match list.status {
        Which::Open => Some(Status::Open),
        Which::Resolved => Some(Status::Resolved),
        Which::All => None,
    };
    let mut tx = context.read().await?;
    let cases = service::list(&mut tx, &list.org, status, None, None, limits::PAGE_MAX).await?;
    let bodies: Vec<CaseBody> = cases.iter().map(CaseBody::from).collect();
    let rows: Vec<[String; 6]> = bodies
        .iter()
        .map(|case| {
            let sum = format!("{} {}", case.amount, case.currency);
            let sides = format!("{} / {}", case.ours, case.theirs);
            [case.case_id.clone(), case.kind.clone(), case.status.clone(), sum, sides, case.reference.clone()]
        })
        .collect();
    let headings = ["case", "kind", "status", "at stake", "ours / theirs", "about"];
    Ok(Some(Answer::new(&bodies, table(headings, &rows, "No case."))))
}

fn shown(case: &Case) -> String {
    let body = CaseBody::from(case);
    let mut text = format!(
        "{} ({}), {}\n\n{}\n\nabout     {}\nwe say    {}\nthey say  {}\nat stake  {} {}\n",
        body.case_id,
        body.kind,
        body.status,
        body.cause,
        body.reference,
        body.ours,
        body.theirs,
        body.amount,
        body.currency
    );
    if let Some(owner) = &body.owner {
        text.push_str(&format!("owner     {owner}\n"));
    }
    match &case.resolution {
        Some(end) => text.push_str(&format!("\n{} by {}: {}\n", end.at, end.actor, end.text)),
        None => text
            .push_str(&format!("\nNext: bursar case resolve {} --resolution … --evidence …\n", body.case_id)),
    }
    text
}
