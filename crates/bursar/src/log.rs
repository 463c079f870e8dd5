//! The log: lines on stderr. Never a secret, never a full body, never a path with a token in it.

use std::io::IsTerminal as _;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{Config, LogFormat};
use crate::reports;

/// What the command line logs: only what somebody should look at.
pub const QUIET: &str = "warn";

/// Starts logging what `filter` lets through. Where a log has been started before, as in tests, that one goes on.
pub fn start(config: &Config, filter: &str) {
    // The text was checked when it was read; should it be wrong all the same, warnings are logged.
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(QUIET));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    // Errors are told whatever the log leaves out. Where nobody listens, the layer is not there.
    let told = config.sentry_dsn.as_ref().map(|_| reports::layer());
    drop(tracing_subscriber::registry().with(lines).with(told).try_init());
}
