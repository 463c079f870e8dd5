//! A mail, and how it becomes the bytes that travel.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use bursar_base::TimeUs;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};

use crate::address::{Sender, address, clean_name};
use crate::body;
use crate::error::SendError;

/// Longest subject and longest name, in characters; what is beyond is cut. No mail program shows more, and one unbroken
/// word of it must fit into a line of 998 bytes.
pub const MAX_SUBJECT_CHARS: usize = 250;
/// Longest value of an extra header, in bytes; a longer one is refused.
pub const MAX_HEADER_BYTES: usize = 900;
/// Longest Message-ID, in bytes: it also has to fit into a file name.
pub const MAX_MESSAGE_ID_BYTES: usize = 200;

/// The last second that a `Date` header can show, in seconds since the epoch: the end of the year 9999.
const LAST_DATE_SECONDS: u64 = 253_402_300_799;

/// Headers that this crate writes itself; an extra header of such a name would make two.
const RESERVED: [&str; 9] =
    ["from", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "auto-submitted"];

/// One mail to one person. Its fields may hold anything, also what an agent wrote: [`Mail`] is made harmless where it
/// becomes bytes, except that `html` is sent as it is, so whoever writes it escapes what others wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address of the one recipient, bare: `ann@example.com`.
    pub to: String,
    /// The name of the recipient, where known. Line breaks and other control characters become spaces.
    pub to_name: Option<String>,
    /// The subject, any Unicode. Control characters become spaces; beyond [`MAX_SUBJECT_CHARS`] it is cut.
    pub subject: String,
    /// The mail as plain text, any Unicode, any line ends.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The Message-ID without angle brackets: `approval-apr_1-mem_2@pay.example.com`. It is to be derived from the
    /// event and the recipient, so that every attempt at the same mail carries the same one.
    pub message_id: String,
    /// When it was written: the time of the event, not of the attempt.
    pub date: TimeUs,
    /// Further headers, name and value, such as `In-Reply-To` or `X-Bursar-Transaction`.
    pub headers: Vec<(String, String)>,
}

/// Without text and HTML: they may carry links that approve a payment, and this goes to logs.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("to", &self.to)
            .field("subject", &self.subject)
            .field("message_id", &self.message_id)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

impl Mail {
    /// The message as it travels, with its envelope.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when the address, the Message-ID or an extra header is malformed.
    pub(crate) fn build(&self, sender: &Sender) -> Result<Message, SendError> {
        let to = address(&self.to)
            .ok_or_else(|| SendError::malformed(format!("{:?} is not an e-mail address", self.to)))?;
        let to_name = self.to_name.as_deref().and_then(clean_name);
        let seconds = u64::try_from(self.date.seconds()).unwrap_or(0).min(LAST_DATE_SECONDS);
        check_message_id(&self.message_id)?;

        let mut message = Message::builder()
            .from(sender.0.clone())
            .to(Mailbox::new(to_name, to))
            .subject(one_line(&self.subject, MAX_SUBJECT_CHARS))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{}>", self.message_id)))
            // Asks holiday notices and other robots not to answer (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for (name, value) in &self.headers {
            message = message.raw_header(extra_header(name, value)?);
        }
        message
            .multipart(body::alternative(&self.text, &self.html))
            .map_err(|error| SendError::malformed(format!("the mail cannot be written: {error}")))
    }
}

/// `text` on one line: each control character becomes a space, ends are trimmed, and what is beyond `max` characters
/// gives way to an ellipsis.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    let mut line = line.trim().to_owned();
    if line.chars().count() > max {
        line = line.chars().take(max.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Control characters, and the two of Unicode that some programs also take for a line's end.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `something@something` of visible ASCII, without what would end it early.
fn check_message_id(id: &str) -> Result<(), SendError> {
    let visible = id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    let halves = id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    if visible && halves && id.len() <= MAX_MESSAGE_ID_BYTES {
        return Ok(());
    }
    Err(SendError::malformed(format!(
        "{id:?} is not a Message-ID: it is name@host in visible ASCII, without brackets, at most {MAX_MESSAGE_ID_BYTES} \
         bytes"
    )))
}

/// A header of the caller's: its name one that this crate does not write itself, its value on one line.
fn extra_header(name: &str, value: &str) -> Result<HeaderValue, SendError> {
    let lower = name.to_ascii_lowercase();
    let token = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let ours = lower.starts_with("content-") || RESERVED.contains(&lower.as_str());
    match HeaderName::new_from_ascii(name.to_owned()) {
        Ok(header) if token && !ours && value.len() <= MAX_HEADER_BYTES => {
            Ok(HeaderValue::new(header, one_line(value, MAX_HEADER_BYTES)))
        }
        _ => Err(SendError::malformed(format!(
            "{name:?} cannot be an extra header of a mail, or its value is over {MAX_HEADER_BYTES} bytes"
        ))),
    }
}
