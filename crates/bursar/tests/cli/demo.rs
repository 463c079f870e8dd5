//! The main job, as the README's command shows it.

use crate::{House, Server, client};

/// What the demo says until it only serves.
fn said(server: &mut Server) -> String {
    let mut text = String::new();
    for line in server.lines.by_ref() {
        let line = line.unwrap();
        let last = line.starts_with("Serving until");
        text.push_str(&line);
        text.push('\n');
        if last {
            return text;
        }
    }
    panic!("the demo ended early: {text}");
}

#[tokio::test]
async fn the_demo_pays_asks_and_goes_on_serving() {
    let house = House::new();
    for _ in 0..2 {
        let mut server = Server::start(&house, "demo --listen 127.0.0.1:0");
        let text = said(&mut server);
        assert!(text.contains("is completed.") && text.contains("is pending."), "{text}");
        let link = text.lines().map(str::trim).find(|line| line.contains("/v1/approve/")).unwrap();
        let by_name = server.url.replace("127.0.0.1", "localhost");
        assert!(link.starts_with(&by_name), "{link}");
        let page = client().get(link).send().await.unwrap();
        assert_eq!(page.status().as_u16(), 200);
        let yes = client().post(link).send().await.unwrap();
        assert_eq!(yes.status().as_u16(), 200);
        assert_eq!(house.json("ledger check")["difference_count"], 0);
        assert_eq!(house.json("audit verify")["broken_count"], 0);
        server.signal("-INT");
        assert_eq!(server.ended(), Some(0));
    }
    assert_eq!(std::fs::read_dir(house.data().join("mail")).unwrap().count(), 2);
}
