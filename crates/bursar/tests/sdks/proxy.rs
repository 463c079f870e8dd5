//! What stands between an SDK and the app: a proxy that loses connections and answers when it is told to, and behind
//! `/control/` what a test does as an owner, or as time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bursar_base::Clock as _;
use bursar_testkit::app::{Agent, Org, PATIENCE, TestApp, eventually};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A running proxy in front of one app with one org.
pub struct Proxy {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    app: TestApp,
    org: Org,
    /// What becomes of the next requests, one each; nothing is done to those behind them.
    faults: Mutex<VecDeque<Value>>,
    /// Every request since the faults were set.
    seen: Mutex<Vec<Value>>,
}

struct Request {
    method: String,
    target: String,
    /// The head's lines but the first, without what is about the connection.
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Proxy {
    pub async fn start(app: TestApp) -> Proxy {
        let org = app.org().await;
        let inner = Arc::new(Inner { app, org, faults: Mutex::default(), seen: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port can be bound");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let serving = inner.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        Proxy { url, inner }
    }

    /// That money and trail add up after all that was done.
    pub async fn must_balance(&self) {
        self.inner.app.at_rest().await;
        self.inner.app.must_balance().await;
    }
}

impl Inner {
    /// One request, one answer, or none.
    async fn serve(self: Arc<Inner>, mut stream: TcpStream) {
        let Some(request) = Request::read(&mut stream).await else { return };
        let answer = match request.target.strip_prefix("/control/") {
            Some(what) => {
                let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                Some(answer(200, "", &self.control(what, &body).await))
            }
            None => self.pass_on(&request).await,
        };
        if let Some(answer) = answer {
            // Who has gone away meanwhile needs no answer.
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    }

    async fn pass_on(&self, request: &Request) -> Option<Vec<u8>> {
        lock(&self.seen).push(request.summary());
        let fault = lock(&self.faults).pop_front().unwrap_or(Value::Null);
        let made_up = |fault: &Value| {
            let problem = json!({ "code": fault["code"], "detail": "made up by the proxy",
                "retry_after": fault["retry_after"] });
            let after = fault["retry_after"].as_u64();
            let after = after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
            answer(fault["status"].as_u64().expect("a fault has a status"), &after, &problem)
        };
        if fault == "lose_request" {
            return None;
        }
        if fault.is_object() && fault["after"] != true {
            return Some(made_up(&fault));
        }
        let answer = request.send(&self.app).await;
        match fault.as_str() {
            Some("lose_answer") => None,
            Some("cut_answer") => Some(answer[..answer.len() - 20].to_vec()),
            Some(other) => panic!("no such fault: {other}"),
            None if fault.is_object() => Some(made_up(&fault)),
            None => Some(answer),
        }
    }

    async fn control(&self, what: &str, body: &Value) -> Value {
        match what {
            "agent" => {
                let agent: Agent = self.org.agent(json!({})).await;
                agent.policy(&body["policy"]).await;
                let (key_id, key) = match body["scopes"].as_str() {
                    Some(scopes) => self.org.key(&agent, scopes).await,
                    None => (agent.key_id.clone(), agent.key.clone()),
                };
                json!({ "agent_id": agent.id, "api_key": key, "key_id": key_id })
            }
            "faults" => {
                *lock(&self.faults) = body.as_array().cloned().unwrap_or_default().into();
                lock(&self.seen).clear();
                Value::Null
            }
            "seen" => json!(*lock(&self.seen)),
            "clock" => json!(self.app.clock().now().0 / 1_000),
            "meanwhile" => self.meanwhile(body).await,
            "payments" => {
                let agent = body["agent_id"].as_str().expect("an agent's id");
                let path = format!("/dashboard/transactions?agent={agent}");
                let list = self.org.admin().get(&path).await.expect(200);
                json!(list["data"].as_array().map_or(0, Vec::len))
            }
            other => panic!("no such control: {other}"),
        }
    }

    /// Does something as soon as the SDK waits.
    async fn meanwhile(&self, body: &Value) -> Value {
        let waits =
            |request: &Value| request["target"].as_str().is_some_and(|target| target.contains("wait="));
        let look = || async { lock(&self.seen).iter().any(waits).then_some(()) };
        eventually(PATIENCE, look).await.expect("the SDK waits");
        let id = body["transaction_id"].as_str().unwrap_or_default();
        match body["do"].as_str() {
            Some("advance") => {
                let seconds = body["seconds"].as_u64().expect("seconds");
                self.app.advance(Duration::from_secs(seconds));
                Value::Null
            }
            Some(word @ ("approve" | "decline")) => {
                let owner = self.app.session_of(&self.org.owner, true).await;
                owner.post(&format!("/dashboard/transactions/{id}/{word}"), &json!({})).await.expect(200)
            }
            other => panic!("nobody does {other:?}"),
        }
    }
}

impl Request {
    async fn read(stream: &mut TcpStream) -> Option<Request> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let is_of_connection = |line: &&str| line.to_lowercase().starts_with("connection:");
        let headers: Vec<String> = lines.filter(|line| !is_of_connection(line)).map(str::to_owned).collect();
        let mut request = Request { method, target, headers, body: bytes.split_off(end + 4) };
        let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        while request.body.len() < length {
            if stream.read_buf(&mut request.body).await.ok()? == 0 {
                return None;
            }
        }
        Some(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.iter().filter_map(|line| line.split_once(':'));
        pairs.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// What a test wants to know of it.
    fn summary(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        let signed = self.header("signature-input");
        let nonce = signed.and_then(|text| text.split("nonce=\"").nth(1)?.split('"').next());
        json!({ "method": self.method, "target": self.target, "key": body["idempotency_key"], "nonce": nonce,
            "shows_its_key": self.header("authorization").is_some() })
    }

    /// The app's answer, byte for byte.
    async fn send(&self, app: &TestApp) -> Vec<u8> {
        let mut stream = TcpStream::connect(app.address()).await.expect("the app can be reached");
        let head = format!("{} {} HTTP/1.1\r\n{}", self.method, self.target, self.headers.join("\r\n"));
        let mut bytes = format!("{head}\r\nconnection: close\r\n\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        stream.write_all(&bytes).await.expect("the app takes the request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("the app answers");
        answer
    }
}

fn answer(status: u64, headers: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} Made up\r\ncontent-type: application/json\r\nconnection: close\r\n");
    format!("{head}{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn lock<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
