//! What the API, the admin routes and the handle share: the account, the keys, the faults, and the time.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use bursar_base::{Clock, TimeUs};
use tokio::sync::watch;

use super::SimRequest;
use super::account::{Account, Parameters};
use super::checkout::{PaidWith, Pressed};
use super::faults::Faults;
use super::keys::Keys;
use super::reply::Reply;
use super::server;
use super::setups::SavedAs;
use super::webhooks::{Endpoint, Sequence, SimEvent};

/// Longest request body read, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// How long a webhook's receiver has to answer.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    /// How far this clock was moved forward, in microseconds.
    pub(super) ahead: AtomicI64,
    served: AtomicU64,
    /// How often what is held was let go.
    releases: watch::Sender<u64>,
    /// How many requests are held.
    held: AtomicUsize,
    http: reqwest::Client,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) account: Account,
    pub(super) keys: Keys,
    pub(super) faults: Faults,
    pub(super) requests: Vec<SimRequest>,
    pub(super) endpoint: Option<Endpoint>,
}

impl Shared {
    pub(super) fn new(clock: Arc<dyn Clock>) -> std::io::Result<Shared> {
        let http = bursar_http::outgoing::client().no_proxy().timeout(WEBHOOK_TIMEOUT).build();
        Ok(Shared {
            state: Mutex::default(),
            clock,
            ahead: AtomicI64::new(0),
            served: AtomicU64::new(0),
            releases: watch::Sender::new(0),
            held: AtomicUsize::new(0),
            http: http.map_err(std::io::Error::other)?,
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> TimeUs {
        TimeUs(self.clock.now().0.saturating_add(self.ahead.load(Ordering::SeqCst)))
    }

    /// What calls the endpoint.
    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Waits until what is held is let go.
    pub(super) async fn hold(&self) {
        let mut releases = self.releases.subscribe();
        self.held.fetch_add(1, Ordering::SeqCst);
        let _ = releases.changed().await; // the sender lives as long as this does
        self.held.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    pub(super) fn release(&self) {
        self.releases.send_modify(|times| *times += 1);
    }

    /// Sends what happened and was not sent yet, where the endpoint wants it at once.
    pub(super) fn send_at_once(self: &Arc<Shared>) {
        if self.lock().endpoint.as_ref().is_some_and(|endpoint| endpoint.at_once) {
            let shared = Arc::clone(self);
            tokio::spawn(async move { shared.deliver_new(Sequence::InOrder, 1).await });
        }
    }

    pub(super) async fn deliver_new(&self, sequence: Sequence, copies: u32) -> Vec<u16> {
        let events = {
            let mut state = self.lock();
            if state.endpoint.is_none() {
                return Vec::new();
            }
            let fresh = state.account.events.iter_mut().filter(|event| event.sent == 0);
            fresh
                .map(|event| {
                    event.sent += copies;
                    event.clone()
                })
                .collect::<Vec<_>>()
        };
        self.send(&sequence.arrange(&events, copies)).await
    }

    pub(super) async fn send(&self, events: &[SimEvent]) -> Vec<u16> {
        let endpoint = self.lock().endpoint.clone();
        let Some(endpoint) = endpoint else {
            return Vec::new();
        };
        let mut statuses = Vec::with_capacity(events.len());
        for event in events {
            statuses.push(endpoint.send(&self.http, event, self.now()).await);
        }
        statuses
    }

    /// Ends an intent that is `processing` or `requires_action`.
    pub(super) fn finish(self: &Arc<Shared>, intent: &str, succeeds: bool) -> bool {
        let now = self.now().seconds();
        let finished = {
            let mut state = self.lock();
            match state.account.index(intent) {
                Ok(at)
                    if matches!(state.account.books.intents[at].status, "processing" | "requires_action") =>
                {
                    if succeeds {
                        state.account.succeed(at, now);
                    } else {
                        state.account.fail(at, "card_declined", Some("generic_decline"), now);
                    }
                    state.account.finished_session(intent, succeeds, now);
                    true
                }
                _ => false,
            }
        };
        self.send_at_once();
        finished
    }

    /// Presses the button of a session's page; `None` when there is no such page.
    pub(super) fn pay_session(self: &Arc<Shared>, session: &str, with: PaidWith) -> Option<Pressed> {
        let now = self.now().seconds();
        let pressed = self.lock().account.pay_session(session, with, now).ok();
        self.send_at_once();
        pressed
    }

    /// Captures an authorisation that is over.
    pub(super) fn capture_late(self: &Arc<Shared>, authorization: &str, cents: i64) -> bool {
        let now = self.now().seconds();
        let done = {
            let account = &mut self.lock().account;
            let known = account.issuing.authorization(authorization);
            let livemode = known.is_some_and(|known| known["livemode"] == true);
            let mut parameters = Parameters::new();
            parameters.insert("capture_amount".to_owned(), cents.into());
            account.capture_authorization(authorization, &parameters, (livemode, true), now).is_ok()
        };
        self.send_at_once();
        done
    }

    /// Ends a dispute about what was captured by a card.
    pub(super) fn end_dispute(self: &Arc<Shared>, dispute: &str, won: bool) -> bool {
        let now = self.now().seconds();
        let ended = self.lock().account.end_dispute(dispute, won, now);
        self.send_at_once();
        ended
    }

    /// Saves a payment method on a page; its id, where the page took it.
    pub(super) fn save_on(self: &Arc<Shared>, session: &str, with: SavedAs) -> Option<String> {
        let now = self.now().seconds();
        let saved = self.lock().account.save_on(session, with, now);
        self.send_at_once();
        saved
    }

    /// Opens a dispute about a charge, or closes it.
    pub(super) fn dispute(self: &Arc<Shared>, charge: &str, won: Option<bool>) -> bool {
        let now = self.now().seconds();
        let known = {
            let mut state = self.lock();
            let at = state.account.books.charges.iter().position(|known| known.id == charge);
            if let Some(at) = at {
                state.account.dispute(at, won, now);
            }
            at.is_some()
        };
        self.send_at_once();
        known
    }
}

/// One request to the API. The work goes on in a task of its own, as Stripe's does, when the client hangs up.
pub(super) async fn api(shared: Arc<Shared>, request: Request) -> Response {
    let number = shared.served.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return Reply::Html { status: 413 }.into_response(number);
    };
    let incoming = server::Incoming { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    let seen = SimRequest {
        method: incoming.method.to_string(),
        target: incoming.uri.to_string(),
        body: String::from_utf8_lossy(&incoming.body).into_owned(),
        idempotency_key: incoming.header("Idempotency-Key").map(str::to_owned),
    };
    shared.lock().requests.push(seen);
    let worker = tokio::spawn(async move {
        let reply = server::answer(&shared, incoming).await;
        shared.send_at_once();
        reply
    });
    worker.await.unwrap_or(Reply::Html { status: 500 }).into_response(number)
}
