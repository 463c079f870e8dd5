//! Booking what Stripe says of a checkout, now; whoever brought the news.

use std::collections::BTreeMap;

use bursar_base::{Mode, OrgId, TimeUs, limits};
use bursar_identity::orgs::service as orgs;
use bursar_money::funnel::{Command, FunnelError, GoneBack, Receive};
use bursar_money::receipts;
use bursar_store::StoreError;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, Claimed};
use serde_json::json;

use super::{Checkout, Status, from_row, service, sql};
use crate::Spend;
use crate::auto_topups::charge;
use crate::mails;
use crate::rails::stripe::checkout::{CHECKOUT_ID, PaymentStatus, Session, SessionStatus};
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{BookedPayment, IntentStatus, StripeError, StripeRail};
use crate::reconcile::BookedCheckout;
use crate::reconcile::book::NotBooked;

/// On whose behalf Stripe's word is booked.
const ACTOR: &str = "rail:stripe";

fn stripe(spend: &Spend) -> Option<&StripeRail> {
    spend.rails.stripe.as_deref()
}

/// Asks Stripe what became of a checkout's page, and books that.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn look(spend: &Spend, c: &Checkout) -> Result<(), NotBooked> {
    if let (Some(automatic), Some(stripe)) = (&c.automatic, stripe(spend)) {
        return charge::look(spend, stripe, c, automatic).await;
    }
    let (Some(page), Some(stripe)) = (&c.page, stripe(spend)) else {
        return Ok(());
    };
    let session = stripe.session(&page.session_id).await?;
    settle(spend, &session).await
}

/// Ends a checkout's page, so that nobody can pay on it, and books what became of it.
///
/// # Errors
/// [`NotBooked`]: it must be tried again.
pub(crate) async fn close(spend: &Spend, id: &str) -> Result<(), NotBooked> {
    let mut tx = spend.identity.db.read().await?;
    let page = service::find(&mut tx, id).await?.and_then(|c| c.page);
    drop(tx);
    let Some(page) = page else { return Ok(()) };
    let Some(stripe) = stripe(spend) else {
        return Err(StripeError::NotSent("this server has no Stripe key".to_owned()).into());
    };
    settle(spend, &stripe.expire_session(&page.session_id).await?).await
}

/// The checkout that an event is about: by what we wrote on its object, else by its payment.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn checkout_of(spend: &Spend, event: &Event) -> Result<Option<Checkout>, NotBooked> {
    let of = |metadata: &BTreeMap<String, String>| metadata.get(CHECKOUT_ID).cloned();
    let written = match &event.about {
        About::Checkout(session) => session.checkout_id().map(str::to_owned),
        About::PaymentSucceeded(intent)
        | About::PaymentFailed(intent)
        | About::PaymentCanceled(intent)
        | About::PaymentProcessing(intent) => of(&intent.metadata),
        About::ChargeRefunded(charge) => of(&charge.metadata),
        About::Refund(_) | About::DisputeOpened(_) | About::DisputeClosed(_) => {
            let Some(payment) = event.payment_intent() else { return Ok(None) };
            let mut tx = spend.identity.db.read().await?;
            if let Some(row) = tx.row(sql::BY_PAYMENT, &[payment.into()]).await? {
                return Ok(Some(from_row(&row)?));
            }
            drop(tx);
            // The news that it was paid may come after this one: only Stripe knows what the payment is for.
            match stripe(spend) {
                Some(stripe) => {
                    stripe.payment_with_charge(payment).await?.and_then(|(intent, _)| of(&intent.metadata))
                }
                None => None,
            }
        }
        About::AuthorizationRequest(_) | About::CardNews(_) | About::Card(_) | About::Other(_) => None,
    };
    let Some(id) = written else { return Ok(None) };
    let mut tx = spend.identity.db.read().await?;
    Ok(service::find(&mut tx, &id).await?)
}

