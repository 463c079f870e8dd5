//! Backups as docs/running.md has them made, while payments go on; and what is there after a restore.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::Command;

use crate::cluster::binaries;
use crate::database::Database;
use crate::heard::Heard;
use crate::house::{House, People};
use crate::load::{Load, Wishes};
use crate::payer::{Payer, Wish};
use crate::seed::chance;
use crate::until::until_so;

const CLIENTS: u64 = 8;

/// Makes a backup with `back_up` while clients are served, and has `restore` put it into an empty installation: everything
/// that was answered before is there, books and chains are whole, and it goes on working.
async fn restored(
    house: House,
    test: &str,
    back_up: impl AsyncFnOnce(&House),
    restore: impl AsyncFnOnce() -> House,
) {
    let (seed, _) = chance(test);
    let people = house.people("1000000.00", &["--daily", "900000"]).await;
    let server = house.serve().await;
    let payer = Payer::new(&server.url, &people);
    let (heard, wishes) = (Arc::new(Heard::default()), Arc::new(Wishes::default()));
    let load = Load::start(std::slice::from_ref(&payer), CLIENTS, &wishes, &heard, seed);
    until_so("clients are answered", || heard.answered() > 100).await;
    let before = payer.rows().await;
    back_up(&house).await;
    let answered = heard.answered();
    until_so("clients are still answered", || heard.answered() > answered + 100).await;
    load.enough();
    load.ended().await;
    // The machine is gone.
    server.kill().await;
    drop(house);

    let house = restore().await;
    house.assert_sound().await;
    works(&house, &people, &before.into_keys().collect::<Vec<_>>()).await;
    house.assert_sound().await;
}

/// The restored server knows the payments, lets the same key in, and pays.
async fn works(house: &House, people: &People, known: &[String]) {
    let server = house.serve().await;
    let payer = Payer::new(&server.url, people);
    let rows = payer.rows().await;
    for key in known {
        assert!(rows.contains_key(key), "{key} was there before the backup and is not after the restore");
    }
    let wish = Wish { key: "after".to_owned(), cents: 1_234, merchant: "shop.example", rail: "sandbox" };
    let id = payer.ask(&wish).await.unwrap().id;
    assert_eq!(payer.settled(&id).await.status, "completed");
    server.ask_to_stop().await;
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_embedded_database_made_while_serving_is_restored() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("bursar.backup");
    let back_up = async |house: &House| {
        let file = file.to_str().unwrap();
        house.run(&["backup", file]).await;
        assert!(!house.runs(&["backup", file]).await, "a backup was written over");
    };
    let restore = async || {
        let house = House::sqlite();
        std::fs::copy(&file, house.data().join("bursar.db")).unwrap();
        house
    };
    restored(House::sqlite(), "backup on sqlite", back_up, restore).await;
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "something is left beside the backup");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_postgresql_made_while_serving_is_restored() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("bursar.dump");
    let database = Database::new().await;
    let from = database.url();
    let back_up = async |house: &House| {
        let dump = ["--format=custom", "--no-owner", "--file"];
        run("pg_dump", |command| command.args(dump).arg(&file).arg("--dbname").arg(&from)).await;
        assert!(!house.runs(&["backup", "bursar.backup"]).await, "there is no embedded database");
    };
    let restore = async || {
        let database = Database::new().await;
        let into = database.url();
        let options = ["--no-owner", "--exit-on-error", "--single-transaction", "--dbname"];
        run("pg_restore", |command| command.args(options).arg(&into).arg(&file)).await;
        House::over(Some(database))
    };
    restored(House::over(Some(database)), "backup on postgres", back_up, restore).await;
}

/// Runs one of PostgreSQL's programs, which must succeed.
async fn run(program: &str, with: impl FnOnce(&mut Command) -> &mut Command) {
    let mut command = Command::new(Path::new(&binaries()).join(program));
    with(&mut command).stdin(Stdio::null());
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {}: {said}", output.status);
}
