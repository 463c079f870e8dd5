//! `bursar mcp`: the same tools for clients that start a program and talk to it on stdin and stdout. It hands each message
//! to a running server's `/mcp` and its answer back, so it needs no database and decides nothing.

use std::io::{BufRead as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use bursar_base::limits;
use bursar_http::credentials::ApiKey;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sse_stream::SseStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::door::SESSION;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Where newer clients write the version of each message.
const VERSION_IN_META: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";
/// JSON-RPC's code for what went wrong on the server's side.
const SERVER_ERROR: i64 = -32000;
/// Lines that may wait to be written or handled before who sends them has to wait.
const LINES_WAITING_MAX: usize = 64;

/// Why it ends at once.
#[derive(Debug, thiserror::Error)]
pub enum StdioError {
    /// The address.
    #[error("{0} is no address of a server; write one such as https://pay.example.com")]
    Url(String),
    /// TLS.
    #[error("TLS for calls to the server cannot be set up: {0}; install this machine's root certificates")]
    Client(reqwest::Error),
}

/// One running server, and what is known of the connection to it.
#[derive(Debug)]
struct Bridge {
    client: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    /// As agreed on at the beginning.
    version: Mutex<Option<HeaderValue>>,
}

/// Hands messages on between stdin and a server until stdin ends. `session` is what tells this process from others.
///
/// # Errors
/// [`StdioError`] before anything was read.
pub async fn run(server: &str, key: &ApiKey, session: &str) -> Result<(), StdioError> {
    let bridge = Arc::new(Bridge::new(server, key, session)?);
    let (out, lines_out) = mpsc::channel(LINES_WAITING_MAX);
    let (lines, mut lines_in) = mpsc::channel(LINES_WAITING_MAX);
    // Threads of their own: reading stdin cannot be given up, and must not keep the process alive.
    std::thread::spawn(move || read(&lines));
    let writer = std::thread::spawn(move || write(lines_out));
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            line = lines_in.recv() => match line {
                Some(line) => {
                    let (bridge, out) = (bridge.clone(), out.clone());
                    calls.spawn(async move { bridge.hand_on(&line, &out).await });
                }
                None => break,
            },
            Some(_) = calls.join_next() => {}
        }
    }
    let finishing = async { while calls.join_next().await.is_some() {} };
    drop(tokio::time::timeout(limits::STDIO_DRAIN_WITHIN, finishing).await);
    calls.shutdown().await;
    drop(out);
    drop(tokio::task::spawn_blocking(|| writer.join()).await);
    Ok(())
}

fn read(lines: &mpsc::Sender<String>) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        if !line.trim().is_empty() && lines.blocking_send(line).is_err() {
            return;
        }
    }
}

fn write(mut lines: mpsc::Receiver<String>) {
    let mut out = std::io::stdout();
    while let Some(line) = lines.blocking_recv() {
        // Where nobody reads any more, stdin ends as well.
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

impl Bridge {
    fn new(server: &str, key: &ApiKey, session: &str) -> Result<Bridge, StdioError> {
        let wrong = || StdioError::Url(server.to_owned());
        let url = format!("{}/mcp", server.trim_end_matches('/'));
        let url = reqwest::Url::parse(&url).map_err(|_| wrong())?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong());
        }
        let client = bursar_http::outgoing::client().redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(StdioError::Client)?;
        let mut headers = HeaderMap::new();
        let mut key = HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| wrong())?;
        key.set_sensitive(true);
        headers.insert(AUTHORIZATION, key);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(SESSION, HeaderValue::from_str(session).map_err(|_| wrong())?);
        Ok(Bridge { client, url, headers, version: Mutex::default() })
    }

    /// Hands one message on, and what comes back. What expects an answer gets one, whatever happens.
    async fn hand_on(&self, line: &str, out: &mpsc::Sender<String>) {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if let Err(says) = self.send(line, &message, out).await
            && let Some(id) = message.get("id").filter(|_| message.get("method").is_some())
        {
            let error =
                json!({ "jsonrpc": "2.0", "id": id, "error": { "code": SERVER_ERROR, "message": says } });
            drop(out.send(error.to_string()).await);
        }
    }

    async fn send(&self, line: &str, message: &Value, out: &mpsc::Sender<String>) -> Result<(), String> {
        let request = self.client.post(self.url.clone()).headers(self.headers_for(message));
        let response =
            request.body(line.to_owned()).send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if kind.starts_with("text/event-stream") {
            let mut events = SseStream::new(reqwest::Body::from(response));
            while let Some(event) = events.next().await {
                let event = event.map_err(|error| self.unreachable(&error))?;
                if let Some(data) = event.data.filter(|data| !data.is_empty()) {
                    self.tell(message, &data, out).await;
                }
            }
            return Ok(());
        }
        let is_json = kind.starts_with("application/json");
        let body = response.text().await.map_err(|error| self.unreachable(&error))?;
        if is_json && !body.is_empty() {
            self.tell(message, &body, out).await;
            return Ok(());
        }
        if status.is_success() {
            return Ok(());
        }
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or(&body);
        Err(format!("the server answered {status}: {detail}"))
    }

    async fn tell(&self, message: &Value, answer: &str, out: &mpsc::Sender<String>) {
        let read: Value = serde_json::from_str(answer).unwrap_or_default();
        if message["method"] == "initialize"
            && let Some(version) = read.pointer("/result/protocolVersion").and_then(Value::as_str)
        {
            let mut agreed = self.version.lock().unwrap_or_else(PoisonError::into_inner);
            *agreed = HeaderValue::from_str(version).ok();
        }
        // One message is one line, and a message has no line break but between its parts.
        drop(out.send(answer.replace(['\n', '\r'], " ")).await);
    }

    /// What HTTP wants said beside a message.
    fn headers_for(&self, message: &Value) -> HeaderMap {
        let mut headers = self.headers.clone();
        let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
        let named = |pointer: &str| text(pointer).and_then(|text| HeaderValue::from_str(text).ok());
        let agreed = self.version.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = [
            (VERSION, named(VERSION_IN_META).or(agreed)),
            (METHOD, named("/method")),
            (NAME, named("/params/name")),
        ];
        for (name, value) in all {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> String {
        let url = &self.url;
        format!(
            "{url} gave no answer ({error}); see whether the server runs and BURSAR_URL is right. Whether a payment was \
             asked for is unknown: call again with the same idempotency_key, or see list_transactions"
        )
    }
}