/// Books what Stripe says now of a checkout that an event is about, but for disputes.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub(crate) async fn apply(spend: &Spend, c: &Checkout, event: &Event) -> Result<(), NotBooked> {
    let Some(stripe) = stripe(spend) else { return Ok(()) };
    match &event.about {
        About::Checkout(session) => settle(spend, &stripe.session(&session.id).await?).await,
        About::PaymentSucceeded(_)
        | About::PaymentFailed(_)
        | About::PaymentCanceled(_)
        | About::PaymentProcessing(_) => look(spend, c).await,
        About::ChargeRefunded(_) | About::Refund(_) => {
            refunded(spend, stripe, c, event.payment_intent()).await
        }
        About::DisputeOpened(_)
        | About::DisputeClosed(_)
        | About::AuthorizationRequest(_)
        | About::CardNews(_)
        | About::Card(_)
        | About::Other(_) => Ok(()),
    }
}

/// The reference under which a checkout was credited; asks whether it was paid where that is not known yet.
async fn received(spend: &Spend, c: &Checkout) -> Result<Option<String>, NotBooked> {
    if c.status != Status::Paid {
        look(spend, c).await?;
    }
    let mut tx = spend.identity.db.read().await?;
    let now = service::find(&mut tx, &c.id).await?;
    let Some(reference) = now.as_ref().and_then(Checkout::reference) else { return Ok(None) };
    Ok(receipts::find(&mut tx, reference).await?.map(|receipt| receipt.reference))
}

/// Books what Stripe has of a checkout and the ledger has not; what changed, where anything did. `disputed_micros` is what a
/// bank has of it by now, where it was ever disputed.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn catch_up(
    spend: &Spend,
    id: &str,
    payment: &BookedPayment,
    disputed_micros: Option<i64>,
) -> Result<Option<BookedCheckout>, NotBooked> {
    let Some((c, back, before)) = stands(spend, id).await? else { return Ok(None) };
    if payment.status == IntentStatus::Succeeded && c.status != Status::Paid {
        look(spend, &c).await?;
    }
    if let (Some(stripe), true) = (stripe(spend), payment.refunded.micros != back) {
        refunded(spend, stripe, &c, Some(&payment.reference)).await?;
    }
    if let Some(micros) = disputed_micros {
        disputed(spend, &c, micros).await?;
    }
    let now = stands(spend, id).await?.map(|(.., now)| now).unwrap_or_default();
    let changed = now != before;
    Ok(changed.then(|| BookedCheckout { checkout_id: id.to_owned(), before, now }))
}

/// A checkout, what of it was given back, and where it stands in words.
async fn stands(spend: &Spend, id: &str) -> Result<Option<(Checkout, i64, String)>, NotBooked> {
    let mut tx = spend.identity.db.read().await?;
    let Some(c) = service::find(&mut tx, id).await? else { return Ok(None) };
    let receipt = match c.reference() {
        Some(reference) => receipts::find(&mut tx, reference).await?,
        None => None,
    };
    let (back, disputed) = receipt.map_or((0, 0), |receipt| (receipt.given_back(), receipt.disputed_micros));
    let mut words = format!("{}, {} given back", c.status.as_str(), bursar_base::money::decimal(back));
    if disputed > 0 {
        words.push_str(&format!(", {} disputed", bursar_base::money::decimal(disputed)));
    }
    Ok(Some((c, back, words)))
}

async fn refunded(
    spend: &Spend,
    stripe: &StripeRail,
    c: &Checkout,
    payment: Option<&str>,
) -> Result<(), NotBooked> {
    let (Some(reference), Some(payment)) =
        (received(spend, c).await?, payment.or(c.payment_intent.as_deref()))
    else {
        return Ok(());
    };
    match stripe.given_back(payment).await? {
        (0, _) => Ok(()),
        (gross, failed) => gone_back(spend, c, &reference, GoneBack::Refunded { gross, failed }).await,
    }
}

/// Books what a bank has taken back of a checkout by now, in micros.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn disputed(spend: &Spend, c: &Checkout, micros: i64) -> Result<(), NotBooked> {
    match received(spend, c).await? {
        Some(reference) => gone_back(spend, c, &reference, GoneBack::Disputed(micros)).await,
        None => Ok(()),
    }
}

async fn gone_back(spend: &Spend, c: &Checkout, reference: &str, gone: GoneBack) -> Result<(), NotBooked> {
    let command = Command::GiveBack {
        org_id: c.org_id.clone(),
        reference: reference.to_owned(),
        gone,
        actor: ACTOR.to_owned(),
    };
    submit(spend, c, command).await.map(drop)
}

