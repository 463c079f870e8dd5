//! How reports leave: a thread of their own sends one after the other, with the HTTP client and the TLS of everything else.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, StatusCode, Url};
use sentry::types::Dsn;
use sentry::{Envelope, Transport, TransportFactory, TransportOptions};

/// Reports that may wait; more than that in one moment say the same thing again and again.
const QUEUE: usize = 64;
/// How long one report may take.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// How long to be silent where Sentry asks for that and does not say how long.
const SILENCE: Duration = Duration::from_secs(60);

/// What the thread is told.
enum Word {
    Send(Box<Envelope>),
    /// Say when everything before this is done.
    Done(SyncSender<()>),
}

/// Hands reports to the thread.
pub(super) struct Queue(SyncSender<Word>);

/// Gives Sentry's client the one queue.
pub(super) struct Transports(pub(super) Arc<Queue>);

impl TransportFactory for Transports {
    fn create_transport_with_options(&self, _: TransportOptions) -> Arc<dyn Transport> {
        self.0.clone()
    }
}

impl Transport for Queue {
    fn send_envelope(&self, envelope: Envelope) {
        match self.0.try_send(Word::Send(Box::new(envelope))) {
            Ok(()) => {}
            // The log has it all the same.
            Err(TrySendError::Full(_)) => {
                tracing::warn!("too much to tell Sentry at once; a report is left out")
            }
            Err(TrySendError::Disconnected(_)) => tracing::warn!("nothing is told to Sentry any more"),
        }
    }

    /// After a panic, which must not hold up the thread that it happened on: the report is sent from another one.
    fn flush(&self, _: Duration) -> bool {
        true
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        let (done, when_done) = sync_channel(1);
        let asked = self.0.try_send(Word::Done(done)).is_ok();
        asked && !matches!(when_done.recv_timeout(timeout), Err(RecvTimeoutError::Timeout))
    }
}

/// Starts the thread.
///
/// # Errors
/// When there is no thread, or no TLS.
pub(super) fn start(dsn: &Dsn) -> io::Result<Arc<Queue>> {
    let url = Url::parse(dsn.envelope_api_url().as_str()).map_err(io::Error::other)?;
    let proof = dsn.to_auth(Some(concat!("bursar/", env!("CARGO_PKG_VERSION")))).to_string();
    // This thread rests between reports, and nobody would look after a connection that is kept.
    let client = bursar_http::outgoing::client().pool_max_idle_per_host(0).timeout(SEND_WITHIN);
    let client = client.redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (words, told) = sync_channel(QUEUE);
    let work = move || runtime.block_on(send_all(&client, &url, &proof, &told));
    thread::Builder::new().name("sentry".to_owned()).spawn(work)?;
    Ok(Arc::new(Queue(words)))
}

/// Sends what comes until nobody is left who could tell anything. Nothing is sent again: a report is worth no storm.
async fn send_all(client: &Client, url: &Url, proof: &str, told: &Receiver<Word>) {
    let mut silent_until: Option<Instant> = None;
    while let Ok(word) = told.recv() {
        let envelope = match word {
            Word::Send(envelope) => envelope,
            Word::Done(done) => {
                // Nobody waits any more where nobody hears it.
                let _ = done.send(());
                continue;
            }
        };
        if silent_until.is_some_and(|until| Instant::now() < until) {
            continue;
        }
        match send(client, url, proof, &envelope).await {
            Ok(wanted) => silent_until = wanted.map(|silence| Instant::now() + silence),
            Err(error) => tracing::warn!(%error, "a report did not reach Sentry"),
        }
    }
}

/// Sends one, and answers how long Sentry wants to be left alone.
async fn send(
    client: &Client,
    url: &Url,
    proof: &str,
    envelope: &Envelope,
) -> Result<Option<Duration>, reqwest::Error> {
    let mut body = Vec::new();
    // Writing into memory cannot fail.
    drop(envelope.to_writer(&mut body));
    let request = client.post(url.clone()).header("X-Sentry-Auth", proof);
    let answer = request.header("Content-Type", "application/x-sentry-envelope").body(body).send().await;
    let answer = answer.map_err(reqwest::Error::without_url)?;
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        return Ok(Some(seconds.map_or(SILENCE, Duration::from_secs)));
    }
    answer.error_for_status().map(|_| None).map_err(reqwest::Error::without_url)
}
