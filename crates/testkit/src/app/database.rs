//! A database that lives as long as one test.

use std::sync::atomic::{AtomicU32, Ordering};

use bursar_store::Engine;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Where the tests' PostgreSQL is.
const URL_VARIABLE: &str = "BURSAR_TEST_POSTGRES_URL";

/// Where an app keeps what it writes. Dropped last, and with it everything in it.
#[derive(Debug)]
pub(super) struct Place {
    dir: tempfile::TempDir,
    server: Option<Server>,
}

/// A fresh database on the tests' PostgreSQL.
#[derive(Debug)]
struct Server {
    url: String,
    name: String,
}

impl Place {
    pub(super) async fn new(engine: Engine) -> Place {
        let dir = tempfile::tempdir().expect("a folder for the test's data can be made");
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::new().await),
        };
        Place { dir, server }
    }

    pub(super) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// The database's URL; on SQLite there is none.
    pub(super) fn url(&self) -> Option<String> {
        self.server.as_ref().map(|server| with_database(&server.url, &server.name))
    }
}

impl Server {
    async fn new() -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bursar_app_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let url = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{URL_VARIABLE} is not set: name a PostgreSQL whose user may CREATE DATABASE, such as \
                 postgres://postgres@127.0.0.1:5432/postgres; `./test` starts one"
            )
        });
        run_on_server(&url, format!("CREATE DATABASE {name}")).await;
        Server { url, name }
    }
}

/// The same URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    format!("{}/{name}{query}", &address[..end])
}

async fn run_on_server(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("{URL_VARIABLE} leads to no PostgreSQL: {error}"));
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    done.expect("the tests' PostgreSQL makes and drops databases");
    drop(connection.close().await);
}

impl Drop for Server {
    fn drop(&mut self) {
        let (url, sql) = (self.url.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // Dropping cannot wait for a future on this thread's runtime, so it gets one of its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(run_on_server(&url, sql));
        });
        if dropped.join().is_err() && !std::thread::panicking() {
            panic!("the test's database could not be dropped");
        }
    }
}