/// Whether the funnel did it; a refusal is logged, because hearing of it again would change nothing.
pub(crate) async fn submit(spend: &Spend, c: &Checkout, command: Command) -> Result<bool, NotBooked> {
    match spend.funnel.submit(command).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(refusal)) => {
            tracing::error!(checkout = c.id, %refusal, "Stripe's word about a checkout was not booked");
            Ok(false)
        }
        Err(FunnelError::Store(error)) => Err(error.into()),
        Err(error) => Err(StoreError::Damaged(error.to_string()).into()),
    }
}

/// Books where a session stands. Sessions that are not ours are left alone.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn settle(spend: &Spend, session: &Session) -> Result<(), NotBooked> {
    let Some(id) = session.checkout_id() else { return Ok(()) };
    let mut tx = spend.identity.db.read().await?;
    let Some(c) = service::find(&mut tx, id).await? else { return Ok(()) };
    let mode = orgs::find(&mut tx, &c.org_id).await?.map(|org| org.mode);
    drop(tx);
    if session.payment_status == PaymentStatus::Paid {
        return paid(spend, &c, session, mode).await;
    }
    let ours = session.attempt() == Some(c.attempt);
    match session.status {
        Some(SessionStatus::Expired) if ours => ended(spend, &c, session, Status::Asked).await,
        Some(SessionStatus::Complete) if ours => {
            let failed = session.payment().is_some_and(|payment| {
                matches!(payment.status, IntentStatus::RequiresPaymentMethod | IntentStatus::Canceled)
            });
            let status = if failed { Status::Failed } else { Status::Processing };
            ended(spend, &c, session, status).await
        }
        Some(
            SessionStatus::Expired
            | SessionStatus::Complete
            | SessionStatus::Open
            | SessionStatus::Unrecognised,
        )
        | None => Ok(()),
    }
}

/// Credits the wallet where what was paid is what was asked for.
async fn paid(spend: &Spend, c: &Checkout, session: &Session, mode: Option<Mode>) -> Result<(), NotBooked> {
    let paid_in = if session.livemode { Mode::Live } else { Mode::Test };
    if session.total() != Some(c.amount) || mode != Some(paid_in) {
        return mismatched(spend, c, payment_of(session), said_by(session)).await;
    }
    let receive = Receive {
        org_id: c.org_id.clone(),
        agent_id: c.agent_id.clone(),
        amount: c.amount,
        reference: session.id.clone(),
        about: c.id.clone(),
        note: c.words.clone(),
        actor: ACTOR.to_owned(),
    };
    if !submit(spend, c, Command::Receive(Box::new(receive))).await? {
        return mismatched(spend, c, payment_of(session), said_by(session)).await;
    }
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = service::find(&mut org.tx, &c.id).await? else { return Ok(()) };
    if c.status != Status::Paid {
        c.status = Status::Paid;
        c.paid = Some(org.now);
        c.payment_intent = session.payment_intent_id().map(str::to_owned).or(c.payment_intent);
        let url = c.page.take().map(|page| page.url).or_else(|| session.url.clone()).unwrap_or_default();
        c.page = Some(super::Page { session_id: session.id.clone(), url });
        service::save(&mut org, &c).await?;
        org.commit().await?;
        tracing::info!(checkout = c.id, amount = %c.amount, "a wallet was filled");
    }
    Ok(())
}

fn payment_of(session: &Session) -> Option<String> {
    session.payment_intent_id().map(str::to_owned)
}

fn said_by(session: &Session) -> serde_json::Value {
    json!({ "session": session.id, "total": session.amount_total, "currency": session.currency,
        "livemode": session.livemode })
}

