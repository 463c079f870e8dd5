//! The lane of webhooks: it waits for strangers, so it has its own places, and what moves money never waits behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bursar_base::limits;
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed, Lane};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::run::{LOOK_EVERY, work};
use crate::Spend;
use crate::deliveries;

/// Shortest time after which a message is tried again whose endpoint had no place; as much again by chance.
const NO_PLACE_PAUSE: Duration = Duration::from_millis(500);

/// Works until `shutdown` turns true, then finishes what it has begun.
pub(super) async fn run(spend: Spend, mut shutdown: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(limits::DELIVERIES_AT_ONCE));
    let places = Places::default();
    let mut running = JoinSet::new();
    while !*shutdown.borrow() {
        let (claimed, made) = match claim(&spend, slots.available_permits()).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "webhooks cannot be looked for");
                (Vec::new(), false)
            }
        };
        let some = made || !claimed.is_empty();
        let mut without = Vec::new();
        for job in claimed {
            let Some(place) = places.take(deliveries::endpoint_of(&job)) else {
                without.push(job);
                continue;
            };
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let spend = spend.clone();
            running.spawn(async move {
                work(&spend, job).await;
                drop((place, slot));
            });
        }
        if let Err(error) = put_off(&spend, &without).await {
            tracing::warn!(%error, "messages without a place wait for their leases to end");
        }
        while running.try_join_next().is_some() {}
        if some {
            continue;
        }
        tokio::select! {
            _ = shutdown.changed() => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Turns what is new in the trail into messages, and claims what is due. Where there is neither, nothing is locked. The
/// flag says that there may be more of the former.
async fn claim(spend: &Spend, free: usize) -> Result<(Vec<Claimed>, bool), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let (behind, due) =
        (deliveries::is_behind(&mut tx).await?, jobs::is_webhook_due(&mut tx, spend.now()).await?);
    drop(tx);
    let made = behind && deliveries::look(spend).await?;
    let limit = u32::try_from(free).unwrap_or(u32::MAX).min(limits::JOB_CLAIM_MAX);
    if limit == 0 || !(due || made) {
        return Ok((Vec::new(), made));
    }
    let claimed = jobs::claim_in(&spend.identity.db, &*spend.identity.clock, Lane::Webhooks, limit).await?;
    Ok((claimed, made))
}

/// Gives back what has no place for now: the endpoint is busy with others.
async fn put_off(spend: &Spend, without: &[Claimed]) -> Result<(), StoreError> {
    if without.is_empty() {
        return Ok(());
    }
    let more = u64::try_from(NO_PLACE_PAUSE.as_millis()).unwrap_or(u64::MAX);
    let mut tx = spend.identity.db.write().await?;
    for job in without {
        let pause = NO_PLACE_PAUSE + Duration::from_millis(spend.identity.rng.below(more));
        match jobs::postpone(&mut tx, job, spend.now().plus(pause), "its endpoint is busy with others").await
        {
            Ok(()) | Err(StoreError::LeaseLost) => {}
            Err(error) => return Err(error),
        }
    }
    tx.commit().await
}

/// How many messages are on their way to each endpoint.
#[derive(Debug, Clone, Default)]
struct Places(Arc<Mutex<HashMap<String, usize>>>);

/// One of them; free again when it is dropped.
#[derive(Debug)]
struct Place {
    places: Places,
    endpoint: String,
}

impl Places {
    fn take(&self, endpoint: &str) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(endpoint.to_owned()).or_default();
        if *count >= limits::DELIVERIES_AT_ONCE_TO_ONE {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), endpoint: endpoint.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.endpoint) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.endpoint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_so_many_places_and_others_have_theirs() {
        let places = Places::default();
        let mut taken: Vec<Place> = Vec::new();
        for _ in 0..limits::DELIVERIES_AT_ONCE_TO_ONE {
            taken.push(places.take("slow").unwrap());
        }
        assert!(places.take("slow").is_none());
        assert!(places.take("other").is_some());
        taken.pop();
        assert!(places.take("slow").is_some());
        drop(taken);
        assert!(places.0.lock().unwrap().is_empty());
    }
}
