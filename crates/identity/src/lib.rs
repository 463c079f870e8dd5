//! Orgs, members, agents and keys: who pays, who decides, who spends, and how they prove it.
//!
//! Invariants: of a key only its SHA-256 and its sealed signing secret are stored; a key is shown once. Every change is
//! in its org's audit trail, in the same transaction.

pub mod access;
pub mod agents;
pub mod first_run;
pub mod invitations;
pub mod keys;
pub mod languages;
pub mod members;
pub mod oidc;
pub mod orgs;
pub mod pairings;
pub mod passkeys;
pub mod people;
pub mod registrations;
mod secrets;
pub mod sessions;
pub mod sign_ins;
pub mod stand_ins;

use std::sync::Arc;

use bursar_base::{Clock, OrgId, Rng, TimeUs, limits};
use bursar_store::events::{self, Head, NewEvent};
use bursar_store::{Db, MasterKey, StoreError, Tx};

/// What identity's commands need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The database.
    pub db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// What secrets are sealed under.
    pub master: MasterKey,
}

/// A transaction under an org's lock: the place in which everything that changes an org is done.
#[derive(Debug)]
pub struct OrgTx {
    /// The transaction.
    pub tx: Tx,
    /// The locked end of the org's chain.
    pub head: Head,
    /// The time to write, never earlier than the chain's last entry.
    pub now: TimeUs,
}

impl Identity {
    /// Begins a transaction under the lock of `org`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock(&self, org: &OrgId) -> Result<OrgTx, StoreError> {
        let tx = self.db.write_in_turn().await?;
        self.lock_in(tx, org).await
    }

    /// Locks `org` in a transaction that was begun with [`Db::write_in_turn`] and may hold nothing yet but a nonce.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_in(&self, mut tx: Tx, org: &OrgId) -> Result<OrgTx, StoreError> {
        let head = events::lock_head(&mut tx, org.as_str()).await?;
        let now = events::now_for(&mut tx, &head, &*self.clock).await?;
        Ok(OrgTx { tx, head, now })
    }

    /// Begins a transaction under the lock of the chain of what belongs to no org: who signed in, which bots registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_system(&self) -> Result<OrgTx, StoreError> {
        self.lock(&OrgId::from_store(events::SYSTEM)).await
    }

    /// Begins a transaction under the locks of `org` and of the chain of what belongs to no org, whose end comes with it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_with_system(&self, org: &OrgId) -> Result<(OrgTx, Head), StoreError> {
        // In the order of their ids: those of orgs begin with `org_`.
        let mut org = self.lock(org).await?;
        let system = events::lock_head(&mut org.tx, events::SYSTEM).await?;
        Ok((org, system))
    }
}

impl OrgTx {
    /// Goes on in the same transaction with another chain, which was locked with this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn go_on_with(mut self, head: Head) -> Result<OrgTx, StoreError> {
        events::save_head(&mut self.tx, &self.head).await?;
        let now = self.now.max(head.last);
        Ok(OrgTx { tx: self.tx, head, now })
    }

    /// Appends an audit entry.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&mut self, event: NewEvent) -> Result<(), StoreError> {
        events::append(&mut self.tx, &mut self.head, self.now, event).await?;
        Ok(())
    }

    /// Writes the head back and commits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn commit(mut self) -> Result<(), StoreError> {
        events::save_head(&mut self.tx, &self.head).await?;
        self.tx.commit().await
    }
}

/// Forgets links, challenges, sessions and registrations that were over long ago.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(identity: &Identity) -> Result<(), StoreError> {
    let now = identity.clock.now();
    let mut tx = identity.db.write().await?;
    let before = now.minus(limits::REGISTRATION_KEPT_FOR);
    let old = [
        (sign_ins::sql::DELETE_OLD, now),
        (oidc::sql::DELETE_OLD, now),
        (passkeys::sql::DELETE_OLD, now),
        (pairings::sql::DELETE_OLD, now),
        (registrations::sql::DELETE_OLD_TOKENS, now),
        (registrations::sql::DELETE_OLD, before),
        (sessions::sql::DELETE_OLD, before),
    ];
    for (statement, before) in old {
        tx.execute(statement, &[before.into()]).await?;
    }
    tx.commit().await
}

/// A name that people read: 1 to 100 characters, none of them a control character.
///
/// # Errors
/// A sentence about what is wrong.
pub fn valid_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    let chars = name.chars().count();
    if chars == 0 || chars > bursar_base::limits::MAX_NAME_CHARS {
        return Err(format!("between 1 and {} characters", bursar_base::limits::MAX_NAME_CHARS));
    }
    if name.chars().any(char::is_control) {
        return Err("no control characters".to_owned());
    }
    Ok(name.to_owned())
}

/// An e-mail address, in the form in which it is stored: trimmed, in lower case.
///
/// # Errors
/// A sentence about what is wrong.
pub fn valid_email(email: &str) -> Result<String, String> {
    let wrong = || Err("an e-mail address such as owner@example.com".to_owned());
    let email = email.trim();
    let Some((local, domain)) = email.rsplit_once('@') else {
        return wrong();
    };
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"".contains(c))
    };
    if email.len() > 254 || !plain(local) || local.contains('@') || !plain(domain) {
        return wrong();
    }
    // Before the @ the letter of the standard tells cases apart; no provider that people use does, and no person.
    Ok(format!("{local}@{domain}").to_lowercase())
}
