//! Making checkouts, and the pages on which they are paid.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{AgentId, LinkId, Money, OrgId, PaymentMethodId, TimeUs, TopupId, limits};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_money::holds::Budget;
use bursar_money::ledger::AccountId;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, NewJob};
use bursar_store::{Columns as _, StoreError, Tx};
use http::StatusCode;
use serde_json::json;

use super::{Checkout, Kind, Page, Status, booking, from_row, sql};
use crate::Spend;
use crate::auto_topups;
use crate::context::store_problem;
use crate::freezes::service::must_go_on;
use crate::rails::stripe::StripeRail;
use crate::rails::stripe::checkout::{NewSession, SessionError, payable};

/// A checkout to be made.
#[derive(Debug)]
pub struct NewCheckout {
    /// What it is.
    pub kind: Kind,
    /// The agent whose wallet it is for; the org's own when absent.
    pub agent_id: Option<AgentId>,
    /// How much.
    pub amount: Money,
    /// An agent's reason or description, or an owner's words.
    pub words: String,
    /// Who is to pay.
    pub payer_email: Option<String>,
    /// Who asks for it.
    pub actor: String,
}

/// The Stripe account in which an org's checkouts are paid.
///
/// # Errors
/// 409 `no_stripe` that says which setting is missing.
pub async fn stripe_of(spend: &Spend, org_id: &OrgId) -> Result<Arc<StripeRail>, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = orgs::find(&mut tx, org_id).await.map_err(store_problem)?;
    let mode = org.ok_or_else(|| Problem::not_found("org"))?.mode;
    spend.rails.stripe.clone().filter(|stripe| stripe.mode() == mode).ok_or_else(|| {
        let detail = format!(
            "wallets are filled through Stripe, and this server has no Stripe key for {mode} orgs: set BURSAR_STRIPE_KEY to a \
             {mode} key (sk_{mode}_…)",
            mode = mode.as_str()
        );
        Problem::new(StatusCode::CONFLICT, "no_stripe", detail)
    })
}

/// Checks that Stripe takes an amount.
///
/// # Errors
/// 400 naming `field`.
pub fn check_amount(field: &str, amount: Money) -> Result<(), Problem> {
    payable(amount).map(drop).map_err(|error| Problem::field(field, error.to_string()))
}

/// Writes a checkout down, in a transaction that the caller has begun, with the job that ends it.
///
/// # Errors
/// [`StoreError`].
pub async fn make(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    new: NewCheckout,
) -> Result<String, StoreError> {
    let rng = &*spend.identity.rng;
    let (id, action) = match new.kind {
        Kind::Topup => (TopupId::new(org.now, rng).to_string(), "topup.requested"),
        Kind::Link => (LinkId::new(org.now, rng).to_string(), "link.created"),
    };
    let expires = org.now.plus(limits::CHECKOUT_ASKED_FOR);
    let args = [
        (&id).into(),
        org_id.as_str().into(),
        new.agent_id.as_ref().map(AgentId::as_str).into(),
        new.kind.as_str().into(),
        new.amount.micros.into(),
        new.amount.currency.as_str().into(),
        (&new.words).into(),
        new.payer_email.as_deref().into(),
        (&new.actor).into(),
        expires.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    let mut event = NewEvent::new(action, &new.actor, &json!({ "checkout_id": id, "words": new.words }));
    event.amount = Some(new.amount);
    event.agent_id = new.agent_id;
    org.record(event).await?;
    jobs::enqueue(&mut org.tx, &look_job(org_id, &id, expires), org.now, rng).await?;
    Ok(id)
}

/// A top-up to be charged to a saved payment method.
#[derive(Debug)]
pub(crate) struct NewAutomatic {
    /// The agent whose own wallet it is for; the org's own when absent.
    pub(crate) agent_id: Option<AgentId>,
    /// That wallet.
    pub(crate) wallet: AccountId,
    /// How much.
    pub(crate) amount: Money,
    /// Which of our payment methods.
    pub(crate) payment_method_id: PaymentMethodId,
    /// Stripe's customer.
    pub(crate) customer: String,
    /// Stripe's payment method.
    pub(crate) method: String,
}

/// Writes an automatic top-up down, in a transaction that the caller has begun and which enqueues its job.
///
/// # Errors
/// [`StoreError`]; a unique violation where one is under way already.
pub(crate) async fn make_automatic(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    new: NewAutomatic,
) -> Result<String, StoreError> {
    let id = TopupId::new(org.now, &*spend.identity.rng).to_string();
    let words = "Automatic top-up";
    let args = [
        (&id).into(),
        org_id.as_str().into(),
        new.agent_id.as_ref().map(AgentId::as_str).into(),
        new.amount.micros.into(),
        new.amount.currency.as_str().into(),
        words.into(),
        auto_topups::ACTOR.into(),
        new.wallet.as_str().into(),
        new.payment_method_id.as_str().into(),
        (&new.customer).into(),
        (&new.method).into(),
        org.now.plus(limits::CHECKOUT_ASKED_FOR).into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT_AUTOMATIC, &args).await?;
    let detail = json!({ "checkout_id": id, "words": words, "payment_method_id": new.payment_method_id });
    let mut event = NewEvent::new("topup.requested", auto_topups::ACTOR, &detail);
    event.amount = Some(new.amount);
    event.agent_id = new.agent_id;
    org.record(event).await?;
    Ok(id)
}

/// The automatic top-up that is under way into a wallet.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn automatic_open(tx: &mut Tx, wallet: &AccountId) -> Result<Option<Checkout>, StoreError> {
    tx.row(sql::AUTOMATIC_OPEN, &[wallet.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// What was put into a wallet by itself since a time, or is under way, in micros.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn automatic_since(
    tx: &mut Tx,
    wallet: &AccountId,
    since: TimeUs,
) -> Result<i64, StoreError> {
    let row = tx.row(sql::AUTOMATIC_SINCE, &[wallet.as_str().into(), since.into()]).await?;
    row.map_or(Ok(0), |row| row.int("micros"))
}

/// Enqueues the job that looks at a checkout, unless one waits already.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn look_at(
    spend: &Spend,
    org: &mut OrgTx,
    c: &Checkout,
    run_at: TimeUs,
) -> Result<(), StoreError> {
    let dedupe_key = Some(format!("checkout:{}", c.id));
    let job = NewJob { dedupe_key, ..look_job(&c.org_id, &c.id, run_at) };
    jobs::enqueue(&mut org.tx, &job, org.now, &*spend.identity.rng).await
}

fn look_job(org_id: &OrgId, id: &str, run_at: TimeUs) -> NewJob {
    NewJob { org_id: org_id.to_string(), kind: "checkout", payload: id.to_owned(), run_at, dedupe_key: None }
}

/// One checkout; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Checkout>, StoreError> {
    tx.row(sql::FIND, &[id.into()]).await?.as_ref().map(from_row).transpose()
}

