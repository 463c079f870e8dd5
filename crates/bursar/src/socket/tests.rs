//! The protocol, from one end to the other, and what lies around after a crash.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use bursar_base::{Mode, SeededRng, SystemClock};
use clap::Parser as _;
use tokio::sync::watch;

use super::{FILE_NAME, client, server};
use crate::app::{App, Roles};
use crate::commands::Noun;
use crate::config::{Config, Flags};

#[derive(clap::Parser)]
struct Line {
    #[command(subcommand)]
    noun: Noun,
}

fn noun(line: &str) -> Noun {
    Line::try_parse_from(format!("bursar {line}").split(' ')).unwrap().noun
}

async fn app(dir: &Path) -> App {
    let flags = Flags { data: Some(dir.to_owned()), ..Flags::default() };
    let config = Config::load(&flags, []).config.unwrap();
    App::open(&config, Arc::new(SystemClock), Arc::new(SeededRng::new(5)), Roles::NONE).await.unwrap()
}

/// Runs a server's end over `dir` until the returned sender says stop.
fn serve(dir: &Path, app: &App) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let socket = server::bind(dir).unwrap();
    let (stop, stopped) = watch::channel(false);
    (stop, tokio::spawn(server::serve(socket, app.clone(), stopped)))
}

async fn round_trip(dir: &Path) {
    let app = app(dir).await;
    let org = bursar_identity::orgs::service::create(
        &app.spend.identity,
        "Acme",
        "o@example.com",
        Mode::Test,
        "UTC",
        "cli",
    );
    let org = org.await.unwrap().0;
    let (stop, served) = serve(dir, &app);
    let file = dir.join("export.jsonl");
    let command = noun(&format!("audit export --org {org} --output {}", file.display()));
    let stream = client::connect(dir).await.unwrap().expect("the server listens");
    assert_eq!(client::run(stream, command, false).await.unwrap(), 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);

    let stream = client::connect(dir).await.unwrap().expect("the server listens");
    let refused = noun(&format!("wallet deposit --org {org} 0.00 --reason none"));
    assert_eq!(client::run(stream, refused, true).await.unwrap(), 1);

    stop.send_replace(true);
    served.await.unwrap();
    assert!(!dir.join(FILE_NAME).exists(), "the socket stays behind");
    assert!(client::connect(dir).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_travel_and_their_words_come_back() {
    let dir = tempfile::tempdir().unwrap();
    round_trip(dir.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_too_long_for_a_sockets_address_works_too() {
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("d".repeat(120));
    std::fs::create_dir(&long).unwrap();
    round_trip(&long).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_socket_is_seen_and_replaced_by_one_for_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(dir.path().join(FILE_NAME)).unwrap());
    assert!(dir.path().join(FILE_NAME).exists());
    assert!(client::connect(dir.path()).await.unwrap().is_none(), "nobody listens");

    let app = app(dir.path()).await;
    let (stop, served) = serve(dir.path(), &app);
    let mode = std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(client::connect(dir.path()).await.unwrap().is_some());
    stop.send_replace(true);
    served.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_no_command_are_refused() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path()).await;
    let (stop, served) = serve(dir.path(), &app);
    let mut stream = client::connect(dir.path()).await.unwrap().unwrap();
    stream.write_all(b"{\"command\": \"destroy\"}\n").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("does not know this command") && said.ends_with("{\"exit\":1}\n"), "{said}");
    stop.send_replace(true);
    served.await.unwrap();
}
