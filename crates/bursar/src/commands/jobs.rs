//! `bursar jobs`

use bursar_base::{JobId, OrgId};
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, JobView};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, table};

/// How many jobs a list shows at most.
const LISTED_MAX: u32 = 1_000;

/// `bursar jobs`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum JobsCommand {
    /// Show what waits to be done, and the dead letters: what was given up
    List {
        /// Only the dead letters
        #[arg(long)]
        dead: bool,
    },
    /// Try dead letters again
    Retry(Retry),
}

/// `bursar jobs retry`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Retry {
    /// The dead letter, job_…
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<JobId>,
    /// All of them
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(context: &Context<'_>, command: JobsCommand) -> Ending {
    Ok(Some(match command {
        JobsCommand::List { dead } => {
            let mut tx = context.read().await?;
            let mut found = jobs::list(&mut tx, "dead", LISTED_MAX).await?;
            if !dead {
                found.extend(jobs::list(&mut tx, "ready", LISTED_MAX).await?);
            }
            let rows: Vec<[String; 6]> = found.iter().map(row).collect();
            let none = if dead { "There is no dead letter." } else { "There is nothing to be done." };
            let mut text = table(["job", "kind", "state", "attempts", "next", "last error"], &rows, none);
            if found.iter().any(|job| job.state == "dead") {
                text.push_str("\nNext: bursar jobs retry --all\n");
            }
            Answer::new(&found, text)
        }
        JobsCommand::Retry(retry) => {
            let dead = jobs::list(&mut context.read().await?, "dead", LISTED_MAX).await?;
            let wanted =
                |job: &&JobView| retry.all || retry.id.as_ref().is_some_and(|id| id.as_str() == job.job_id);
            let mut retried = Vec::new();
            for job in dead.iter().filter(wanted) {
                if wake(context, job).await? {
                    retried.push(job.job_id.clone());
                }
            }
            if let (Some(id), true) = (&retry.id, retried.is_empty()) {
                return Err(Failure(format!("{id} is no dead letter; `bursar jobs list --dead` shows them")));
            }
            context.spend().funnel.wake_workers();
            let text = format!("{} dead letters are ready again.\n", retried.len());
            Answer::new(json!({ "retried": retried }), text)
        }
    }))
}

fn row(job: &JobView) -> [String; 6] {
    [
        job.job_id.clone(),
        job.kind.clone(),
        job.state.clone(),
        job.attempts.to_string(),
        job.run_at.to_string(),
        or_dash(job.last_error.as_ref()),
    ]
}

/// Makes a dead letter ready again, which is a human's act and so in the audit trail of its org.
async fn wake(context: &Context<'_>, job: &JobView) -> Result<bool, Failure> {
    let mut org = context.spend().identity.lock(&OrgId::from_store(&job.org_id)).await?;
    let now = org.now;
    if jobs::retry(&mut org.tx, &job.job_id, now).await?.is_none() {
        return Ok(false);
    }
    let detail = json!({ "job_id": job.job_id, "kind": job.kind, "last_error": job.last_error });
    org.record(NewEvent::new("job.retried", ACTOR, &detail)).await?;
    org.commit().await?;
    Ok(true)
}
