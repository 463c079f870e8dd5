//! The customer that stands for an org at Stripe: one, and made again only when it was deleted there.

use std::time::Duration;

use bursar_base::limits::STRIPE_REPEAT_WITHIN;
use bursar_base::{OrgId, TimeUs};
use bursar_identity::OrgTx;
use bursar_store::{Columns as _, StoreError, Tx};

use super::sql;
use crate::Spend;
use crate::rails::stripe::{StripeError, StripeRail};
use crate::reconcile::book::NotBooked;

/// How far our clock and Stripe's may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);

/// What is on record of a customer.
struct Asked {
    attempt: i64,
    customer: Option<String>,
    at: TimeUs,
    since: TimeUs,
}

/// Puts on record that a customer is wanted.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn want(org: &mut OrgTx, org_id: &OrgId) -> Result<(), StoreError> {
    org.tx.execute(sql::ASK_CUSTOMER, &[org_id.as_str().into(), org.now.into()]).await.map(drop)
}

async fn on_record(tx: &mut Tx, org_id: &OrgId) -> Result<Option<Asked>, StoreError> {
    let Some(row) = tx.row(sql::CUSTOMER, &[org_id.as_str().into()]).await? else { return Ok(None) };
    Ok(Some(Asked {
        attempt: row.int("attempt")?,
        customer: row.opt_text("customer")?,
        at: row.time("asked_us")?,
        since: row.time("since_us")?,
    }))
}

/// The org that a customer stands for.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn org_of(tx: &mut Tx, customer: &str) -> Result<Option<OrgId>, StoreError> {
    let row = tx.row(sql::ORG_OF_CUSTOMER, &[customer.into()]).await?;
    row.map(|row| Ok(OrgId::from_store(&row.text("org_id")?))).transpose()
}

/// The org's customer, which Stripe is asked for where there is none yet. That one is wanted is on record.
///
/// # Errors
/// [`NotBooked`]: trying again finds or makes the same one.
pub(super) async fn ensure(spend: &Spend, stripe: &StripeRail, org_id: &OrgId) -> Result<String, NotBooked> {
    let asked = on_record(&mut spend.identity.db.read().await?, org_id).await?;
    let asked = asked.ok_or_else(|| StoreError::Damaged("no customer is wanted".to_owned()))?;
    if let Some(customer) = asked.customer {
        return Ok(customer);
    }
    let is_first = asked.attempt == 1;
    let repeatable = spend.now().since(asked.at) < STRIPE_REPEAT_WITHIN;
    // Whatever was asked for before is looked for first: only the very same request is safe without.
    if !(is_first && repeatable)
        && let Some(found) = stripe.find_customer(org_id.as_str(), asked.since.minus(CLOCK_SKEW)).await?
    {
        return set(spend, org_id, &found.id).await;
    }
    let attempt = if repeatable { asked.attempt } else { again(spend, org_id, asked.attempt).await? };
    let key = format!("bursar-customer-{org_id}-{attempt}");
    match stripe.create_customer(org_id.as_str(), &key).await {
        Ok(made) => set(spend, org_id, &made.id).await,
        Err(error) => {
            // Stripe keeps this answer under the key, so the next request needs another.
            if matches!(&error, StripeError::Refused(refusal) if refusal.status >= 500) {
                again(spend, org_id, attempt).await?;
            }
            Err(error.into())
        }
    }
}

async fn again(spend: &Spend, org_id: &OrgId, attempt: i64) -> Result<i64, StoreError> {
    let mut org = spend.identity.lock(org_id).await?;
    let args = [org_id.as_str().into(), attempt.into(), org.now.into()];
    org.tx.execute(sql::ASK_CUSTOMER_AGAIN, &args).await?;
    let now = on_record(&mut org.tx, org_id).await?;
    org.commit().await?;
    Ok(now.map_or(attempt, |asked| asked.attempt))
}

async fn set(spend: &Spend, org_id: &OrgId, customer: &str) -> Result<String, NotBooked> {
    let mut org = spend.identity.lock(org_id).await?;
    org.tx.execute(sql::SET_CUSTOMER, &[org_id.as_str().into(), customer.into()]).await?;
    let kept = on_record(&mut org.tx, org_id).await?.and_then(|asked| asked.customer);
    org.commit().await?;
    Ok(kept.unwrap_or_else(|| customer.to_owned()))
}

/// A customer is gone at Stripe: the next page gets another. In the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn forget(org: &mut OrgTx, org_id: &OrgId, customer: &str) -> Result<(), StoreError> {
    let Some(asked) = on_record(&mut org.tx, org_id).await? else { return Ok(()) };
    if asked.customer.as_deref() == Some(customer) {
        let args = [org_id.as_str().into(), asked.attempt.into(), org.now.into()];
        org.tx.execute(sql::ASK_CUSTOMER_AGAIN, &args).await?;
    }
    Ok(())
}
