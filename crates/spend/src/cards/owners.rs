//! Whose card Stripe asks about.
//!
//! Invariant: a card's id at Stripe, its org and its agent never change once it has that id, so a copy in memory is never
//! old. Everything that does change, such as whether the card may be used, is read under the org's lock by the funnel.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bursar_base::{AgentId, CardId, OrgId};
use bursar_store::{Db, StoreError};

use super::service::by_stripe_id;

/// Whose a card is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The card.
    pub card_id: CardId,
    /// Who pays.
    pub org_id: OrgId,
    /// Whose it is.
    pub agent_id: AgentId,
}

/// Owners by Stripe's id of the card, looked up once: the card network waits for an answer, and the funnel reads the card
/// anyway. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Owners(Arc<RwLock<HashMap<String, Owner>>>);

/// Copies beyond this are dropped all at once; looking them up again is cheap.
const MAX_COPIES: usize = 100_000;

impl Owners {
    /// Whose the card is that Stripe knows by this id (`ic_…`), if it is ours.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn of(&self, db: &Db, stripe_id: &str) -> Result<Option<Owner>, StoreError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(stripe_id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let mut tx = db.read().await?;
        let Some(card) = by_stripe_id(&mut tx, stripe_id).await? else { return Ok(None) };
        drop(tx);
        let owner = Owner { card_id: card.id, org_id: card.org_id, agent_id: card.agent_id };
        let mut copies = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if copies.len() >= MAX_COPIES {
            copies.clear();
        }
        copies.insert(stripe_id.to_owned(), owner.clone());
        Ok(Some(owner))
    }
}
