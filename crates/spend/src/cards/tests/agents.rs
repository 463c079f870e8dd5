//! Agents ask for cards and look at them.

use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use serde_json::json;

use super::desk::{Desk, text};

on_both_engines!(
    an_agent_asks_an_owner_says_yes_and_there_is_a_card,
    no_is_no_and_one_answer_is_enough,
    the_number_is_told_only_where_an_owner_allowed_it_and_kept_nowhere,
    looks_are_counted_written_down_and_told,
);

async fn an_agent_asks_an_owner_says_yes_and_there_is_a_card(engine: Engine) {
    let desk = Desk::on(engine).await;
    let ask = json!({ "reason": "To buy books <b>now</b>", "merchant": "books.example", "single_use": true });
    let asked = desk.agent.client().post("/wallet/card-request", &ask).await.expect(202);
    assert_eq!(asked["status"], "asked");
    let mail = desk.app.mails().wait(&desk.org.owner, "A card for").await;
    assert!(
        mail.text.contains("not checked by Bursar") && mail.text.contains("To buy books"),
        "{}",
        mail.text
    );
    let link = mail.link("/v1/card-request/");
    for _ in 0..2 {
        let page = desk.app.open(&link).await.page(200);
        assert!(page.contains("asks for a card") && page.contains("&#60;b&#62;now"), "{page}");
    }
    assert!(desk.app.sim().issuing().cards.is_empty(), "looking makes nothing");
    let path = link.strip_prefix(bursar_testkit::app::PUBLIC_URL).unwrap().to_owned();
    let press = |answer: &'static str| {
        let (client, path) = (desk.app.client().below(""), path.clone());
        async move { client.post_form(&path, &[("answer", answer)]).await }
    };
    press("maybe").await.page(400);
    assert!(press("yes").await.page(200).contains("An owner said yes"));
    press("no").await.page(409);
    let list = desk.org.admin().get("/dashboard/cards").await.expect(200);
    let card = &list["data"][0];
    assert_eq!((&card["status"], &card["reveal"]), (&json!("active"), &json!(false)));
    assert_eq!((&card["merchant"], &card["single_use"]), (&json!("books.example"), &json!(true)));
    let wallet = desk.agent.client().get("/wallet/check").await.expect(200);
    assert_eq!(wallet["card_status"], "active");
    assert_eq!((desk.count("card.requested").await, desk.count("card.created").await), (1, 1));
}

async fn no_is_no_and_one_answer_is_enough(engine: Engine) {
    let desk = Desk::on(engine).await;
    let ask = json!({ "reason": "To buy books" });
    for _ in 0..3 {
        desk.agent.client().post("/wallet/card-request", &ask).await.expect(202);
    }
    desk.agent.client().post("/wallet/card-request", &ask).await.problem(429, "rate_limited");
    let mail = desk.app.mails().wait(&desk.org.owner, "A card for").await;
    let link = mail.link("/v1/card-request/");
    let path = link.strip_prefix(bursar_testkit::app::PUBLIC_URL).unwrap();
    let client = desk.app.client().below("");
    assert!(client.post_form(path, &[("answer", "no")]).await.page(200).contains("An owner said no"));
    client.post_form(path, &[("answer", "yes")]).await.page(409);
    assert!(desk.app.sim().issuing().cards.is_empty());
    assert_eq!(desk.count("card.request_refused").await, 1);
    let broken = format!("{}x", &path[..path.len() - 1]);
    client.get(&broken).await.page(404);
    client.post_form(&broken, &[("answer", "yes")]).await.page(404);
}

async fn the_number_is_told_only_where_an_owner_allowed_it_and_kept_nowhere(engine: Engine) {
    let desk = Desk::on(engine).await;
    let reader = desk.reader().await;
    reader.get("/wallet/card").await.problem(404, "no_card");
    desk.agent.client().get("/wallet/card").await.problem(403, "forbidden");
    let (id, stripe_id) = desk.card().await;
    let plain = reader.get("/wallet/card").await;
    assert_eq!(plain.header("cache-control"), "no-store");
    let plain = plain.expect(200);
    assert_eq!((&plain["revealed"], plain.get("number"), plain.get("cvc")), (&json!(false), None, None));
    assert_eq!(plain["last4"], desk.at_stripe(&stripe_id)["last4"]);
    desk.org
        .admin()
        .put(&format!("/dashboard/cards/{id}/reveal"), &json!({ "reveal": true }))
        .await
        .expect(200);
    let open = reader.get("/wallet/card").await;
    assert_eq!(open.header("cache-control"), "no-store");
    let open = open.expect(200);
    let number = text(&open["number"]);
    assert!(open["revealed"] == true && number.len() == 16 && text(&open["cvc"]).len() == 3);
    assert!(open["rules"].as_array().unwrap().len() > 2);
    // A card that is stopped shows nothing.
    desk.post(&id, "freeze").await.expect(200);
    let stopped = reader.get(&format!("/wallet/card?card_id={id}")).await.expect(200);
    assert_eq!((&stopped["status"], &stopped["revealed"]), (&json!("frozen"), &json!(false)));
    desk.app.at_rest().await;
    for kept in desk.app.all_texts().await {
        assert!(!kept.contains(&number), "{kept}");
    }
    for mail in desk.app.mails().all() {
        assert!(!format!("{mail:?}").contains(&number), "{}", mail.text);
    }
    // Another agent of the org sees nothing of it.
    let other = desk.org.free_agent().await;
    let other = desk.app.client().with_key(&desk.org.key(&other, "card").await.1);
    other.get(&format!("/wallet/card?card_id={id}")).await.problem(404, "no_card");
}

async fn looks_are_counted_written_down_and_told(engine: Engine) {
    let desk = Desk::on(engine).await;
    let reader = desk.reader().await;
    let (id, _) = desk.card().await;
    for _ in 0..3 {
        reader.get("/wallet/card").await.expect(200);
    }
    let refused = reader.get("/wallet/card").await;
    assert!(!refused.header("retry-after").is_empty());
    refused.problem(429, "rate_limited");
    let list = desk.org.admin().get(&format!("/dashboard/cards/{id}/accesses")).await.expect(200);
    let looks = list["data"].as_array().unwrap();
    assert_eq!(looks.len(), 3);
    assert_eq!((&looks[0]["number"], &looks[0]["agent_id"]), (&json!(false), &json!(desk.agent.id)));
    assert_eq!(looks[0]["address"], "127.0.0.1");
    assert!(text(&looks[0]["key_id"]).starts_with("key_"));
    assert_eq!(desk.count("card.accessed").await, 3);
    let mail = desk.app.mails().wait(&desk.org.owner, "looked at its card").await;
    assert!(
        mail.text.contains("127.0.0.1") && mail.text.contains(&format!("bursar card freeze {id}")),
        "{}",
        mail.text
    );
    desk.app.advance(std::time::Duration::from_secs(60 * 60));
    reader.get("/wallet/card").await.expect(200);
}
