//! Errors and panics, told to Sentry where `BURSAR_SENTRY_DSN` names one.
//!
//! Invariants: what is told is what the log says, less everything that looks like a secret or a person
//! ([`scrub`]); no request, no user, no trail of earlier lines goes along. Telling never holds up what is being done.

mod scrub;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use sentry::integrations::panic::PanicIntegration;
use sentry::integrations::tracing::ErrorLayer;
use sentry::types::Dsn;
use sentry::{Client, ClientOptions, Hub, TransportFactory};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::registry::LookupSpan;

use transport::{Transports, start};

/// How long the end waits for what is still to be told.
const TELL_WITHIN: Duration = Duration::from_secs(2);

/// Tells Sentry for as long as it lives; what was not told when it goes is told first, within two seconds.
#[must_use]
#[derive(Debug)]
pub struct Reports(Arc<Client>);

impl Drop for Reports {
    fn drop(&mut self) {
        self.0.close(Some(TELL_WITHIN));
    }
}

/// Begins to tell of panics, and of whatever goes through [`layer`].
///
/// # Errors
/// When the address is none, or when no thread or no TLS can be had for it.
pub fn open(dsn: &str) -> std::io::Result<Reports> {
    let dsn: Dsn = dsn.parse().map_err(std::io::Error::other)?;
    let factory: Arc<dyn TransportFactory> = Arc::new(Transports(start(&dsn)?));
    let mut options = ClientOptions::new();
    options.dsn = Some(dsn);
    options.release = Some(concat!("bursar@", env!("CARGO_PKG_VERSION")).into());
    options.transport = Some(factory);
    options.default_integrations = false;
    options.integrations = vec![Arc::new(PanicIntegration::new())];
    options.max_breadcrumbs = 0;
    options.in_app_include = vec!["bursar"];
    options.before_send = Some(Arc::new(scrub::event));
    let client = Arc::new(Client::with_options(options));
    // The hubs of all threads are made after the main one.
    Hub::main().bind_client(Some(client.clone()));
    Ok(Reports(client))
}

/// What hands lines of the level `error` to Sentry, whatever else is logged.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    ErrorLayer::new().with_filter(LevelFilter::ERROR)
}
