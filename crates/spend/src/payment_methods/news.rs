//! What Stripe says of payment methods, now; whoever brought the news.

use bursar_base::{OrgId, PaymentMethodId, TimeUs, limits};
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed};
use serde_json::Value;

use super::service::{self, ACTOR, NOBODY_SAVED, NOBODY_SAW, find, save};
use super::{PaymentMethod, Saved, Status, customers};
use crate::Spend;
use crate::rails::stripe::checkout::SessionStatus;
use crate::rails::stripe::saved::{PAYMENT_METHOD_ID, SavedMethod};
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{StripeError, StripeRail};
use crate::reconcile::book::NotBooked;

/// So much later Stripe has ended a page whose time is over.
const AFTER_THE_END: std::time::Duration = std::time::Duration::from_secs(60);
const GONE: &str = "it was taken away at Stripe";
const EXPIRED: &str = "it expired";
const NOT_VERIFIED: &str = "Stripe could not verify it";

impl From<SavedMethod> for Saved {
    fn from(method: SavedMethod) -> Saved {
        let (card, account) = (method.card.as_ref(), method.us_bank_account.as_ref());
        Saved {
            brand: card.map(|c| c.brand.clone()).or_else(|| account.and_then(|a| a.bank_name.clone())),
            last4: card.map(|c| c.last4.clone()).or_else(|| account.and_then(|a| a.last4.clone())),
            expires: card.map(|c| (c.exp_month, c.exp_year)),
            method: method.id,
            kind: method.kind,
        }
    }
}

fn stripe(spend: &Spend) -> Option<&StripeRail> {
    spend.rails.stripe.as_deref()
}

/// Hears an event, if it is about payment methods: what it is about is asked of Stripe.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub(crate) async fn hear(spend: &Spend, event: &Event) -> Result<(), NotBooked> {
    match &event.about {
        About::Checkout(session) => {
            let id = session.metadata.as_ref().and_then(|metadata| metadata.get(PAYMENT_METHOD_ID));
            match named(spend, id.map(String::as_str)).await? {
                Some(m) => look_on(spend, &m, &session.id).await,
                None => Ok(()),
            }
        }
        About::Other(object) => other(spend, event, object).await,
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_)
        | About::ChargeRefunded(_)
        | About::Refund(_)
        | About::DisputeOpened(_)
        | About::DisputeClosed(_)
        | About::AuthorizationRequest(_)
        | About::CardNews(_)
        | About::Card(_) => Ok(()),
    }
}

async fn other(spend: &Spend, event: &Event, object: &Value) -> Result<(), NotBooked> {
    let id = object["id"].as_str().unwrap_or_default();
    match event.kind.as_str() {
        "payment_method.automatically_updated" | "payment_method.updated" | "payment_method.detached" => {
            let m = service::by_method(&mut spend.identity.db.read().await?, id).await?;
            match m.filter(|m| m.status == Status::Active) {
                Some(m) => refresh(spend, &m).await,
                None => Ok(()),
            }
        }
        // A bank account may be good for charging only days after its page was done with.
        "setup_intent.succeeded" => {
            match named(spend, object["metadata"][PAYMENT_METHOD_ID].as_str()).await? {
                Some(m) => look(spend, &m).await,
                None => Ok(()),
            }
        }
        "customer.deleted" => customer_deleted(spend, id).await,
        _ => Ok(()),
    }
}

async fn named(spend: &Spend, id: Option<&str>) -> Result<Option<PaymentMethod>, StoreError> {
    let Some(id) = id.and_then(|id| PaymentMethodId::parse(id).ok()) else { return Ok(None) };
    find(&mut spend.identity.db.read().await?, &id).await
}

/// Asks Stripe what became of a payment method's page, and books that.
///
/// # Errors
/// [`NotBooked`].
pub(super) async fn look(spend: &Spend, m: &PaymentMethod) -> Result<(), NotBooked> {
    match &m.page {
        Some(page) => look_on(spend, m, &page.session_id).await,
        None => Ok(()),
    }
}

