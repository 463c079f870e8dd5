//! Every statement of the house is prepared on the engines it is for, against the newest schema.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::collections::BTreeSet;
use std::path::Path;

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use sqlx::{Connection as _, Executor as _, SqlStr};

#[tokio::test]
async fn every_statement_can_be_prepared_on_sqlite() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (file, _) = app.spend().identity.db.sqlite_writer().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let mut wrong = Vec::new();
    for statement in bursar::statements().iter().filter(|s| s.engine != Some(Engine::Postgres)) {
        if let Err(error) = connection.prepare(SqlStr::from_static(statement.sql)).await {
            wrong.push(format!("{}::{}: {error}", statement.place, statement.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_statement_can_be_prepared_on_postgresql() {
    let app = TestApp::start(Engine::Postgres).await;
    let db = app.spend().identity.db.clone();
    let mut connection = db.postgres_pool().unwrap().0.acquire().await.unwrap();
    let mut wrong = Vec::new();
    for statement in bursar::statements().iter().filter(|s| s.engine != Some(Engine::Sqlite)) {
        if let Err(error) = connection.prepare(SqlStr::from_static(statement.sql)).await {
            wrong.push(format!("{}::{}: {error}", statement.place, statement.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A folder that has a `sql.rs` but is missing in the list would never be tried.
#[test]
fn every_sql_file_is_in_the_list() {
    let places: BTreeSet<&str> = bursar::statements().iter().map(|statement| statement.place).collect();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for name in ["store", "identity", "money", "spend", "bursar"] {
        find(&crates.join(name).join("src"), name, &mut found);
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, places);
}

fn find(folder: &Path, place: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (name, path) = (entry.file_name().into_string().unwrap(), entry.path());
        if path.is_dir() {
            find(&path, &format!("{place}::{name}"), found);
        } else if name == "sql.rs" {
            found.insert(place.to_owned());
        }
    }
}
