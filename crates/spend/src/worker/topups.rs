//! The lane of automatic top-ups: it looks at the few wallets that have a rule, so that no payment has to.

use tokio::sync::watch;

use super::run::LOOK_EVERY;
use crate::Spend;
use crate::auto_topups::service as auto_topups;

/// Looks until `shutdown` turns true. What it begins are jobs of the main lane.
pub(super) async fn run(spend: Spend, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow() {
        match auto_topups::look(&spend).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "wallets below their floor cannot be looked for"),
        }
        tokio::select! {
            _ = shutdown.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
