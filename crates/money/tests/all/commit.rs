//! The connection is cut at COMMIT: nobody knows, it is said so, and asking again by the key gives one payment.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bursar_money::funnel::{Command, Funnel, FunnelError, Options, Reply, Reserve};
use bursar_store::{Db, Engine};
use futures_util::future::join_all;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::books::{self, Books};
use crate::fixture::{Agent, World, done, postgres_url, reserve, submit, usd, with_database};

/// When the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The server never hears the COMMIT.
    Before,
    /// The server has committed; its answer is lost.
    After,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect_to_server(options: &PgConnectOptions) -> Box<dyn Stream> {
    let file = format!(".s.PGSQL.{}", options.get_port());
    match options.get_socket() {
        Some(folder) => Box::new(UnixStream::connect(folder.join(file)).await.unwrap()),
        None => {
            let address = (options.get_host(), options.get_port());
            Box::new(TcpStream::connect(address).await.unwrap())
        }
    }
}

/// Carries bytes both ways; while armed, cuts the first connection on which a COMMIT passes.
async fn carry(mut client: TcpStream, mut server: Box<dyn Stream>, armed: Arc<AtomicBool>, cut: Cut) {
    let (mut from_client, mut from_server) = ([0_u8; 16_384], [0_u8; 16_384]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(count @ 1..) = read else { return };
                let bytes = &from_client[..count];
                let commit = bytes.windows(7).any(|part| part == b"COMMIT\0");
                if commit && armed.swap(false, Ordering::SeqCst) {
                    if cut == Cut::After {
                        server.write_all(bytes).await.unwrap();
                        // The answer to COMMIT, behind those to the writes it came with, means that it is done.
                        let mut answers = Vec::new();
                        while !answers.windows(7).any(|part| part == b"COMMIT\0") {
                            let read = server.read(&mut from_server).await.unwrap();
                            assert!(read > 0, "the server ended the connection");
                            answers.extend_from_slice(&from_server[..read]);
                        }
                    }
                    return;
                }
                if server.write_all(bytes).await.is_err() { return }
            }
            read = server.read(&mut from_server) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&from_server[..count]).await.is_err() { return }
            }
        }
    }
}

/// A URL of the world's database that leads through the cutter.
async fn behind_a_cutter(world: &World, armed: &Arc<AtomicBool>, cut: Cut) -> String {
    let options: PgConnectOptions = postgres_url().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = postgres_url();
    let address = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let authority = address.split(['/', '?']).next().unwrap_or_default();
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => user.to_owned(),
        None => options.get_username().to_owned(),
    };
    let armed = armed.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = connect_to_server(&options).await;
            tokio::spawn(carry(client, server, armed.clone(), cut));
        }
    });
    let through = format!("postgres://{user}@127.0.0.1:{port}/any?sslmode=disable");
    with_database(&through, world.data.name())
}

async fn ask_again_until_known(
    funnel: &Funnel,
    world: &World,
    agent: &Agent,
    request: &Reserve,
) -> (bool, String) {
    // As a client would: the same key, a new request.
    let again = Reserve { transaction_id: reserve(world, agent, 1).transaction_id, ..request.clone() };
    match submit(funnel, Command::Reserve(Box::new(again))).await {
        Ok(Reply::Transaction { transaction, replayed }) => (replayed, transaction.id.to_string()),
        other => panic!("expected a transaction, got {other:?}"),
    }
}

async fn a_cut_at_commit_is_said_and_settled_by_the_key(cut: Cut) {
    let world = World::new(Engine::Postgres).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("")).await;
    let armed = Arc::new(AtomicBool::new(false));
    let url = behind_a_cutter(&world, &armed, cut).await;
    let db = Db::postgres(&url, 2).await.unwrap();
    let clock = Arc::new(world.clock.clone());
    let funnel = Funnel::start(&db, clock, Options::default()).await.unwrap();
    done(submit(&funnel, Command::Reserve(Box::new(reserve(&world, &agent, usd(1))))).await);

    let request = reserve(&world, &agent, usd(5));
    armed.store(true, Ordering::SeqCst);
    let lost = funnel.submit(Command::Reserve(Box::new(request.clone()))).await;
    assert!(matches!(lost, Err(FunnelError::OutcomeUnknown)), "{cut:?}: {lost:?}");
    let (replayed, first) = ask_again_until_known(&funnel, &world, &agent, &request).await;
    assert_eq!(replayed, cut == Cut::After, "whether the first one had been committed");
    let (replayed, second) = ask_again_until_known(&funnel, &world, &agent, &request).await;
    assert!(replayed && first == second);

    // Many at once: some are in the batch that is lost, some are not; each is one payment in the end.
    let requests: Vec<Reserve> = (0..15).map(|_| reserve(&world, &agent, usd(1))).collect();
    armed.store(true, Ordering::SeqCst);
    let sent = requests.iter().map(|request| funnel.submit(Command::Reserve(Box::new(request.clone()))));
    let lost = join_all(sent).await.iter().filter(|answer| answer.is_err()).count();
    assert!(lost > 0, "a batch was lost");
    let mut ids = HashSet::new();
    for request in &requests {
        ids.insert(ask_again_until_known(&funnel, &world, &agent, request).await.1);
    }
    assert_eq!(ids.len(), requests.len());
    let mut tx = world.db().read().await.unwrap();
    assert_eq!(Books::read(&mut tx, &org).await.transactions.len(), 2 + requests.len());
    drop(tx);
    books::assert_right(world.db()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_never_heard_the_commit() {
    a_cut_at_commit_is_said_and_settled_by_the_key(Cut::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_committed_and_its_answer_was_lost() {
    a_cut_at_commit_is_said_and_settled_by_the_key(Cut::After).await;
}
