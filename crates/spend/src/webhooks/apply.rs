//! Booking what an event is about.

use bursar_base::TransactionId;
use bursar_money::funnel::Step;
use bursar_money::transactions::{self, Transaction};
use bursar_store::StoreError;

use super::sql;
use crate::Spend;
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{Dispute, from_minor_units};
use crate::reconcile::book::{self, NotBooked};

/// How the kind of a dispute's end is noted, so that a beginning that comes later is known to be old.
pub fn closed_mark(dispute: &Dispute) -> String {
    format!("charge.dispute.closed:{}", dispute.id)
}

/// Books what an event is about. Events about payments that are not ours are left alone.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub async fn apply(spend: &Spend, event: &Event) -> Result<(), NotBooked> {
    let Some(t) = transaction_of(spend, event).await? else {
        return Ok(());
    };
    match &event.about {
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_) => book::payment(spend, &t, event.payment_intent()).await?,
        About::ChargeRefunded(_) => book::refunds_elsewhere(spend, &t, event.payment_intent()).await?,
        // Of a refund that was asked for here, its job asks for the outcome itself.
        About::Refund(refund) if refund.refund_key().is_some() => {}
        About::Refund(_) => book::refunds_elsewhere(spend, &t, event.payment_intent()).await?,
        About::DisputeOpened(dispute) => opened(spend, &t, dispute).await?,
        About::DisputeClosed(dispute) => closed(spend, &t, dispute).await?,
        About::Other(_) => {}
    }
    Ok(())
}

async fn transaction_of(spend: &Spend, event: &Event) -> Result<Option<Transaction>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    if let Some(id) = event.transaction_id().and_then(|id| TransactionId::parse(id).ok()) {
        return transactions::find(&mut tx, &id).await;
    }
    match event.payment_intent() {
        Some(reference) => transactions::by_reference(&mut tx, reference).await,
        None => Ok(None),
    }
}

async fn disputed(spend: &Spend, t: &Transaction, micros: i64) -> Result<(), StoreError> {
    book::step(spend, t, Step::DisputedInAll { micros }).await.map(drop)
}

async fn opened(spend: &Spend, t: &Transaction, dispute: &Dispute) -> Result<(), StoreError> {
    let Some(amount) = from_minor_units(dispute.amount, &dispute.currency) else {
        return Ok(());
    };
    if was_closed(spend, dispute).await? {
        return Ok(());
    }
    disputed(spend, t, amount.micros).await?;
    if was_closed(spend, dispute).await? && dispute.status == "won" {
        // Its end came while its beginning was being booked.
        return disputed(spend, t, 0).await;
    }
    Ok(())
}

async fn was_closed(spend: &Spend, dispute: &Dispute) -> Result<bool, StoreError> {
    let mark = closed_mark(dispute);
    Ok(spend.identity.db.read().await?.row(sql::CLOSED, &[(&mark).into()]).await?.is_some())
}

async fn closed(spend: &Spend, t: &Transaction, dispute: &Dispute) -> Result<(), StoreError> {
    let Some(amount) = from_minor_units(dispute.amount, &dispute.currency) else {
        return Ok(());
    };
    let micros = if dispute.status == "won" { 0 } else { amount.micros };
    disputed(spend, t, micros).await
}
