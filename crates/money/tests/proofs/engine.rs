//! A fresh, migrated database on either engine, and the hand that reaches into it past its triggers.

use bursar_store::{Arg, Columns as _, Db, Engine, migrate};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// A database of one test's own.
pub struct Scratch {
    /// It.
    pub db: Db,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Database { server: String, name: String },
}

impl Scratch {
    /// A file in a folder that goes with it.
    pub async fn sqlite() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(folder.path()).await.unwrap();
        migrate::run(&db).await.unwrap();
        let place = Place::Folder(folder);
        Scratch { db, place }
    }

    /// A database on the server that the environment names.
    pub async fn postgres() -> Scratch {
        let server = std::env::var("BURSAR_TEST_POSTGRES_URL").expect(
            "BURSAR_TEST_POSTGRES_URL must name a PostgreSQL server on which databases can be made; ./test starts one",
        );
        let random = tempfile::Builder::new().prefix("").rand_bytes(12).tempfile().unwrap();
        let name = random.path().file_name().unwrap().to_string_lossy().to_lowercase();
        let name = format!("proofs_{}_{name}", std::process::id());
        run_on(&server, format!("CREATE DATABASE \"{name}\"")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        let db = Db::postgres(&format!("{base}/{name}"), 8).await.unwrap();
        migrate::run(&db).await.unwrap();
        let place = Place::Database { server, name };
        Scratch { db, place }
    }

    /// Removes it. A test that fails leaves it for a look.
    pub async fn remove(self) {
        self.db.close().await;
        match self.place {
            Place::Folder(folder) => folder.close().unwrap(),
            Place::Database { server, name } => {
                run_on(&server, format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
            }
        }
    }

    /// Runs one statement and commits; it must touch at least one row.
    pub async fn force(&self, sql: &'static str, args: &[Arg<'_>]) {
        let mut tx = self.db.write().await.unwrap();
        let touched = tx.execute(sql, args).await.unwrap();
        assert!(touched > 0, "touched nothing: {sql}");
        tx.commit().await.unwrap();
    }

    /// One text of the first row.
    pub async fn text(&self, sql: &'static str, args: &[Arg<'_>]) -> String {
        let mut tx = self.db.read().await.unwrap();
        let row = tx.row(sql, args).await.unwrap();
        row.expect("a row").text("value").unwrap()
    }

    /// The names of all triggers.
    pub async fn triggers(&self) -> Vec<String> {
        let sql = match self.db.engine() {
            Engine::Sqlite => "SELECT name AS value FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
            Engine::Postgres => {
                "SELECT tgname::text AS value FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' ORDER BY tgname"
            }
        };
        let mut tx = self.db.read().await.unwrap();
        let rows = tx.rows(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.text("value").unwrap()).collect()
    }

    /// Does what a hand on the database would do first: away with the triggers.
    pub async fn drop_triggers(&self) {
        match self.db.engine() {
            Engine::Sqlite => {
                for trigger in self.triggers().await {
                    let mut tx = self.db.write().await.unwrap();
                    // Leaked: a statement's text lives for ever, and a test does not.
                    let sql = Box::leak(format!("DROP TRIGGER {trigger}").into_boxed_str());
                    tx.execute(sql, &[]).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }
            Engine::Postgres => {
                let mut tx = self.db.write().await.unwrap();
                tx.execute("DROP FUNCTION refuse_change() CASCADE", &[]).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
        assert_eq!(self.triggers().await, [""; 0]);
    }
}

async fn run_on(server: &str, sql: String) {
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
