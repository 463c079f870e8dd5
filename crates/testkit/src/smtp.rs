//! A real SMTP server for tests: `tests/interop/smtp_server.py`, run as a child process.
//!
//! Python is `BURSAR_TEST_PYTHON`, else `python3`; what is missing is a panic that says what to install.

mod certificates;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

pub use certificates::{CertFiles, TestCa};

/// The script, from the root of the repository.
const SCRIPT: &str = "tests/interop/smtp_server.py";
/// How long the server may take to start; Python on a busy machine is slow.
const START_WITHIN: Duration = Duration::from_secs(30);

/// When TLS begins.
#[derive(Debug, Clone, Default)]
pub enum SmtpTls {
    /// Never; STARTTLS is not offered.
    #[default]
    None,
    /// With STARTTLS, which the server insists on.
    StartTls(CertFiles),
    /// At once.
    Implicit(CertFiles),
}

/// How the server is to behave.
#[derive(Debug, Clone, Default)]
pub struct SmtpOptions {
    /// User and password it asks for; none: it takes mail from everybody.
    pub auth: Option<(String, String)>,
    /// When TLS begins.
    pub tls: SmtpTls,
    /// It answers this many mails with 451 before it takes one.
    pub fail_first: u32,
    /// It answers every recipient with 550.
    pub reject: bool,
    /// It thinks this long about each mail.
    pub slow: Duration,
    /// It hangs up after so long a silence; none: after five minutes.
    pub idle: Option<Duration>,
    /// It repeats a wrong password in its answer, as careless servers do.
    pub repeat_password: bool,
}

/// What the server tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum SmtpEvent {
    /// It is ready.
    Listening {
        /// Its port on 127.0.0.1.
        port: u16,
    },
    /// It took a mail.
    Mail(Box<ReceivedMail>),
    /// It took none.
    Refused {
        /// What it answered: 451, 535 or 550.
        code: u16,
    },
    /// It cannot run.
    Error {
        /// Why.
        message: String,
    },
}

/// A mail that the server took: its envelope, and what Python's e-mail library reads in it.
#[derive(Debug, Clone, Deserialize)]
pub struct ReceivedMail {
    /// Sender of the envelope.
    pub mail_from: String,
    /// Recipients of the envelope.
    pub rcpt_to: Vec<String>,
    /// Who signed in.
    pub auth: Option<String>,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The number of the connection, from 1.
    pub connection: u32,
    /// What the client called itself.
    pub hello: String,
    /// The message itself, in base64; see [`ReceivedMail::raw`].
    #[serde(rename = "raw")]
    raw_base64: String,
    /// Its headers, decoded, in their order.
    pub headers: Vec<(String, String)>,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// How many parts hold something themselves.
    pub parts: u32,
    /// What the library found wrong with it.
    pub defects: Vec<String>,
}

impl ReceivedMail {
    /// The message as it came, dots unstuffed.
    pub fn raw(&self) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.decode(&self.raw_base64).expect("the script writes base64")
    }

    /// The value of each header of this name, in any case.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        self.headers.iter().filter(|(other, _)| same(other)).map(|(_, value)| value.as_str()).collect()
    }
}

/// The running server; dropping it ends it.
#[derive(Debug)]
pub struct SmtpServer {
    port: u16,
    // Read all the time: a server that waits for its reader would make the mailer wait.
    lines: UnboundedReceiver<String>,
    // Its standard input closes with it, which ends the script even where this process is killed.
    _child: Child,
}

impl SmtpServer {
    /// Starts it on a free port of 127.0.0.1 and waits until it is ready.
    ///
    /// # Panics
    /// When Python or aiosmtpd is missing.
    pub async fn start(options: SmtpOptions) -> SmtpServer {
        let python = std::env::var("BURSAR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(SCRIPT);
        let mut command = Command::new(&python);
        command.arg(script).args(arguments(&options));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("tests need Python to run an SMTP server, and `{python}` (BURSAR_TEST_PYTHON) does not start: {error}")
        });
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = unbounded_channel();
        tokio::spawn(async move {
            let mut stdout = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = stdout.next_line().await {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = SmtpServer { port: 0, lines, _child: child };
        match server.next_event(START_WITHIN).await {
            Some(SmtpEvent::Listening { port }) => server.port = port,
            Some(SmtpEvent::Error { message }) => panic!("`{python}` cannot run {SCRIPT}: {message}"),
            other => panic!("`{python}` did not start {SCRIPT}: {other:?}"),
        }
        server
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it tells next, or `None` when it says nothing for so long, or has ended.
    pub async fn next_event(&mut self, within: Duration) -> Option<SmtpEvent> {
        let line = timeout(within, self.lines.recv()).await.ok()??;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("the script wrote {line:?}: {error}")))
    }

    /// The next mail it takes; refusals on the way are passed over.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn next_mail(&mut self, within: Duration) -> ReceivedMail {
        loop {
            match self.next_event(within).await {
                Some(SmtpEvent::Mail(mail)) => return *mail,
                Some(SmtpEvent::Refused { .. }) => {}
                other => panic!("no mail came within {within:?}, but {other:?}"),
            }
        }
    }
}

fn arguments(options: &SmtpOptions) -> Vec<String> {
    let mut arguments = Vec::new();
    if let Some((user, password)) = &options.auth {
        arguments.push(format!("--auth={user}:{password}"));
    }
    let files = match &options.tls {
        SmtpTls::None => None,
        SmtpTls::StartTls(files) => Some(("--starttls", files)),
        SmtpTls::Implicit(files) => Some(("--tls", files)),
    };
    if let Some((option, files)) = files {
        arguments.extend([option.to_owned(), text(&files.cert), text(&files.key)]);
    }
    arguments.push(format!("--fail-first={}", options.fail_first));
    arguments.push(format!("--slow={}", seconds(options.slow)));
    arguments.extend(options.idle.map(|idle| format!("--idle={}", seconds(idle))));
    arguments.extend(options.reject.then(|| "--reject".to_owned()));
    arguments.extend(options.repeat_password.then(|| "--repeat-password".to_owned()));
    arguments
}

fn seconds(duration: Duration) -> String {
    format!("{}.{:03}", duration.as_secs(), duration.subsec_millis())
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are UTF-8").to_owned()
}
