//! A receiver of webhooks on this machine: it writes down what comes and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{PATIENCE, eventually};

/// What it does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// It answers with this status.
    Status(u16),
    /// It answers with 503, and wants to be left alone for so many seconds.
    Busy(u64),
    /// It says that the message belongs elsewhere.
    Redirect,
    /// It takes the message and never answers.
    Hang,
}

/// A message that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Where to.
    pub path: String,
    /// All headers; names are in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: String,
}

impl Received {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `webhook-id`.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a message is JSON")
    }

    /// The name of what happened.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a message has a type").to_owned()
    }
}

#[derive(Debug, Default)]
struct Shared {
    received: Vec<Received>,
    next: VecDeque<Reaction>,
    always: Option<Reaction>,
}

/// The receiver. It ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Begins to listen. Everything is taken with 204 until it is told otherwise.
    pub async fn start() -> Receiver {
        let shared = Arc::<Mutex<Shared>>::default();
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it is served") });
        Receiver { address, shared, task }
    }

    /// What `BURSAR_WEBHOOK_ALLOW` lets through.
    pub fn pair(&self) -> String {
        self.address.to_string()
    }

    /// Where a path of it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it does with the next messages, one after the other.
    pub fn react_next(&self, reactions: &[Reaction]) {
        self.lock().next.extend(reactions);
    }

    /// What it does with all others.
    pub fn react_always(&self, reaction: Reaction) {
        self.lock().always = Some(reaction);
    }

    /// Everything that came, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// What came of one name.
    pub fn of(&self, kind: &str) -> Vec<Received> {
        self.received().into_iter().filter(|message| message.kind() == kind).collect()
    }

    /// Waits until so many messages have come.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        let look = || async { Some(self.received()).filter(|received| received.len() >= count) };
        match eventually(PATIENCE, look).await {
            Some(received) => received,
            None => panic!("{count} messages were expected; these came: {:#?}", self.received()),
        }
    }

    /// Waits for a message of this name; the first where there are several.
    pub async fn wait_for(&self, kind: &str) -> Received {
        match eventually(PATIENCE, || async { self.of(kind).into_iter().next() }).await {
            Some(received) => received,
            None => panic!("no {kind} came; these came: {:#?}", self.received()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Mutex<Shared>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let received = Received {
        path: uri.to_string(),
        headers: headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reaction = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.received.push(received);
        shared.next.pop_front().or(shared.always).unwrap_or(Reaction::Status(204))
    };
    match reaction {
        Reaction::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Reaction::Busy(seconds) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Reaction::Redirect => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response()
        }
        Reaction::Hang => std::future::pending().await,
    }
}
