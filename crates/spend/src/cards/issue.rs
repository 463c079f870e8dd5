//! What owners do with cards: have them made, let them go on, cancel and replace them, and decide who reads the number.

use bursar_base::{AgentId, CardId, OrgId, limits};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_money::policies::{self, Pattern, Policy};
use bursar_money::{budgets, holds::Budget};
use bursar_store::{StoreError, Tx};
use http::StatusCode;
use serde_json::json;

use super::mirror::{Mirror, mirror};
use super::service::{find, live, record, save, tell_stripe};
use super::stripe::{NotDone, account_of, carry_out};
use super::{Card, Status, holder, service, sql};
use crate::Spend;
use crate::context::store_problem;
use crate::freezes::service::must_go_on;
use crate::rails::stripe::issuing::IssuedStatus;
use crate::requests::form;

/// A card to be made.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// Who pays with it.
    pub agent_id: AgentId,
    /// The only merchant it may be used at.
    pub merchant: Option<String>,
    /// Whether it ends after one payment.
    pub single_use: bool,
    /// Whether the agent may be told the number.
    pub reveal: bool,
    /// What it is for.
    pub reason: String,
}

/// A merchant that a card is locked to, checked as policies check theirs.
///
/// # Errors
/// 400 that names `merchant`.
pub fn checked_merchant(merchant: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(merchant) = merchant else { return Ok(None) };
    let merchant = form::text("merchant", merchant, 1, limits::MAX_MERCHANT_CHARS)?;
    Pattern::parse(&merchant).map_err(|why| Problem::field("merchant", why))?;
    Ok(Some(merchant))
}

/// That cards can be made for an org at all.
///
/// # Errors
/// 409 `no_stripe`, 409 `no_cardholder`, 503.
pub async fn must_be_ready(spend: &Spend, org_id: &OrgId) -> Result<(), Problem> {
    must_have_stripe(spend, org_id).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    if holder::find(&mut tx, org_id).await.map_err(store_problem)?.is_none() {
        let detail = "cards are issued to a person or company: say which with PUT /v1/dashboard/cardholder, or \
            `bursar org cardholder`";
        return Err(Problem::new(StatusCode::CONFLICT, "no_cardholder", detail));
    }
    Ok(())
}

/// That this server has a Stripe key of the org's mode.
///
/// # Errors
/// 409 `no_stripe`, 503.
pub async fn must_have_stripe(spend: &Spend, org_id: &OrgId) -> Result<(), Problem> {
    match account_of(spend, org_id).await {
        Ok(_) => Ok(()),
        Err(NotDone::Store(error)) => Err(store_problem(error)),
        Err(_) => {
            let detail = "cards are issued through Stripe, and this server has no Stripe key of the org's mode: set \
                BURSAR_STRIPE_KEY (sk_test_… for test orgs, sk_live_… for live ones)";
            Err(Problem::new(StatusCode::CONFLICT, "no_stripe", detail))
        }
    }
}

/// Writes a card down that Stripe is to make, in a transaction that the caller has begun and commits.
///
/// # Errors
/// 404 `not_found`, 409 `org_frozen`, `agent_frozen` or `too_many_cards`, 503.
pub async fn ask_for(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    new: &NewCard,
    replaces: Option<(&CardId, &str)>,
    actor: &str,
) -> Result<CardId, Problem> {
    must_go_on(org, org_id, Some(&new.agent_id)).await?;
    let budget = budgets::find(&mut org.tx, &new.agent_id).await.map_err(store_problem)?;
    let budget = budget.filter(|budget| budget.org_id == *org_id);
    let budget = budget.ok_or_else(|| Problem::not_found("agent"))?;
    let open = live(&mut org.tx, org_id, Some(&new.agent_id)).await.map_err(store_problem)?;
    if i64::try_from(open.len()).unwrap_or(i64::MAX) >= limits::CARDS_PER_AGENT_MAX {
        let detail = format!("an agent has at most {} cards; cancel one first", limits::CARDS_PER_AGENT_MAX);
        return Err(Problem::new(StatusCode::CONFLICT, "too_many_cards", detail));
    }
    insert(spend, org, &budget, new, replaces, actor).await.map_err(store_problem)
}

