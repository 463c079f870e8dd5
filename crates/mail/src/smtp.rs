//! Mails to a mail server, over connections that are kept for a while.
//!
//! The connections are kept here and not by lettre's own pool: that one takes a connection back even when a send was
//! given up half-way, and the next mail would then read the answer to the one before it. Here a connection belongs to one
//! send, and comes back only after a reply that says the mail was taken.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials as SignIn, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::address::Sender;
use crate::error::{SendError, SettingsError, server_text};
use crate::url::{Security, SmtpUrl};
use crate::{Mail, Mailer, tls};

/// How long one send may take, from connecting to the server's last word. Below the lease of a job
/// ([`bursar_base::limits::JOB_LEASE`]), so that no second worker begins while the first still waits.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(45);
/// How many connections are open at once; mail providers turn clients away that open many.
pub const MAX_CONNECTIONS: usize = 8;
/// How long a connection is kept without a mail; servers close theirs after some minutes.
pub const IDLE_FOR: Duration = Duration::from_secs(30);
/// How many mails go over one connection before a new one is made; many servers end it at 100.
pub const MAILS_PER_CONNECTION: u32 = 50;
/// How long a server may take to answer QUIT; nothing depends on it.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends mails to one SMTP server.
pub struct SmtpMailer {
    server: SmtpUrl,
    tls: Option<TlsParameters>,
    hello: ClientId,
    sender: Sender,
    timeout: Duration,
    connections: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

/// A connection that waits for its next mail.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
    mails: u32,
}

/// What was being done when it failed.
#[derive(Clone, Copy)]
enum Step {
    Connect,
    StartTls,
    SignIn,
    Send,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("server", &self.server)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// A mailer for `server`; it connects when there is a mail. Every mail comes from `sender`.
    ///
    /// # Errors
    /// When the file of `?ca=` cannot be read or holds no certificate.
    pub fn new(server: &SmtpUrl, sender: Sender) -> Result<SmtpMailer, SettingsError> {
        let tls = match server.security {
            Security::None => None,
            Security::StartTls | Security::Implicit => Some(tls::parameters(server)?),
        };
        Ok(SmtpMailer {
            server: server.clone(),
            tls,
            hello: ClientId::Domain(sender.domain().to_owned()),
            sender,
            timeout: SEND_TIMEOUT,
            connections: Semaphore::new(MAX_CONNECTIONS),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// The same with another limit than [`SEND_TIMEOUT`] for one send.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> SmtpMailer {
        self.timeout = timeout;
        self
    }

    fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    async fn deliver(&self, message: &lettre::Message) -> Result<(), SendError> {
        let _turn = self
            .connections
            .acquire()
            .await
            .map_err(|_| SendError::later("the mailer is being shut down"))?;
        let (mut connection, mails) = match self.reuse().await {
            Some(kept) => kept,
            None => (self.connect().await?, 0),
        };
        let reply = connection
            .send(message.envelope(), &message.formatted())
            .await
            .map_err(|error| self.failed(Step::Send, &error))?;
        // Any other reply, also a friendly one, answers something else than the mail: somebody put a line between.
        if !reply.has_code(250) {
            let (place, code) = (self.place(), reply.code());
            return Err(SendError::later(format!(
                "{place} answered out of step, {code} to the end of the mail"
            )));
        }
        self.keep(connection, mails + 1);
        Ok(())
    }

    /// A kept connection that still answers, and how many mails it has carried.
    async fn reuse(&self) -> Option<(AsyncSmtpConnection, u32)> {
        loop {
            // A block of its own, so that the lock is not held while the server is asked.
            let (kept, old) = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let old: Vec<Idle> = idle.extract_if(.., |idle| idle.since.elapsed() > IDLE_FOR).collect();
                (idle.pop(), old)
            };
            old.into_iter().for_each(|idle| leave(idle.connection));
            let Idle { mut connection, mails, .. } = kept?;
            if connection.test_connected().await {
                return Some((connection, mails));
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection, mails: u32) {
        if mails >= MAILS_PER_CONNECTION || connection.has_broken() {
            leave(connection);
            return;
        }
        let idle = Idle { connection, since: Instant::now(), mails };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let SmtpUrl { host, port, security, credentials, .. } = &self.server;
        let from_the_start = self.tls.clone().filter(|_| *security == Security::Implicit);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(self.timeout),
            &self.hello,
            from_the_start,
            None,
        )
        .await
        .map_err(|error| self.failed(Step::Connect, &error))?;

        if let (Security::StartTls, Some(tls)) = (security, &self.tls) {
            if !connection.can_starttls() {
                let place = self.place();
                leave(connection);
                // Not for good: whoever strips STARTTLS on the way must not be able to end a mail's life.
                return Err(SendError::later(format!(
                    "{place} offers no STARTTLS, so nothing was sent; use smtps:// in BURSAR_MAIL_URL, or add ?tls=none \
                     if nobody can listen on the way"
                )));
            }
            connection
                .starttls(tls.clone(), &self.hello)
                .await
                .map_err(|error| self.failed(Step::StartTls, &error))?;
        }
        if let Some(credentials) = credentials {
            let sign_in = SignIn::new(credentials.user.clone(), credentials.password.clone());
            connection
                .auth(DEFAULT_MECHANISMS, &sign_in)
                .await
                .map_err(|error| self.failed(Step::SignIn, &error))?;
        }
        Ok(connection)
    }

    /// Sorts lettre's errors into those that another attempt can mend and those that it cannot.
    fn failed(&self, step: Step, error: &SmtpError) -> SendError {
        let code = error.status().map(u16::from);
        let why = std::error::Error::source(error).map_or_else(|| error.to_string(), chain);
        let mut why = server_text(&why, self.server.credentials.as_ref());
        if why.contains("UnknownIssuer") {
            why.push_str("; for an authority of your own add ?ca=FILE to BURSAR_MAIL_URL");
        }
        let place = self.place();
        let said = code.map(|code| format!("{code} ")).unwrap_or_default();
        let message = match step {
            Step::Connect => format!("no connection to {place}: {said}{why}"),
            Step::StartTls => format!("no TLS with {place}: {said}{why}"),
            Step::SignIn => {
                format!("{place} did not accept the user and password of BURSAR_MAIL_URL: {said}{why}")
            }
            Step::Send => format!("{place} did not take the mail: {said}{why}"),
        };
        // lettre's own objection while sending is that the address needs SMTPUTF8 and the server has none.
        let objection = matches!(step, Step::Send) && error.is_client();
        if error.is_permanent() || objection {
            SendError::Permanent { code, message }
        } else {
            SendError::Transient { code, message }
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = mail.build(&self.sender)?;
        // Also when this ends early, the connection in use is closed with it and never used again.
        timeout(self.timeout, self.deliver(&message)).await.unwrap_or_else(|_| {
            Err(SendError::later(format!(
                "{} did not take the mail within {} s",
                self.place(),
                self.timeout.as_secs()
            )))
        })
    }
}

/// Says good-bye without anybody having to wait for it.
fn leave(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move {
        let _ = timeout(QUIT_TIMEOUT, connection.quit()).await;
    });
}

/// An error and what caused it, as one text, each said once.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
