//! What a server says that has no org yet.

use crate::{House, Server, client};

/// The link that a server without any org prints at its start.
fn link(server: &mut Server) -> String {
    let lines = server.lines.by_ref().map(Result::unwrap);
    let line = lines.take(10).find(|line| line.contains("/first-run/")).expect("a link is printed");
    // By address: this machine need not know its own name.
    line.trim().replace("localhost", "127.0.0.1")
}

async fn status(link: &str) -> u16 {
    client().get(link).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_link_is_printed_at_each_start_until_there_is_an_org() {
    let house = House::new();
    let mut server = Server::start(&house, "serve --listen 127.0.0.1:0");
    let first = link(&mut server);
    assert_eq!(status(&first).await, 200);
    server.signal("-INT");
    assert_eq!(server.ended(), Some(0));

    let mut server = Server::start(&house, "serve --listen 127.0.0.1:0");
    let second = link(&mut server);
    assert_eq!(status(&second).await, 200);
    let token = first.rsplit('/').next().unwrap();
    let before = format!("{}/first-run/{token}", server.url);
    assert_eq!(status(&before).await, 404, "a new start ends the link before");
    house.json("org create Acme --admin-email owner@example.com");
    assert_eq!(status(&second).await, 410, "an org ends it too");
    server.signal("-INT");
    assert_eq!(server.ended(), Some(0));

    let mut server = Server::start(&house, "serve --listen 127.0.0.1:0");
    server.signal("-INT");
    assert_eq!(server.lines.by_ref().map(Result::unwrap).find(|line| line.contains("first-run")), None);
    assert_eq!(server.ended(), Some(0));
}

#[tokio::test]
async fn a_process_that_only_works_prints_none() {
    let house = House::new();
    let mut server = Server::start(&house, "serve --roles worker --listen 127.0.0.1:0");
    server.signal("-INT");
    assert_eq!(server.lines.by_ref().map(Result::unwrap).find(|line| line.contains("first-run")), None);
    assert_eq!(server.ended(), Some(0));
}
