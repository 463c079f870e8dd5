//! The page on which a payment method is saved: on record first, then asked of Stripe.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{OrgId, PaymentMethodId, limits};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_store::StoreError;
use bursar_store::events::NewEvent;
use http::StatusCode;
use serde_json::json;

use super::service::{self, find, save};
use super::{Page, PaymentMethod, Status, customers, news, sql};
use crate::Spend;
use crate::checkouts::service::stripe_of;
use crate::context::store_problem;
use crate::rails::stripe::saved::NewSetup;
use crate::rails::stripe::{StripeError, StripeRail};
use crate::reconcile::book::NotBooked;

/// Where people land who come back from Stripe.
pub(super) const BACK_PATH: &str = "/v1/payment-methods/back";

/// Stripe's page on which a payment method is saved for an org: the one that is open, or a new one. The transaction is the
/// caller's, and is committed here.
///
/// # Errors
/// 409 `no_stripe`, 422 `too_many_payment_methods`, 503 `stripe_unavailable`.
pub(super) async fn ask(
    spend: &Spend,
    mut org: OrgTx,
    org_id: &OrgId,
    actor: &str,
) -> Result<(PaymentMethod, String), Problem> {
    let stripe = stripe_of(spend, org_id).await?;
    let count = service::count(&mut org.tx, org_id).await.map_err(store_problem)?;
    if count >= limits::PAYMENT_METHODS_MAX {
        let max = limits::PAYMENT_METHODS_MAX;
        let detail =
            format!("there are {max} payment methods already, as many as there may be; remove one first");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_payment_methods", detail));
    }
    customers::want(&mut org, org_id).await.map_err(store_problem)?;
    let open = service::open(&mut org.tx, org_id).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    if let Some(open) = open.filter(|open| open.page.is_some()) {
        // What Stripe says of the page that there is decides whether there may be another.
        news::look(spend, &open).await.map_err(not_booked)?;
    }
    let customer = customers::ensure(spend, &stripe, org_id).await.map_err(not_booked)?;
    let m = match begin(spend, org_id, &customer, actor).await? {
        Begun::Open(m, url) => return Ok((*m, url)),
        Begun::Asked(m) => m,
    };
    let page = page_of(spend, &stripe, &m).await?;
    let url = page.url.clone();
    let mut org = spend.identity.lock(org_id).await.map_err(store_problem)?;
    let now = find(&mut org.tx, &m.id).await.map_err(store_problem)?;
    let mut now = now.ok_or_else(|| Problem::not_found("payment method"))?;
    if now.status == Status::Open && now.page.is_none() {
        now.page = Some(page);
        save(&mut org, &now).await.map_err(store_problem)?;
        org.commit().await.map_err(store_problem)?;
    }
    Ok((now, url))
}

enum Begun {
    Open(Box<PaymentMethod>, String),
    Asked(Box<PaymentMethod>),
}

/// Puts on record that Stripe is asked for a page, unless there is one, or one was asked for whose answer was lost: then the
/// same is asked for again.
async fn begin(spend: &Spend, org_id: &OrgId, customer: &str, actor: &str) -> Result<Begun, Problem> {
    let mut org = spend.identity.lock(org_id).await.map_err(store_problem)?;
    let now = org.now;
    if let Some(mut open) = service::open(&mut org.tx, org_id).await.map_err(store_problem)? {
        let left = open.page_expires.since(now);
        match &open.page {
            Some(page) if now < open.page_expires => {
                let url = page.url.clone();
                return Ok(Begun::Open(Box::new(open), url));
            }
            // It is over by our clock, and not yet by Stripe's.
            Some(_) => return Err(unavailable("the page that was open is ending; try again shortly")),
            None if left > limits::CHECKOUT_OPEN_MIN => return Ok(Begun::Asked(Box::new(open))),
            // Nobody ever saw the page that was asked for then, so nobody can save anything on it.
            None => service::end(spend, &mut org, &mut open, service::NOBODY_SAW, actor)
                .await
                .map_err(store_problem)?,
        }
    }
    let made = insert(spend, &mut org, org_id, customer, actor).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(Begun::Asked(Box::new(made)))
}

async fn insert(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    customer: &str,
    actor: &str,
) -> Result<PaymentMethod, StoreError> {
    let id = PaymentMethodId::new(org.now, &*spend.identity.rng);
    let expires = org.now.plus(limits::CHECKOUT_OPEN_FOR);
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        actor.into(),
        customer.into(),
        expires.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let detail = json!({ "payment_method_id": id });
    org.record(NewEvent::new("payment_method.asked", actor, &detail)).await?;
    let made = find(&mut org.tx, &id).await?;
    let made = made.ok_or_else(|| StoreError::Damaged("payment_methods: a new row".to_owned()))?;
    let soon = org.now.plus(limits::CHECKOUT_LOOK_FIRST);
    service::look_at(spend, org, &made, soon).await?;
    Ok(made)
}

/// Asks Stripe for the page: made of what is on record, so that a repeat is the same to the letter.
async fn page_of(spend: &Spend, stripe: &Arc<StripeRail>, m: &PaymentMethod) -> Result<Page, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = orgs::find(&mut tx, &m.org_id).await.map_err(store_problem)?;
    drop(tx);
    let new = NewSetup {
        payment_method_id: m.id.to_string(),
        customer: m.customer.clone(),
        currency: org.ok_or_else(|| Problem::not_found("org"))?.currency,
        expires: m.page_expires,
        back: format!("{}{BACK_PATH}", spend.settings.public_url),
        idempotency_key: format!("bursar-setup-{}", m.id),
    };
    match stripe.create_setup(&new).await {
        Ok(session) => {
            let url = session.url.ok_or_else(Problem::unavailable)?;
            Ok(Page { session_id: session.id, url })
        }
        Err(error) => {
            refused(spend, stripe, m, &error).await.map_err(not_booked)?;
            Err(not_made(&error))
        }
    }
}

/// Stripe keeps what it answered under the key, so a page that it did not make is asked for as another next time. Without
/// an answer the same is asked for again.
async fn refused(
    spend: &Spend,
    stripe: &StripeRail,
    m: &PaymentMethod,
    error: &StripeError,
) -> Result<(), NotBooked> {
    let StripeError::Refused(refusal) = error else { return Ok(()) };
    if matches!(refusal.status, 401 | 403 | 409 | 429) {
        return Ok(());
    }
    let is_gone =
        refusal.error.param.as_deref() == Some("customer") && !stripe.has_customer(&m.customer).await?;
    let mut org = spend.identity.lock(&m.org_id).await?;
    if is_gone {
        customers::forget(&mut org, &m.org_id, &m.customer).await?;
    }
    if let Some(mut now) = find(&mut org.tx, &m.id).await?.filter(|now| now.status == Status::Open) {
        service::end(spend, &mut org, &mut now, "Stripe made no page for it", service::ACTOR).await?;
    }
    Ok(org.commit().await?)
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
        .retry_after(Duration::from_secs(5))
}

fn not_made(error: &StripeError) -> Problem {
    tracing::warn!(%error, "Stripe made no page to save a payment method on");
    unavailable("Stripe made no page to save a payment method on; nothing was saved, try again shortly")
}

fn not_booked(error: NotBooked) -> Problem {
    match error {
        NotBooked::Store(error) => store_problem(error),
        NotBooked::Stripe(error) => not_made(&error),
    }
}
