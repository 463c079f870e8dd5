//! Booking what an event is about.

use bursar_base::TransactionId;
use bursar_money::funnel::Step;
use bursar_money::transactions::{self, Transaction};
use bursar_store::StoreError;

use super::sql;
use crate::Spend;
use crate::authorizations;
use crate::cards::stripe::{self as cards, NotDone};
use crate::checkouts::{Checkout, booking};
use crate::payment_methods::news;
use crate::payout_accounts::service as payout_accounts;
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{Dispute, from_minor_units};
use crate::reconcile::book::{self, NotBooked};

/// How the kind of a dispute's end is noted, so that a beginning that comes later is known to be old.
pub fn closed_mark(dispute: &Dispute) -> String {
    format!("charge.dispute.closed:{}", dispute.id)
}

/// What an event is about.
enum Subject {
    /// A payment of ours.
    Payment(Box<Transaction>),
    /// A sum that is paid into a wallet.
    Checkout(Box<Checkout>),
}

/// Books what an event is about. Events about payments that are not ours are left alone.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub async fn apply(spend: &Spend, event: &Event) -> Result<(), NotBooked> {
    if let About::CardNews(news) = &event.about {
        return authorizations::hear(spend, news).await;
    }
    if let About::Card(stripe_id) = &event.about {
        return card(spend, stripe_id).await;
    }
    news::hear(spend, event).await?;
    payout_accounts::hear(spend, event).await?;
    let Some(subject) = subject_of(spend, event).await? else {
        return Ok(());
    };
    match &event.about {
        About::DisputeOpened(dispute) => return opened(spend, &subject, dispute).await,
        About::DisputeClosed(dispute) => return closed(spend, &subject, dispute).await,
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_)
        | About::ChargeRefunded(_)
        | About::Refund(_)
        | About::Checkout(_)
        | About::AuthorizationRequest(_)
        | About::CardNews(_)
        | About::Card(_)
        | About::Other(_) => {}
    }
    match subject {
        Subject::Payment(t) => payment(spend, &t, event).await,
        Subject::Checkout(c) => booking::apply(spend, &c, event).await,
    }
}

/// Looks at a card again. What is left to do then, its job does.
async fn card(spend: &Spend, stripe_id: &str) -> Result<(), NotBooked> {
    match cards::news(spend, stripe_id).await {
        Err(NotDone::Store(error)) => Err(error.into()),
        Err(NotDone::Stripe(error)) => Err(error.into()),
        Ok(()) | Err(NotDone::NoStripe | NotDone::Holder(_) | NotDone::Before | NotDone::NotKnown) => Ok(()),
    }
}

async fn payment(spend: &Spend, t: &Transaction, event: &Event) -> Result<(), NotBooked> {
    match &event.about {
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_) => book::payment(spend, t, event.payment_intent()).await?,
        About::ChargeRefunded(_) => book::refunds_elsewhere(spend, t, event.payment_intent()).await?,
        // Of a refund that was asked for here, its job asks for the outcome itself.
        About::Refund(refund) if refund.refund_key().is_some() => {}
        About::Refund(_) => book::refunds_elsewhere(spend, t, event.payment_intent()).await?,
        About::DisputeOpened(_)
        | About::DisputeClosed(_)
        | About::Checkout(_)
        | About::AuthorizationRequest(_)
        | About::CardNews(_)
        | About::Card(_)
        | About::Other(_) => {}
    }
    Ok(())
}

async fn subject_of(spend: &Spend, event: &Event) -> Result<Option<Subject>, NotBooked> {
    if let Some(t) = transaction_of(spend, event).await? {
        return Ok(Some(Subject::Payment(Box::new(t))));
    }
    let checkout = booking::checkout_of(spend, event).await?;
    Ok(checkout.map(|checkout| Subject::Checkout(Box::new(checkout))))
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

async fn disputed(spend: &Spend, subject: &Subject, micros: i64) -> Result<(), NotBooked> {
    match subject {
        Subject::Payment(t) => Ok(book::step(spend, t, Step::DisputedInAll { micros }).await.map(drop)?),
        Subject::Checkout(c) => booking::disputed(spend, c, micros).await,
    }
}

async fn opened(spend: &Spend, subject: &Subject, dispute: &Dispute) -> Result<(), NotBooked> {
    let Some(amount) = from_minor_units(dispute.amount, &dispute.currency) else {
        return Ok(());
    };
    if !dispute.takes_money() || was_closed(spend, dispute).await? {
        return Ok(());
    }
    disputed(spend, subject, amount.micros).await?;
    if was_closed(spend, dispute).await? && dispute.status == "won" {
        // Its end came while its beginning was being booked.
        return disputed(spend, subject, 0).await;
    }
    Ok(())
}

async fn was_closed(spend: &Spend, dispute: &Dispute) -> Result<bool, StoreError> {
    let mark = closed_mark(dispute);
    Ok(spend.identity.db.read().await?.row(sql::CLOSED, &[(&mark).into()]).await?.is_some())
}

async fn closed(spend: &Spend, subject: &Subject, dispute: &Dispute) -> Result<(), NotBooked> {
    let Some(amount) = from_minor_units(dispute.amount, &dispute.currency) else {
        return Ok(());
    };
    let micros = if dispute.takes_money() { amount.micros } else { 0 };
    disputed(spend, subject, micros).await
}
