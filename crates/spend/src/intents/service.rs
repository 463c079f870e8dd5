//! Looking, reserving, and telling of what differs.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bursar_base::{Money, OrgId, TransactionId, money};
use bursar_http::Problem;
use bursar_identity::keys::Caller;
use bursar_money::funnel::{Command, Reply, Reserve, Then, Waiting};
use bursar_money::policies::{Check, RailName, Verdict};
use bursar_money::transactions::{self, Status, Transaction};
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed};
use http::StatusCode;
use sha2::{Digest as _, Sha256};

use super::IntentBody;
use crate::Spend;
use crate::cards::{self, service as card_service};
use crate::cases::{Kind, NewCase, service as cases};
use crate::context::{nonce_of, store_problem};
use crate::requests::body::CheckBody;
use crate::requests::form::Normalised;
use crate::wallet::service as wallet;
use crate::worker::{JobError, transaction_of};

/// What is intended.
#[derive(Debug)]
pub struct Wish {
    /// The purchase, of the most that it may be.
    pub form: Normalised,
    /// By how much it may differ, either way.
    pub tolerance: Money,
    /// For how long the money is reserved, where it is.
    pub within: Option<Duration>,
}

/// Looks whether the calling agent may buy something, and reserves the money where that is wanted.
///
/// # Errors
/// [`Problem`].
pub async fn intend(spend: &Spend, caller: &Caller, wish: Wish) -> Result<IntentBody, Problem> {
    let (agent_id, key_id) = caller.agent()?;
    if wish.form.rail == Some(RailName::Card) {
        has_card(spend, caller).await?;
    }
    let Wish { form, tolerance, within } = wish;
    // What is reserved is the most that it may be, so the least is twice the tolerance below it.
    let waiting =
        Waiting { within: within.unwrap_or_default(), tolerance_micros: tolerance.micros.saturating_mul(2) };
    let reserve = Reserve {
        transaction_id: TransactionId::new(spend.now(), &*spend.identity.rng),
        org_id: caller.org_id.clone(),
        agent_id: agent_id.clone(),
        key_id: key_id.clone(),
        nonce: nonce_of(caller),
        idempotency_key: form.idempotency_key,
        fingerprint: fingerprint(&form.fingerprint, waiting),
        amount: form.amount,
        merchant: form.merchant.clone(),
        merchant_key: form.merchant_key,
        purpose: form.purpose,
        context: form.context,
        claimed_category: form.category,
        rail: form.rail,
        then: Then::Wait(waiting),
        dry_run: within.is_none(),
    };
    let reply = spend.submit(Command::Reserve(Box::new(reserve))).await?;
    let wallet = wallet::check(spend, agent_id).await.map_err(store_problem)?;
    let wallet = wallet.ok_or_else(|| Problem::not_found("wallet"))?;
    let bodies = |checks: &[Check]| checks.iter().map(CheckBody::from).collect();
    let body = IntentBody {
        decision: String::new(),
        reason: None,
        rules: Vec::new(),
        intent_id: None,
        status: None,
        expires_at: None,
        at_most: form.amount.decimal(),
        at_least: money::decimal(form.amount.micros - waiting.tolerance_micros),
        currency: form.amount.currency.to_string(),
        merchant: form.merchant,
        idempotent: false,
        balance: wallet.balance,
        limits: wallet.spending_limits,
    };
    match reply {
        Reply::Preview(decision) => Ok(IntentBody {
            decision: word(decision.verdict).to_owned(),
            reason: decision.reason.map(|reason| reason.as_str().to_owned()),
            rules: bodies(&decision.checks),
            ..body
        }),
        Reply::Transaction { transaction: t, replayed } => Ok(IntentBody {
            decision: word(verdict_of(t.status)).to_owned(),
            reason: t.reason.clone(),
            rules: bodies(&t.checks),
            intent_id: t.is_intent().then(|| t.id.clone()),
            status: t.is_intent().then(|| t.status.as_str().to_owned()),
            expires_at: t.deadline,
            idempotent: replayed,
            ..body
        }),
        Reply::Authorization { .. } | Reply::Done => Err(Problem::unavailable()),
    }
}

