//! The socket in the data directory, through which the command line talks to the running server.
//!
//! One request a connection: a line of JSON with the command, then lines of JSON with what it says ([`Frame`]), the last
//! being its exit code. Only the owner of the directory can connect, and that is all the authority there is: whoever can
//! read the database can do all this anyway. Files that a command names are read and written by the client.
//!
//! [`Frame`]: crate::console::Frame

pub mod client;
pub mod server;

#[cfg(test)]
mod tests;

use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::commands::Noun;

/// Name of the socket in the data directory.
pub const FILE_NAME: &str = "bursar.sock";
/// Longest request, in bytes: a policy or a file of checkpoints travels in it.
const MAX_REQUEST_BYTES: u64 = 64 * 1024 * 1024;
/// Longest path that fits a socket address on every system.
const MAX_PATH_BYTES: usize = 100;

/// What a client asks for.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    command: Noun,
    json: bool,
}

/// A path of the socket that fits an address; as long as it is used, the directory stays open.
struct Place {
    path: PathBuf,
    _dir: Option<std::fs::File>,
}

/// Names `file` in `dir`; where the path is too long for a socket's address, through the open directory.
fn place(dir: &Path, file: &str) -> std::io::Result<Place> {
    let path = dir.join(file);
    if path.as_os_str().len() <= MAX_PATH_BYTES {
        return Ok(Place { path, _dir: None });
    }
    let open = std::fs::File::open(dir)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd())).join(file);
    Ok(Place { path, _dir: Some(open) })
}
