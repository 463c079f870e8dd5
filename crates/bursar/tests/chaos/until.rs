//! Waiting for what must happen.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Waits until something is there, with a limit.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Waits until something is so, with a limit.
pub async fn until_so(what: &str, mut so: impl FnMut() -> bool) {
    until(what, || std::future::ready(so().then_some(()))).await;
}
