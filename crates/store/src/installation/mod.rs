//! What a database remembers of the installation that it belongs to.

mod sql;

use crate::{Columns as _, Db, MasterKey, StoreError, Tx};

pub use sql::ALL as STATEMENTS;

/// Where the mark of the master key stands.
const MARK: &str = "master_key_mark";
/// What the mark is derived for. It says nothing about the key, but is another one for another key.
const PURPOSE: &str = "bursar master key mark v1";

/// Whether everything in the database was sealed under this master key. The first key that is shown to a database is its
/// key: with another one no key could be opened and no link read, so it is better seen at start than at each request.
///
/// # Errors
/// [`StoreError`].
pub async fn is_sealed_under(db: &Db, key: &MasterKey) -> Result<bool, StoreError> {
    let mark = hex::encode(key.derive(PURPOSE));
    let mut tx = db.write().await?;
    tx.execute(sql::PUT, &[MARK.into(), (&mark).into()]).await?;
    let known = find(&mut tx, MARK).await?;
    tx.commit().await?;
    Ok(known.as_deref() == Some(mark.as_str()))
}

/// Writes a value down, in place of the one that is there.
///
/// # Errors
/// [`StoreError`].
pub async fn replace(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(sql::REPLACE, &[name.into(), value.into()]).await?;
    Ok(())
}

/// One value.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    tx.row(sql::GET, &[name.into()]).await?.map(|row| row.text("value")).transpose()
}

/// Takes a value away. `false` where it is no longer this one: of several who take it at once, one does.
///
/// # Errors
/// [`StoreError`].
pub async fn take(tx: &mut Tx, name: &str, value: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(sql::TAKE, &[name.into(), value.into()]).await? == 1)
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[tokio::test]
    async fn the_first_key_is_the_databases_key() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::sqlite(dir.path()).await.unwrap();
        crate::migrate::run(&db).await.unwrap();
        let rng = SeededRng::new(3);
        let (first, other) = (MasterKey::generate(&rng), MasterKey::generate(&rng));
        assert!(is_sealed_under(&db, &first).await.unwrap());
        assert!(!is_sealed_under(&db, &other).await.unwrap());
        assert!(is_sealed_under(&db, &first).await.unwrap());
    }
}