async fn insert(
    spend: &Spend,
    org: &mut OrgTx,
    budget: &Budget,
    new: &NewCard,
    replaces: Option<(&CardId, &str)>,
    actor: &str,
) -> Result<CardId, StoreError> {
    let id = CardId::new(org.now, &*spend.identity.rng);
    let controls = mirror_of(&mut org.tx, &budget.org_id, &new.agent_id).await?.controls;
    let controls = service::controls_text(&controls)?;
    let args = [
        id.as_str().into(),
        budget.org_id.as_str().into(),
        new.agent_id.as_str().into(),
        budget.currency.as_str().into(),
        i64::from(new.single_use).into(),
        new.merchant.as_deref().into(),
        i64::from(new.reveal).into(),
        (&new.reason).into(),
        actor.into(),
        (&controls).into(),
        replaces.map(|(card, _)| card.as_str()).into(),
        replaces.map(|(_, reason)| reason).into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    if let Some(card) = find(&mut org.tx, &id).await? {
        // Whoever asks does it at once; this is for when they are lost.
        let soon = org.now.plus(limits::CARD_TRY_FIRST);
        tell_stripe(spend, org, &card, soon, 0).await?;
    }
    Ok(id)
}

/// What Stripe is to hold an agent's cards against by itself, by the policy in force.
///
/// # Errors
/// [`StoreError`].
pub async fn mirror_of(tx: &mut Tx, org_id: &OrgId, agent: &AgentId) -> Result<Mirror, StoreError> {
    let policy = match policies::current(tx, agent).await {
        Ok(current) => current.and_then(|version| Policy::compile(&version.document).ok()),
        Err(StoreError::Damaged(_)) => None,
        Err(error) => return Err(error),
    };
    let zone = orgs::find(tx, org_id).await?.map(|org| org.time_zone).unwrap_or_default();
    Ok(mirror(policy.as_ref(), &zone))
}

/// Has Stripe told of the policy in force, where that changes what it holds an agent's cards against; of all of an org's
/// agents without one.
///
/// # Errors
/// [`StoreError`].
pub async fn mirror_again(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    agent: Option<&AgentId>,
) -> Result<(), StoreError> {
    for mut card in live(&mut org.tx, org_id, agent).await? {
        let controls = mirror_of(&mut org.tx, org_id, &card.agent_id).await?.controls;
        if controls != card.wanted_controls {
            card.wanted_controls = controls;
            save(org, &mut card).await?;
            tell_stripe(spend, org, &card, org.now, 0).await?;
        }
    }
    Ok(())
}

fn wrong_status(card: &Card, wanted: &str) -> Problem {
    let detail = format!("the card is {}; only a card that is {wanted} can do that", card.status.as_str());
    Problem::new(StatusCode::CONFLICT, "wrong_status", detail).with("card_status", card.status.as_str())
}

/// Asks Stripe to let a frozen card go on; it goes on here once Stripe has said so. In a transaction that the caller has
/// begun and commits.
///
/// # Errors
/// 409 `wrong_status`, `org_frozen` or `agent_frozen`, 503.
pub async fn unfreeze(spend: &Spend, org: &mut OrgTx, card: &mut Card, actor: &str) -> Result<(), Problem> {
    if card.status != Status::Frozen {
        return Err(wrong_status(card, "frozen"));
    }
    must_go_on(org, &card.org_id, Some(&card.agent_id)).await?;
    card.wanted = IssuedStatus::Active;
    card.unfreezer = Some(actor.to_owned());
    save(org, card).await.map_err(store_problem)?;
    let soon = org.now.plus(limits::CARD_TRY_FIRST);
    tell_stripe(spend, org, card, soon, 0).await.map_err(store_problem)
}

/// Ends a card for good: here at once, and at Stripe next. In a transaction that the caller has begun and commits.
///
/// # Errors
/// 409 `wrong_status`, 503.
pub async fn cancel(
    spend: &Spend,
    org: &mut OrgTx,
    card: &mut Card,
    actor: &str,
    reason: &str,
) -> Result<(), Problem> {
    if card.status.is_over() {
        return Err(wrong_status(card, "not over"));
    }
    end(spend, org, card, reason).await.map_err(store_problem)?;
    let told = record(org, card, "card.cancelled", actor, json!({ "reason": reason }));
    told.await.map_err(store_problem)
}

async fn end(spend: &Spend, org: &mut OrgTx, card: &mut Card, note: &str) -> Result<(), StoreError> {
    card.status = Status::Cancelled;
    card.wanted = IssuedStatus::Canceled;
    card.note = Some(note.to_owned());
    card.unfreezer = None;
    save(org, card).await?;
    let soon = org.now.plus(limits::CARD_TRY_FIRST);
    tell_stripe(spend, org, card, soon, 0).await
}

/// Ends a card and has another one made in its place, with the same rules. In a transaction that the caller has begun and
/// commits; the new card's id.
///
/// # Errors
/// 409 `wrong_status`, 503.
pub async fn replace(
    spend: &Spend,
    org: &mut OrgTx,
    card: &mut Card,
    actor: &str,
    reason: &str,
) -> Result<CardId, Problem> {
    if card.status.is_over() {
        return Err(wrong_status(card, "not over"));
    }
    end(spend, org, card, reason).await.map_err(store_problem)?;
    let new = NewCard {
        agent_id: card.agent_id.clone(),
        merchant: card.merchant.clone(),
        single_use: card.single_use,
        reveal: card.reveal,
        reason: card.reason.clone(),
    };
    let org_id = card.org_id.clone();
    let id = ask_for(spend, org, &org_id, &new, Some((&card.id, reason)), actor).await?;
    card.replaced_by = Some(id.clone());
    save(org, card).await.map_err(store_problem)?;
    let more = json!({ "reason": reason, "replaced_by": id });
    record(org, card, "card.replaced", actor, more).await.map_err(store_problem)?;
    Ok(id)
}

/// Decides whether an agent may be told the number of its card. In a transaction that the caller has begun and commits.
///
/// # Errors
/// [`StoreError`].
pub async fn set_reveal(
    org: &mut OrgTx,
    card: &mut Card,
    reveal: bool,
    actor: &str,
) -> Result<(), StoreError> {
    if card.reveal != reveal {
        card.reveal = reveal;
        save(org, card).await?;
        record(org, card, "card.reveal_set", actor, json!({ "reveal": reveal })).await?;
    }
    Ok(())
}

/// Does at Stripe what can be done at once, and gives the card as it is then. What is left a worker does.
///
/// # Errors
/// 503.
pub async fn at_once(spend: &Spend, id: &CardId) -> Result<Card, Problem> {
    match carry_out(spend, id).await {
        Ok(()) => {}
        Err(NotDone::Store(error)) => return Err(store_problem(error)),
        Err(error) => {
            tracing::warn!(card = %id, %error, "Stripe does not say yet what it is to say of a card")
        }
    }
    spend.funnel.wake_workers();
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    find(&mut tx, id).await.map_err(store_problem)?.ok_or_else(|| Problem::not_found("card"))
}
