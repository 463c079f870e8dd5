//! What becomes of payment methods, in the caller's transaction under the org's lock.

use bursar_base::{OrgId, PaymentMethodId, TimeUs};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, NewJob};
use bursar_store::{Columns as _, StoreError, Tx};
use http::StatusCode;
use serde_json::json;

use super::{Change, PaymentMethod, Saved, Status, asking, from_row, sql};
use crate::Spend;
use crate::auto_topups::service as auto_topups;
use crate::context::store_problem;
use crate::mails::{About, service as mails};

/// On whose behalf Stripe's word is booked.
pub(super) const ACTOR: &str = "rail:stripe";
/// Why a page ends whose answer was lost.
pub(super) const NOBODY_SAW: &str = "nobody ever saw its page";
/// Why a page ends that nobody used.
pub(super) const NOBODY_SAVED: &str = "nobody saved one on the page in time";

/// One payment method, of any org: the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &PaymentMethodId) -> Result<Option<PaymentMethod>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// An org's payment methods, oldest first, with the page that is open; what was removed is left out.
///
/// # Errors
/// [`StoreError`].
pub async fn list(tx: &mut Tx, org_id: &OrgId) -> Result<Vec<PaymentMethod>, StoreError> {
    tx.rows(sql::LIST, &[org_id.as_str().into()]).await?.iter().map(from_row).collect()
}

pub(super) async fn by_method(tx: &mut Tx, method: &str) -> Result<Option<PaymentMethod>, StoreError> {
    tx.row(sql::BY_METHOD, &[method.into()]).await?.as_ref().map(from_row).transpose()
}

pub(super) async fn of_customer(tx: &mut Tx, customer: &str) -> Result<Vec<PaymentMethod>, StoreError> {
    tx.rows(sql::OF_CUSTOMER, &[customer.into()]).await?.iter().map(from_row).collect()
}

