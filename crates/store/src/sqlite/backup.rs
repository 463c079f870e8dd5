//! A copy of the embedded database as it is at one moment, made while a server works on it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{BUSY_TIMEOUT, FILE_NAME};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no database {0}; name the data directory of the server with --data or BURSAR_DATA")]
    Nothing(PathBuf),
    /// What is there stays.
    #[error("{0} exists already; name a file that does not")]
    Exists(PathBuf),
    /// The copy cannot be written.
    #[error(
        "{path} cannot be written: {error}; see whether its folder is there, and whether the disk has room"
    )]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database cannot be copied.
    #[error(
        "the database cannot be copied: {0}; run this as the user whose server it is, and see whether the disk has room"
    )]
    Copy(#[from] rusqlite::Error),
}

/// Copies `bursar.db` of the data directory `dir` to `file`, readable by its owner alone. It is one read transaction: what
/// was committed before it began is in the copy, what comes later is not, and nobody who writes waits for it. Only a whole
/// copy, on the disk, ever has the name `file`.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(dir: &Path, file: &Path) -> Result<(), BackupError> {
    let database = dir.join(FILE_NAME);
    if !database.is_file() {
        return Err(BackupError::Nothing(database));
    }
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let made = copy(&database, &part).and_then(|()| keep(&part, file));
    if made.is_err() {
        // What is left of it is no backup.
        drop(fs::remove_file(&part));
    }
    made
}

fn copy(database: &Path, part: &Path) -> Result<(), BackupError> {
    let unwritten = |error| BackupError::Write { path: part.to_owned(), error };
    // SQLite takes a file that is empty, so this one already has its rights before anything is in it.
    let empty = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
    empty.map_err(unwritten)?;
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    Ok(())
}

fn keep(part: &Path, file: &Path) -> Result<(), BackupError> {
    let on_disk = File::open(part).and_then(|written| written.sync_all());
    let named = on_disk.and_then(|()| fs::rename(part, file));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let known = named.and_then(|()| File::open(folder)).and_then(|folder| folder.sync_all());
    known.map_err(|error| BackupError::Write { path: file.to_owned(), error })
}
