//! [`Tx`] is one transaction on either engine.

use bursar_base::{Clock, TimeUs};
use futures_util::StreamExt as _;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Postgres, Sqlite};
use tokio::sync::OwnedSemaphorePermit;

use crate::db::DATABASE_CLOCK_POSTGRES;
use crate::sqlite::WriteGuard;
use crate::{Arg, Columns as _, Engine, Row, StoreError};

/// One transaction. Dropping it without [`Tx::commit`] rolls it back.
#[derive(Debug)]
pub struct Tx(pub(crate) Arm);

/// The transaction of one engine.
#[derive(Debug)]
pub(crate) enum Arm {
    Sqlite {
        tx: sqlx::Transaction<'static, Sqlite>,
        // `None` for reading. Released after `tx`, because fields drop in the order they are declared.
        _lock: Option<WriteGuard>,
    },
    Postgres {
        tx: sqlx::Transaction<'static, Postgres>,
        // See [`crate::Db::write_in_turn`]. Released after `tx`.
        _turn: Option<OwnedSemaphorePermit>,
    },
}

impl Tx {
    /// Which database this is on.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Arm::Sqlite { .. } => Engine::Sqlite,
            Arm::Postgres { .. } => Engine::Postgres,
        }
    }

    /// All rows of a statement. Arguments stand in the text as `$1`, `$2`, …
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn rows(&mut self, sql: &'static str, args: &[Arg<'_>]) -> Result<Vec<Row>, StoreError> {
        Ok(match &mut self.0 {
            Arm::Sqlite { tx, .. } => {
                let rows = sqlx::query_with(sql, sqlite_args(args)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Arm::Postgres { tx, .. } => {
                let rows = sqlx::query_with(sql, postgres_args(args)?).fetch_all(&mut **tx).await?;
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
            Arm::Postgres { tx, .. } => {
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
            Arm::Sqlite { tx, .. } => {
                sqlx::query_with(sql, sqlite_args(args)?).execute(&mut **tx).await?.rows_affected()
            }
            Arm::Postgres { tx, .. } => {
                sqlx::query_with(sql, postgres_args(args)?).execute(&mut **tx).await?.rows_affected()
            }
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
            Arm::Postgres { .. } => {
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
            Arm::Postgres { tx, _turn } => tx.commit().await?,
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
            Arm::Postgres { tx, .. } => drop((&mut **tx).prepare(sql.into_sql_str()).await?),
        }
        Ok(())
    }
}

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
