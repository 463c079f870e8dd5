//! PostgreSQL over TLS: both drivers speak it, and neither to a server that is not who it should be.

use std::sync::Arc;

use bursar_money::funnel::{Command, Funnel, Options};
use bursar_money::transactions::Status;
use bursar_store::{Columns as _, Db, Engine, StoreError, migrate};

use crate::fixture::{World, deposit, done, postgres_url, reserve, submit, usd, with_database};

/// The PEM file of the authority that the server's certificate, for `localhost` alone, is of.
fn authority() -> String {
    std::env::var("BURSAR_TEST_POSTGRES_CA").expect("BURSAR_TEST_POSTGRES_CA is not set; ./test sets it")
}

/// The world's database under another name of the same machine.
async fn connect(world: &World, host: &str, query: &str) -> Result<Db, StoreError> {
    let url = postgres_url().replace("@127.0.0.1:", &format!("@{host}:"));
    let bare = url.split('?').next().unwrap_or_default();
    Db::postgres(&with_database(&format!("{bare}{query}"), world.data.name()), 4).await
}

#[tokio::test]
async fn all_connections_are_encrypted_on_postgres() {
    let world = World::new(Engine::Postgres).await;
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("daily = \"20.00\"")).await;
    let query = format!("?sslmode=verify-full&sslrootcert={}", authority());
    let db = connect(&world, "localhost", &query).await.unwrap();
    migrate::run(&db).await.unwrap();
    let funnel = Funnel::start(&db, Arc::new(world.clock.clone()), Options::default()).await.unwrap();
    submit(&funnel, deposit(&org, None, usd(50), "cli")).await.unwrap();
    let request = Command::Reserve(Box::new(reserve(&world, &agent, usd(5))));
    let t = done(submit(&funnel, request).await);
    assert_eq!(t.status, Status::Approved);

    let mut tx = db.read().await.unwrap();
    let sql = "SELECT COUNT(*) AS sessions, COUNT(*) FILTER (WHERE s.ssl) AS encrypted FROM pg_stat_activity a \
        JOIN pg_stat_ssl s ON s.pid = a.pid WHERE a.datname = current_database() AND a.application_name = 'bursar'";
    let row = tx.row(sql, &[]).await.unwrap().unwrap();
    // Besides these, the world has connections of its own without: its URL names a loopback address.
    let (sessions, encrypted) = (row.int("sessions").unwrap(), row.int("encrypted").unwrap());
    assert!(encrypted >= 2 && sessions > encrypted, "{encrypted} of {sessions}");
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_gets_no_password_on_postgres() {
    let world = World::new(Engine::Postgres).await;
    let trusted = format!("?sslmode=verify-full&sslrootcert={}", authority());
    let wrong = [("localhost", "?sslmode=verify-full"), ("127.0.0.1", trusted.as_str())];
    for (host, query) in wrong {
        let refused = connect(&world, host, query).await.unwrap_err().to_string();
        assert!(refused.contains("certificate"), "{host}: {refused}");
    }
}
