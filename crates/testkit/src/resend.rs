//! A stand-in for Resend's API on this machine. It refuses what Resend refuses: requests without a key or with another,
//! without a name of their own, with fields that it does not know or of the wrong kind, from domains that nobody
//! verified, and idempotency keys that come again with something else.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The one key that it knows.
pub const KEY: &str = "re_test_key_of_the_fake";
/// The one domain that is verified.
pub const DOMAIN: &str = "pay.example.test";
/// Longest idempotency key, in characters.
const IDEMPOTENCY_KEY_MAX: usize = 256;
/// Most recipients of one mail.
const RECIPIENTS_MAX: usize = 50;

/// A mail that it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The request's body.
    pub body: Value,
    /// Its idempotency key.
    pub idempotency_key: Option<String>,
}

/// What it does next instead of looking at a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// Answers with this status and this name of an error.
    Refuse(u16, &'static str),
    /// Takes the mail, and has a gateway answer that it lost the answer.
    LoseTheAnswer,
}

#[derive(Debug, Default)]
struct Shared {
    taken: Vec<Taken>,
    /// By idempotency key: what was sent, and the id it got.
    known: BTreeMap<String, (Value, String)>,
    next: VecDeque<Trouble>,
}

/// The stand-in. It ends when it is dropped.
#[derive(Debug)]
pub struct Resend {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

impl Resend {
    /// Begins to listen.
    pub async fn start() -> Resend {
        let shared = Arc::<Mutex<Shared>>::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Resend { address, shared, task }
    }

    /// Where it is: for `BURSAR_RESEND_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The mails that it took, each once.
    pub fn taken(&self) -> Vec<Taken> {
        locked(&self.shared).taken.clone()
    }

    /// What it does with the next request.
    pub fn next(&self, trouble: Trouble) {
        locked(&self.shared).next.push_back(trouble);
    }
}

impl Drop for Resend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client as the app calls it with.
pub fn client() -> reqwest::Client {
    bursar_http::outgoing::client().no_proxy().build().expect("a client can be made")
}

type Refused = (u16, &'static str, String);

async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trouble = locked(&shared).next.pop_front();
    if let Some(Trouble::Refuse(status, name)) = trouble {
        // As servers do, it repeats what it was sent; the key must not get into anybody's log by that.
        return refusal((status, name, format!("refused {KEY}")));
    }
    match taken(&mut locked(&shared), &method, uri.path(), &headers, &body) {
        Err(refused) => refusal(refused),
        Ok(_) if matches!(trouble, Some(Trouble::LoseTheAnswer)) => {
            refusal((502, "", "the answer was lost".to_owned()))
        }
        Ok(id) => (StatusCode::OK, axum::Json(json!({ "id": id }))).into_response(),
    }
}

fn refusal((status, name, message): Refused) -> Response {
    let code = StatusCode::from_u16(status).expect("a status");
    let body = json!({ "statusCode": status, "name": name, "message": message });
    (code, axum::Json(body)).into_response()
}

fn taken(
    shared: &mut Shared,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, Refused> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if path != "/emails" {
        return Err((404, "not_found", "The requested endpoint does not exist.".to_owned()));
    }
    if method != Method::POST {
        return Err((405, "method_not_allowed", "Method is not allowed for the requested path.".to_owned()));
    }
    if text(header::USER_AGENT.as_str()).is_none_or(str::is_empty) {
        return Err((403, "1010", "a request without a User-Agent".to_owned()));
    }
    let key = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    match key {
        None => {
            return Err((401, "missing_api_key", "Missing API key in the authorization header.".to_owned()));
        }
        Some(KEY) => {}
        Some(_) => return Err((403, "invalid_api_key", "API key is invalid.".to_owned())),
    }
    let idempotency_key = text("idempotency-key").map(str::to_owned);
    if idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > IDEMPOTENCY_KEY_MAX)
    {
        return Err((400, "invalid_idempotency_key", "The key must be between 1-256 chars.".to_owned()));
    }
    if text(header::CONTENT_TYPE.as_str()).is_none_or(|kind| !kind.starts_with("application/json")) {
        return Err((400, "validation_error", "the body is not said to be JSON".to_owned()));
    }
    let mail: Value = serde_json::from_slice(body)
        .map_err(|error| (400, "validation_error", format!("the body is no JSON: {error}")))?;
    check(mail.as_object().ok_or((400, "validation_error", "the body is no object".to_owned()))?)?;
    if let Some((known, id)) = idempotency_key.as_ref().and_then(|key| shared.known.get(key)) {
        if *known == mail {
            return Ok(id.clone());
        }
        let message = "Same idempotency key used with a different request payload.";
        return Err((409, "invalid_idempotent_request", message.to_owned()));
    }
    let id = format!("00000000-0000-4000-8000-{:012}", shared.taken.len());
    if let Some(key) = &idempotency_key {
        shared.known.insert(key.clone(), (mail.clone(), id.clone()));
    }
    shared.taken.push(Taken { body: mail, idempotency_key });
    Ok(id)
}

/// Looks at every field; there are no others.
fn check(mail: &Map<String, Value>) -> Result<(), Refused> {
    let wrong = |field: &str| (422, "validation_error", format!("Invalid `{field}` field."));
    const KNOWN: [&str; 13] = [
        "from",
        "to",
        "subject",
        "bcc",
        "cc",
        "scheduled_at",
        "reply_to",
        "html",
        "text",
        "headers",
        "topic_id",
        "attachments",
        "tags",
    ];
    if let Some(unknown) = mail.keys().find(|field| !KNOWN.contains(&field.as_str())) {
        return Err(wrong(unknown));
    }
    for field in ["from", "to", "subject"] {
        if !mail.contains_key(field) {
            return Err((422, "missing_required_field", format!("Missing `{field}` field.")));
        }
    }
    let from = mail["from"].as_str().ok_or_else(|| wrong("from"))?;
    let address = from.rsplit_once('<').map_or(from, |(_, rest)| rest.trim_end_matches('>'));
    let (_, domain) = address.split_once('@').ok_or_else(|| wrong("from"))?;
    if domain != DOMAIN {
        return Err((403, "validation_error", format!("The {domain} domain is not verified.")));
    }
    let to: Vec<&Value> = match &mail["to"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let is_address = |value: &&Value| value.as_str().is_some_and(|text| text.contains('@'));
    if to.is_empty() || to.len() > RECIPIENTS_MAX || !to.iter().all(is_address) {
        return Err(wrong("to"));
    }
    if !mail["subject"].is_string() {
        return Err(wrong("subject"));
    }
    for field in ["html", "text"] {
        if mail.get(field).is_some_and(|value| !value.is_string()) {
            return Err(wrong(field));
        }
    }
    if !mail.contains_key("html") && !mail.contains_key("text") {
        return Err((422, "missing_required_field", "Missing `html` or `text` field.".to_owned()));
    }
    let headers = mail.get("headers").map(|headers| headers.as_object().ok_or_else(|| wrong("headers")));
    match headers.transpose()? {
        Some(headers) if !headers.values().all(Value::is_string) => Err(wrong("headers")),
        Some(_) | None => Ok(()),
    }
}
