//! Telegram by its Bot API: <https://core.telegram.org/bots/api>.
//!
//! Invariant: the token stands in the path of every call, so no address of a call is ever logged or told.

pub mod settings;
pub mod updates;

use std::time::Duration;

use async_trait::async_trait;
use bursar_base::limits;
use bursar_http::outgoing::base_url;
use bursar_pages::{ChatText, Piece};
use reqwest::redirect;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{ChatMessage, Messenger, NotSent};
use settings::{BotToken, SettingsError};

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer to a press, in characters.
const ANSWER_CHARS: usize = 200;
/// Where people open chats with bots.
const OPEN_URL: &str = "https://t.me";
/// What Telegram is to tell us of, and nothing else.
const UPDATES: [&str; 2] = ["message", "callback_query"];

/// A bot, and where its API is.
#[derive(Debug)]
pub struct Telegram {
    http: reqwest::Client,
    base: String,
    token: BotToken,
    /// Its name, once Telegram told it.
    name: OnceCell<String>,
}

/// What every call is answered with.
#[derive(Deserialize)]
struct Reply<T> {
    ok: bool,
    result: Option<T>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
struct Me {
    username: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

impl Telegram {
    /// A bot at the API that begins with `url`. Connects to nothing yet.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(url: &str, token: BotToken) -> Result<Telegram, SettingsError> {
        let (base, is_loopback) = base_url(url)?;
        let mut builder = bursar_http::outgoing::client()
            .user_agent(concat!("bursar/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(limits::CHAT_TIMEOUT);
        if is_loopback {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| SettingsError::Client(error.to_string()))?;
        Ok(Telegram { http, base, token, name: OnceCell::new() })
    }

    /// The link that opens the chat with the bot and sends it a code.
    ///
    /// # Errors
    /// [`NotSent`], while Telegram has not told the bot's name.
    pub async fn link(&self, code: &str) -> Result<String, NotSent> {
        let name = self.name.get_or_try_init(|| async {
            let me: Me = self.call("getMe", &json!({})).await?;
            me.username.ok_or_else(|| NotSent::Never("Telegram knows no name of the bot".to_owned()))
        });
        Ok(format!("{OPEN_URL}/{}?start={code}", name.await?))
    }

    /// Has Telegram tell of messages and presses at `url`, with a secret by which we know it.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn listen(&self, url: &str, secret: &str) -> Result<(), NotSent> {
        let body = json!({ "url": url, "secret_token": secret, "allowed_updates": UPDATES });
        self.call::<bool>("setWebhook", &body).await.map(drop)
    }

    /// Answers a press: a few words over the chat, that have to be closed where `is_alert`.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn answer(&self, press: &str, words: &str, is_alert: bool) -> Result<(), NotSent> {
        let words: String = words.chars().take(ANSWER_CHARS).collect();
        let body = json!({ "callback_query_id": press, "text": words, "show_alert": is_alert });
        let calling = self.call::<bool>("answerCallbackQuery", &body);
        match tokio::time::timeout(limits::CHAT_ANSWER_TIMEOUT, calling).await {
            Ok(answered) => answered.map(drop),
            Err(_) => Err(NotSent::Later { why: "Telegram did not answer in time".to_owned(), after: None }),
        }
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, body: &impl Serialize) -> Result<T, NotSent> {
        let later = |why: String| NotSent::Later { why, after: None };
        // Its address has the token in it.
        let unanswered = |error: reqwest::Error| {
            later(format!("Telegram did not answer {method}: {}", error.without_url()))
        };
        let url = format!("{}/bot{}/{method}", self.base, self.token.reveal());
        let mut response = self.http.post(url).json(body).send().await.map_err(unanswered)?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > limits::CHAT_ANSWER_BYTES_MAX {
                return Err(later(format!("Telegram's answer to {method} is too long")));
            }
        }
        let reply: Reply<T> = match serde_json::from_slice(&bytes) {
            Ok(reply) => reply,
            Err(_) => {
                return Err(later(format!(
                    "Telegram answered {method} with {status} and no JSON of its own"
                )));
            }
        };
        match reply {
            Reply { ok: true, result: Some(result), .. } => Ok(result),
            Reply { description, parameters, .. } => {
                let said: String =
                    description.replace(self.token.reveal(), "***").chars().take(200).collect();
                let pause = parameters.and_then(|parameters| parameters.retry_after).map(Duration::from_secs);
                Err(refused(method, status, &said, pause))
            }
        }
    }
}

