//! Making an org's connected account and links to its page, and hearing what becomes of it.

use std::time::Duration;

use bursar_base::OrgId;
use bursar_base::limits::STRIPE_REPEAT_WITHIN;
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_store::events::NewEvent;
use bursar_store::{StoreError, Tx};
use http::StatusCode;
use serde_json::json;

use super::{PayoutAccount, State, from_row, sql};
use crate::Spend;
use crate::checkouts::service::stripe_of;
use crate::context::store_problem;
use crate::rails::stripe::connect::{AccountLink, ConnectedAccount};
use crate::rails::stripe::webhook::{About, Event};
use crate::rails::stripe::{StripeError, StripeRail};
use crate::reconcile::book::NotBooked;

/// How far our clock and Stripe's may differ.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);
/// On whose behalf Stripe's word is booked.
const ACTOR: &str = "rail:stripe";
/// Where people land who come back from Stripe, done or not.
const BACK_PATH: &str = "/v1/payout-account/back";
/// Where Stripe sends people whose link is used up or too old.
const REFRESH_PATH: &str = "/v1/payout-account/refresh";

/// An org's connected account.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, org_id: &OrgId) -> Result<Option<PayoutAccount>, StoreError> {
    tx.row(sql::FIND, &[org_id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

impl From<ConnectedAccount> for State {
    fn from(account: ConnectedAccount) -> State {
        let requirements = account.requirements.unwrap_or_default();
        State {
            details_submitted: account.details_submitted,
            charges_enabled: account.charges_enabled,
            payouts_enabled: account.payouts_enabled,
            due: requirements.due(),
            disabled_reason: requirements.disabled_reason,
        }
    }
}

/// A fresh link to the page on which the org's connected account is set up; the account is made where there is none. The
/// transaction is the caller's, and is committed here.
///
/// # Errors
/// 409 `no_stripe`, 503 `stripe_unavailable`; 422 `stripe_refused` where Stripe makes no such account.
pub async fn link(
    spend: &Spend,
    mut org: OrgTx,
    org_id: &OrgId,
    country: Option<&str>,
    actor: &str,
) -> Result<(PayoutAccount, AccountLink), Problem> {
    let stripe = stripe_of(spend, org_id).await?;
    want(&mut org, org_id, country, actor).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let account = ensure(spend, &stripe, org_id).await.map_err(|error| problem_of(&error))?;
    let base = &spend.settings.public_url;
    let (back, refresh) = (format!("{base}{BACK_PATH}"), format!("{base}{REFRESH_PATH}"));
    let link = stripe.account_link(&account, &back, &refresh).await;
    let link = link.map_err(|error| problem_of(&NotBooked::Stripe(error)))?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = find(&mut tx, org_id).await.map_err(store_problem)?;
    Ok((found.ok_or_else(Problem::unavailable)?, link))
}

/// Puts on record that an account is wanted, and that somebody asks for a link to its page.
async fn want(org: &mut OrgTx, org_id: &OrgId, country: Option<&str>, actor: &str) -> Result<(), StoreError> {
    let args = [org_id.as_str().into(), country.into(), org.now.into()];
    if org.tx.execute(sql::ASK, &args).await? == 1 {
        let detail = json!({ "country": country });
        org.record(NewEvent::new("payout_account.asked", actor, &detail)).await?;
    } else if let (Some(country), Some(known)) = (country, find(&mut org.tx, org_id).await?)
        && known.account.is_none()
        && known.country.as_deref() != Some(country)
    {
        // What was asked for was refused, or never arrived: another request needs another key.
        org.tx.execute(sql::SET_COUNTRY, &[org_id.as_str().into(), country.into()]).await?;
        let args = [org_id.as_str().into(), known.attempt.into(), org.now.into()];
        org.tx.execute(sql::ASK_AGAIN, &args).await?;
    }
    org.record(NewEvent::new("payout_account.link_made", actor, &json!({}))).await
}

/// The org's account (`acct_…`), which Stripe is asked for where there is none yet.
async fn ensure(spend: &Spend, stripe: &StripeRail, org_id: &OrgId) -> Result<String, NotBooked> {
    let asked = find(&mut spend.identity.db.read().await?, org_id).await?;
    let asked = asked.ok_or_else(|| StoreError::Damaged("no connected account is wanted".to_owned()))?;
    if let Some(account) = asked.account {
        return Ok(account);
    }
    let repeatable = spend.now().since(asked.asked) < STRIPE_REPEAT_WITHIN;
    // Whatever was asked for before is looked for first: only the very same request is safe without.
    if !(asked.attempt == 1 && repeatable)
        && let Some(found) = stripe.find_account(org_id.as_str(), asked.since.minus(CLOCK_SKEW)).await?
    {
        return set(spend, org_id, found).await;
    }
    let attempt = if repeatable { asked.attempt } else { again(spend, org_id, asked.attempt).await? };
    let key = format!("bursar-account-{org_id}-{attempt}");
    match stripe.create_account(org_id.as_str(), asked.country.as_deref(), &key).await {
        Ok(made) => set(spend, org_id, made).await,
        Err(error) => {
            // Stripe keeps such an answer under the key, so the next request needs another.
            let is_kept = |status: u16| status >= 500 || status == 400;
            if matches!(&error, StripeError::Refused(refusal) if is_kept(refusal.status)) {
                again(spend, org_id, attempt).await?;
            }
            Err(error.into())
        }
    }
}

async fn again(spend: &Spend, org_id: &OrgId, attempt: i64) -> Result<i64, StoreError> {
    let mut org = spend.identity.lock(org_id).await?;
    org.tx.execute(sql::ASK_AGAIN, &[org_id.as_str().into(), attempt.into(), org.now.into()]).await?;
    let now = find(&mut org.tx, org_id).await?;
    org.commit().await?;
    Ok(now.map_or(attempt, |asked| asked.attempt))
}

async fn set(spend: &Spend, org_id: &OrgId, made: ConnectedAccount) -> Result<String, NotBooked> {
    let mut org = spend.identity.lock(org_id).await?;
    let id = made.id.clone();
    if org.tx.execute(sql::SET_ACCOUNT, &[org_id.as_str().into(), (&id).into()]).await? == 1 {
        let detail = json!({ "account": id });
        org.record(NewEvent::new("payout_account.created", ACTOR, &detail)).await?;
        write(&mut org, org_id, &State::from(made)).await?;
    }
    let kept = find(&mut org.tx, org_id).await?.and_then(|found| found.account);
    org.commit().await?;
    Ok(kept.unwrap_or(id))
}

async fn write(org: &mut OrgTx, org_id: &OrgId, state: &State) -> Result<(), StoreError> {
    let due = serde_json::to_string(&state.due).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let args = [
        org_id.as_str().into(),
        i64::from(state.details_submitted).into(),
        i64::from(state.charges_enabled).into(),
        i64::from(state.payouts_enabled).into(),
        state.disabled_reason.as_deref().into(),
        (&due).into(),
        org.now.into(),
    ];
    org.tx.execute(sql::SET_STATE, &args).await.map(drop)
}

/// Asks Stripe how an account is now, and writes that down.
///
/// # Errors
/// [`NotBooked`].
pub(crate) async fn refresh(spend: &Spend, known: &PayoutAccount) -> Result<(), NotBooked> {
    let (Some(stripe), Some(account)) = (spend.rails.stripe.as_deref(), &known.account) else {
        return Ok(());
    };
    let state = State::from(stripe.account(account).await?);
    let mut org = spend.identity.lock(&known.org_id).await?;
    let Some(now) = find(&mut org.tx, &known.org_id).await? else { return Ok(()) };
    if now.state != state {
        let detail = json!({ "account": account, "details_submitted": state.details_submitted,
            "charges_enabled": state.charges_enabled, "payouts_enabled": state.payouts_enabled, "due": state.due });
        org.record(NewEvent::new("payout_account.changed", ACTOR, &detail)).await?;
    }
    write(&mut org, &known.org_id, &state).await?;
    Ok(org.commit().await?)
}

/// Hears `account.updated`: what it is about is asked of Stripe.
///
/// # Errors
/// [`NotBooked`]: the event must then come again.
pub(crate) async fn hear(spend: &Spend, event: &Event) -> Result<(), NotBooked> {
    let About::Other(object) = &event.about else { return Ok(()) };
    if event.kind != "account.updated" {
        return Ok(());
    }
    let id = object["id"].as_str().unwrap_or_default();
    let row = spend.identity.db.read().await?.row(sql::BY_ACCOUNT, &[id.into()]).await?;
    match row.as_ref().map(from_row).transpose()? {
        Some(known) => refresh(spend, &known).await,
        None => Ok(()),
    }
}

fn problem_of(error: &NotBooked) -> Problem {
    match error {
        NotBooked::Stripe(StripeError::Refused(refusal)) if refusal.status == 400 => {
            tracing::warn!(%refusal, "Stripe makes no connected account");
            let why = refusal.error.message.as_deref().unwrap_or("without saying why");
            let detail = format!("Stripe refused: {why}; is Connect set up in the operator's account?");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "stripe_refused", detail)
        }
        NotBooked::Stripe(error) => {
            tracing::warn!(%error, "Stripe made no link to a connected account");
            let detail = "Stripe did not answer; nothing was made twice, try again shortly";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
                .retry_after(Duration::from_secs(5))
        }
        NotBooked::Store(error) => {
            tracing::error!(%error, "the store failed");
            Problem::unavailable()
        }
    }
}