async fn look_on(spend: &Spend, m: &PaymentMethod, session_id: &str) -> Result<(), NotBooked> {
    let Some(stripe) = stripe(spend).filter(|_| m.status != Status::Active) else { return Ok(()) };
    let session = stripe.setup(session_id).await?;
    let saved = match session.saved() {
        Some(method) => stripe.saved_method(method).await?,
        None => None,
    };
    let mut org = spend.identity.lock(&m.org_id).await?;
    let Some(mut now) = find(&mut org.tx, &m.id).await? else { return Ok(()) };
    match (&now.status, saved) {
        (Status::Open | Status::Checking, Some(saved)) if saved.customer.as_ref() == Some(&now.customer) => {
            service::activate(spend, &mut org, &mut now, saved.into()).await?;
            tracing::info!(payment_method = %now.id, "a payment method was saved");
        }
        (Status::Open | Status::Checking, Some(_)) => {
            service::end(spend, &mut org, &mut now, GONE, ACTOR).await?
        }
        (Status::Open, None) if session.status == Some(SessionStatus::Expired) => {
            service::end(spend, &mut org, &mut now, NOBODY_SAVED, ACTOR).await?;
        }
        (Status::Open, None) if session.status == Some(SessionStatus::Complete) => {
            now.status = Status::Checking;
            save(&mut org, &now).await?;
        }
        (Status::Checking, None) if session.failed() => {
            service::end(spend, &mut org, &mut now, NOT_VERIFIED, ACTOR).await?;
        }
        // Saved on a page that was given up meanwhile: it must not stay at Stripe.
        (Status::Removed | Status::Ended(_), Some(saved)) if now.saved.is_none() => {
            now.saved = Some(saved.into());
            now.detached = None;
            save(&mut org, &now).await?;
            let at = org.now;
            service::look_at(spend, &mut org, &now, at).await?;
        }
        (
            Status::Open | Status::Checking | Status::Active | Status::Removed | Status::Ended(_),
            Some(_) | None,
        ) => return Ok(()),
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

/// Asks Stripe how a saved payment method is now, and books that.
async fn refresh(spend: &Spend, m: &PaymentMethod) -> Result<(), NotBooked> {
    let (Some(stripe), Some(known)) = (stripe(spend), &m.saved) else { return Ok(()) };
    let now_there = stripe.saved_method(&known.method).await?;
    let now_there = now_there.filter(|method| method.customer.as_ref() == Some(&m.customer));
    let mut org = spend.identity.lock(&m.org_id).await?;
    let Some(mut now) = find(&mut org.tx, &m.id).await? else { return Ok(()) };
    if now.status != Status::Active {
        return Ok(());
    }
    match now_there {
        None => service::end(spend, &mut org, &mut now, GONE, ACTOR).await?,
        Some(method) => {
            let saved = Saved::from(method);
            if saved.ends().is_some_and(|end| end <= org.now) {
                now.saved = Some(saved);
                service::end(spend, &mut org, &mut now, EXPIRED, ACTOR).await?;
            } else if now.saved.as_ref() != Some(&saved) {
                now.saved = Some(saved);
                save(&mut org, &now).await?;
                // Its end may be another now.
                let at = org.now;
                service::look_at(spend, &mut org, &now, at).await?;
            } else {
                return Ok(());
            }
        }
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

async fn customer_deleted(spend: &Spend, customer: &str) -> Result<(), NotBooked> {
    let mut tx = spend.identity.db.read().await?;
    let org_id = customers::org_of(&mut tx, customer).await?;
    drop(tx);
    let (Some(org_id), Some(stripe)) = (org_id, stripe(spend)) else { return Ok(()) };
    if stripe.has_customer(customer).await? {
        return Ok(());
    }
    let mut org = spend.identity.lock(&org_id).await?;
    customers::forget(&mut org, &org_id, customer).await?;
    for mut m in service::of_customer(&mut org.tx, customer).await? {
        service::end(spend, &mut org, &mut m, GONE, ACTOR).await?;
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

/// The job that looks at a payment method: asks Stripe, ends what nobody used in time or what expired, and takes away at
/// Stripe what was removed here. Comes again while there is something to wait for.
///
/// # Errors
/// [`StoreError`].
pub async fn work(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let org_id = OrgId::from_store(&job.org_id);
    let id = PaymentMethodId::from_store(&job.payload);
    let found = find(&mut spend.identity.db.read().await?, &id).await?;
    if let Some(m) = &found
        && let Err(error) = step(spend, m).await
    {
        // Not a failure that is counted: Stripe is asked again until it has answered.
        tracing::warn!(payment_method = %m.id, %error, "Stripe did not say what becomes of a payment method");
    }
    let mut org = spend.identity.lock(&org_id).await?;
    let now = find(&mut org.tx, &id).await?;
    jobs::finish(&mut org.tx, job).await?;
    if let Some(mut now) = now {
        if now.status == Status::Open && now.page.is_none() && org.now >= now.page_expires {
            service::end(spend, &mut org, &mut now, NOBODY_SAW, ACTOR).await?;
        }
        if let Some(at) = next_look(&now, org.now) {
            service::look_at(spend, &mut org, &now, at).await?;
        }
    }
    org.commit().await
}

async fn step(spend: &Spend, m: &PaymentMethod) -> Result<(), NotBooked> {
    match &m.status {
        Status::Open | Status::Checking => look(spend, m).await,
        Status::Active => match m.saved.as_ref().and_then(Saved::ends) {
            Some(end) if spend.now() >= end => refresh(spend, m).await,
            Some(_) | None => Ok(()),
        },
        Status::Removed => take_away(spend, m).await,
        Status::Ended(_) => match &m.saved {
            // It was saved after its page had been given up.
            Some(_) if m.detached.is_none() => take_away(spend, m).await,
            Some(_) | None => Ok(()),
        },
    }
}

/// Takes away at Stripe what was removed here: its page, and what was saved on it.
async fn take_away(spend: &Spend, m: &PaymentMethod) -> Result<(), NotBooked> {
    let Some(stripe) = stripe(spend).filter(|_| m.detached.is_none()) else { return Ok(()) };
    let method = match (&m.saved, &m.page) {
        (Some(saved), _) => Some(saved.method.clone()),
        (None, Some(page)) => end_page(stripe, &page.session_id).await?,
        (None, None) => None,
    };
    if let Some(method) = method {
        stripe.detach(&method).await?;
    }
    let mut org = spend.identity.lock(&m.org_id).await?;
    if let Some(mut now) = find(&mut org.tx, &m.id).await? {
        now.detached = Some(org.now);
        save(&mut org, &now).await?;
        org.commit().await?;
    }
    Ok(())
}

/// Ends a page; what was saved on it at the last moment.
async fn end_page(stripe: &StripeRail, session_id: &str) -> Result<Option<String>, StripeError> {
    let session = stripe.setup(session_id).await?;
    if session.status == Some(SessionStatus::Open) {
        stripe.expire_session(session_id).await?;
    }
    Ok(stripe.setup(session_id).await?.saved().map(str::to_owned))
}

/// When to look again: in as long as it has waited, within bounds; at the end of a card.
fn next_look(m: &PaymentMethod, now: TimeUs) -> Option<TimeUs> {
    let pause = now.since(m.updated).clamp(limits::CHECKOUT_LOOK_FIRST, limits::CHECKOUT_LOOK_MAX);
    let soon = now.plus(pause);
    match &m.status {
        Status::Open => {
            let end = m.page_expires.plus(AFTER_THE_END);
            Some(if end > now { soon.min(end) } else { soon })
        }
        Status::Checking => Some(soon),
        Status::Active => m.saved.as_ref()?.ends().map(|end| end.max(soon)),
        Status::Removed | Status::Ended(_) if m.detached.is_some() => None,
        Status::Removed => Some(soon),
        Status::Ended(_) => m.saved.as_ref().map(|_| soon),
    }
}