/// The checkout that Stripe knows by this payment (`pi_…`); the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn by_payment(tx: &mut Tx, payment: &str) -> Result<Option<Checkout>, StoreError> {
    tx.row(sql::BY_PAYMENT, &[payment.into()]).await?.as_ref().map(from_row).transpose()
}

/// A page of an org's checkouts of a kind, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    org_id: &OrgId,
    kind: Kind,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Checkout>, StoreError> {
    // Every id is smaller than this.
    let before = before.unwrap_or("~");
    let args = [org_id.as_str().into(), kind.as_str().into(), before.into(), i64::from(limit).into()];
    tx.rows(sql::LIST, &args).await?.iter().map(from_row).collect()
}

/// How many top-ups of a wallet are not paid yet, and what they come to in micros.
///
/// # Errors
/// [`StoreError`].
pub async fn pending_topups(tx: &mut Tx, budget: &Budget, now: TimeUs) -> Result<(i64, i64), StoreError> {
    // A payment that takes days is over after a few of them; older ones need not be looked at.
    let since = TopupId::from_parts(now.minus(OLDEST_PENDING), [0; 10]);
    let args =
        [budget.org_id.as_str().into(), budget.wallet.as_str().into(), now.into(), since.as_str().into()];
    let row = tx.row(sql::PENDING_TOPUPS, &args).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int("topups")?, row.int("micros")?)))
}

const OLDEST_PENDING: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why there is no page to pay on.
#[derive(Debug, Clone)]
pub enum NoPage {
    /// It is past that: where it stands.
    Over(Status),
    /// Something else; see there.
    Problem(Problem),
}

impl From<Problem> for NoPage {
    fn from(problem: Problem) -> NoPage {
        NoPage::Problem(problem)
    }
}

impl From<StoreError> for NoPage {
    fn from(error: StoreError) -> NoPage {
        NoPage::Problem(store_problem(error))
    }
}

/// The page on which a checkout is paid: the one that is open, or a new one.
///
/// # Errors
/// [`NoPage`].
pub async fn page(spend: &Spend, c: &Checkout, actor: &str, back: &str) -> Result<String, NoPage> {
    let stripe = stripe_of(spend, &c.org_id).await?;
    if c.page.is_some() {
        // What Stripe says of the page that there is decides whether there may be another.
        booking::look(spend, c).await.map_err(|error| NoPage::Problem(not_booked(&error)))?;
    }
    let c = match begin(spend, c, actor).await? {
        Begun::Open(url) => return Ok(url),
        Begun::Attempt(c) => c,
    };
    let session =
        stripe.create_session(&session_for(&c, back)).await.map_err(|error| no_session(&c, &error))?;
    let Some(url) = session.url.clone() else {
        return Err(NoPage::Problem(Problem::unavailable()));
    };
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut now) = find(&mut org.tx, &c.id).await? else {
        return Err(NoPage::Problem(Problem::not_found("checkout")));
    };
    // Whoever pressed the switch meanwhile closes the pages that are on record; nobody is to see this one.
    must_go_on(&mut org, &c.org_id, c.agent_id.as_ref()).await?;
    // Somebody else may have got the same answer meanwhile, and even paid.
    if now.attempt == c.attempt && now.page.is_none() && now.status == Status::Open {
        now.page = Some(Page { session_id: session.id, url: url.clone() });
        save(&mut org, &now).await?;
        let soon = org.now.plus(limits::CHECKOUT_LOOK_FIRST);
        look_at(spend, &mut org, &c, soon).await?;
        org.commit().await?;
    }
    Ok(url)
}

