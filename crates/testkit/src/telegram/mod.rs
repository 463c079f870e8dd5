//! A stand-in for Telegram's Bot API on this machine, with the people who talk to the bot. It refuses what Telegram
//! refuses: other tokens, methods and parameters that it does not know, texts and buttons that are too long, markup that
//! does not close, edits that change nothing, chats that nobody opened. It is stricter in one thing: Telegram passes over
//! parameters that it does not know.

mod methods;
mod rules;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The token of the one bot that it knows.
pub const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
/// The bot's name.
pub const BOT: &str = "bursar_test_bot";
/// The bot's id.
const BOT_ID: i64 = 110_201_543;
/// When everything happens there, in seconds since the epoch.
const DATE: i64 = 1_790_000_000;

/// A message that the bot sent, as it stands in its chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its number in the chat.
    pub id: i64,
    /// Its chat.
    pub chat: i64,
    /// What people read.
    pub text: String,
    /// With its markup.
    pub html: String,
    /// What its buttons show, and what they say when pressed.
    pub buttons: Vec<(String, String)>,
    /// How often it was changed.
    pub edits: usize,
    /// Whether it can be forwarded.
    pub is_protected: bool,
}

impl Sent {
    /// What the button with this label says.
    pub fn button(&self, label: &str) -> String {
        let found = self.buttons.iter().find(|(shown, _)| shown == label);
        found.unwrap_or_else(|| panic!("no button {label:?} in {self:?}")).1.clone()
    }
}

/// Where the bot wants to be told of what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// What stands in the header of each call.
    pub secret: Option<String>,
    /// Of what.
    pub allowed: Vec<String>,
}

/// How a press was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// In which words.
    pub text: String,
    /// Whether they have to be closed.
    pub is_alert: bool,
}

/// What it does next instead of looking at a call.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// Wants to be left alone for so many seconds.
    TooMany(u64),
    /// Answers with this error.
    Refuse(u16, &'static str),
    /// Does what is asked, and has a gateway answer that it lost the answer.
    LoseTheAnswer,
    /// Does what is asked, and answers only after so long.
    AnswerLate(Duration),
}

/// Somebody at Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Their id, and that of their chat with the bot.
    pub id: i64,
    /// What they call themselves.
    pub name: &'static str,
    /// The language of their app.
    pub language: &'static str,
}

#[derive(Debug, Default)]
struct Shared {
    sent: Vec<Sent>,
    /// Chats that somebody opened.
    open: BTreeSet<i64>,
    /// Chats that somebody closed to the bot.
    blocked: BTreeSet<i64>,
    webhook: Option<Webhook>,
    /// Presses that wait for an answer, and those that were answered.
    presses: BTreeMap<String, Option<Answered>>,
    next: VecDeque<(&'static str, Trouble)>,
    /// Of each call its method.
    calls: Vec<String>,
    updates: i64,
}

/// The stand-in. It ends when it is dropped.
#[derive(Debug)]
pub struct Telegram {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    http: reqwest::Client,
    task: JoinHandle<()>,
}

impl Telegram {
    /// Begins to listen.
    pub async fn start() -> Telegram {
        let shared = Arc::<Mutex<Shared>>::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Telegram { address, shared, http: crate::resend::client(), task }
    }

    /// Where it is: for `BURSAR_TELEGRAM_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The messages of a chat, oldest first.
    pub fn chat(&self, user: User) -> Vec<Sent> {
        let shared = locked(&self.shared);
        shared.sent.iter().filter(|sent| sent.chat == user.id).cloned().collect()
    }

    /// Where the bot wants to be told of what happens.
    pub fn webhook(&self) -> Option<Webhook> {
        locked(&self.shared).webhook.clone()
    }

    /// How often a method was called.
    pub fn calls(&self, method: &str) -> usize {
        locked(&self.shared).calls.iter().filter(|called| *called == method).count()
    }

    /// What it does with the next call of a method.
    pub fn next(&self, method: &'static str, trouble: Trouble) {
        locked(&self.shared).next.push_back((method, trouble));
    }

    /// Somebody closes their chat to the bot.
    pub fn block(&self, user: User) {
        locked(&self.shared).blocked.insert(user.id);
    }

    /// Somebody writes to the bot; what the app answers to Telegram, and the update, to be told again.
    pub async fn write(&self, app: &str, user: User, text: &str) -> (u16, Value) {
        let update = {
            let mut shared = locked(&self.shared);
            shared.open.insert(user.id);
            shared.blocked.remove(&user.id);
            shared.updates += 1;
            json!({ "update_id": shared.updates, "message": {
                "message_id": 100_000 + shared.updates, "date": DATE, "from": person(user),
                "chat": private(user), "text": text } })
        };
        (self.tell(app, &update).await, update)
    }

