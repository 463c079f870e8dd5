//! Opening the embedded database: one file, one serving process.

mod backup;
mod checkpoint;
mod lock;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Db, StoreError};

pub use backup::{BackupError, back_up};
pub use lock::{DataLock, WriteGuard, WriteLock};

/// Name of the database file in the data directory.
pub const FILE_NAME: &str = "bursar.db";
/// Readers that may be open at once.
const MAX_READERS: u32 = 8;
/// No connection copies the write-ahead log back in its own commits: a thread does that beside them.
pub const AUTO_CHECKPOINT: &str = "0";
/// How long to wait for a lock held by another process, such as a person's `sqlite3`.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Memory that one connection keeps pages in, in kibibytes. With SQLite's own two megabytes a batch would spill to disk
/// before it commits.
pub const CACHE_KIB: i64 = 32 * 1024;

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
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", AUTO_CHECKPOINT);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(MAX_READERS)
            .connect_with(options.read_only(true))
            .await?;
        let (write_lock, written) = WriteLock::new();
        checkpoint::start(&file, &write_lock, written)?;
        Ok(Db::from_sqlite(&file, readers, writer, write_lock))
    }
}