/// Something was paid, but not what was asked for: nothing is credited, and people can see why.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn mismatched(
    spend: &Spend,
    c: &Checkout,
    payment_intent: Option<String>,
    mut said: serde_json::Value,
) -> Result<(), NotBooked> {
    let what = said.to_string();
    tracing::error!(checkout = c.id, what, "what was paid is not what was asked for; nothing was credited");
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = service::find(&mut org.tx, &c.id).await? else { return Ok(()) };
    if matches!(c.status, Status::Failed | Status::Paid) {
        return Ok(());
    }
    c.status = Status::Failed;
    c.payment_intent = payment_intent.or(c.payment_intent);
    service::save(&mut org, &c).await?;
    said["checkout_id"] = c.id.as_str().into();
    let mut event = NewEvent::new("checkout.mismatched", ACTOR, &said);
    event.amount = Some(c.amount);
    event.agent_id.clone_from(&c.agent_id);
    org.record(event).await?;
    let about = mails::About::TopupMismatched { checkout_id: c.id.clone() };
    let event_key = format!("{}:{}", about.kind(), c.id);
    mails::service::queue(spend, &mut org, &c.org_id, &about, &event_key).await?;
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

/// A page was gone through with, or ended. `to` is `Asked` where another may be made, while there is time.
async fn ended(spend: &Spend, c: &Checkout, session: &Session, to: Status) -> Result<(), NotBooked> {
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = service::find(&mut org.tx, &c.id).await? else { return Ok(()) };
    // News of another page than the one that is open now.
    let ours = session.attempt() == Some(c.attempt);
    let to = if to == Status::Asked && org.now >= c.expires { Status::Expired } else { to };
    if !ours || c.status.is_over() || c.status == to {
        return Ok(());
    }
    c.status = to;
    c.payment_intent = session.payment_intent_id().map(str::to_owned).or(c.payment_intent);
    if to == Status::Asked {
        c.page = None;
        c.page_expires = None;
    }
    service::save(&mut org, &c).await?;
    match to {
        Status::Failed | Status::Expired => over(&mut org, &c).await?,
        Status::Asked | Status::Open | Status::Processing | Status::Paid => {}
    }
    org.commit().await?;
    Ok(())
}

async fn over(org: &mut bursar_identity::OrgTx, c: &Checkout) -> Result<(), StoreError> {
    let detail = json!({ "checkout_id": c.id, "status": c.status.as_str() });
    let mut event = NewEvent::new("checkout.ended", ACTOR, &detail);
    event.amount = Some(c.amount);
    event.agent_id.clone_from(&c.agent_id);
    org.record(event).await
}

/// The job that looks at a checkout: asks Stripe, ends what nobody paid in time, and comes again while money may come.
///
/// # Errors
/// [`StoreError`].
pub async fn work(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let org_id = OrgId::from_store(&job.org_id);
    let mut tx = spend.identity.db.read().await?;
    let found = service::find(&mut tx, &job.payload).await?;
    drop(tx);
    if let Some(c) = found.filter(|c| !c.status.is_over())
        && let Err(error) = look(spend, &c).await
    {
        // Not a failure that is counted: as long as money may come, Stripe is asked again.
        tracing::warn!(checkout = c.id, %error, "it is not known yet what became of a checkout");
    }
    let mut org = spend.identity.lock(&org_id).await?;
    if let Some(mut c) = service::find(&mut org.tx, &job.payload).await? {
        // A page whose answer was lost is one that nobody has seen.
        let unseen =
            c.status == Status::Open && c.page.is_none() && c.page_expires.is_none_or(|end| org.now >= end);
        if (c.status == Status::Asked || unseen) && org.now >= c.expires {
            c.status = Status::Expired;
            service::save(&mut org, &c).await?;
            over(&mut org, &c).await?;
        }
        jobs::finish(&mut org.tx, job).await?;
        if let Some(at) = next_look(&c, org.now) {
            service::look_at(spend, &mut org, &c, at).await?;
        }
        return org.commit().await;
    }
    jobs::finish(&mut org.tx, job).await?;
    org.commit().await
}

/// When to look again: in as long as it has been open, within bounds, and right after its end.
fn next_look(c: &Checkout, now: TimeUs) -> Option<TimeUs> {
    let pause = now.since(c.updated).clamp(limits::CHECKOUT_LOOK_FIRST, limits::CHECKOUT_LOOK_MAX);
    let soon = now.plus(pause);
    match c.status {
        Status::Asked => Some(c.expires.max(now.plus(AFTER_THE_END))),
        Status::Open => {
            let end = c.page_expires.unwrap_or(c.expires).plus(AFTER_THE_END);
            Some(if end > now { soon.min(end) } else { soon })
        }
        Status::Processing => Some(soon),
        Status::Paid | Status::Failed | Status::Expired => None,
    }
}

/// So much later Stripe has ended a page whose time is over.
const AFTER_THE_END: std::time::Duration = std::time::Duration::from_secs(60);
