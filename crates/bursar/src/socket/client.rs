//! The client's end.

use std::io;
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{FILE_NAME, Request, place};
use crate::commands::Noun;
use crate::console::{Frame, Sink};

/// Connects to the server that runs on `dir`; `None` where none does, be it that its socket is still there.
///
/// # Errors
/// When there is a socket that may not be used.
pub async fn connect(dir: &Path) -> io::Result<Option<UnixStream>> {
    let place = match place(dir, FILE_NAME) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match UnixStream::connect(&place.path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Has the server run `command`, and shows what it says. Ends with the exit code.
///
/// # Errors
/// When the connection breaks, or what the command says cannot be written.
pub async fn run(stream: UnixStream, command: Noun, json: bool) -> io::Result<u8> {
    let mut sink = Sink::new(command.output())?;
    let (reader, mut writer) = stream.into_split();
    let mut request = serde_json::to_vec(&Request { command, json })?;
    request.push(b'\n');
    writer.write_all(&request).await?;
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let frame: Frame = serde_json::from_str(&line)?;
        if let Some(code) = sink.take(&frame)? {
            return Ok(code);
        }
    }
    let message =
        "the server ended the connection before the command was over; what it was doing may have been done";
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, message))
}
