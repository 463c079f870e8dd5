//! Charging what was begun, and booking what Stripe says of it; whoever asks.

use std::time::Duration;

use bursar_base::{Money, OrgId, TimeUs, limits};
use bursar_identity::OrgTx;
use bursar_money::funnel::{Command, Receive};
use bursar_money::ledger::AccountId;
use bursar_store::StoreError;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, Claimed, NewJob};
use serde_json::json;

use super::{ACTOR, service};
use crate::Spend;
use crate::checkouts::booking::{mismatched, submit};
use crate::checkouts::{Automatic, Checkout, Status, service as checkouts};
use crate::payment_methods::service as payment_methods;
use crate::rails::Answer;
use crate::rails::stripe::StripeRail;
use crate::rails::stripe::saved::SavedCharge;
use crate::reconcile::book::NotBooked;

/// How soon a request that was not taken is sent again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Why nothing was charged of what was begun: the rule or its payment method is gone, or the agent stopped.
const WITHDRAWN: &str = "withdrawn";

/// Enqueues the job that charges a top-up, or asks what became of it.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn look_at(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    id: &str,
    run_at: TimeUs,
) -> Result<(), StoreError> {
    let job = NewJob {
        org_id: org_id.to_string(),
        kind: "auto_topup",
        payload: id.to_owned(),
        run_at,
        dedupe_key: Some(format!("auto_topup:{id}")),
    };
    jobs::enqueue(&mut org.tx, &job, org.now, &*spend.identity.rng).await
}

fn charge_of(c: &Checkout, automatic: &Automatic) -> SavedCharge {
    SavedCharge {
        checkout_id: c.id.clone(),
        amount: c.amount,
        customer: automatic.customer.clone(),
        payment_method: automatic.method.clone(),
        first_attempt_at: c.created,
        reference: c.payment_intent.clone(),
    }
}

/// Asks Stripe what became of an automatic top-up, and books that. Charges nothing.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn look(
    spend: &Spend,
    stripe: &StripeRail,
    c: &Checkout,
    automatic: &Automatic,
) -> Result<(), NotBooked> {
    let answer = stripe.look_up_charge(&charge_of(c, automatic)).await;
    book(spend, c, &automatic.wallet, answer).await.map(drop)
}

/// The job of an automatic top-up: charges it, asks what became of it, and comes again until that is certain.
///
/// # Errors
/// [`StoreError`].
pub async fn work(spend: &Spend, job: &Claimed) -> Result<(), StoreError> {
    let org_id = OrgId::from_store(&job.org_id);
    let found = checkouts::find(&mut spend.identity.db.read().await?, &job.payload).await?;
    let mut not_taken = false;
    if let Some(c) = found.filter(|c| !c.status.is_over()) {
        match step(spend, &c).await {
            Ok(taken) => not_taken = !taken,
            // Not a failure that is counted: as long as money may come, Stripe is asked again.
            Err(error) => tracing::warn!(topup = c.id, %error, "an automatic top-up was not booked yet"),
        }
    }
    let mut org = spend.identity.lock(&org_id).await?;
    let now = checkouts::find(&mut org.tx, &job.payload).await?;
    jobs::finish(&mut org.tx, job).await?;
    if let Some(c) = now.filter(|c| !c.status.is_over()) {
        let pause = org.now.since(c.created).clamp(limits::CHECKOUT_LOOK_FIRST, limits::CHECKOUT_LOOK_MAX);
        let at = org.now.plus(if not_taken { TRY_AGAIN_AFTER } else { pause });
        look_at(spend, &mut org, &org_id, &c.id, at).await?;
    }
    org.commit().await
}

/// Charges, or asks. `false` when Stripe did not take the request.
async fn step(spend: &Spend, c: &Checkout) -> Result<bool, NotBooked> {
    let (Some(automatic), Some(stripe)) = (&c.automatic, spend.rails.stripe.as_deref()) else {
        return Ok(true);
    };
    let charge = charge_of(c, automatic);
    if c.attempt > 0 {
        // Stripe keeps a failure under the key, so a repeat alone may learn nothing: what is there is looked for first.
        let answer = stripe.look_up_charge(&charge).await;
        let is_nowhere = matches!(&answer, Answer::Unknown { reference: None, .. });
        if !is_nowhere || !may_charge(spend, c, automatic).await? {
            return book(spend, c, &automatic.wallet, answer).await;
        }
    } else if !may_charge(spend, c, automatic).await? {
        // Stripe was never asked for anything.
        failed(spend, c, &automatic.wallet, WITHDRAWN, None).await?;
        return Ok(true);
    }
    let answer = stripe.charge(&charge).await;
    book(spend, c, &automatic.wallet, answer).await
}

