//! Brings a database to the newest schema.

use bursar_base::limits;
use sqlx::postgres::PgPoolOptions;

use crate::{Db, StoreError};

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");

/// Applies what is missing, in order. Safe to call from several processes at once: PostgreSQL serialises them by an
/// advisory lock, on SQLite the caller holds the data directory's lock.
///
/// # Errors
/// [`StoreError::Migrate`] when a migration fails or was changed after it ran.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    if let Some((_, server)) = db.postgres_pool() {
        // A connection of its own, which waits for as long as another process migrates.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(limits::DATABASE_WAIT);
        let pool = pool.connect_with(server.options()).await?;
        let done = POSTGRES.run(&pool).await;
        pool.close().await;
        done?;
    } else if let Some(pool) = db.sqlite_pool() {
        SQLITE.run(pool).await?;
    }
    Ok(())
}
