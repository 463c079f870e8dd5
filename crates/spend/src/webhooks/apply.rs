//! Booking what an event is about.

use bursar_base::TransactionId;
use bursar_money::funnel::{RailOutcome, Step};
use bursar_money::transactions::{self, Transaction};
use bursar_store::StoreError;

use super::sql;
use crate::Spend;
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{Dispute, from_minor_units};
use crate::rails::{Order, Rail as _};
use crate::reconcile::settle;

/// How the kind of a dispute's end is noted, so that a beginning that comes later is known to be old.
pub fn closed_mark(dispute: &Dispute) -> String {
    format!("charge.dispute.closed:{}", dispute.id)
}

/// Books what an event is about. Events about payments that are not ours are left alone.
///
/// # Errors
/// [`StoreError`]: the event must then come again.
pub async fn apply(spend: &Spend, event: &Event) -> Result<(), StoreError> {
    let Some(t) = transaction_of(spend, event).await? else {
        return Ok(());
    };
    match &event.about {
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_) => ask(spend, &t, event.payment_intent()).await,
        About::ChargeRefunded(charge) => match from_minor_units(charge.amount_refunded, &charge.currency) {
            Some(total) => book(spend, &t, Step::RefundedInAll { micros: total.micros }).await,
            None => Ok(()),
        },
        About::DisputeOpened(dispute) => opened(spend, &t, dispute).await,
        About::DisputeClosed(dispute) => closed(spend, &t, dispute).await,
        // The job of the refund asks for its outcome itself.
        About::Refund(_) | About::Other(_) => Ok(()),
    }
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

async fn book(spend: &Spend, t: &Transaction, step: Step) -> Result<(), StoreError> {
    settle(spend, &t.org_id, &t.id, step, "stripe").await.map(drop)
}

/// Asks Stripe what became of the payment intent, and books that.
async fn ask(spend: &Spend, t: &Transaction, intent: Option<&str>) -> Result<(), StoreError> {
    let Some(stripe) = &spend.rails.stripe else {
        return Ok(());
    };
    let order = Order { reference: intent.map(str::to_owned), ..Order::of(t) };
    match stripe.look_up(&order).await.outcome() {
        // Not certain yet: an unknown answer about a payment whose call is still running would only disturb it.
        None | Some(RailOutcome::Unknown { .. }) => Ok(()),
        Some(outcome) => book(spend, t, Step::Settle(outcome)).await,
    }
}

async fn opened(spend: &Spend, t: &Transaction, dispute: &Dispute) -> Result<(), StoreError> {
    let Some(amount) = from_minor_units(dispute.amount, &dispute.currency) else {
        return Ok(());
    };
    if was_closed(spend, dispute).await? {
        return Ok(());
    }
    book(spend, t, Step::DisputedInAll { micros: amount.micros }).await?;
    if was_closed(spend, dispute).await? && dispute.status == "won" {
        // Its end came while its beginning was being booked.
        return book(spend, t, Step::DisputedInAll { micros: 0 }).await;
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
    book(spend, t, Step::DisputedInAll { micros }).await
}
