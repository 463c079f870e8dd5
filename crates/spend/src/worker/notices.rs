//! The look at what owners are told: apart from all jobs, because nobody waits for it.

use std::time::Duration;

use tokio::sync::watch;

use crate::{Spend, notices};

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks until `shutdown` turns true.
pub(super) async fn run(spend: Spend, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow() {
        match notices::look(&spend).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "what owners are told could not be looked for"),
        }
        tokio::select! {
            _ = shutdown.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
