//! Reading at Stripe what became of an authorisation, and submitting it as facts.

use std::collections::BTreeMap;

use bursar_base::{Currency, OrgId, TransactionId, limits};
use bursar_money::funnel::{Command, Facts, JobProof, Refusal};
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed};

use super::{merchant_of, read_soon, reading};
use crate::Spend;
use crate::cards::Card;
use crate::cards::service::by_stripe_id;
use crate::rails::stripe::authorizations::{CardAuthorization, CardTransaction, MerchantData};
use crate::rails::stripe::{StripeError, StripeRail, from_minor_units};
use crate::worker::JobError;

/// On whose behalf Stripe's word is booked.
const ACTOR: &str = "rail:card";

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
enum NotRead {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error("Stripe says something that cannot be booked: {0}")]
    Odd(&'static str),
}

/// What Stripe says of one reference.
struct Reading {
    card: String,
    currency: String,
    merchant: MerchantData,
    /// In minor units.
    held: i64,
    ended: Option<String>,
    transactions: Vec<CardTransaction>,
}

/// Reads an authorisation, or a payment that has none, and makes the books agree with it.
///
/// # Errors
/// [`JobError`]. While Stripe does not answer, the job goes on for ever.
pub(crate) async fn read(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let reference = job.payload.as_str();
    let facts = match facts(spend, reference).await {
        Ok(Some(facts)) => facts,
        Ok(None) => return finish(spend, job).await,
        Err(NotRead::Odd(why)) => return Err(JobError::Fatal(why.to_owned())),
        Err(NotRead::Store(error)) => return Err(error.into()),
        Err(NotRead::Stripe(error)) if job.attempts < limits::JOB_MAX_ATTEMPTS => {
            return Err(JobError::Retry(error.to_string()));
        }
        Err(NotRead::Stripe(error)) => return postpone(spend, job, &error.to_string()).await,
    };
    let proof = JobProof { id: job.id.clone(), fence: job.fence };
    let command = Command::Facts(Box::new(Facts { job: Some(proof), ..facts }));
    match spend.funnel.submit(command).await? {
        Ok(_) => Ok(()),
        Err(Refusal::LeaseLost) => Err(JobError::LeaseLost),
        Err(refusal) => Err(JobError::Fatal(refusal.to_string())),
    }
}

/// Reads an authorisation here and now, as its job, for who wants to know how things stand afterwards; whoever reads it at
/// this moment begins anew. Returns why it could not be read; its job comes again then.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn read_now(
    spend: &Spend,
    org_id: &OrgId,
    reference: &str,
) -> Result<Result<(), String>, StoreError> {
    let (db, clock) = (&spend.identity.db, &*spend.identity.clock);
    let mut tx = db.write().await?;
    let now = tx.now(clock).await?;
    let claimed =
        jobs::claim_anew(&mut tx, &reading(org_id, reference, now), now, &*spend.identity.rng).await?;
    tx.commit().await?;
    let (why, fatal) = match read(spend, &claimed).await {
        // Whoever took it away has newer news, and writes that.
        Ok(()) | Err(JobError::LeaseLost) => return Ok(Ok(())),
        Err(JobError::Retry(why)) => (why, false),
        Err(JobError::Fatal(why)) => (why, true),
    };
    jobs::fail(db, clock, &claimed, &why, fatal).await?;
    Ok(Err(why))
}

async fn finish(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let mut tx = spend.identity.db.write().await?;
    jobs::finish(&mut tx, job).await?;
    Ok(tx.commit().await?)
}

async fn postpone(spend: &Spend, job: &Claimed, why: &str) -> Result<(), JobError> {
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    jobs::postpone(&mut tx, job, now.plus(limits::JOB_BACKOFF_MAX), why).await?;
    Ok(tx.commit().await?)
}

