//! Looking at cards, and what changes them here; Stripe is told by [`super::stripe`].

use bursar_base::{AgentId, CardId, OrgId, TimeUs, limits};
use bursar_identity::OrgTx;
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, NewJob};
use bursar_store::{StoreError, Tx};
use serde_json::json;

use super::{Card, Status, from_row, sql};
use crate::Spend;
use crate::rails::stripe::issuing::IssuedStatus;

/// One card; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &CardId) -> Result<Option<Card>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// The card that Stripe knows by this id (`ic_…`): what an authorisation is decided for.
///
/// # Errors
/// [`StoreError`].
pub async fn by_stripe_id(tx: &mut Tx, stripe_id: &str) -> Result<Option<Card>, StoreError> {
    tx.row(sql::BY_STRIPE, &[stripe_id.into()]).await?.as_ref().map(from_row).transpose()
}

/// Whether Stripe ever made a card for anybody here.
///
/// # Errors
/// [`StoreError`].
pub async fn any_at_stripe(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.row(sql::ANY_AT_STRIPE, &[]).await?.is_some())
}

/// A page of an org's cards, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    org_id: &OrgId,
    before: Option<&CardId>,
    limit: u32,
) -> Result<Vec<Card>, StoreError> {
    // Every id is smaller than this.
    let before = before.map_or("~", CardId::as_str);
    let args = [org_id.as_str().into(), before.into(), i64::from(limit).into()];
    tx.rows(sql::LIST, &args).await?.iter().map(from_row).collect()
}

/// The cards of an agent, or of a whole org, that are not over, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn live(tx: &mut Tx, org_id: &OrgId, agent: Option<&AgentId>) -> Result<Vec<Card>, StoreError> {
    let rows = match agent {
        Some(agent) => tx.rows(sql::OF_AGENT, &[agent.as_str().into()]).await?,
        None => tx.rows(sql::OF_ORG, &[org_id.as_str().into()]).await?,
    };
    let cards: Vec<Card> = rows.iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(cards.into_iter().filter(|card| card.org_id == *org_id).collect())
}

/// The newest card of an agent's, over or not.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(tx: &mut Tx, agent: &AgentId) -> Result<Option<Card>, StoreError> {
    tx.row(sql::NEWEST, &[agent.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// Freezes every card of an agent, or of a whole org, that is not frozen or over, in a transaction that the caller has
/// begun: from its commit on no authorisation is decided with yes. One job a card tells Stripe until it has acknowledged;
/// [`live`] and [`Card::is_acknowledged`] say how far that is. The cards that were frozen by this.
///
/// # Errors
/// [`StoreError`].
pub async fn freeze_all(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    agent: Option<&AgentId>,
    actor: &str,
    reason: &str,
) -> Result<Vec<Card>, StoreError> {
    let mut frozen = Vec::new();
    for mut card in live(&mut org.tx, org_id, agent).await? {
        if mark_frozen(org, &mut card, actor, reason).await? {
            tell_stripe(spend, org, &card, org.now, 0).await?;
            frozen.push(card);
        }
    }
    Ok(frozen)
}

/// Freezes a card here, and has Stripe told, in a transaction that the caller has begun. Who freezes one card tells Stripe
/// right after it; the job is for when they are lost.
///
/// # Errors
/// [`StoreError`].
pub async fn freeze(
    spend: &Spend,
    org: &mut OrgTx,
    card: &mut Card,
    actor: &str,
    reason: &str,
) -> Result<(), StoreError> {
    if mark_frozen(org, card, actor, reason).await? {
        let soon = org.now.plus(limits::CARD_TRY_FIRST);
        tell_stripe(spend, org, card, soon, 0).await?;
    }
    Ok(())
}

/// `false` when there is nothing to freeze any more; one that is being let go on stays frozen.
async fn mark_frozen(
    org: &mut OrgTx,
    card: &mut Card,
    actor: &str,
    reason: &str,
) -> Result<bool, StoreError> {
    let is_new = match card.status {
        Status::Issuing | Status::Active => true,
        Status::Frozen if card.wanted == IssuedStatus::Active => false,
        Status::Frozen | Status::Cancelled | Status::Failed => return Ok(false),
    };
    card.status = Status::Frozen;
    card.wanted = IssuedStatus::Inactive;
    card.note = Some(reason.to_owned());
    card.unfreezer = None;
    save(org, card).await?;
    if is_new {
        record(org, card, "card.frozen", actor, json!({ "reason": reason })).await?;
    }
    Ok(true)
}

/// Writes an entry about a card, and what is told of it.
pub(super) async fn record(
    org: &mut OrgTx,
    card: &Card,
    action: &'static str,
    actor: &str,
    more: serde_json::Value,
) -> Result<(), StoreError> {
    let mut detail = json!({ "card_id": card.id, "last4": card.face.as_ref().map(|face| &face.last4) });
    if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
        detail.extend(more.clone());
    }
    org.record(NewEvent::new(action, actor, &detail).agent(&card.agent_id)).await
}

/// Has a worker tell Stripe what it is to say of a card, at a time. `tries` is how often that was in vain.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn tell_stripe(
    spend: &Spend,
    org: &mut OrgTx,
    card: &Card,
    run_at: TimeUs,
    tries: u32,
) -> Result<(), StoreError> {
    // What is urgent gets a job of its own; what only waits needs one.
    let dedupe_key = (tries > 0).then(|| format!("card:{}", card.id));
    let payload = format!("{} {tries}", card.id);
    let job = NewJob { org_id: card.org_id.to_string(), kind: "card", payload, run_at, dedupe_key };
    jobs::enqueue(&mut org.tx, &job, org.now, &*spend.identity.rng).await
}

/// How long to wait after so many tries in vain.
pub(super) fn pause_after(tries: u32) -> std::time::Duration {
    let grown = limits::CARD_TRY_FIRST.saturating_mul(1_u32.checked_shl(tries.min(16)).unwrap_or(u32::MAX));
    grown.min(limits::CARD_TRY_MAX)
}

/// Writes what changed, under the org's lock.
pub(super) async fn save(org: &mut OrgTx, card: &mut Card) -> Result<(), StoreError> {
    card.updated = org.now;
    let face = card.face.as_ref();
    let wanted_controls = controls_text(&card.wanted_controls)?;
    let stripe_controls = card.stripe_controls.as_ref().map(controls_text).transpose()?;
    let args = [
        card.id.as_str().into(),
        card.status.as_str().into(),
        card.wanted.as_str().into(),
        (&wanted_controls).into(),
        card.stripe_status.map(IssuedStatus::as_str).into(),
        stripe_controls.as_deref().into(),
        card.unsure.into(),
        card.calls.into(),
        card.asked.as_deref().into(),
        card.asked_at.into(),
        card.attempt.into(),
        card.stripe_id.as_deref().into(),
        face.map(|face| face.brand.as_str()).into(),
        face.map(|face| face.last4.as_str()).into(),
        face.map(|face| face.exp_month).into(),
        face.map(|face| face.exp_year).into(),
        card.replaced_by.as_ref().map(CardId::as_str).into(),
        card.note.as_deref().into(),
        card.last_error.as_deref().into(),
        i64::from(card.reveal).into(),
        card.unfreezer.as_deref().into(),
        card.updated.into(),
    ];
    org.tx.execute(sql::SAVE, &args).await?;
    Ok(())
}

pub(super) fn controls_text(
    controls: &crate::rails::stripe::issuing::Controls,
) -> Result<String, StoreError> {
    serde_json::to_string(controls).map_err(|error| StoreError::Damaged(error.to_string()))
}
