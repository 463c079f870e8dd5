//! Telling humans: each event becomes one mail per person.

use bursar_base::{AgentId, MemberId, Money, OrgId, TimeUs, TransactionId, money};
use bursar_identity::OrgTx;
use bursar_money::transactions::{self, Status, Transaction};
use bursar_money::votes;
use bursar_store::jobs::{self, Claimed};
use serde::Deserialize;

use super::{JobError, transaction_of};
use crate::Spend;
use crate::cases::{Kind, NewCase, service as cases};
use crate::mails::{About, service as mails};

/// Queues the mails that a job's event asks for.
///
/// # Errors
/// [`JobError`].
pub async fn about_transaction(
    spend: &Spend,
    job: &Claimed,
    about: fn(TransactionId) -> About,
) -> Result<(), JobError> {
    queue(spend, job, about(transaction_of(&job.payload)?)).await
}

/// Reminds those who were asked about a payment and have said nothing, if it still waits.
///
/// # Errors
/// [`JobError`].
pub async fn remind(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let (org_id, id) = (OrgId::from_store(&job.org_id), transaction_of(&job.payload)?);
    let mut org = spend.identity.lock(&org_id).await?;
    let waiting = transactions::find(&mut org.tx, &id).await?.filter(|t| t.status == Status::Pending);
    if let Some(t) = waiting {
        let said: Vec<MemberId> =
            votes::of(&mut org.tx, &t).await?.into_iter().map(|vote| vote.member_id).collect();
        let about = About::ApprovalReminder { transaction_id: id };
        let key = format!("{}:{}", about.kind(), job.id);
        mails::queue_but(spend, &mut org, &org_id, &about, &key, &said).await?;
    }
    jobs::finish(&mut org.tx, job).await?;
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

#[derive(Deserialize)]
struct FrozenJob {
    agent_id: Option<AgentId>,
    actor: String,
    reason: String,
    at: TimeUs,
}

/// Tells owners that an agent or the whole org was frozen.
///
/// # Errors
/// [`JobError`].
pub async fn frozen(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let FrozenJob { agent_id, actor, reason, at } = payload_of(job)?;
    let about = match agent_id {
        Some(agent_id) => About::AgentFrozen { agent_id, actor, reason, at },
        None => About::OrgFrozen { actor, reason, at },
    };
    queue(spend, job, about).await
}

#[derive(Deserialize)]
struct RefundFailedJob {
    transaction_id: TransactionId,
    micros: i64,
}

/// Tells owners that the rail refused a refund.
///
/// # Errors
/// [`JobError`].
pub async fn refund_failed(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let RefundFailedJob { transaction_id, micros } = payload_of(job)?;
    queue(spend, job, About::RefundFailed { transaction_id, micros }).await
}

#[derive(Deserialize)]
struct TopupDisputedJob {
    checkout_id: String,
    micros: i64,
}

/// Tells owners that a bank took back what was paid into a wallet.
///
/// # Errors
/// [`JobError`].
pub async fn topup_disputed(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let TopupDisputedJob { checkout_id, micros } = payload_of(job)?;
    queue(spend, job, About::TopupDisputed { checkout_id, micros }).await
}

fn payload_of<T: serde::de::DeserializeOwned>(job: &Claimed) -> Result<T, JobError> {
    serde_json::from_str(&job.payload).map_err(|error| JobError::Fatal(error.to_string()))
}

/// Tells owners that money left which was never held, and opens a case about it.
///
/// # Errors
/// [`JobError`].
pub async fn captured(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let id = transaction_of(&job.payload)?;
    let org_id = OrgId::from_store(&job.org_id);
    let mut org = spend.identity.lock(&org_id).await?;
    if let Some(t) = transactions::find(&mut org.tx, &id).await? {
        cases::open(spend, &mut org, &org_id, &forced(&t)).await?;
    }
    let about = About::Captured { transaction_id: id };
    finish_with(spend, job, org, about).await
}

fn forced(t: &Transaction) -> NewCase {
    // Without an attempt nobody was asked: the network moved money of a card on its own.
    let within = if t.status.is_paid() && t.attempt.is_some() { t.amount_micros } else { 0 };
    let above = Money { micros: t.posted_micros.saturating_sub(within).max(0), currency: t.currency };
    NewCase {
        kind: Kind::ForcedCapture,
        reference: t.id.to_string(),
        agent_id: Some(t.agent_id.clone()),
        transaction_id: Some(t.id.clone()),
        cause: format!("Money left by the rail {} that was never held.", t.rail.as_str()),
        ours: format!("{} approved", money::decimal(within)),
        theirs: format!("{} taken", money::decimal(t.posted_micros)),
        at_stake: above,
        // By the alert that goes out with it.
        is_told: true,
        source: "ledger",
        since: t.created,
    }
}

async fn queue(spend: &Spend, job: &Claimed, about: About) -> Result<(), JobError> {
    let org_id = OrgId::from_store(&job.org_id);
    let org = spend.identity.lock(&org_id).await?;
    finish_with(spend, job, org, about).await
}

async fn finish_with(spend: &Spend, job: &Claimed, mut org: OrgTx, about: About) -> Result<(), JobError> {
    let org_id = OrgId::from_store(&job.org_id);
    let key = format!("{}:{}", about.kind(), job.id);
    mails::queue(spend, &mut org, &org_id, &about, &key).await?;
    jobs::finish(&mut org.tx, job).await?;
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}
