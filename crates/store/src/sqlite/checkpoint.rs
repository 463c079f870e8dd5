//! Copies the write-ahead log back into the database file, beside the writer.
//!
//! A commit appends to the log, which a disk does in a fraction of a millisecond; copying back writes pages all over the
//! file, which takes many. So no commit does it: a thread does, from a snapshot, while commits go on. Only the last few
//! pages are copied under the writers' lock, and only when the log has become long, so that it can start over from its
//! beginning.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Mutex;

use super::{AUTO_CHECKPOINT, BUSY_TIMEOUT, WriteLock};
use crate::StoreError;

/// What is written within this time is copied back together: pages that are written again and again are copied once.
const GATHER: Duration = Duration::from_millis(100);
/// Pages in the log from which on it starts over.
const LOG_PAGES: i64 = 8_000;

/// Starts the thread. It ends when `written` has no sender any more.
pub(super) fn start(file: &Path, lock: &WriteLock, written: Receiver<()>) -> Result<(), StoreError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", AUTO_CHECKPOINT)?;
    let turn = lock.turn();
    let work = move || {
        while written.recv().is_ok() {
            thread::sleep(GATHER);
            if let Err(error) = copy_back(&connection, &turn) {
                tracing::warn!(%error, "the write-ahead log cannot be copied back; it stays where it is and grows");
            }
        }
    };
    thread::Builder::new().name("checkpoint".to_owned()).spawn(work)?;
    Ok(())
}

fn copy_back(connection: &Connection, turn: &Arc<Mutex<()>>) -> Result<(), rusqlite::Error> {
    if passive(connection)? <= LOG_PAGES {
        return Ok(());
    }
    // Once more for what was written meanwhile, so that little is left for the moment in which nobody may write.
    passive(connection)?;
    let _turn = turn.blocking_lock();
    passive(connection)?;
    Ok(())
}

/// Copies what nobody reads from the log any more, waits for no one, and says how many pages the log has.
fn passive(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get("log"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::Db;

    const MIB: u64 = 1 << 20;
    /// Of text in a row: about a page.
    const ROW: usize = 4_000;
    /// Rows of one transaction, and transactions: some 100 MiB in all.
    const ROWS: usize = 250;
    const TRANSACTIONS: usize = 100;

    #[tokio::test]
    async fn the_log_is_copied_back_and_starts_over_while_commits_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(folder.path()).await.unwrap();
        let size =
            |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len()) / MIB;
        let mut tx = db.write().await.unwrap();
        tx.execute("CREATE TABLE notes (text TEXT NOT NULL)", &[]).await.unwrap();
        tx.commit().await.unwrap();
        let text = "x".repeat(ROW);
        for _ in 0..TRANSACTIONS {
            let mut tx = db.write().await.unwrap();
            for _ in 0..ROWS {
                tx.execute("INSERT INTO notes (text) VALUES ($1)", &[text.as_str().into()]).await.unwrap();
            }
            tx.commit().await.unwrap();
            assert!(size("bursar.db-wal") < 80, "the log grows without end: {} MiB", size("bursar.db-wal"));
        }
        let begun = Instant::now();
        while size("bursar.db") < 90 {
            assert!(begun.elapsed() < Duration::from_secs(20), "only {} MiB were copied", size("bursar.db"));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut tx = db.read().await.unwrap();
        let count = tx.row("SELECT COUNT(*) AS rows FROM notes", &[]).await.unwrap().unwrap();
        use crate::Columns as _;
        assert_eq!(count.int("rows").unwrap(), i64::try_from(ROWS * TRANSACTIONS).unwrap());
    }
}
