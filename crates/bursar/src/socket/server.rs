//! The server's end.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{FILE_NAME, MAX_REQUEST_BYTES, Request, place};
use crate::app::App;
use crate::commands;
use crate::console::{Console, Frame};
use crate::serve::signals::requested;

/// Where the socket is made, out of everybody's sight, before it gets its name.
const NURSERY: &str = ".bursar.sock.new";

/// The socket, bound. Its file goes when this does.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    file: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // When it cannot be removed, it is stale, and clients see that.
        drop(std::fs::remove_file(&self.file));
    }
}

/// Binds the socket of `dir` for its owner alone, in place of a stale one. The caller holds the directory's lock.
///
/// # Errors
/// [`io::Error`].
pub fn bind(dir: &Path) -> io::Result<Socket> {
    // In a directory of its own, so that nobody connects before the rights are set.
    let nursery = dir.join(NURSERY);
    match std::fs::remove_dir_all(&nursery) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::DirBuilder::new().mode(0o700).create(&nursery)?;
    let place = place(&nursery, FILE_NAME)?;
    let listener = UnixListener::bind(&place.path)?;
    let (young, file) = (nursery.join(FILE_NAME), dir.join(FILE_NAME));
    std::fs::set_permissions(&young, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&young, &file)?;
    std::fs::remove_dir(&nursery)?;
    Ok(Socket { listener, file })
}

/// Runs the commands that come, until `shutdown` says so; then finishes those that have begun.
pub async fn serve(socket: Socket, app: App, mut shutdown: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            accepted = socket.listener.accept() => match accepted {
                Ok((stream, _)) => {
                    running.spawn(answer(stream, app.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the command line's socket cannot accept");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = running.join_next() => {}
            () = requested(&mut shutdown) => break,
        }
    }
    drop(socket);
    while running.join_next().await.is_some() {}
}

async fn answer(stream: UnixStream, app: App) {
    if let Err(error) = converse(stream, app).await {
        tracing::debug!(%error, "a command line went away");
    }
}

async fn converse(stream: UnixStream, app: App) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(MAX_REQUEST_BYTES)).read_line(&mut line).await?;
    let (console, mut frames) = Console::new();
    match serde_json::from_str::<Request>(&line) {
        Ok(request) => {
            // Not bound to the connection: what has begun is finished, also when the client goes away.
            tokio::spawn(async move { commands::run(&app, request.command, request.json, &console).await });
        }
        Err(error) => {
            let message =
                format!("the server does not know this command ({error}); are both the same version?");
            console.say(Frame::Error(message)).await;
            console.say(Frame::Exit(1)).await;
            drop(console);
        }
    }
    while let Some(frame) = frames.recv().await {
        let mut text = serde_json::to_vec(&frame)?;
        text.push(b'\n');
        writer.write_all(&text).await?;
    }
    writer.shutdown().await
}