/// What Stripe knows; nothing where the card is not ours, or where what moved belongs to an authorisation after all, which
/// is read instead.
async fn facts(spend: &Spend, reference: &str) -> Result<Option<Facts>, NotRead> {
    let stripe = spend.rails.stripe.as_deref().ok_or(NotRead::Odd("Stripe is no longer set up"))?;
    let reading = if reference.starts_with("ipi_") {
        let alone = stripe.card_transaction(reference).await?;
        if let Some(of) = &alone.authorization {
            let mut tx = spend.identity.db.read().await?;
            let ours = by_stripe_id(&mut tx, alone.card.id()).await?;
            drop(tx);
            if let Some(ours) = ours {
                read_soon(spend, &ours.org_id, of.id()).await?;
            }
            return Ok(None);
        }
        Reading::alone(alone)
    } else {
        Reading::of(stripe.card_authorization(reference).await?)
    };
    let mut tx = spend.identity.db.read().await?;
    let ours = by_stripe_id(&mut tx, &reading.card).await?;
    drop(tx);
    let Some(ours) = ours else {
        tracing::warn!(reference, "an authorisation of a card that is not ours was left alone");
        return Ok(None);
    };
    let disputed = disputed(stripe, &reading).await?;
    booked(spend, reference, ours, reading, disputed).map(Some)
}

impl Reading {
    fn of(authorization: CardAuthorization) -> Reading {
        let is_open = authorization.is_open();
        Reading {
            card: authorization.card.id().to_owned(),
            held: authorization.held(),
            ended: (!is_open).then(|| authorization.status.as_str().to_owned()),
            currency: authorization.currency,
            merchant: authorization.merchant_data,
            transactions: authorization.transactions,
        }
    }

    fn alone(transaction: CardTransaction) -> Reading {
        Reading {
            card: transaction.card.id().to_owned(),
            held: 0,
            ended: Some("closed".to_owned()),
            currency: transaction.currency.clone(),
            merchant: transaction.merchant_data.clone(),
            transactions: vec![transaction],
        }
    }
}

/// What disputes have brought back by now, in minor units.
async fn disputed(stripe: &StripeRail, reading: &Reading) -> Result<i64, NotRead> {
    let mut sum = 0_i64;
    for dispute in reading.transactions.iter().filter_map(|moved| moved.dispute.as_ref()) {
        sum = sum.saturating_add(stripe.card_dispute(dispute.id()).await?.came_back());
    }
    Ok(sum)
}

fn booked(
    spend: &Spend,
    reference: &str,
    card: Card,
    reading: Reading,
    disputed: i64,
) -> Result<Facts, NotRead> {
    let odd = || NotRead::Odd("an amount or a currency");
    let micros = |minor: i64| from_minor_units(minor, &reading.currency).map(|m| m.micros).ok_or_else(odd);
    let (mut captures, mut refunds) = (BTreeMap::new(), BTreeMap::new());
    for moved in &reading.transactions {
        if moved.currency != reading.currency {
            return Err(odd());
        }
        // A refund that was taken back is money that left again: the sign says it.
        let sums = if moved.amount < 0 { &mut captures } else { &mut refunds };
        sums.insert(moved.id.clone(), micros(moved.amount)?.checked_abs().ok_or_else(odd)?);
    }
    let (merchant, merchant_key) = merchant_of(&reading.merchant);
    Ok(Facts {
        transaction_id: TransactionId::new(spend.now(), &*spend.identity.rng),
        org_id: card.org_id,
        agent_id: card.agent_id,
        card_id: card.id,
        reference: reference.to_owned(),
        currency: Currency::parse(&reading.currency).map_err(|_| odd())?,
        merchant,
        merchant_key,
        category: Some(reading.merchant.category.clone()),
        held_micros: micros(reading.held)?,
        ended: reading.ended.clone(),
        captures,
        refunds,
        disputed_micros: micros(disputed)?,
        actor: ACTOR.to_owned(),
        job: None,
    })
}
