//! The job behind a freeze: withdraws what waits, closes pages, and comes again until every part has stopped.

use bursar_base::{FreezeId, TransactionId, limits};
use bursar_money::funnel::Step;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, Claimed};
use bursar_store::{Columns as _, StoreError};
use serde_json::json;

use super::service::{begin, find, save_part, states};
use super::{Freeze, Part, sql};
use crate::Spend;
use crate::checkouts::booking;
use crate::worker::JobError;

/// How many waiting payments are looked at at a time.
const PAGE: i64 = 200;

/// Does what can be done now of a freeze. Not a failure that is counted: as long as something is left, it comes again.
///
/// # Errors
/// [`JobError`].
pub async fn carry_out(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = FreezeId::parse(&job.payload).map_err(|error| JobError::Fatal(error.to_string()))?;
    let mut tx = spend.identity.db.read().await?;
    let freeze = find(&mut tx, &id).await?;
    drop(tx);
    let Some(freeze) = freeze.filter(|freeze| freeze.end.is_none()) else { return finish(spend, job).await };
    let mut troubles = Troubles::default();
    if let Err(error) = begin(spend, &freeze).await {
        troubles.payments = Some(error.to_string());
    }
    if let Err(why) = withdraw_all(spend, &freeze).await {
        troubles.payments = Some(why);
    }
    if let Err(why) = close_pages(spend, &freeze).await {
        troubles.pages = Some(why);
    }
    conclude(spend, job, &freeze, &troubles).await
}

/// What kept parts from stopping.
#[derive(Debug, Default)]
struct Troubles {
    payments: Option<String>,
    pages: Option<String>,
}

async fn finish(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let mut tx = spend.identity.db.write().await?;
    jobs::finish(&mut tx, job).await?;
    Ok(tx.commit().await?)
}

/// Withdraws everything that the rail was not called for yet. The funnel looks once more whether it is still frozen.
async fn withdraw_all(spend: &Spend, freeze: &Freeze) -> Result<(), String> {
    let told = |error: StoreError| error.to_string();
    let (mut after, mut trouble) = (String::new(), None);
    loop {
        let mut tx = spend.identity.db.read().await.map_err(told)?;
        let args =
            [freeze.org_id.as_str().into(), freeze.scope.as_str().into(), (&after).into(), PAGE.into()];
        let rows = tx.rows(sql::WAITING, &args).await.map_err(told)?;
        drop(tx);
        for row in &rows {
            after = row.text("id").map_err(told)?;
            let id = TransactionId::from_store(&after);
            match spend.change((&freeze.org_id, &id), Step::Withdraw, "freeze", None).await {
                Ok(_) => {}
                // Somebody else was faster.
                Err(problem) if problem.code == "wrong_status" => {}
                Err(problem) => trouble = Some(problem.detail),
            }
        }
        if rows.is_empty() {
            return trouble.map_or(Ok(()), Err);
        }
    }
}

/// Ends the pages that somebody could pay on. What was paid at the last moment is booked.
async fn close_pages(spend: &Spend, freeze: &Freeze) -> Result<(), String> {
    let told = |error: StoreError| error.to_string();
    let mut tx = spend.identity.db.read().await.map_err(told)?;
    let args = [freeze.org_id.as_str().into(), freeze.scope.as_str().into()];
    let rows = tx.rows(sql::PAGES, &args).await.map_err(told)?;
    drop(tx);
    let mut trouble = None;
    for row in &rows {
        let id = row.text("id").map_err(told)?;
        if let Err(error) = booking::close(spend, &id).await {
            trouble = Some(error.to_string());
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// Writes down what is left, and ends the job where nothing is.
async fn conclude(
    spend: &Spend,
    job: &Claimed,
    freeze: &Freeze,
    troubles: &Troubles,
) -> Result<(), JobError> {
    let mut org = spend.identity.lock(&freeze.org_id).await?;
    let mut states = states(&mut org.tx, freeze).await?;
    for state in &mut states {
        state.note = match state.part {
            _ if state.left == 0 => None,
            Part::Approvals | Part::Payments => troubles.payments.clone(),
            Part::Pages => troubles.pages.clone(),
            Part::Cards => Some("Stripe has not acknowledged it".to_owned()),
            Part::Decisions | Part::Keys | Part::Sessions => None,
        };
        save_part(&mut org.tx, &freeze.id, state).await?;
    }
    let done = !states.is_empty() && states.iter().all(|state| state.left == 0);
    let at = done.then_some(org.now);
    org.tx.execute(sql::TRIED, &[freeze.id.as_str().into(), at.into()]).await?;
    if done {
        let found: serde_json::Map<_, _> =
            states.iter().map(|state| (state.part.as_str().to_owned(), json!(state.found))).collect();
        let detail = json!({ "freeze_id": freeze.id, "stopped": found });
        let mut event = NewEvent::new("freeze.acknowledged", "worker", &detail);
        event.agent_id = freeze.agent_id();
        org.record(event).await?;
        jobs::finish(&mut org.tx, job).await?;
    } else {
        let pause =
            limits::FREEZE_AGAIN_FIRST.saturating_mul(u32::try_from(freeze.tries + 1).unwrap_or(u32::MAX));
        let again = org.now.plus(pause.min(limits::FREEZE_AGAIN_MAX));
        jobs::postpone(&mut org.tx, job, again, "not everything has stopped").await?;
    }
    Ok(org.commit().await?)
}
