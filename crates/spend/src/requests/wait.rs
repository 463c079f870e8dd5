//! Waiting for a transaction to get somewhere.

use std::time::Duration;

use bursar_base::{TransactionId, limits};
use bursar_http::Problem;
use bursar_money::transactions::{self, Status, Transaction};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Spend;
use crate::context::store_problem;

/// What a wait ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Until {
    /// It is no longer `pending`.
    #[default]
    Decided,
    /// It is at a final status, or `unknown`.
    Settled,
}

impl Until {
    fn is_reached(self, status: Status) -> bool {
        match self {
            Until::Decided => status != Status::Pending,
            Until::Settled => !matches!(status, Status::Pending | Status::Approved | Status::Executing),
        }
    }
}

/// Becomes `true` when the server is asked to stop: who only waits is answered then. Found in a request's extensions.
#[derive(Debug, Clone)]
pub struct Stopping(pub watch::Receiver<bool>);

/// Ends when the server is asked to stop; never where nobody could ask.
async fn asked_to_stop(stopping: &mut Option<Stopping>) {
    if let Some(Stopping(stop)) = stopping
        && stop.wait_for(|stop| *stop).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// How often to look while waiting: another process may have changed it.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits up to `seconds`, less where the server stops before, and returns the transaction as it is then.
///
/// # Errors
/// 400 for too long a wait, 404, 503.
pub async fn wait(
    spend: &Spend,
    id: &TransactionId,
    seconds: u64,
    until: Until,
    mut stopping: Option<Stopping>,
) -> Result<Transaction, Problem> {
    if seconds > limits::MAX_WAIT_SECONDS {
        return Err(Problem::field("wait", format!("at most {} seconds", limits::MAX_WAIT_SECONDS)));
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    // Listening begins before the first look, so that nothing is missed in between.
    let mut changes = spend.funnel.changes();
    loop {
        let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
        let found = transactions::find(&mut tx, id).await.map_err(store_problem)?;
        drop(tx);
        let found = found.ok_or_else(|| Problem::not_found("transaction"))?;
        let now = Instant::now();
        if until.is_reached(found.status) || now >= end {
            return Ok(found);
        }
        let pause = tokio::time::sleep_until(end.min(now + LOOK_AGAIN));
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                () = asked_to_stop(&mut stopping) => return Ok(found),
                // A listener that fell behind looks for itself.
                changed = changes.recv() => if changed.as_ref().map_or(true, |changed| changed == id) { break },
            }
        }
    }
}
