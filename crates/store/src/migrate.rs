//! Brings a database to the newest schema.

use crate::{Db, StoreError};

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");

/// Applies what is missing, in order. Safe to call from several processes at once: PostgreSQL serialises them by an
/// advisory lock, on SQLite the caller holds the data directory's lock.
///
/// # Errors
/// [`StoreError::Migrate`] when a migration fails or was changed after it ran.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    if let Some((pool, _)) = db.postgres_pool() {
        POSTGRES.run(pool).await?;
    } else if let Some(pool) = db.sqlite_pool() {
        SQLITE.run(pool).await?;
    }
    Ok(())
}
