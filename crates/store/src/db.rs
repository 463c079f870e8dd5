//! [`Db`] opens transactions on either engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bursar_base::limits;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use tokio::sync::Semaphore;

use crate::postgres::Server;
use crate::sqlite::WriteLock;
use crate::tx::Arm;
use crate::{StoreError, Tx};

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// What Bursar runs on past one machine.
    Postgres,
}

/// A database. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
enum Inner {
    Sqlite { file: PathBuf, readers: SqlitePool, writer: SqlitePool, write_lock: WriteLock },
    Postgres { pool: PgPool, server: Box<Server>, turns: Arc<Semaphore> },
}

impl Db {
    pub(crate) fn from_sqlite(
        file: &Path,
        readers: SqlitePool,
        writer: SqlitePool,
        write_lock: WriteLock,
    ) -> Db {
        Db { inner: Arc::new(Inner::Sqlite { file: file.to_owned(), readers, writer, write_lock }) }
    }

    /// Connects to PostgreSQL, with at most `connections` connections.
    ///
    /// # Errors
    /// [`StoreError::Url`]; [`StoreError::Sql`] when it cannot be reached.
    pub async fn postgres(url: &str, connections: u32) -> Result<Db, StoreError> {
        let server = Server::parse(url)?;
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(limits::DATABASE_WAIT)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let millis = |limit: Duration| limit.as_millis().to_string();
                    let (standstill, lock_wait) = (limits::DATABASE_STANDSTILL, limits::DATABASE_LOCK_WAIT);
                    let set = sqlx::query(LIMITS_POSTGRES).bind(millis(standstill)).bind(millis(lock_wait));
                    set.execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(server.options())
            .await?;
        Ok(Db {
            inner: Arc::new(Inner::Postgres {
                pool,
                server: Box::new(server),
                turns: Arc::new(Semaphore::new(1)),
            }),
        })
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match &*self.inner {
            Inner::Sqlite { .. } => Engine::Sqlite,
            Inner::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The SQLite file and the lock that every writer of it holds, for the funnel's own connection.
    pub fn sqlite_writer(&self) -> Option<(PathBuf, WriteLock)> {
        match &*self.inner {
            Inner::Sqlite { file, write_lock, .. } => Some((file.clone(), write_lock.clone())),
            Inner::Postgres { .. } => None,
        }
    }

    /// The PostgreSQL pool and server, for the funnel's own connections.
    pub fn postgres_pool(&self) -> Option<(&PgPool, &Server)> {
        match &*self.inner {
            Inner::Sqlite { .. } => None,
            Inner::Postgres { pool, server, .. } => Some((pool, server)),
        }
    }

    pub(crate) fn sqlite_pool(&self) -> Option<&SqlitePool> {
        match &*self.inner {
            Inner::Sqlite { writer, .. } => Some(writer),
            Inner::Postgres { .. } => None,
        }
    }

    /// A transaction for reading. On SQLite it sees one snapshot; on PostgreSQL each statement sees the newest commit.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the database cannot be reached.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(Tx(match &*self.inner {
            Inner::Sqlite { readers, .. } => Arm::Sqlite { tx: readers.begin().await?, _lock: None },
            Inner::Postgres { pool, .. } => Arm::Postgres { tx: pool.begin().await?, _turn: None },
        }))
    }

    /// A transaction for reading in which every statement sees one and the same state, on both engines. Keep it short
    /// where you can: as long as it is open, SQLite's log and PostgreSQL's dead rows cannot be cleaned up.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        match &*self.inner {
            Inner::Sqlite { .. } => self.read().await,
            Inner::Postgres { pool, .. } => {
                let tx = pool.begin_with(SNAPSHOT_POSTGRES).await?;
                Ok(Tx(Arm::Postgres { tx, _turn: None }))
            }
        }
    }

    /// A transaction for writing. On SQLite it waits its turn for the one write lock.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the database cannot be reached.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(Tx(match &*self.inner {
            Inner::Sqlite { writer, write_lock, .. } => {
                let lock = write_lock.lock().await;
                Arm::Sqlite { tx: writer.begin_with("BEGIN IMMEDIATE").await?, _lock: Some(lock) }
            }
            Inner::Postgres { pool, .. } => Arm::Postgres { tx: pool.begin().await?, _turn: None },
        }))
    }

    /// A transaction for writing under the lock of a chain's head. On PostgreSQL this process has one of these at a time,
    /// besides the funnel's own: of a process that stands still, every session that waited for the lock gets it in its
    /// sleep, one after the other, and keeps it from everybody until PostgreSQL ends the session.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when the turn does not come within [`limits::DATABASE_LOCK_WAIT`]; otherwise as
    /// [`Db::write`].
    pub async fn write_in_turn(&self) -> Result<Tx, StoreError> {
        let Inner::Postgres { pool, turns, .. } = &*self.inner else { return self.write().await };
        // Waited for outside of a transaction, because PostgreSQL would take it for one that stands still.
        let turn = tokio::time::timeout(limits::DATABASE_LOCK_WAIT, turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(StoreError::Locked)?;
        Ok(Tx(Arm::Postgres { tx: pool.begin().await?, _turn: Some(turn) }))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        tx.rows("SELECT 1 AS one", &[]).await?;
        Ok(())
    }

    /// Closes all connections once they are idle.
    pub async fn close(&self) {
        match &*self.inner {
            Inner::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Inner::Postgres { pool, .. } => pool.close().await,
        }
    }
}

/// A process that is frozen, or whose machine is gone, must not keep its locks for longer; and nobody waits longer for
/// those of a session that is not ours.
pub const LIMITS_POSTGRES: &str = "SELECT set_config('idle_in_transaction_session_timeout', $1, false), \
    set_config('lock_timeout', $2, false)";

/// One state for all statements; each sees the newest commit otherwise. It holds no locks and may wait for its reader.
const SNAPSHOT_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// PostgreSQL's own clock, in microseconds since the epoch.
pub const DATABASE_CLOCK_POSTGRES: &str =
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now_us";
