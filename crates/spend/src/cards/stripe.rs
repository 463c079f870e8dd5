//! Telling Stripe what it is to say of a card, until it does.
//!
//! Invariants: a call is on record before it is sent. What an answer says counts only if no other call was sent
//! meanwhile; what was lost may still arrive for a while, so the card is looked at again after that. A card that is
//! frozen here is never let go on by what Stripe says; one that Stripe stopped is frozen here.

use std::collections::BTreeMap;
use std::sync::Arc;

use bursar_base::{CardId, OrgId, TimeUs, limits};
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed};
use serde_json::json;

use super::service::{find, pause_after, record, save, tell_stripe};
use super::{Card, Face, Status, holder};
use crate::Spend;
use crate::rails::stripe::cardholders::ORG_ID;
use crate::rails::stripe::issuing::{AGENT_ID, CARD_ID, CardForm, Issued, IssuedStatus, NewIssued};
use crate::rails::stripe::{StripeError, StripeRail};

/// On whose behalf Stripe's word is written down.
const ACTOR: &str = "rail:stripe";
/// How many calls one go makes: to make a card, to stop it, to look.
const CALLS_AT_ONCE: usize = 3;

/// Why Stripe does not say yet what it is to say.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key for this org's mode.
    #[error("this server has no Stripe key for the org's mode")]
    NoStripe,
    /// The cardholder is missing or incomplete.
    #[error("{0}")]
    Holder(String),
    /// Stripe refused, or did not answer.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// An answer was lost, and it is too early to say that nothing came of the question.
    #[error("it is not known yet whether Stripe made the card")]
    NotKnown,
}

/// Whether a refusal means that nothing was done and nothing will be.
pub(super) fn is_certain(error: &StripeError) -> bool {
    let StripeError::Refused(refusal) = error else { return false };
    matches!(refusal.status, 400 | 402 | 404) && refusal.error.kind.as_deref() != Some("idempotency_error")
}

/// The Stripe account that issues an org's cards.
///
/// # Errors
/// [`NotDone::NoStripe`].
pub(super) async fn account_of(spend: &Spend, org_id: &OrgId) -> Result<Arc<StripeRail>, NotDone> {
    let mut tx = spend.identity.db.read().await?;
    let mode = orgs::find(&mut tx, org_id).await?.map(|org| org.mode);
    spend.rails.stripe.clone().filter(|stripe| Some(stripe.mode()) == mode).ok_or(NotDone::NoStripe)
}

