//! E-mail: what a [`Mail`] is, the one trait that sends it, and its transports.
//!
//! [`MailUrl`] reads the setting `BURSAR_MAIL_URL`; [`open`] turns it into a [`Mailer`]: SMTP with STARTTLS, SMTP over
//! TLS, Resend's API, or a directory of `.eml` files. Queueing, retries and dead letters belong to the jobs that call it.
//!
//! Invariants:
//! - What others wrote (a purpose, a name) can never become a header, a MIME part or an SMTP command.
//! - The same [`Mail`] always gives the same bytes, so a retry is recognisably the same mail.
//! - No error, `Debug` or `Display` of this crate shows a password, and none shows the text of a mail, which may carry
//!   links that approve a payment.

mod address;
mod body;
mod error;
mod file;
mod mail;
mod resend;
mod smtp;
mod tls;
mod url;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use address::Sender;
pub use error::{SendError, SettingsError};
pub use file::FileMailer;
pub use mail::{MAX_HEADER_BYTES, MAX_MESSAGE_ID_BYTES, MAX_SUBJECT_CHARS, Mail};
pub use resend::{ResendKey, ResendMailer};
pub use smtp::{IDLE_FOR, MAILS_PER_CONNECTION, MAX_CONNECTIONS, SEND_TIMEOUT, SmtpMailer};
pub use url::{Credentials, MailUrl, Security, SmtpUrl, Transport};

/// Sends mails. One call is one attempt; whoever calls decides about another.
#[async_trait]
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Hands `mail` over and returns once the other side has taken responsibility for it.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when this mail will never be taken, [`SendError::Transient`] when trying later may help.
    /// After a transient error the mail may have arrived all the same: its Message-ID tells the copies apart.
    async fn send(&self, mail: &Mail) -> Result<(), SendError>;
}

/// The mailer that `url` describes. Mails come from `?from=` where the URL has it, else from `sender`. Resend is called
/// through `client`, where its API begins with `resend_url`.
///
/// Connects to nothing yet; a mail server that is down when Bursar starts must not keep it from starting.
///
/// # Errors
/// When the file of `?ca=` cannot be read or holds no certificate, or the directory of `file:` cannot be made.
pub fn open(
    url: &MailUrl,
    sender: Sender,
    client: reqwest::Client,
    resend_url: &str,
) -> Result<Arc<dyn Mailer>, SettingsError> {
    let sender = url.from.clone().unwrap_or(sender);
    match &url.transport {
        Transport::File(dir) => Ok(Arc::new(FileMailer::open(dir, sender)?)),
        Transport::Resend(key) => Ok(Arc::new(ResendMailer::new(client, resend_url, key.clone(), sender))),
        Transport::Smtp(smtp) => Ok(Arc::new(SmtpMailer::new(smtp, sender)?)),
    }
}
