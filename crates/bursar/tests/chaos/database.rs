//! A PostgreSQL database that lives as long as one test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Where the tests' PostgreSQL is.
const URL_VARIABLE: &str = "BURSAR_TEST_POSTGRES_URL";

/// A fresh, empty database; removed when dropped.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// On the tests' PostgreSQL.
    pub async fn new() -> Database {
        let server = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{URL_VARIABLE} is not set: name a PostgreSQL whose user may CREATE DATABASE, such as \
                 postgres://postgres@127.0.0.1:5432/postgres; `./test` starts one"
            )
        });
        Database::on(server).await
    }

    /// On a server of the test's own.
    pub async fn on(server: String) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("bursar_chaos_{}_{count}", std::process::id());
        run(&server, format!("CREATE DATABASE {name}")).await.unwrap();
        Database { server, name }
    }

    /// What `--database-url` takes.
    pub fn url(&self) -> String {
        let (address, query) = match self.server.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (self.server.as_str(), String::new()),
        };
        let start = address.find("://").map_or(0, |at| at + "://".len());
        let end = address[start..].find('/').map_or(address.len(), |at| start + at);
        format!("{}/{}{query}", &address[..end], self.name)
    }
}

async fn run(server: &str, sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) =
            (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // Dropping cannot wait for a future on this thread's runtime, so it gets one of its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run(&server, sql))
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            println!("the database {} was left behind", self.name);
        }
    }
}