    /// Somebody presses a button under a message in their own chat with the bot, and is answered.
    pub async fn press(&self, app: &str, user: User, sent: &Sent, data: &str) -> Answered {
        let (status, answered) = self.press_in(app, user, &private(user), sent.id, data).await;
        assert_eq!(status, 200, "the app takes what Telegram tells");
        answered.expect("each press is answered")
    }

    /// Somebody presses a button in any chat; what the app answers to Telegram, and how the press was answered.
    pub async fn press_in(
        &self,
        app: &str,
        user: User,
        chat: &Value,
        message: i64,
        data: &str,
    ) -> (u16, Option<Answered>) {
        let (id, update) = {
            let mut shared = locked(&self.shared);
            shared.updates += 1;
            let id = format!("press-{}", shared.updates);
            shared.presses.insert(id.clone(), None);
            let update = json!({ "update_id": shared.updates, "callback_query": {
                "id": id, "from": person(user), "chat_instance": "1", "data": data,
                "message": { "message_id": message, "date": DATE, "chat": chat, "text": "…",
                    "from": { "id": BOT_ID, "is_bot": true, "first_name": "Bursar", "username": BOT } } } });
            (id, update)
        };
        let status = self.tell(app, &update).await;
        (status, locked(&self.shared).presses[&id].clone())
    }

    /// Calls the app's webhook as Telegram does; the status of its answer.
    pub async fn tell(&self, app: &str, update: &Value) -> u16 {
        let webhook = self.webhook().expect("the bot said where to call");
        let url = reqwest::Url::parse(&webhook.url).expect("an address");
        let mut request = self.http.post(format!("{app}{}", url.path())).json(update);
        if let Some(secret) = webhook.secret {
            request = request.header("x-telegram-bot-api-secret-token", secret);
        }
        request.send().await.expect("the app answers").status().as_u16()
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn person(user: User) -> Value {
    json!({ "id": user.id, "is_bot": false, "first_name": user.name, "language_code": user.language })
}

/// Somebody's chat with the bot.
pub fn private(user: User) -> Value {
    json!({ "id": user.id, "type": "private", "first_name": user.name })
}

/// An error: its code and its words.
type Refused = (u16, String);

fn bad(words: impl std::fmt::Display) -> Refused {
    (400, format!("Bad Request: {words}"))
}

fn refusal((code, description): Refused, parameters: Option<Value>) -> Response {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if let Some(parameters) = parameters {
        body["parameters"] = parameters;
    }
    (StatusCode::from_u16(code).expect("a status"), axum::Json(body)).into_response()
}

async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (response, pause) = answered(&mut locked(&shared), &method, &uri, &headers, &body);
    tokio::time::sleep(pause).await;
    response
}

/// The answer to a call, and how long it takes.
fn answered(
    shared: &mut Shared,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> (Response, Duration) {
    let at_once = |response: Response| (response, Duration::ZERO);
    let Some((token, name)) = uri.path().strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return at_once(refusal((404, "Not Found".to_owned()), None));
    };
    if token != TOKEN {
        return at_once(refusal((401, "Unauthorized".to_owned()), None));
    }
    shared.calls.push(name.to_owned());
    let at = shared.next.iter().position(|(wanted, _)| *wanted == name);
    let trouble = at.and_then(|at| shared.next.remove(at)).map(|(_, trouble)| trouble);
    match trouble {
        Some(Trouble::TooMany(seconds)) => {
            let words = format!("Too Many Requests: retry after {seconds}");
            return at_once(refusal((429, words), Some(json!({ "retry_after": seconds }))));
        }
        Some(Trouble::Refuse(status, words)) => return at_once(refusal((status, words.to_owned()), None)),
        Some(Trouble::LoseTheAnswer | Trouble::AnswerLate(_)) | None => {}
    }
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if *method != Method::POST || kind != Some("application/json") {
        return at_once(refusal(bad("calls are POSTs of JSON here"), None));
    }
    let Some(Value::Object(parameters)) = serde_json::from_slice::<Value>(body).ok() else {
        return at_once(refusal(bad("can't parse parameters"), None));
    };
    match (methods::call(shared, name, &parameters), trouble) {
        (Err(refused), _) => at_once(refusal(refused, None)),
        (Ok(_), Some(Trouble::LoseTheAnswer)) => {
            at_once((StatusCode::BAD_GATEWAY, "the answer was lost").into_response())
        }
        (Ok(result), trouble) => {
            let response = axum::Json(json!({ "ok": true, "result": result })).into_response();
            let Some(Trouble::AnswerLate(pause)) = trouble else { return at_once(response) };
            (response, pause)
        }
    }
}
