//! The words of mails about cards.

use bursar_base::{CardId, CardRequestId, KeyId, Language, TimeUs};
use bursar_identity::agents::service as agents;
use bursar_identity::members::{Role, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_store::{StoreError, Tx};

use super::{Composed, GONE};
use crate::Spend;
use crate::cards::{ask, service as cards};

/// An agent asks for a card.
///
/// # Errors
/// [`StoreError`].
pub async fn asked(
    spend: &Spend,
    tx: &mut Tx,
    id: &CardRequestId,
    recipient: &str,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some(question) = ask::find(tx, id).await? else {
        return Ok(Err(GONE));
    };
    let now = tx.now(&*spend.identity.clock).await?;
    if question.status_at(now) != "asked" {
        return Ok(Err("not sent: the question was answered, or its time is over"));
    }
    let members = members::list(tx, &question.org_id).await?;
    let owner = members.into_iter().find(|member| member.email == recipient && member.role == Role::Owner);
    let Some(owner) = owner else {
        return Ok(Err("not sent: the recipient is no longer an owner"));
    };
    let Some(view) = ask::view(tx, &question, now, None, language).await? else {
        return Ok(Err(GONE));
    };
    Ok(Ok(bursar_pages::card_asked(&view, &ask::url(spend, &question, &owner.id))))
}

/// What is known of a look at a card.
pub struct Look<'a> {
    /// With which key.
    pub key_id: &'a KeyId,
    /// From where.
    pub address: &'a str,
    /// Whether the number was asked for.
    pub number: bool,
    /// When.
    pub at: TimeUs,
}

/// An agent looked at its card.
///
/// # Errors
/// [`StoreError`].
pub async fn accessed(
    tx: &mut Tx,
    id: &CardId,
    look: Look<'_>,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some(card) = cards::find(tx, id).await? else {
        return Ok(Err(GONE));
    };
    let Some(org) = orgs::find(tx, &card.org_id).await? else {
        return Ok(Err(GONE));
    };
    let agent = agents::find(tx, &card.agent_id).await?;
    Ok(Ok(bursar_pages::card_accessed(&bursar_pages::CardAccessView {
        org_name: org.name,
        agent_name: agent.map(|agent| agent.name).unwrap_or_default(),
        last4: card.face.map(|face| face.last4),
        number: look.number,
        key_id: look.key_id.to_string(),
        address: look.address.to_owned(),
        at: look.at,
        time_zone: org.time_zone,
        language,
        freeze_command: format!("bursar card freeze {id}"),
        card_id: id.to_string(),
        is_test: org.mode == bursar_base::Mode::Test,
    })))
}
