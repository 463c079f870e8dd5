//! [`Db`] opens transactions; [`Tx`] is one transaction on either engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bursar_base::{Clock, TimeUs};
use futures_util::StreamExt as _;
use sqlx::postgres::{PgArguments, PgPool};
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::{Arguments as _, Postgres, Sqlite};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Arg, Columns as _, Row, StoreError};

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
    Sqlite {
        file: PathBuf,
        readers: SqlitePool,
        writer: SqlitePool,
        /// Held by whoever writes: a fair queue instead of SQLite's polling.
        write_lock: Arc<Mutex<()>>,
    },
    Postgres {
        pool: PgPool,
        url: String,
    },
}

impl Db {
    pub(crate) fn from_sqlite(file: &Path, readers: SqlitePool, writer: SqlitePool) -> Db {
        let write_lock = Arc::new(Mutex::new(()));
        Db {
            inner: Arc::new(Inner::Sqlite {
                file: file.to_owned(),
                readers,
                writer,
                write_lock,
            }),
        }
    }

    /// Connects to PostgreSQL, with at most `connections` connections.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when it cannot be reached.
    pub async fn postgres(url: &str, connections: u32) -> Result<Db, StoreError> {
        let options: sqlx::postgres::PgConnectOptions = url.parse()?;
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(std::time::Duration::from_secs(10))
            .connect_with(options.application_name("bursar"))
            .await?;
        Ok(Db {
            inner: Arc::new(Inner::Postgres {
                pool,
                url: url.to_owned(),
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
    pub fn sqlite_writer(&self) -> Option<(PathBuf, Arc<Mutex<()>>)> {
        match &*self.inner {
            Inner::Sqlite { file, write_lock, .. } => Some((file.clone(), write_lock.clone())),
            Inner::Postgres { .. } => None,
        }
    }

    /// The PostgreSQL pool and URL, for the funnel's own connections.
    pub fn postgres_pool(&self) -> Option<(&PgPool, &str)> {
        match &*self.inner {
            Inner::Sqlite { .. } => None,
            Inner::Postgres { pool, url } => Some((pool, url)),
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
            Inner::Sqlite { readers, .. } => Arm::Sqlite {
                tx: readers.begin().await?,
                _lock: None,
            },
            Inner::Postgres { pool, .. } => Arm::Postgres(pool.begin().await?),
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
            Inner::Postgres { pool, .. } => Ok(Tx(Arm::Postgres(pool.begin_with(SNAPSHOT_POSTGRES).await?))),
        }
    }

    /// A transaction for writing. On SQLite it waits its turn for the one write lock.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when the database cannot be reached.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(Tx(match &*self.inner {
            Inner::Sqlite {
                writer, write_lock, ..
            } => {
                let lock = write_lock.clone().lock_owned().await;
                Arm::Sqlite {
                    tx: writer.begin_with("BEGIN IMMEDIATE").await?,
                    _lock: Some(lock),
                }
            }
            Inner::Postgres { pool, .. } => Arm::Postgres(pool.begin().await?),
        }))
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

/// One transaction. Dropping it without [`Tx::commit`] rolls it back.
#[derive(Debug)]
pub struct Tx(Arm);

#[derive(Debug)]
enum Arm {
    Sqlite {
        tx: sqlx::Transaction<'static, Sqlite>,
        // Released after `tx`, because fields drop in the order they are declared.
        _lock: Option<OwnedMutexGuard<()>>,
    },
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    /// Which database this is on.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Arm::Sqlite { .. } => Engine::Sqlite,
            Arm::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows of a statement. Arguments stand in the text as `$1`, `$2`, …
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn rows(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<Vec<Row>, StoreError> {
        Ok(match &mut self.0 {
            Arm::Sqlite { tx, .. } => {
                let rows = sqlx::query_with(sql, sqlite_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Arm::Postgres(tx) => {
                let rows = sqlx::query_with(sql, postgres_args(args)?)
                    .fetch_all(&mut **tx)
                    .await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of a statement, if it has one.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn row(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Hands every row of a statement to `each`, one at a time: for answers that may not fit in memory.
    ///
    /// # Errors
    /// [`StoreError::Sql`], or what `each` fails with.
    pub async fn for_each(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
        each: &mut (dyn FnMut(Row) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        match &mut self.0 {
            Arm::Sqlite { tx, .. } => {
                let mut rows = sqlx::query_with(sql, sqlite_args(args)?).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    each(Row::Sqlite(row?))?;
                }
            }
            Arm::Postgres(tx) => {
                let mut rows = sqlx::query_with(sql, postgres_args(args)?).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    each(Row::Postgres(row?))?;
                }
            }
        }
        Ok(())
    }

    /// Runs a statement and says how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn execute(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        Ok(match &mut self.0 {
            Arm::Sqlite { tx, .. } => sqlx::query_with(sql, sqlite_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Arm::Postgres(tx) => sqlx::query_with(sql, postgres_args(args)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// The time to decide with: the database's clock as it is now (not when the transaction began). On SQLite, which
    /// lives in this process, that is this machine's clock.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn now(&mut self, clock: &dyn Clock) -> Result<TimeUs, StoreError> {
        match &mut self.0 {
            Arm::Sqlite { .. } => Ok(clock.decide_at(clock.now())),
            Arm::Postgres(_) => {
                let row = self.row(DATABASE_CLOCK_POSTGRES, &[]).await?;
                let micros = row.map_or(Err(sqlx::Error::RowNotFound.into()), |row| row.int("now_us"))?;
                Ok(clock.decide_at(TimeUs(micros)))
            }
        }
    }

    /// Commits. When this fails, the outcome may be unknown: ask by idempotency key, or say so.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Arm::Sqlite { tx, _lock } => tx.commit().await?,
            Arm::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Checks that a statement is valid on this engine, without running it.
    ///
    /// # Errors
    /// [`StoreError::Sql`] with what the engine dislikes.
    pub async fn prepare(&mut self, sql: &'static str) -> Result<(), StoreError> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        match &mut self.0 {
            Arm::Sqlite { tx, .. } => drop((&mut **tx).prepare(sql.into_sql_str()).await?),
            Arm::Postgres(tx) => drop((&mut **tx).prepare(sql.into_sql_str()).await?),
        }
        Ok(())
    }
}

/// One state for all statements; each sees the newest commit otherwise.
const SNAPSHOT_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// PostgreSQL's own clock, in microseconds since the epoch.
pub const DATABASE_CLOCK_POSTGRES: &str =
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now_us";

fn sqlite_args(args: &[Arg<'_>]) -> Result<SqliteArguments, StoreError> {
    let mut out = SqliteArguments::default();
    for arg in args {
        match *arg {
            Arg::Text(value) => out.add(value.to_owned()),
            Arg::OptText(value) => out.add(value.map(str::to_owned)),
            Arg::Int(value) => out.add(value),
            Arg::OptInt(value) => out.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(out)
}

fn postgres_args(args: &[Arg<'_>]) -> Result<PgArguments, StoreError> {
    let mut out = PgArguments::default();
    for arg in args {
        match *arg {
            Arg::Text(value) => out.add(value),
            Arg::OptText(value) => out.add(value),
            Arg::Int(value) => out.add(value),
            Arg::OptInt(value) => out.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(out)
}
