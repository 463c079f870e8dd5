//! Booking what a rail says on its own: the same for news that a webhook brings and for what a comparison finds.
//!
//! Invariant: money is booked by what Stripe says now, not by what an event or a list said of then. Whatever is booked
//! is an absolute figure, so hearing of it again changes nothing.

use std::collections::BTreeSet;

use bursar_money::funnel::{Command, FunnelError, RailOutcome, Reply, Step};
use bursar_money::policies::RailName;
use bursar_money::transactions::Transaction;
use bursar_store::StoreError;

use crate::Spend;
use crate::rails::stripe::StripeError;
use crate::rails::{Order, Rail as _};

/// Why nothing was booked: the news must come again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotBooked {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe did not say how things stand.
    #[error(transparent)]
    Stripe(#[from] StripeError),
}

/// Takes a step on the rail's behalf, and returns the status after it.
///
/// # Errors
/// [`StoreError`]; a refusal leaves the status as it is.
pub(crate) async fn step(spend: &Spend, t: &Transaction, step: Step) -> Result<String, StoreError> {
    let command = Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: format!("rail:{}", t.rail.as_str()),
        job: None,
        nonce: None,
    };
    match spend.funnel.submit(command).await {
        Ok(Ok(Reply::Transaction { transaction, .. })) => Ok(transaction.status.as_str().to_owned()),
        Ok(Ok(Reply::Preview(_) | Reply::Authorization { .. } | Reply::Done)) => Ok("-".to_owned()),
        Ok(Err(refusal)) => {
            tracing::warn!(transaction = %t.id, %refusal, "the rail's word was not booked");
            Ok(refusal.to_string())
        }
        Err(FunnelError::Store(error)) => Err(error),
        Err(error) => Err(StoreError::Damaged(error.to_string())),
    }
}

/// Asks Stripe what became of one of a transaction's payments (`pi_…`), and books that where it is certain.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn payment(
    spend: &Spend,
    t: &Transaction,
    reference: Option<&str>,
) -> Result<(), StoreError> {
    let Some(stripe) = spend.rails.stripe.as_ref().filter(|_| t.rail == RailName::Stripe) else {
        return Ok(());
    };
    let order = Order { reference: reference.map(str::to_owned), ..Order::of(t) };
    match stripe.look_up(&order).await.outcome() {
        // Not certain yet: an unknown answer about a payment whose call is still running would only disturb it.
        None | Some(RailOutcome::Unknown { .. }) => Ok(()),
        Some(outcome) => step(spend, t, Step::Settle(outcome)).await.map(drop),
    }
}

/// Asks Stripe what was given back of a transaction by refunds that nobody asked for here, and books that. `also` is a
/// payment of the transaction that it may not know of yet.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn refunds_elsewhere(
    spend: &Spend,
    t: &Transaction,
    also: Option<&str>,
) -> Result<(), NotBooked> {
    let Some(stripe) = spend.rails.stripe.as_ref().filter(|_| t.rail == RailName::Stripe) else {
        return Ok(());
    };
    if t.posted_micros == 0 {
        // What went back was paid before, and the news of that may come later.
        payment(spend, t, also).await?;
    }
    let known = t.rail_reference.as_deref().into_iter().chain(t.other_payments.keys().map(String::as_str));
    let payments: BTreeSet<&str> = known.chain(also).collect();
    let mut total = 0_i64;
    for payment in payments {
        total = total.saturating_add(stripe.refunded_elsewhere(payment).await?);
    }
    if total > 0 {
        step(spend, t, Step::RefundedElsewhere { micros: total }).await?;
    }
    Ok(())
}