enum Begun {
    Open(String),
    Attempt(Box<Checkout>),
}

/// Puts on record that Stripe is asked for a page, unless there is one, or one was asked for whose answer was lost: then
/// the same is asked for again.
async fn begin(spend: &Spend, c: &Checkout, actor: &str) -> Result<Begun, NoPage> {
    let mut org = spend.identity.lock(&c.org_id).await?;
    let Some(mut c) = find(&mut org.tx, &c.id).await? else {
        return Err(NoPage::Problem(Problem::not_found("checkout")));
    };
    must_go_on(&mut org, &c.org_id, c.agent_id.as_ref()).await?;
    let now = org.now;
    match c.status_at(now) {
        Status::Asked => {}
        Status::Open => {
            if let Some(page) = c.page {
                return Ok(Begun::Open(page.url));
            }
            if c.page_expires.is_some_and(|end| end.since(now) > limits::CHECKOUT_OPEN_MIN) {
                return Ok(Begun::Attempt(Box::new(c)));
            }
            // Nobody ever saw the page that was asked for then, so nobody can pay on it.
        }
        over @ (Status::Processing | Status::Paid | Status::Failed | Status::Expired) => {
            return Err(NoPage::Over(over));
        }
    }
    if now >= c.expires {
        return Err(NoPage::Over(Status::Expired));
    }
    let latest = c.expires.max(now.plus(limits::CHECKOUT_OPEN_MIN + Duration::from_secs(60)));
    c.status = Status::Open;
    c.attempt += 1;
    c.page = None;
    c.page_expires = Some(latest.min(now.plus(limits::CHECKOUT_OPEN_FOR)));
    save(&mut org, &c).await?;
    let mut event =
        NewEvent::new("checkout.begun", actor, &json!({ "checkout_id": c.id, "attempt": c.attempt }));
    event.amount = Some(c.amount);
    event.agent_id.clone_from(&c.agent_id);
    org.record(event).await?;
    org.commit().await?;
    Ok(Begun::Attempt(Box::new(c)))
}

/// Made of what is on record, so that a repeat is the same to the letter.
fn session_for(c: &Checkout, back: &str) -> NewSession {
    NewSession {
        checkout_id: c.id.clone(),
        attempt: c.attempt,
        amount: c.amount,
        name: match c.kind {
            Kind::Topup => "Wallet top-up".to_owned(),
            Kind::Link => c.words.clone(),
        },
        payer_email: c.payer_email.clone(),
        expires: c.page_expires.unwrap_or(c.expires),
        success_url: format!("{back}?from=checkout"),
        cancel_url: back.to_owned(),
        idempotency_key: format!("bursar-checkout-{}-{}", c.id, c.attempt),
    }
}

fn no_session(c: &Checkout, error: &SessionError) -> NoPage {
    tracing::warn!(checkout = c.id, %error, "Stripe made no page");
    NoPage::Problem(match error {
        SessionError::Order(error) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string())
        }
        SessionError::Stripe(_) => {
            let detail = "Stripe made no page to pay on; nothing was charged, try again shortly";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
                .retry_after(Duration::from_secs(5))
        }
    })
}

fn not_booked(error: &crate::reconcile::book::NotBooked) -> Problem {
    tracing::warn!(%error, "Stripe did not say what became of a page");
    let detail = "Stripe did not say what became of the page that is open; try again shortly";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
        .retry_after(Duration::from_secs(5))
}

/// Writes what changed, under the org's lock.
pub(crate) async fn save(org: &mut OrgTx, c: &Checkout) -> Result<(), StoreError> {
    let args = [
        (&c.id).into(),
        c.status.as_str().into(),
        c.attempt.into(),
        c.page.as_ref().map(|page| page.session_id.as_str()).into(),
        c.page.as_ref().map(|page| page.url.as_str()).into(),
        c.page_expires.into(),
        c.payment_intent.as_deref().into(),
        org.now.into(),
        c.paid.into(),
        c.failure.as_deref().into(),
    ];
    org.tx.execute(sql::SAVE, &args).await?;
    Ok(())
}