/// Does what is left to do of a card at Stripe, as far as it can be done now.
///
/// # Errors
/// [`NotDone`].
pub async fn carry_out(spend: &Spend, id: &CardId) -> Result<(), NotDone> {
    for _ in 0..CALLS_AT_ONCE {
        let mut tx = spend.identity.db.read().await?;
        let Some(card) = find(&mut tx, id).await? else { return Ok(()) };
        drop(tx);
        if card.is_settled() {
            return Ok(());
        }
        let stripe = account_of(spend, &card.org_id).await?;
        match card.stripe_id.clone() {
            None => issue(spend, &stripe, &card).await?,
            Some(stripe_id) if needs_a_call(&card) => set(spend, &stripe, &card, &stripe_id).await?,
            Some(stripe_id) => {
                look(spend, &stripe, &card, &stripe_id).await?;
                let mut tx = spend.identity.db.read().await?;
                if find(&mut tx, id).await?.is_none_or(|card| !needs_a_call(&card)) {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Whether Stripe is known to say something else, or not known to say it.
fn needs_a_call(card: &Card) -> bool {
    let controls = card.stripe_controls.as_ref() == Some(&card.wanted_controls);
    match card.stripe_status {
        Some(IssuedStatus::Canceled) => false,
        status => status != Some(card.wanted) || (!controls && card.wanted != IssuedStatus::Canceled),
    }
}

async fn issue(spend: &Spend, stripe: &StripeRail, card: &Card) -> Result<(), NotDone> {
    let holder = match holder::ensure(spend, stripe, &card.org_id).await {
        Err(NotDone::Stripe(error)) if is_certain(&error) && card.asked_at.is_none() => {
            return refused(spend, &card.id, &error).await;
        }
        other => other?,
    };
    let now = spend.now();
    let age = card.asked_at.map(|at| now.since(at));
    if age.is_some_and(|age| age >= limits::STRIPE_REPEAT_WITHIN) {
        // The key may be forgotten; only Stripe's list can say now what came of it.
        if let Some(issued) = stripe.find_card(&holder, card.id.as_str(), card.created).await? {
            return made(spend, &card.id, &issued).await;
        }
        if age.is_some_and(|age| age < limits::CARD_NEVER_ARRIVED_AFTER) {
            return Err(NotDone::NotKnown);
        }
    }
    let mut org = spend.identity.lock(&card.org_id).await?;
    let Some(mut card) = find(&mut org.tx, &card.id).await? else { return Ok(()) };
    if card.stripe_id.is_some() || card.is_settled() {
        return Ok(());
    }
    let anew = card.asked_at.is_none_or(|at| org.now.since(at) >= limits::CARD_NEVER_ARRIVED_AFTER);
    if anew {
        let form = form_of(&mut org, &card, &holder).await?;
        let text = serde_json::to_string(&form).map_err(|error| StoreError::Damaged(error.to_string()))?;
        (card.asked, card.asked_at) = (Some(text), Some(org.now));
        card.attempt += 1;
    }
    card.calls += 1;
    save(&mut org, &mut card).await?;
    org.commit().await?;
    let text = card.asked.as_deref().unwrap_or_default();
    let form: CardForm =
        serde_json::from_str(text).map_err(|_| StoreError::Damaged("cards.asked".to_owned()))?;
    let key = format!("bursar-{}-{}", card.id, card.attempt);
    match stripe.create_card(&form, &key).await {
        Ok(issued) => made(spend, &card.id, &issued).await,
        Err(error) if is_certain(&error) => refused(spend, &card.id, &error).await,
        Err(error) => Err(went_wrong(spend, &card.id, error).await),
    }
}

async fn form_of(org: &mut OrgTx, card: &Card, holder: &str) -> Result<CardForm, StoreError> {
    let before = match &card.replaces {
        Some(id) => find(&mut org.tx, id).await?.and_then(|before| before.stripe_id),
        None => None,
    };
    let replaces = before.as_deref().zip(card.replacement_reason.as_deref());
    let pairs = [
        (CARD_ID, card.id.to_string()),
        (ORG_ID, card.org_id.to_string()),
        (AGENT_ID, card.agent_id.to_string()),
    ];
    Ok(CardForm::new(NewIssued {
        holder,
        currency: card.currency,
        controls: &card.wanted_controls,
        single_use: card.single_use,
        replaces,
        metadata: pairs.into_iter().map(|(name, id)| (name.to_owned(), id)).collect::<BTreeMap<_, _>>(),
    }))
}

/// Writes down that a card is there.
async fn made(spend: &Spend, id: &CardId, issued: &Issued) -> Result<(), NotDone> {
    changed(spend, id, async |org, card| {
        if card.stripe_id.is_some() {
            return Ok(());
        }
        card.stripe_id = Some(issued.id.clone());
        card.face = Some(Face {
            brand: issued.brand.clone(),
            last4: issued.last4.clone(),
            exp_month: issued.exp_month,
            exp_year: issued.exp_year,
        });
        said(card, issued);
        let actor = card.actor.clone();
        record(
            org,
            card,
            "card.created",
            &actor,
            json!({ "reason": card.reason, "replaces": card.replaces }),
        )
        .await?;
        if card.status == Status::Issuing || card.unfreezer.is_some() {
            card.status = Status::Active;
            card.unfreezer = None;
        }
        saw(org, card, issued).await
    })
    .await
}

/// Writes down that Stripe made none, and will not.
async fn refused(spend: &Spend, id: &CardId, error: &StripeError) -> Result<(), NotDone> {
    tracing::warn!(card = %id, %error, "Stripe refused to make a card");
    changed(spend, id, async |org, card| {
        if card.status.is_over() || card.stripe_id.is_some() {
            return Ok(());
        }
        card.status = Status::Failed;
        card.last_error = Some(words(error));
        record(org, card, "card.refused", ACTOR, json!({ "why": words(error) })).await
    })
    .await
}

/// Stripe's own words about what is wrong, where it has any; they are about our request and hold no secret.
fn words(error: &StripeError) -> String {
    let said = match error {
        StripeError::Refused(refusal) => refusal.error.message.clone(),
        StripeError::NotSent(_) | StripeError::NoAnswer(_) => None,
    };
    said.map_or_else(|| error.to_string(), |said| format!("{error}: {said}"))
}

async fn set(spend: &Spend, stripe: &StripeRail, card: &Card, stripe_id: &str) -> Result<(), NotDone> {
    let mut org = spend.identity.lock(&card.org_id).await?;
    let Some(mut card) = find(&mut org.tx, &card.id).await? else { return Ok(()) };
    if !needs_a_call(&card) {
        return Ok(());
    }
    let unsure = card.unsure.filter(|until| *until > org.now);
    card.calls += 1;
    card.stripe_status = None;
    card.unsure = Some(org.now.plus(limits::CARD_UNSURE_FOR));
    save(&mut org, &mut card).await?;
    org.commit().await?;
    let gone = card.replaced_by.is_some() && card.wanted == IssuedStatus::Canceled;
    // A replacement's reason is also why the card before was cancelled, where Stripe wants to know.
    let reason = card.note.as_deref().filter(|note| gone && matches!(*note, "lost" | "stolen"));
    let before = card.stripe_controls.clone().unwrap_or_default();
    let answer = stripe.set_card(stripe_id, card.wanted, reason, (&card.wanted_controls, &before)).await;
    let calls = card.calls;
    match answer {
        Ok(issued) => {
            changed(spend, &card.id, async |org, card| {
                if card.calls == calls {
                    said(card, &issued);
                    card.unsure = unsure;
                }
                saw(org, card, &issued).await
            })
            .await
        }
        Err(error) if is_certain(&error) => {
            changed(spend, &card.id, async |_, card| {
                if card.calls == calls {
                    card.unsure = unsure;
                }
                Ok(())
            })
            .await?;
            let error = went_wrong(spend, &card.id, error).await;
            // It may be cancelled there.
            look(spend, stripe, &card, stripe_id).await?;
            Err(error)
        }
        Err(error) => Err(went_wrong(spend, &card.id, error).await),
    }
}

/// Asks Stripe how a card stands.
async fn look(spend: &Spend, stripe: &StripeRail, card: &Card, stripe_id: &str) -> Result<(), NotDone> {
    let calls = {
        let mut tx = spend.identity.db.read().await?;
        find(&mut tx, &card.id).await?.map_or(card.calls, |card| card.calls)
    };
    let issued = stripe.card(stripe_id).await?;
    changed(spend, &card.id, async |org, card| {
        if card.calls == calls {
            said(card, &issued);
            card.unsure = card.unsure.filter(|until| *until > org.now);
        }
        saw(org, card, &issued).await
    })
    .await
}

fn said(card: &mut Card, issued: &Issued) {
    card.stripe_status = Some(issued.status);
    card.stripe_controls = Some(issued.controls());
    card.last_error = None;
}

/// What follows here from how a card stands at Stripe.
async fn saw(org: &mut OrgTx, card: &mut Card, issued: &Issued) -> Result<(), StoreError> {
    let over = card.status.is_over();
    match issued.status {
        IssuedStatus::Canceled if !over => {
            card.status = Status::Cancelled;
            card.wanted = IssuedStatus::Canceled;
            card.unfreezer = None;
            let why = if card.single_use { "its one payment was made" } else { "it was cancelled at Stripe" };
            card.note = Some(why.to_owned());
            record(org, card, "card.cancelled", ACTOR, json!({ "reason": why })).await
        }
        IssuedStatus::Inactive
            if card.status == Status::Active && card.stripe_status == Some(IssuedStatus::Inactive) =>
        {
            card.status = Status::Frozen;
            card.wanted = IssuedStatus::Inactive;
            let why = "it was stopped at Stripe";
            card.note = Some(why.to_owned());
            record(org, card, "card.frozen", ACTOR, json!({ "reason": why })).await
        }
        IssuedStatus::Active if card.stripe_status == Some(IssuedStatus::Active) => {
            // Only where nothing else was wanted meanwhile.
            let Some(actor) = card.unfreezer.take_if(|_| card.wanted == IssuedStatus::Active) else {
                return Ok(());
            };
            card.status = Status::Active;
            card.note = None;
            record(org, card, "card.unfrozen", &actor, json!({})).await
        }
        IssuedStatus::Active
        | IssuedStatus::Inactive
        | IssuedStatus::Canceled
        | IssuedStatus::Unrecognised => Ok(()),
    }
}

/// Notes what went wrong, and gives it on.
async fn went_wrong(spend: &Spend, id: &CardId, error: StripeError) -> NotDone {
    let why = words(&error);
    let noted = changed(spend, id, async |_, card| {
        card.last_error = Some(why.clone());
        Ok(())
    });
    noted.await.err().unwrap_or(NotDone::Stripe(error))
}

/// Changes a card under its org's lock.
async fn changed(
    spend: &Spend,
    id: &CardId,
    change: impl AsyncFnOnce(&mut OrgTx, &mut Card) -> Result<(), StoreError>,
) -> Result<(), NotDone> {
    let mut tx = spend.identity.db.read().await?;
    let Some(card) = find(&mut tx, id).await? else { return Ok(()) };
    drop(tx);
    let mut org = spend.identity.lock(&card.org_id).await?;
    let Some(mut card) = find(&mut org.tx, id).await? else { return Ok(()) };
    change(&mut org, &mut card).await?;
    save(&mut org, &mut card).await?;
    Ok(org.commit().await?)
}

/// Has a card looked at again, because Stripe has news of it. Cards that are not ours are left alone.
///
/// # Errors
/// [`StoreError`].
pub async fn news(spend: &Spend, stripe_id: &str) -> Result<(), NotDone> {
    let mut tx = spend.identity.db.read().await?;
    let Some(card) = super::service::by_stripe_id(&mut tx, stripe_id).await? else { return Ok(()) };
    drop(tx);
    let stripe = account_of(spend, &card.org_id).await?;
    look(spend, &stripe, &card, stripe_id).await
}

/// The job that tells Stripe what it is to say of a card, and comes again until it does.
///
/// # Errors
/// [`StoreError`].
pub async fn work(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let (id, tries) = job.payload.split_once(' ').unwrap_or((&job.payload, "0"));
    let id = CardId::from_store(id);
    let tries: u32 = tries.parse().unwrap_or(0);
    match carry_out(spend, &id).await {
        Ok(()) => {}
        Err(NotDone::Store(error)) => return Err(error),
        // Not a failure that is counted: a freeze is tried until Stripe has it.
        Err(error) => {
            tracing::warn!(card = %id, %error, "Stripe does not say yet what it is to say of a card")
        }
    }
    let mut org = spend.identity.lock(&OrgId::from_store(&job.org_id)).await?;
    jobs::finish(&mut org.tx, job).await?;
    if let Some(card) = find(&mut org.tx, &id).await?.filter(|card| !card.is_settled()) {
        let soon = next(&card, org.now, tries);
        tell_stripe(spend, &mut org, &card, soon, tries + 1).await?;
    }
    org.commit().await
}

/// When to try again: after growing pauses; where only a lost answer is waited for, when it can no longer arrive.
fn next(card: &Card, now: TimeUs, tries: u32) -> TimeUs {
    let soon = now.plus(pause_after(tries));
    card.unsure.filter(|until| !needs_a_call(card) && *until > now).unwrap_or(soon)
}
