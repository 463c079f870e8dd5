//! The look at what is new: now and then, by whichever process comes first.

use bursar_base::{OrgId, TimeUs};
use bursar_identity::orgs::service as orgs;
use bursar_store::{Columns as _, StoreError, Tx};
use jiff::ToSpan as _;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::plan::{Plan, plan};
use super::{day_of, next_morning, sql};
use crate::Spend;
use crate::chats::questions;
use crate::mails::{About, service as mails};

/// Orgs that are looked at together.
const PAGE: i64 = 100;

/// Whether an org is behind, or its morning has come: then [`look`] has something to do.
///
/// # Errors
/// [`StoreError`].
pub async fn is_behind(tx: &mut Tx, now: TimeUs) -> Result<bool, StoreError> {
    Ok(tx.row(sql::BEHIND, &["".into(), now.into(), 1.into()]).await?.is_some())
}

/// Looks at every org that is behind, a step each. `true` when there was something to do.
///
/// # Errors
/// [`StoreError`].
pub async fn look(spend: &Spend) -> Result<bool, StoreError> {
    let (mut after, mut moved) = (String::new(), false);
    loop {
        let mut tx = spend.identity.db.read().await?;
        let now = tx.now(&*spend.identity.clock).await?;
        let page = tx.rows(sql::BEHIND, &[(&after).into(), now.into(), PAGE.into()]).await?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = last.text("org_id")?;
        drop(tx);
        for row in &page {
            let org_id = OrgId::from_store(&row.text("org_id")?);
            let (from, head) = (row.int("cursor_seq")?, row.int("head_seq")?);
            if from < head {
                // The trail is read before anything is locked.
                let mut tx = spend.identity.db.read().await?;
                let next = plan(&mut tx, &org_id, from, head).await?;
                drop(tx);
                if let Some(next) = next {
                    moved |= write(spend, next).await?;
                }
            }
            if row.time("due_us")? <= now {
                moved |= morning(spend, &org_id).await?;
            }
        }
    }
}

/// Writes what follows from some entries, once: whoever finds the cursor moved has nothing to write.
async fn write(spend: &Spend, plan: Plan) -> Result<bool, StoreError> {
    if plan.entries.is_empty() && plan.mails.is_empty() && plan.questions.is_empty() {
        let mut tx = spend.identity.db.write().await?;
        if !advance(&mut tx, &plan).await? {
            return Ok(false);
        }
        tx.commit().await?;
        return Ok(true);
    }
    let mut org = spend.identity.lock(&plan.org_id).await?;
    if !advance(&mut org.tx, &plan).await? {
        return Ok(false);
    }
    for (about, key) in &plan.mails {
        mails::queue(spend, &mut org, &plan.org_id, about, key).await?;
    }
    questions::refresh_all(spend, &mut org, &plan.org_id, &plan.questions).await?;
    for entry in plan.entries {
        org.record(entry).await?;
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(true)
}

async fn advance(tx: &mut Tx, plan: &Plan) -> Result<bool, StoreError> {
    let org = plan.org_id.as_str();
    tx.execute(sql::ENSURE, &[org.into()]).await?;
    if tx.execute(sql::ADVANCE, &[org.into(), plan.from.into(), plan.to.into()]).await? != 1 {
        return Ok(false);
    }
    for (wallet, state) in &plan.wallets {
        let flag = |on: bool| i64::from(on);
        let args = [
            wallet.as_str().into(),
            org.into(),
            state.available.into(),
            state.below.into(),
            flag(state.is_funded).into(),
            flag(state.is_low).into(),
            flag(state.is_empty).into(),
        ];
        tx.execute(sql::SAVE_WALLET, &args).await?;
    }
    for (agent, count) in &plan.declines {
        tx.execute(sql::SAVE_DECLINES, &[agent.as_str().into(), org.into(), (*count).into()]).await?;
    }
    for ((day, agent), sums) in &plan.days {
        let args = [
            org.into(),
            day.into(),
            agent.as_str().into(),
            sums.paid.into(),
            sums.paid_micros.into(),
            sums.refunded_micros.into(),
            sums.asked.into(),
            sums.declined.into(),
        ];
        tx.execute(sql::ADD_DAY, &args).await?;
    }
    for told in &plan.limits {
        let args = [
            told.agent_id.as_str().into(),
            told.kind.into(),
            told.start.into(),
            told.limit.into(),
            org.into(),
        ];
        tx.execute(sql::TELL_LIMIT, &args).await?;
    }
    Ok(true)
}

/// Makes the mails of a morning that has come, and names the next one. Of a morning that was missed too: each day and
/// each week is told of, however late.
async fn morning(spend: &Spend, org_id: &OrgId) -> Result<bool, StoreError> {
    let mut org = spend.identity.lock(org_id).await?;
    let Some(row) = org.tx.row(sql::DUE, &[org_id.as_str().into()]).await? else { return Ok(false) };
    let due = row.time("due_us")?;
    let unseen = [org_id.as_str().into(), (row.int("cursor_seq")? + 1).into()];
    let unseen = org.tx.row(sql::AT, &unseen).await?.map(|row| row.time("at_us")).transpose()?;
    if due > org.now || unseen.is_some_and(|at| at < due) {
        // Another process was faster; or there are entries to look at before.
        return Ok(false);
    }
    let Some(found) = orgs::find(&mut org.tx, org_id).await? else { return Ok(false) };
    let zone = TimeZone::get(&found.time_zone).unwrap_or(TimeZone::UTC);
    let is_first = due == TimeUs(0);
    let next = next_morning(if is_first { org.now } else { due }, &zone);
    org.tx.execute(sql::SET_DUE, &[org_id.as_str().into(), next.into()]).await?;
    if !is_first {
        let today = day_of(due, &zone);
        if let Ok(yesterday) = today.checked_sub(1.day()) {
            let yesterday = yesterday.to_string();
            summary(spend, &mut org, org_id, false, (&yesterday, &yesterday)).await?;
            let monday = today.checked_sub(7.days()).map(|day| day.to_string());
            if let (Weekday::Monday, Ok(monday)) = (today.weekday(), monday) {
                summary(spend, &mut org, org_id, true, (&monday, &yesterday)).await?;
            }
        }
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(true)
}

/// Queues the mail about some days, if anything happened on them.
async fn summary(
    spend: &Spend,
    org: &mut bursar_identity::OrgTx,
    org_id: &OrgId,
    is_week: bool,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    let days = org.tx.rows(sql::DAYS, &[org_id.as_str().into(), from.into(), to.into()]).await?;
    if days.is_empty() {
        return Ok(());
    }
    let about = About::Summary { is_week, from: from.to_owned(), to: to.to_owned(), at: org.now };
    let key = format!("{}:{org_id}:{from}", about.kind());
    mails::queue(spend, org, org_id, &about, &key).await
}
