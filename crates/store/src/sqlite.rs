//! Opening the embedded database: one file, one serving process.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Db, StoreError};

/// Name of the database file in the data directory.
pub const FILE_NAME: &str = "bursar.db";
const LOCK_NAME: &str = "bursar.lock";
/// Readers that may be open at once.
const MAX_READERS: u32 = 8;
/// Pages in the write-ahead log before it is copied back: small, because large checkpoints stall the tail.
pub const CHECKPOINT_PAGES: u32 = 1_000;

/// Proof that this process alone works on the data directory; released when dropped, also by a crash.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// Memory that one connection keeps pages in, in kibibytes. With SQLite's own two megabytes a batch would spill to disk
/// before it commits.
pub const CACHE_KIB: i64 = 32 * 1024;

impl DataLock {
    /// Takes the lock of `dir`.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it; [`StoreError::Io`] when the directory cannot be written.
    pub fn take(dir: &Path) -> Result<DataLock, StoreError> {
        let path = dir.join(LOCK_NAME);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(format!(
                "{} is in use by another Bursar; stop it, or choose another directory with --data",
                dir.display()
            ))),
            Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Db {
    /// Opens `bursar.db` in `dir`, making it if there is none. The caller holds the [`DataLock`].
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the file cannot be opened.
    pub async fn sqlite(dir: &Path) -> Result<Db, StoreError> {
        let file = dir.join(FILE_NAME);
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string());
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(MAX_READERS)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Db::from_sqlite(&file, readers, writer))
    }
}