pub(super) async fn open(tx: &mut Tx, org_id: &OrgId) -> Result<Option<PaymentMethod>, StoreError> {
    tx.row(sql::OPEN, &[org_id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

pub(super) async fn count(tx: &mut Tx, org_id: &OrgId) -> Result<usize, StoreError> {
    let row = tx.row(sql::COUNT, &[org_id.as_str().into()]).await?;
    let count = row.map_or(Ok(0), |row| row.int("methods"))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Writes what changed.
pub(super) async fn save(org: &mut OrgTx, m: &PaymentMethod) -> Result<(), StoreError> {
    let reason = match &m.status {
        Status::Ended(reason) => Some(reason.as_str()),
        Status::Open | Status::Checking | Status::Active | Status::Removed => None,
    };
    let saved = m.saved.as_ref();
    let expires = saved.and_then(|saved| saved.expires);
    let args = [
        m.id.as_str().into(),
        m.status.as_str().into(),
        reason.into(),
        m.page.as_ref().map(|page| page.session_id.as_str()).into(),
        m.page.as_ref().map(|page| page.url.as_str()).into(),
        saved.map(|saved| saved.method.as_str()).into(),
        saved.map(|saved| saved.kind.as_str()).into(),
        saved.and_then(|saved| saved.brand.as_deref()).into(),
        saved.and_then(|saved| saved.last4.as_deref()).into(),
        expires.map(|(month, _)| month).into(),
        expires.map(|(_, year)| year).into(),
        i64::from(m.for_topups).into(),
        m.detached.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::SAVE, &args).await.map(drop)
}

/// Enqueues the job that looks at a payment method, or makes the one that waits due by then.
pub(super) async fn look_at(
    spend: &Spend,
    org: &mut OrgTx,
    m: &PaymentMethod,
    run_at: TimeUs,
) -> Result<(), StoreError> {
    let key = format!("payment_method:{}", m.id);
    let job = NewJob {
        org_id: m.org_id.to_string(),
        kind: "payment_method",
        payload: m.id.to_string(),
        run_at,
        dedupe_key: Some(key.clone()),
    };
    jobs::enqueue(&mut org.tx, &job, org.now, &*spend.identity.rng).await?;
    if run_at <= org.now {
        jobs::hasten(&mut org.tx, &key, org.now).await?;
    }
    Ok(())
}

/// Stripe's page on which a payment method is saved for an org: the one that is open, or a new one.
///
/// # Errors
/// 409 `no_stripe`, 422 `too_many_payment_methods`, 503 `stripe_unavailable`.
pub async fn ask(
    spend: &Spend,
    org: OrgTx,
    org_id: &OrgId,
    actor: &str,
) -> Result<(PaymentMethod, String), Problem> {
    asking::ask(spend, org, org_id, actor).await
}

/// What the org's direct payments are charged to (`pm_…`).
///
/// # Errors
/// [`StoreError`].
pub async fn charged_directly(tx: &mut Tx, org_id: &OrgId) -> Result<Option<String>, StoreError> {
    Ok(orgs::find(tx, org_id).await?.and_then(|org| org.stripe_payment_method))
}

async fn is_for_payments(org: &mut OrgTx, m: &PaymentMethod) -> Result<bool, StoreError> {
    let charged = charged_directly(&mut org.tx, &m.org_id).await?;
    Ok(charged.is_some() && charged == m.saved.as_ref().map(|saved| saved.method.clone()))
}

/// Takes a payment method out of everything that would charge it.
async fn release(org: &mut OrgTx, m: &mut PaymentMethod, actor: &str) -> Result<(), StoreError> {
    m.for_topups = false;
    if is_for_payments(org, m).await? {
        orgs::write_stripe(org, &m.org_id, None, actor).await?;
    }
    auto_topups::pause_those_of(org, m, actor).await
}

/// Saves what Stripe says of a payment method that was open.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn activate(
    spend: &Spend,
    org: &mut OrgTx,
    m: &mut PaymentMethod,
    saved: Saved,
) -> Result<(), StoreError> {
    let detail = json!({ "payment_method_id": m.id, "method": saved.method, "kind": saved.kind,
        "brand": saved.brand, "last4": saved.last4 });
    let ends = saved.ends();
    m.status = Status::Active;
    m.saved = Some(saved);
    save(org, m).await?;
    let actor = m.actor.clone();
    org.record(NewEvent::new("payment_method.added", &actor, &detail)).await?;
    tell(spend, org, m, Change::Added, &actor).await?;
    match ends {
        Some(end) => look_at(spend, org, m, end).await,
        None => Ok(()),
    }
}

/// Ends a payment method: nothing is charged to it any more, and owners who had saved it get a mail.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn end(
    spend: &Spend,
    org: &mut OrgTx,
    m: &mut PaymentMethod,
    reason: &str,
    actor: &str,
) -> Result<(), StoreError> {
    let was_active = m.status == Status::Active;
    release(org, m, actor).await?;
    m.status = Status::Ended(reason.to_owned());
    save(org, m).await?;
    let detail = json!({ "payment_method_id": m.id, "reason": reason });
    org.record(NewEvent::new("payment_method.ended", actor, &detail)).await?;
    if was_active {
        tell(spend, org, m, Change::Ended, actor).await?;
    }
    Ok(())
}

/// Removes a payment method: nothing new is charged to it from this commit on. A job takes it away at Stripe.
///
/// # Errors
/// [`StoreError`].
pub async fn remove(
    spend: &Spend,
    org: &mut OrgTx,
    m: &mut PaymentMethod,
    actor: &str,
) -> Result<(), StoreError> {
    let was_active = m.status == Status::Active;
    release(org, m, actor).await?;
    m.status = Status::Removed;
    save(org, m).await?;
    let detail = json!({ "payment_method_id": m.id });
    org.record(NewEvent::new("payment_method.removed", actor, &detail)).await?;
    if was_active {
        tell(spend, org, m, Change::Removed, actor).await?;
    }
    let now = org.now;
    look_at(spend, org, m, now).await
}

/// What a payment method is to be used for; what is absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    /// By automatic top-ups.
    pub for_topups: Option<bool>,
    /// By payments on the rail `stripe`.
    pub for_payments: Option<bool>,
}

/// Sets what a payment method is used for. Owners get a mail when it begins to be used.
///
/// # Errors
/// 409 `payment_method_not_active`, 503.
pub async fn use_for(
    spend: &Spend,
    org: &mut OrgTx,
    m: &mut PaymentMethod,
    uses: Uses,
    actor: &str,
) -> Result<(), Problem> {
    let Some(saved) = m.chargeable(org.now).cloned() else {
        let detail = "this payment method is not saved yet, or can no longer be charged; add another";
        return Err(Problem::new(StatusCode::CONFLICT, "payment_method_not_active", detail));
    };
    set_uses(spend, org, m, &saved, uses, actor).await.map_err(store_problem)
}

async fn set_uses(
    spend: &Spend,
    org: &mut OrgTx,
    m: &mut PaymentMethod,
    saved: &Saved,
    uses: Uses,
    actor: &str,
) -> Result<(), StoreError> {
    let before = (m.for_topups, is_for_payments(org, m).await?);
    let now = (uses.for_topups.unwrap_or(before.0), uses.for_payments.unwrap_or(before.1));
    if now == before {
        return Ok(());
    }
    if now.1 != before.1 {
        let charged = now.1.then_some((m.customer.as_str(), saved.method.as_str()));
        orgs::write_stripe(org, &m.org_id, charged, actor).await?;
    }
    m.for_topups = now.0;
    save(org, m).await?;
    let detail = json!({ "payment_method_id": m.id, "for_topups": now.0, "for_payments": now.1 });
    org.record(NewEvent::new("payment_method.changed", actor, &detail)).await?;
    if before.0 && !now.0 {
        auto_topups::pause_those_of(org, m, actor).await?;
    }
    let begins = (now.0 && !before.0, now.1 && !before.1);
    if begins.0 || begins.1 {
        let change = Change::Used { for_topups: begins.0, for_payments: begins.1 };
        tell(spend, org, m, change, actor).await?;
    }
    Ok(())
}

/// A mail to all owners: whoever did it, the others see it.
async fn tell(
    spend: &Spend,
    org: &mut OrgTx,
    m: &PaymentMethod,
    change: Change,
    actor: &str,
) -> Result<(), StoreError> {
    let about =
        About::PaymentMethod { payment_method_id: m.id.clone(), change, by: actor.to_owned(), at: org.now };
    let event_key = format!("{}:{}:{}", about.kind(), m.id, org.head.seq);
    mails::queue(spend, org, &m.org_id, &about, &event_key).await
}
