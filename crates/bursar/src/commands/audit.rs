//! `bursar audit`

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};

use bursar_base::OrgId;
use bursar_money::audit::{self, CheckpointKey, Verify as What};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::{Answer, Context, Ending, Failure};
use crate::console::Frame;

/// `bursar audit`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum AuditCommand {
    /// Recompute every hash of every chain; exits with 1 and names the first broken link of each that is broken
    Verify(Verify),
    /// Write a chain out as JSON Lines, so that anyone can verify it without Bursar
    Export(Export),
    /// Sign the head of a chain, to be kept where nobody who can change the database can change it
    Checkpoint(Checkpoint),
}

/// `bursar audit verify`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Verify {
    /// Only this org's chain; all of them when left out
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// Checkpoints that were kept elsewhere, one a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: Option<PathBuf>,
    /// The public key, in hex, that checkpoints must be signed with; may be given several times
    #[arg(long, value_name = "HEX")]
    public_key: Vec<String>,
    /// What the file says; read by the client.
    #[arg(skip)]
    pub(super) kept: Option<String>,
}

/// `bursar audit export`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Export {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// `bursar audit checkpoint`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The org; every chain when left out
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl AuditCommand {
    /// The file that takes what the command says.
    pub(super) fn output(&self) -> Option<PathBuf> {
        match self {
            AuditCommand::Verify(_) => None,
            AuditCommand::Export(export) => export.output.clone(),
            AuditCommand::Checkpoint(checkpoint) => checkpoint.output.clone(),
        }
    }
}

pub(super) async fn run(context: &Context<'_>, command: AuditCommand) -> Ending {
    match command {
        AuditCommand::Verify(verify) => walk(context, verify).await,
        AuditCommand::Export(export) => write_out(context, export).await,
        AuditCommand::Checkpoint(checkpoint) => sign(context, checkpoint).await,
    }
}

async fn walk(context: &Context<'_>, verify: Verify) -> Ending {
    if let Some(org) = &verify.org {
        context.org(org).await?;
    }
    let kept = audit::read_checkpoints(verify.kept.as_deref().unwrap_or(""))?;
    let what = What { org: verify.org.as_ref().map(OrgId::as_str), kept: &kept, trusted: &verify.public_key };
    let console = context.console.clone();
    let mut progress = move |entries: u64| console.progress(format!("verified {entries} entries"));
    let report = audit::verify(&context.spend().identity.db, &what, &mut progress).await?;
    let broken = !report.is_clean();
    let text = report.to_string();
    Ok(Some(Answer::new(report, text).broken(broken)))
}

async fn write_out(context: &Context<'_>, export: Export) -> Ending {
    context.org(&export.org).await?;
    let (db, org, console) =
        (context.spend().identity.db.clone(), export.org.clone(), context.console.clone());
    let runtime = tokio::runtime::Handle::current();
    // On threads that may block: what cannot be written yet holds the export up, not the server.
    let (sender, pieces) = sync_channel(PIECES_WAITING_MAX);
    let handed_on =
        tokio::task::spawn_blocking(move || pieces.iter().all(|piece| console.blocking_out(piece)));
    let written = tokio::task::spawn_blocking(move || {
        let mut out = Lines { sender, waiting: String::new() };
        runtime.block_on(audit::export(&db, org.as_str(), &mut out))
    });
    let exported = written.await??;
    handed_on.await?;
    let place = export.output.map(|path| format!(" to {}", path.display())).unwrap_or_default();
    let message =
        format!("wrote {} entries{place}; the last one has the hash {}", exported.entries, exported.hash);
    context.console.say(Frame::Progress(message)).await;
    Ok(None)
}

/// Hands what is written on, in large pieces.
struct Lines {
    sender: SyncSender<String>,
    waiting: String,
}

/// A piece is handed on when it is this long, in bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for a slow reader before the export waits too.
const PIECES_WAITING_MAX: usize = 4;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.waiting.push_str(text);
        if self.waiting.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.waiting);
        if !piece.is_empty() && self.sender.send(piece).is_err() {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads any more"));
        }
        Ok(())
    }
}

async fn sign(context: &Context<'_>, checkpoint: Checkpoint) -> Ending {
    let identity = &context.spend().identity;
    let key = CheckpointKey::derive(&identity.master);
    let signed = match &checkpoint.org {
        Some(org) => {
            context.org(org).await?;
            audit::checkpoint(&identity.db, org.as_str(), &key, &*identity.clock).await?.into_iter().collect()
        }
        None => audit::checkpoint_all(&identity.db, &key, &*identity.clock).await?,
    };
    if signed.is_empty() {
        return Err(Failure("there is nothing to sign: the chain is empty".to_owned()));
    }
    // The same lines for people and programs: they are what is to be kept.
    let lines = signed.iter().map(|one| serde_json::to_string(one).map(|line| line + "\n"));
    context.console.say(Frame::Out(lines.collect::<Result<String, _>>()?)).await;
    let note = format!(
        "signed {} with the public key {}; keep the lines where nobody who can change the database can change them, and \
         verify with: bursar audit verify --checkpoint FILE",
        if signed.len() == 1 { "one head".to_owned() } else { format!("{} heads", signed.len()) },
        key.public_key()
    );
    context.console.say(Frame::Progress(note)).await;
    Ok(None)
}
