//! Prometheus metrics: what the house counts as it goes, and what is looked up when somebody asks.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bursar_money::ledger::totals;
use bursar_spend::Spend;
use bursar_store::{StoreError, jobs};
use http::StatusCode;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use super::signals::requested;

/// Bounds of histograms of seconds.
const SECONDS: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0, 30.0, 60.0,
];
/// Bounds of the histogram of batch sizes.
const BATCH: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// How often samples are folded into their histograms where nobody asks for them.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
static STARTED: OnceLock<Instant> = OnceLock::new();

/// Starts counting; a process has one set of metrics, however many apps a test composes in it.
pub fn start() -> Option<&'static PrometheusHandle> {
    STARTED.get_or_init(Instant::now);
    let install = || match recorder() {
        Ok(handle) => Some(handle),
        Err(error) => {
            tracing::warn!(%error, "no metrics are counted");
            None
        }
    };
    HANDLE.get_or_init(install).as_ref()
}

fn recorder() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Full("bursar_funnel_batch_size".to_owned()), BATCH)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    metrics::describe_counter!("bursar_decisions_total", "New payment requests by outcome and reason.");
    metrics::describe_histogram!(
        "bursar_decision_seconds",
        "From queueing a payment request to its durable decision."
    );
    metrics::describe_histogram!("bursar_funnel_batch_size", "Commands decided in one transaction.");
    metrics::describe_histogram!("bursar_http_request_seconds", "Requests by method, route and status.");
    metrics::describe_gauge!("bursar_http_requests_in_flight", "Requests that are being answered.");
    metrics::describe_gauge!(
        "bursar_funnel_queue_depth",
        "Commands that wait to be decided by this process."
    );
    metrics::describe_gauge!("bursar_jobs", "Jobs by state; `dead` waits for a human.");
    metrics::describe_gauge!(
        "bursar_unsettled_payments",
        "Payments that are not final, by rail and currency."
    );
    metrics::describe_gauge!(
        "bursar_held_micros",
        "Held, in millionths of the currency's unit, by rail and currency."
    );
    metrics::describe_gauge!("bursar_unknown_micros", "The part of what is held whose outcome nobody knows.");
    metrics::describe_gauge!("bursar_posted_micros", "Paid less what came back, by rail and currency.");
    metrics::describe_gauge!("bursar_uptime_seconds", "Since this process began to serve.");
    metrics::describe_gauge!("bursar_build_info", "1, with the version as a label.");
}

/// One request that is being answered.
pub(super) struct InFlight(metrics::Gauge);

/// Counts a request as being answered for as long as what it returns is kept.
pub(super) fn in_flight() -> InFlight {
    let gauge = metrics::gauge!("bursar_http_requests_in_flight");
    gauge.increment(1.0);
    InFlight(gauge)
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Counts one request.
pub(super) fn request(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    let (path, status) = (route.to_owned(), status.as_str().to_owned());
    metrics::histogram!("bursar_http_request_seconds", "method" => method, "path" => path, "status" => status).record(took);
}

/// Looks up what is not counted as it goes.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn look_up(spend: &Spend) -> Result<(), StoreError> {
    gauge("bursar_funnel_queue_depth", &[], i64::try_from(spend.funnel.queue_depth()).unwrap_or(i64::MAX));
    let uptime = STARTED.get_or_init(Instant::now).elapsed().as_secs();
    gauge("bursar_uptime_seconds", &[], i64::try_from(uptime).unwrap_or(i64::MAX));
    gauge("bursar_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let mut tx = spend.identity.db.read().await?;
    let counts = jobs::counts(&mut tx).await?;
    for state in ["ready", "dead"] {
        let found = counts.iter().find(|(name, _)| name == state).map_or(0, |(_, jobs)| *jobs);
        gauge("bursar_jobs", &[("state", state)], found);
    }
    for ((rail, currency), sums) in totals::totals(&mut tx).await? {
        let place = [("rail", rail.as_str()), ("currency", currency.as_str())];
        gauge("bursar_unsettled_payments", &place, sums.unsettled_payments);
        gauge("bursar_held_micros", &place, sums.held);
        gauge("bursar_unknown_micros", &place, sums.unknown);
        gauge("bursar_posted_micros", &place, sums.posted);
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // exact up to nine billion units; the ledger itself is asked for more than that
fn gauge(name: &'static str, labels: &[(&'static str, &str)], value: i64) {
    let labels: Vec<metrics::Label> =
        labels.iter().map(|(name, value)| metrics::Label::new(*name, (*value).to_owned())).collect();
    metrics::gauge!(name, labels).set(value as f64);
}

/// Keeps the histograms small where nobody asks for them.
pub(super) async fn upkeep(mut shutdown: watch::Receiver<bool>) {
    let Some(handle) = start() else { return };
    loop {
        tokio::select! {
            () = tokio::time::sleep(UPKEEP_EVERY) => handle.run_upkeep(),
            () = requested(&mut shutdown) => return,
        }
    }
}