/// What an error of Telegram's means. Its words are the only thing that tells some of them apart.
fn refused(method: &str, status: u16, said: &str, pause: Option<Duration>) -> NotSent {
    let why = format!("Telegram answered {method} with {status}: {said}");
    let words = said.to_lowercase();
    let gone = ["chat not found", "user is deactivated", "blocked by the user", "user not found"];
    match status {
        429 => NotSent::Later { why, after: Some(pause.unwrap_or(limits::JOB_BACKOFF_FIRST)) },
        403 => NotSent::Gone(why),
        400 if gone.iter().any(|known| words.contains(known)) => NotSent::Gone(why),
        400 => NotSent::Never(why),
        // A token that is wrong can be put right, like whatever else is wrong on either side.
        _ => NotSent::Later { why, after: None },
    }
}

fn escaped(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '&' => into.push_str("&amp;"),
            c => into.push(c),
        }
    }
}

/// A text in Telegram's HTML. What others wrote stands in `code`, in which Telegram finds no links, names or commands.
fn html(text: &ChatText) -> String {
    let mut out = String::new();
    for (at, line) in text.lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for piece in line {
            let (before, words, after) = match piece {
                Piece::Words(words) => ("", words, ""),
                Piece::Strong(words) => ("<b>", words, "</b>"),
                Piece::Foreign(words) => ("<code>", words, "</code>"),
                Piece::Claim(words) => ("<blockquote><code>", words, "</code></blockquote>"),
            };
            out.push_str(before);
            escaped(words, &mut out);
            out.push_str(after);
        }
    }
    out
}

/// What `sendMessage` and `editMessageText` have in common.
fn body(chat: &str, message: &ChatMessage) -> Result<serde_json::Map<String, Value>, NotSent> {
    let chat: i64 = chat.parse().map_err(|_| NotSent::Never("this is no chat of Telegram's".to_owned()))?;
    let buttons: Vec<Value> = message
        .buttons
        .iter()
        .map(|button| json!({ "text": button.label, "callback_data": button.data }))
        .collect();
    let rows = if buttons.is_empty() { json!([]) } else { json!([buttons]) };
    let body = json!({
        "chat_id": chat,
        "text": html(&message.text),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
        "reply_markup": { "inline_keyboard": rows },
    });
    match body {
        Value::Object(body) => Ok(body),
        _ => Err(NotSent::Never("a message is an object".to_owned())),
    }
}

#[async_trait]
impl Messenger for Telegram {
    async fn send(&self, chat: &str, message: &ChatMessage) -> Result<String, NotSent> {
        let mut body = body(chat, message)?;
        // What waits for somebody is not for others to see.
        body.insert("protect_content".to_owned(), true.into());
        let sent: Sent = self.call("sendMessage", &body).await?;
        Ok(sent.message_id.to_string())
    }

    async fn edit(&self, chat: &str, id: &str, message: &ChatMessage) -> Result<(), NotSent> {
        let mut body = body(chat, message)?;
        let id: i64 =
            id.parse().map_err(|_| NotSent::Never("this is no message of Telegram's".to_owned()))?;
        body.insert("message_id".to_owned(), id.into());
        match self.call::<Value>("editMessageText", &body).await {
            Err(NotSent::Never(why)) if why.contains("message is not modified") => Ok(()),
            other => other.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_becomes_no_markup() {
        let wrote = "</code></blockquote><a href=\"tg://user?id=1\">x</a> & /stop";
        let text = ChatText { lines: vec![vec![Piece::Claim(wrote.to_owned())], Vec::new()] };
        let html = html(&text);
        let inner = html.strip_prefix("<blockquote><code>").unwrap();
        let inner = inner.strip_suffix("</code></blockquote>\n").unwrap();
        assert!(!inner.contains(['<', '>']), "{inner}");
        assert!(inner.contains("&amp; /stop"), "{inner}");
    }

    #[test]
    fn errors_are_told_apart() {
        let said = |status, words| refused("sendMessage", status, words, None);
        assert!(matches!(said(403, "Forbidden: bot was blocked by the user"), NotSent::Gone(_)));
        assert!(matches!(said(400, "Bad Request: chat not found"), NotSent::Gone(_)));
        assert!(matches!(said(400, "Bad Request: message is too long"), NotSent::Never(_)));
        assert!(matches!(said(401, "Unauthorized"), NotSent::Later { after: None, .. }));
        assert!(matches!(said(502, "Bad Gateway"), NotSent::Later { after: None, .. }));
        let pause = Some(Duration::from_secs(31));
        let later = refused("sendMessage", 429, "Too Many Requests: retry after 31", pause);
        assert!(matches!(later, NotSent::Later { after, .. } if after == pause));
    }
}
