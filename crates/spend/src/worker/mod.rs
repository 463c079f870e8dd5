//! Background work of spending: paying, asking, telling, expiring, refunding.
//!
//! Invariants: a rail is called only after its attempt was committed. A job whose lease was lost on a rail that may not
//! be repeated becomes `unknown`, never a second payment. What a job does is written together with its end.

mod execute;
mod notices;
mod notify;
mod run;
mod topups;
mod webhooks;

pub use run::run;

use bursar_base::{OrgId, TransactionId};
use bursar_money::funnel::{Command, FunnelError, JobProof, Reply, Step};
use bursar_money::transactions::Transaction;
use bursar_store::StoreError;
use bursar_store::jobs::Claimed;
use std::sync::Arc;

use crate::Spend;

/// Why a job did not end.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It can be tried again.
    #[error("{0}")]
    Retry(String),
    /// It makes no sense to try again.
    #[error("{0}")]
    Fatal(String),
    /// Another worker owns it.
    #[error("the job's lease was lost")]
    LeaseLost,
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => JobError::LeaseLost,
            other => JobError::Retry(other.to_string()),
        }
    }
}

impl From<FunnelError> for JobError {
    fn from(error: FunnelError) -> Self {
        JobError::Retry(error.to_string())
    }
}

/// The transaction that a job names.
///
/// # Errors
/// [`JobError::Fatal`].
pub(crate) fn transaction_of(payload: &str) -> Result<TransactionId, JobError> {
    TransactionId::parse(payload).map_err(|error| JobError::Fatal(error.to_string()))
}

/// Takes a step on behalf of a job, which ends with it unless the step says that it goes on. The flag says whether an
/// attempt was begun by another worker before.
async fn step(
    spend: &Spend,
    job: &Claimed,
    id: &TransactionId,
    step: Step,
    actor: &str,
) -> Result<(Arc<Transaction>, bool), JobError> {
    let command = Command::Change {
        org_id: OrgId::from_store(&job.org_id),
        transaction_id: id.clone(),
        step,
        actor: actor.to_owned(),
        job: Some(JobProof { id: job.id.clone(), fence: job.fence }),
        nonce: None,
    };
    match spend.funnel.submit(command).await? {
        Ok(Reply::Transaction { transaction, replayed }) => Ok((transaction, replayed)),
        Ok(Reply::Preview(_) | Reply::Authorization { .. } | Reply::Done) => {
            Err(JobError::Fatal("a step has no such answer".to_owned()))
        }
        Err(bursar_money::funnel::Refusal::LeaseLost) => Err(JobError::LeaseLost),
        Err(refusal) => Err(JobError::Fatal(refusal.to_string())),
    }
}
