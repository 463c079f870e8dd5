//! Orgs whose heads another session keeps locked, such as a console that somebody left open in a transaction.
//!
//! Whoever asks for such an org waits once, together with all that are decided in the same batch. From then on its
//! requests are put aside: all others are decided first, and these only if somebody sees within
//! [`limits::DATABASE_LOCK_LOOK`] that the head is free. So an org that stays locked costs the others one wait.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bursar_base::{OrgId, limits};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::storage::{Answer, Storage};

/// What the tasks of one process know about locks.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// Read by each batch as long as it holds locks or waits for them; written by one that must know which orgs others
    /// keep locked, and not take for one of them what another batch of ours holds.
    ours: RwLock<()>,
    /// The orgs that others were seen to keep locked and nobody has seen free since.
    kept: Mutex<BTreeSet<OrgId>>,
}

impl Locks {
    /// To be held by a batch until it has given its locks back.
    pub async fn beside(&self) -> RwLockReadGuard<'_, ()> {
        self.ours.read().await
    }

    /// To be held by whoever must be the only one of this process with locks.
    pub async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.ours.write().await
    }

    /// Those of `orgs` that are put aside.
    pub fn kept(&self, orgs: impl Iterator<Item = OrgId>) -> BTreeSet<OrgId> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_empty() { BTreeSet::new() } else { orgs.filter(|org| kept.contains(org)).collect() }
    }

    /// Looks until all of `orgs` were seen free or [`limits::DATABASE_LOCK_LOOK`] is over: another process decides
    /// for them too, and has their locks as long as that takes. Returns those that were; the others are put aside.
    pub async fn look<S: Storage>(
        &self,
        storage: &mut S,
        mut orgs: BTreeSet<OrgId>,
    ) -> Answer<BTreeSet<OrgId>> {
        let began = Instant::now();
        let mut free = BTreeSet::new();
        loop {
            let mut seen = storage.unlocked(&orgs).await?;
            orgs.retain(|org| !seen.contains(org));
            free.append(&mut seen);
            if orgs.is_empty() || began.elapsed() >= limits::DATABASE_LOCK_LOOK {
                break;
            }
            tokio::time::sleep(limits::DATABASE_LOCK_LOOK / 20).await;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|org| !free.contains(org));
        kept.append(&mut orgs);
        Ok(free)
    }
}