/// Puts on record that Stripe is asked, where that may still be done: an owner may have taken back what allowed it. A repeat
/// is held against the same, for it may be the first to arrive.
async fn may_charge(spend: &Spend, c: &Checkout, automatic: &Automatic) -> Result<bool, StoreError> {
    let mut org = spend.identity.lock(&c.org_id).await?;
    let rule = service::find(&mut org.tx, &automatic.wallet).await?;
    let m = payment_methods::find(&mut org.tx, &automatic.payment_method_id).await?;
    let usable = m.is_some_and(|m| {
        m.chargeable_for_topups(org.now).is_some_and(|saved| saved.method == automatic.method)
    });
    let alive = match &rule {
        Some(rule) if rule.paused_reason.is_none() => service::is_alive(&mut org.tx, rule).await?,
        Some(_) | None => false,
    };
    let Some(mut now) = checkouts::find(&mut org.tx, &c.id).await? else { return Ok(false) };
    if !usable || !alive || now.status.is_over() {
        return Ok(false);
    }
    now.attempt += 1;
    checkouts::save(&mut org, &now).await?;
    org.commit().await?;
    Ok(true)
}

/// Books an answer. `false` when the request was not taken.
async fn book(spend: &Spend, c: &Checkout, wallet: &AccountId, answer: Answer) -> Result<bool, NotBooked> {
    match answer {
        Answer::Paid { amount, reference, .. } => paid(spend, c, amount, reference).await?,
        Answer::Refused { code, reference, .. } => failed(spend, c, wallet, &code, reference).await?,
        Answer::Unknown { why, reference } => {
            tracing::info!(topup = c.id, why, "what became of an automatic top-up is not known yet");
            remember(spend, c, reference).await?;
        }
        Answer::TryLater { why } => {
            tracing::info!(topup = c.id, why, "an automatic top-up is asked for again");
            return Ok(false);
        }
    }
    Ok(true)
}

async fn remember(spend: &Spend, c: &Checkout, reference: Option<String>) -> Result<(), StoreError> {
    let Some(reference) = reference.filter(|_| c.payment_intent.is_none()) else { return Ok(()) };
    let mut org = spend.identity.lock(&c.org_id).await?;
    if let Some(mut now) = checkouts::find(&mut org.tx, &c.id).await?.filter(|c| c.payment_intent.is_none()) {
        now.payment_intent = Some(reference);
        checkouts::save(&mut org, &now).await?;
        org.commit().await?;
    }
    Ok(())
}

/// Credits the wallet where what was charged is what was asked for.
async fn paid(spend: &Spend, c: &Checkout, amount: Money, reference: String) -> Result<(), NotBooked> {
    let receive = Receive {
        org_id: c.org_id.clone(),
        agent_id: c.agent_id.clone(),
        amount: c.amount,
        reference: reference.clone(),
        about: c.id.clone(),
        note: c.words.clone(),
        actor: ACTOR.to_owned(),
    };
    if amount != c.amount || !submit(spend, c, Command::Receive(Box::new(receive))).await? {
        let (total, currency) = (amount.decimal(), amount.currency);
        let what = json!({ "payment_intent": reference, "total": total, "currency": currency });
        return mismatched(spend, c, Some(reference), what).await;
    }
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = checkouts::find(&mut org.tx, &c.id).await? else { return Ok(()) };
    if c.status != Status::Paid {
        c.status = Status::Paid;
        c.paid = Some(org.now);
        c.failure = None;
        c.payment_intent = Some(reference);
        checkouts::save(&mut org, &c).await?;
        org.commit().await?;
        tracing::info!(topup = c.id, amount = %c.amount, "a wallet was filled by itself");
    }
    Ok(())
}

/// A certain no: nothing was charged and nothing will be. The rule waits for an owner.
async fn failed(
    spend: &Spend,
    c: &Checkout,
    wallet: &AccountId,
    code: &str,
    reference: Option<String>,
) -> Result<(), StoreError> {
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = checkouts::find(&mut org.tx, &c.id).await?.filter(|c| !c.status.is_over()) else {
        return Ok(());
    };
    c.status = Status::Failed;
    c.failure = Some(code.to_owned());
    c.payment_intent = reference.or(c.payment_intent);
    checkouts::save(&mut org, &c).await?;
    let detail = json!({ "checkout_id": c.id, "code": code });
    let mut event = NewEvent::new("topup.failed", ACTOR, &detail);
    event.amount = Some(c.amount);
    event.agent_id.clone_from(&c.agent_id);
    org.record(event).await?;
    // What was taken back by an owner, or stopped, is no refusal.
    let rule = service::find(&mut org.tx, wallet).await?.filter(|_| code != WITHDRAWN);
    if let Some(rule) = rule {
        service::give_up(spend, &mut org, &rule, code, Some(&c.id)).await?;
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}
