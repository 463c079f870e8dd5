//! Mails over HTTP: the API of Resend.

use std::fmt;

use async_trait::async_trait;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::address::Sender;
use crate::error::{SendError, server_text};
use crate::mail::{MAX_SUBJECT_CHARS, Mail, one_line};
use crate::{Mailer, SEND_TIMEOUT};

/// What we are called there; a request without a name is refused.
const USER_AGENT: &str = concat!("bursar/", env!("CARGO_PKG_VERSION"));
/// How much of the hash of a mail's content stands in its idempotency key, in hex digits.
const HASH_DIGITS: usize = 32;

/// A key of Resend. `Debug` and `Display` hide it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResendKey(String);

impl ResendKey {
    /// Reads `re_…`.
    pub(crate) fn parse(text: &str) -> Option<ResendKey> {
        let is_key = text.starts_with("re_") && text.len() > 3 && text.bytes().all(|b| b.is_ascii_graphic());
        is_key.then(|| ResendKey(text.to_owned()))
    }
}

impl fmt::Debug for ResendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResendKey(***)")
    }
}

/// Sends each mail with one call.
///
/// The idempotency key is made of the Message-ID and of what the mail says, so that a repeat after a lost answer sends
/// nothing twice. Where the words of a mail have changed since, it is another request and goes out: a copy is better than
/// a link that never came.
#[derive(Debug)]
pub struct ResendMailer {
    client: reqwest::Client,
    url: String,
    key: ResendKey,
    sender: Sender,
}

#[derive(Serialize)]
struct Request<'a> {
    from: String,
    to: [&'a str; 1],
    subject: String,
    text: &'a str,
    html: &'a str,
    headers: serde_json::Map<String, serde_json::Value>,
}

/// What is said of a mail that was not taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    name: String,
    message: String,
}

impl ResendMailer {
    /// Through `client`, at the API that begins with `url`.
    pub fn new(client: reqwest::Client, url: &str, key: ResendKey, sender: Sender) -> ResendMailer {
        ResendMailer { client, url: url.trim_end_matches('/').to_owned(), key, sender }
    }

    fn body(&self, mail: &Mail) -> Result<Vec<u8>, SendError> {
        // What SMTP would not take is not sent here either.
        mail.build(&self.sender)?;
        let automatic = ("Auto-Submitted".to_owned(), "auto-generated".into());
        let further = mail.headers.iter().map(|(name, value)| {
            let value = one_line(value, crate::MAX_HEADER_BYTES);
            (name.clone(), value.into())
        });
        let request = Request {
            from: self.sender.to_string(),
            to: [&mail.to],
            subject: one_line(&mail.subject, MAX_SUBJECT_CHARS),
            text: &mail.text,
            html: &mail.html,
            headers: std::iter::once(automatic).chain(further).collect(),
        };
        serde_json::to_vec(&request)
            .map_err(|error| SendError::malformed(format!("the mail cannot be written: {error}")))
    }

    /// What was said, without our key.
    fn said(&self, status: StatusCode, text: &str) -> String {
        let refusal: Refusal = serde_json::from_str(text).unwrap_or_default();
        let said = if refusal.name.is_empty() && refusal.message.is_empty() {
            text.to_owned()
        } else {
            format!("{} {}", refusal.name, refusal.message)
        };
        let said = server_text(&said.replace(&self.key.0, "***"), None);
        format!("{} did not take the mail: {} {said}", self.url, status.as_u16())
    }
}

#[async_trait]
impl Mailer for ResendMailer {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let body = self.body(mail)?;
        let mut hash = hex::encode(Sha256::digest(&body));
        hash.truncate(HASH_DIGITS);
        let request = self
            .client
            .post(format!("{}/emails", self.url))
            .bearer_auth(&self.key.0)
            .header("idempotency-key", format!("{}/{hash}", mail.message_id))
            .header(reqwest::header::USER_AGENT, USER_AGENT)
            .header(CONTENT_TYPE, "application/json")
            .timeout(SEND_TIMEOUT)
            .body(body);
        let unanswered = |error: reqwest::Error| {
            SendError::later(format!("{} did not answer: {}", self.url, error.without_url()))
        };
        let response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let text = response.text().await.map_err(unanswered)?;
        let (code, message) = (Some(status.as_u16()), self.said(status, &text));
        if may_pass(status, &text) {
            return Err(SendError::Transient { code, message });
        }
        Err(SendError::Permanent { code, message })
    }
}

/// Whether trying later may help: too many requests, a day's quota, trouble on their side, an attempt that is under way.
fn may_pass(status: StatusCode, text: &str) -> bool {
    let refusal: Refusal = serde_json::from_str(text).unwrap_or_default();
    match status {
        StatusCode::CONFLICT => refusal.name == "concurrent_idempotent_requests",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => true,
        status => !status.is_client_error(),
    }
}
