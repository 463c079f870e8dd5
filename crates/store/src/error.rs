//! What can go wrong in the store.

/// A failure of the database. What is inside is logged, never sent to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The URL of the database cannot be used.
    #[error("database URL: {0}")]
    Url(#[from] crate::postgres::UrlError),
    /// The database could not be reached a moment ago, so it was not tried again.
    #[error("the database cannot be reached")]
    Unreachable,
    /// Another session kept what a batch needed locked for too long, so none of it was done.
    #[error("another session kept the database locked for too long")]
    Locked,
    /// The embedded engine refused.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused, or the funnel's own connection to it broke.
    #[error("database: {0}")]
    Postgres(#[from] tokio_postgres::Error),
    /// A migration did not apply.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row holds something that Bursar never writes.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The database file is in use by another serving process.
    #[error("{0}")]
    InUse(String),
    /// The data directory cannot be used.
    #[error("data directory: {0}")]
    Io(#[from] std::io::Error),
    /// The lease of a job was lost to another worker.
    #[error("the job's lease was lost")]
    LeaseLost,
}

impl StoreError {
    /// Whether no connection was to be had within [`limits::DATABASE_WAIT`](bursar_base::limits::DATABASE_WAIT), so that
    /// whoever asks next would wait in vain too.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, StoreError::Unreachable | StoreError::Sql(sqlx::Error::PoolTimedOut))
    }

    /// Whether another session kept a lock for longer than
    /// [`limits::DATABASE_LOCK_WAIT`](bursar_base::limits::DATABASE_LOCK_WAIT). Whoever asks for it next would wait as long.
    pub fn is_lock_timeout(&self) -> bool {
        use tokio_postgres::error::SqlState;
        match self {
            StoreError::Locked => true,
            StoreError::Sql(sqlx::Error::Database(error)) => {
                error.code().as_deref() == Some(SqlState::LOCK_NOT_AVAILABLE.code())
            }
            StoreError::Postgres(error) => error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE),
            _ => false,
        }
    }

    /// Whether a unique index refused the row.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            StoreError::Sql(sqlx::Error::Database(error)) => error.is_unique_violation(),
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => {
                matches!(error.extended_code, 1555 | 2067)
            }
            StoreError::Postgres(error) => {
                error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION)
            }
            _ => false,
        }
    }
}