/// An intent is another request than the payment it is about, and one that waits for longer another still.
fn fingerprint(of_payment: &str, waiting: Waiting) -> String {
    let fields = ("intent", of_payment, waiting.within.as_secs(), waiting.tolerance_micros);
    URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_vec(&fields).unwrap_or_default()))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "allowed",
        Verdict::Ask => "needs_approval",
        Verdict::Decline => "declined",
    }
}

fn verdict_of(status: Status) -> Verdict {
    match status {
        Status::Approved | Status::Executing | Status::Unknown | Status::Completed | Status::Refunded => {
            Verdict::Approve
        }
        Status::Pending => Verdict::Ask,
        Status::Failed | Status::Declined | Status::TimedOut | Status::Cancelled => Verdict::Decline,
    }
}

async fn has_card(spend: &Spend, caller: &Caller) -> Result<(), Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let live = card_service::live(&mut tx, &caller.org_id, caller.agent_id.as_ref()).await;
    if live.map_err(store_problem)?.iter().any(|card| card.status == cards::Status::Active) {
        return Ok(());
    }
    let detail = "you have no card that can be used; ask your owner for one, or pay by another rail";
    Err(Problem::new(StatusCode::CONFLICT, "no_card", detail))
}

/// Opens a case about a payment request that is not what its intent says. Nothing was paid.
///
/// # Errors
/// [`StoreError`].
pub async fn differs(spend: &Spend, asked: &Reserve, intent: &TransactionId) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(intent) = transactions::find(&mut tx, intent).await? else { return Ok(()) };
    drop(tx);
    let theirs = format!("{} at {}", asked.amount, asked.merchant);
    let cause =
        "The agent asked to pay something else than it had intended; it was refused, and nothing was paid.";
    open(spend, &intent, None, cause, theirs, asked.amount).await
}

/// Opens a case about a card purchase at a merchant where the agent had intended another one.
///
/// # Errors
/// [`JobError`].
pub async fn drifted(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let ids =
        job.payload.split_once(' ').ok_or_else(|| JobError::Fatal("no purchase and intent".to_owned()))?;
    let (purchase, intent) = (transaction_of(ids.0)?, transaction_of(ids.1)?);
    let mut tx = spend.identity.db.read().await?;
    let purchase = transactions::find(&mut tx, &purchase).await?;
    let intent = transactions::find(&mut tx, &intent).await?;
    drop(tx);
    if let Some((purchase, intent)) = purchase.zip(intent) {
        let theirs = format!("{} at {}", purchase.amount(), purchase.merchant);
        let cause = "The agent's card was used for something else there than it had intended; the purchase was decided on \
            its own.";
        open(spend, &intent, Some(&purchase), cause, theirs, purchase.amount()).await?;
    }
    let mut org = spend.identity.lock(&OrgId::from_store(&job.org_id)).await?;
    jobs::finish(&mut org.tx, job).await?;
    Ok(org.commit().await?)
}

async fn open(
    spend: &Spend,
    intent: &Transaction,
    purchase: Option<&Transaction>,
    cause: &str,
    theirs: String,
    at_stake: Money,
) -> Result<(), StoreError> {
    let most = intent.amount_micros;
    let least = most - intent.tolerance_micros.unwrap_or(0);
    let currency = intent.currency;
    let ours =
        format!("{} to {} {currency} at {}", money::decimal(least), money::decimal(most), intent.merchant);
    let mut org = spend.identity.lock(&intent.org_id).await?;
    let new = NewCase {
        kind: Kind::IntentDrift,
        reference: intent.id.to_string(),
        agent_id: Some(intent.agent_id.clone()),
        transaction_id: Some(purchase.unwrap_or(intent).id.clone()),
        cause: cause.to_owned(),
        ours,
        theirs,
        at_stake,
        is_told: false,
        source: "intents",
        since: org.now,
    };
    cases::open(spend, &mut org, &intent.org_id, &new).await?;
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}
