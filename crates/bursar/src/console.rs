//! Where a command's words go: to this terminal, or through the socket to the one that asked.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// A piece of what a command says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// For stdout, or for the file that the command names.
    Out(String),
    /// For stderr: how far it is.
    Progress(String),
    /// For stderr: what went wrong and what to do.
    Error(String),
    /// The command is over.
    Exit(u8),
}

/// Pieces that wait for a slow reader before the command waits too.
const FRAMES_WAITING_MAX: usize = 64;

/// How often a command says how far it is; one that takes less than this says nothing of it.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// What a command says things to. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    frames: mpsc::Sender<Frame>,
    progress_at: Arc<Mutex<Instant>>,
}

impl Console {
    /// A console and the end at which its frames come out.
    pub fn new() -> (Console, mpsc::Receiver<Frame>) {
        let (sender, receiver) = mpsc::channel(FRAMES_WAITING_MAX);
        let progress_at = Arc::new(Mutex::new(Instant::now() + PROGRESS_EVERY));
        (Console { frames: sender, progress_at }, receiver)
    }

    /// Says something; where nobody listens any more, it is lost.
    pub async fn say(&self, frame: Frame) {
        drop(self.frames.send(frame).await);
    }

    /// Says how far a command is, now and then, if the reader keeps up: the next word about it is as good.
    pub fn progress(&self, text: String) {
        let mut next = self.progress_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now >= *next {
            *next = now + PROGRESS_EVERY;
            drop(self.frames.try_send(Frame::Progress(text)));
        }
    }

    /// For a thread that may block. `false` when nobody listens any more.
    pub fn blocking_out(&self, text: String) -> bool {
        self.frames.blocking_send(Frame::Out(text)).is_ok()
    }
}

/// Writes what comes to stdout, to `file` where one is named, and to stderr. Ends with the exit code.
///
/// # Errors
/// When stdout or the file cannot be written.
pub async fn show(mut frames: mpsc::Receiver<Frame>, file: Option<PathBuf>) -> std::io::Result<u8> {
    let mut sink = Sink::new(file)?;
    while let Some(frame) = frames.recv().await {
        if let Some(code) = sink.take(&frame)? {
            return Ok(code);
        }
    }
    Err(std::io::Error::other("the command ended without a word"))
}

/// Where the frames of a command end up on this machine.
pub(crate) struct Sink {
    out: Box<dyn std::io::Write + Send>,
}

impl Sink {
    pub(crate) fn new(file: Option<PathBuf>) -> std::io::Result<Sink> {
        let out: Box<dyn std::io::Write + Send> = match file {
            Some(path) => Box::new(std::fs::File::create(&path).map_err(|error| {
                std::io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
            })?),
            None => Box::new(std::io::stdout()),
        };
        Ok(Sink { out })
    }

    /// The exit code, when this was the last frame.
    pub(crate) fn take(&mut self, frame: &Frame) -> std::io::Result<Option<u8>> {
        match frame {
            Frame::Out(text) => self.out.write_all(text.as_bytes())?,
            Frame::Progress(text) | Frame::Error(text) => writeln!(std::io::stderr(), "{text}")?,
            Frame::Exit(code) => {
                self.out.flush()?;
                return Ok(Some(*code));
            }
        }
        Ok(None)
    }
}
