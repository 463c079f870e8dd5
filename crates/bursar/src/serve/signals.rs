//! The end: SIGTERM and SIGINT.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// What the shell expects of a process that a second Ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// Becomes `true` with the first SIGTERM or SIGINT. A second one ends the process at once.
///
/// # Errors
/// When signals cannot be listened to.
pub fn shutdown() -> io::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        next(&mut terminate, &mut interrupt).await;
        tracing::info!("asked to stop; finishing what was accepted");
        sender.send_replace(true);
        next(&mut terminate, &mut interrupt).await;
        std::process::exit(EXIT_INTERRUPTED);
    });
    Ok(receiver)
}

/// Waits until the end is asked for, or nobody is left who could ask for it.
pub async fn requested(shutdown: &mut watch::Receiver<bool>) {
    drop(shutdown.wait_for(|stop| *stop).await);
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
