//! Who may work on the file: one process, and in it one writer at a time.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::StoreError;

const LOCK_NAME: &str = "bursar.lock";

/// Proof that this process alone works on the data directory; released when dropped, also by a crash.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

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

/// Held by whoever writes: a fair queue instead of SQLite's polling. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WriteLock {
    turn: Arc<Mutex<()>>,
    written: SyncSender<()>,
}

/// A writer's turn. Its end tells the thread that copies the write-ahead log back that there may be more of it.
#[derive(Debug)]
pub struct WriteGuard {
    _turn: OwnedMutexGuard<()>,
    written: SyncSender<()>,
}

impl WriteLock {
    /// A lock, and where the end of every turn is told. That ends when the lock's last clone is gone.
    pub(super) fn new() -> (WriteLock, Receiver<()>) {
        let (written, heard) = sync_channel(1);
        (WriteLock { turn: Arc::default(), written }, heard)
    }

    /// Waits for a turn.
    pub async fn lock(&self) -> WriteGuard {
        WriteGuard { _turn: self.turn.clone().lock_owned().await, written: self.written.clone() }
    }

    /// What turns are taken of, without a way to tell of their end.
    pub(super) fn turn(&self) -> Arc<Mutex<()>> {
        self.turn.clone()
    }
}

impl Drop for WriteGuard {
    fn drop(&mut self) {
        // One word is enough, however many turns have ended since it was heard.
        _ = self.written.try_send(());
    }
}
