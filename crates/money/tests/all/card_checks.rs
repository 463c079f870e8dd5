//! A shop looks whether a card is good, and asks for nothing: what it is told, and what may come of it.

use bursar_base::Money;
use bursar_money::funnel::{Authorize, Command, Refusal};
use bursar_money::policies::Reason;
use bursar_money::transactions::{Status, Transaction};
use bursar_store::{Columns as _, Engine, jobs};

use crate::cards::{Till, sums};
use crate::fixture::{answer, decide, deposit, done, facts, freeze, reserve, submit, unfreeze, usd};
use crate::on_both_engines;

/// The card is looked at; the transaction and the answer.
async fn look(till: &Till) -> (Authorize, std::sync::Arc<Transaction>, bool) {
    let a = till.purchase(0);
    let (t, approved) = answer(till.ask(&a).await);
    (a, t, approved)
}

async fn a_good_card_is_good_and_nothing_is_held(engine: Engine) {
    // Everything that would ask a human about money is silent where none moves, and so is an empty wallet.
    let policy = "approve_above = \"0.00\"\ndaily = \"5.00\"\n[merchants]\nunknown = \"ask\"\n[categories]\nask = [\"book_stores\"]";
    let till = Till::new(engine, policy).await;
    let (a, t, approved) = look(&till).await;
    assert!(approved, "{t:?}");
    assert_eq!((sums(&t), t.amount_micros), ((Status::Executing, 0, 0, 0), 0));
    assert_eq!((t.purpose.as_str(), t.category.as_deref()), ("account verification", Some("book_stores")));
    assert!(answer(till.ask(&a).await).1, "asked again, the answer is the same");
    assert_eq!(till.spent().await, (0, 0));
    assert_eq!(till.actions(&t).await, ["payment.approved", "card.authorized"]);
    let mut over = facts(&till.world, &a, 0);
    over.ended = Some("expired".to_owned());
    assert_eq!(sums(&*till.tell(&over).await), (Status::Completed, 0, 0, 0), "there was nothing to fail");
    assert_eq!(sums(&*till.tell(&over).await), (Status::Completed, 0, 0, 0));
    assert_eq!(till.spent().await, (0, 0));
    till.assert_right().await;
}
on_both_engines!(a_good_card_is_good_and_nothing_is_held);

async fn a_card_that_may_not_be_used_is_not_good(engine: Engine) {
    let till =
        Till::new(engine, "[categories]\nblock = [\"casinos\"]\n[merchants]\nblock = [\"bad.example\"]")
            .await;
    let mut casino = till.purchase(0);
    casino.category = Some("casinos".to_owned());
    let mut bad = till.purchase(0);
    bad.merchant_key = "bad.example".to_owned();
    let mut abroad = till.purchase(0);
    abroad.amount.currency = bursar_base::Currency::parse("eur").unwrap();
    let all = [
        (casino, Reason::CategoryBlocked),
        (bad, Reason::MerchantBlocked),
        (abroad, Reason::CurrencyMismatch),
    ];
    for (a, reason) in all {
        let (t, approved) = answer(till.ask(&a).await);
        assert_eq!((t.decline_reason(), approved), (Some(reason), false));
        assert_eq!(till.actions(&t).await, ["payment.declined", "card.declined"]);
    }
    till.world.lock_card(&till.card, "other.example").await;
    assert_eq!(look(&till).await.1.decline_reason(), Some(Reason::MerchantBlocked));
    till.world.lock_card(&till.card, "example.com").await;
    till.world.set_card(&till.agent, &till.card, "frozen").await;
    assert_eq!(look(&till).await.1.decline_reason(), Some(Reason::CardNotActive));
    till.world.set_card(&till.agent, &till.card, "active").await;
    submit(&till.funnel, freeze(&till.agent, "member")).await.unwrap();
    assert_eq!(look(&till).await.1.decline_reason(), Some(Reason::AgentFrozen));
    submit(&till.funnel, unfreeze(&till.agent, "member")).await.unwrap();
    let org = |frozen| Command::SetFrozen {
        org_id: till.agent.org.clone(),
        agent_id: None,
        frozen,
        reason: "a test".to_owned(),
        actor: "member".to_owned(),
        nonce: None,
    };
    submit(&till.funnel, org(true)).await.unwrap();
    assert_eq!(look(&till).await.1.decline_reason(), Some(Reason::OrgFrozen));
    submit(&till.funnel, org(false)).await.unwrap();
    assert!(look(&till).await.2);
    let less = Authorize { amount: Money::usd_micros(-1), ..till.purchase(0) };
    assert_eq!(till.ask(&less).await.unwrap_err(), Refusal::NotPositive);
    till.assert_right().await;
}
on_both_engines!(a_card_that_may_not_be_used_is_not_good);

async fn looking_counts_like_any_request(engine: Engine) {
    let till = Till::new(
        engine,
        "velocity = { requests = 2, seconds = 60 }\nbreaker = { requests = 4, seconds = 60 }",
    )
    .await;
    assert!(look(&till).await.2 && look(&till).await.2);
    for _ in 0..2 {
        assert_eq!(look(&till).await.1.decline_reason(), Some(Reason::VelocityExceeded));
    }
    assert_eq!(
        look(&till).await.1.decline_reason(),
        Some(Reason::AgentFrozen),
        "the breaker has counted too"
    );
    till.assert_right().await;
}
on_both_engines!(looking_counts_like_any_request);

async fn looking_twice_repeats_nothing(engine: Engine) {
    let policy = "recurring = \"decline\"\nduplicates = { seconds = 900, action = \"decline\" }";
    let till = Till::new(engine, policy).await;
    assert!(look(&till).await.2 && look(&till).await.2);
    till.bought(usd(5)).await;
    let (t, approved) = answer(till.ask(&till.purchase(usd(5))).await);
    assert_eq!(
        (t.decline_reason(), approved),
        (Some(Reason::Duplicate), false),
        "what is bought can be repeated"
    );
    till.assert_right().await;
}
on_both_engines!(looking_twice_repeats_nothing);

async fn more_than_nothing_is_decided_like_an_increase(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"\napprove_above = \"40.00\"").await;
    let (a, t, _) = look(&till).await;
    assert!(!till.more(&a, usd(51)).await, "the day has fifty dollars");
    assert!(!till.more(&a, usd(41)).await, "nobody can be asked while the merchant waits");
    assert!(till.more(&a, usd(30)).await);
    assert_eq!(till.spent().await, (usd(30), 0));
    assert!(till.more(&a, 0).await, "looking once more changes nothing");
    assert_eq!(till.spent().await, (usd(30), 0));
    let mut over = facts(&till.world, &a, 0);
    over.ended = Some("closed".to_owned());
    over.captures.insert("ipi_1".to_owned(), usd(25));
    let paid = till.tell(&over).await;
    assert_eq!((&paid.id, sums(&paid)), (&t.id, (Status::Completed, 0, usd(25), 0)));
    assert_eq!((till.spent().await, till.jobs("captured").await), ((0, usd(25)), 0));
    // What was made larger and then given up is a payment that failed, like any other.
    let (a, _, _) = look(&till).await;
    assert!(till.more(&a, usd(5)).await);
    let mut over = facts(&till.world, &a, 0);
    over.ended = Some("expired".to_owned());
    assert_eq!(sums(&*till.tell(&over).await), (Status::Failed, 0, 0, 0));
    till.assert_right().await;
}
on_both_engines!(more_than_nothing_is_decided_like_an_increase);

async fn more_on_another_day_counts_on_that_day(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let (a, _, _) = look(&till).await;
    let (late, _, _) = look(&till).await;
    till.world.clock.advance(std::time::Duration::from_secs(40 * 3_600));
    assert!(!till.more(&a, usd(51)).await);
    assert!(till.more(&a, usd(30)).await);
    assert_eq!(till.spent().await, (usd(30), 0));
    // Or the network holds more on its own, and releases it again another day.
    assert_eq!(till.tell(&facts(&till.world, &late, usd(20))).await.held_micros, usd(20));
    assert_eq!(till.spent().await, (usd(50), 0));
    assert!(!till.more(&a, usd(1)).await);
    till.world.clock.advance(std::time::Duration::from_secs(40 * 3_600));
    let mut over = facts(&till.world, &late, 0);
    over.ended = Some("expired".to_owned());
    assert_eq!(sums(&*till.tell(&over).await), (Status::Failed, 0, 0, 0));
    assert!(till.more(&a, usd(20)).await, "its own day has room again");
    till.assert_right().await;
}
on_both_engines!(more_on_another_day_counts_on_that_day);

async fn what_is_taken_after_looking_nobody_allowed(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let (a, t, _) = look(&till).await;
    let mut now = facts(&till.world, &a, 0);
    now.captures.insert("ipi_1".to_owned(), usd(3));
    for _ in 0..2 {
        let taken = till.tell(&now).await;
        assert_eq!((&taken.id, sums(&taken)), (&t.id, (Status::Executing, 0, usd(3), 0)));
    }
    assert_eq!((till.spent().await, till.jobs("captured").await), ((0, usd(3)), 1), "a human is told");
    now.ended = Some("closed".to_owned());
    now.refunds.insert("ipi_2".to_owned(), usd(3));
    assert_eq!(sums(&*till.tell(&now).await), (Status::Refunded, 0, usd(3), usd(3)));
    // And after it is over.
    let (a, t, _) = look(&till).await;
    let mut now = facts(&till.world, &a, 0);
    now.ended = Some("expired".to_owned());
    till.tell(&now).await;
    now.captures.insert("ipi_3".to_owned(), usd(4));
    let taken = till.tell(&now).await;
    assert_eq!((&taken.id, sums(&taken)), (&t.id, (Status::Completed, 0, usd(4), 0)));
    assert_eq!((till.spent().await, till.jobs("captured").await), ((0, usd(7)), 2));
    till.assert_right().await;
}
on_both_engines!(what_is_taken_after_looking_nobody_allowed);

async fn looking_takes_up_no_reservation(engine: Engine) {
    let till = Till::new(engine, "approve_above = \"10.00\"").await;
    submit(&till.funnel, deposit(&till.agent.org, None, usd(100), "cli")).await.unwrap();
    let (asked, _) = answer(till.ask(&till.purchase(usd(20))).await);
    done(submit(&till.funnel, decide(&asked, true, "member")).await);
    // One that may be all below what was intended is not taken up by nothing either.
    let mut intent = reserve(&till.world, &till.agent, usd(5));
    let waiting = bursar_money::funnel::Waiting {
        within: std::time::Duration::from_secs(600),
        tolerance_micros: usd(5),
    };
    intent.then = bursar_money::funnel::Then::Wait(waiting);
    let intent = done(submit(&till.funnel, Command::Reserve(Box::new(intent))).await);
    let (_, looked, approved) = look(&till).await;
    assert!(approved && looked.id != asked.id && looked.id != intent.id, "{looked:?}");
    assert_eq!(till.jobs("drift").await, 0, "looking is no other purchase");
    let (bought, approved) = answer(till.ask(&till.purchase(usd(20))).await);
    assert_eq!((&bought.id, approved), (&asked.id, true));
    till.assert_right().await;
}
on_both_engines!(looking_takes_up_no_reservation);

impl Till {
    /// What the trail tells of a transaction, in order.
    async fn actions(&self, t: &Transaction) -> Vec<String> {
        let sql = "SELECT action FROM events WHERE transaction_id = $1 ORDER BY seq";
        let rows = self.world.db().read().await.unwrap().rows(sql, &[t.id.as_str().into()]).await.unwrap();
        rows.iter().map(|row| row.text("action").unwrap()).collect()
    }

    /// How many jobs of a kind wait.
    async fn jobs(&self, kind: &str) -> usize {
        let mut tx = self.world.db().read().await.unwrap();
        let all = jobs::list(&mut tx, "ready", 500).await.unwrap();
        all.iter().filter(|job| job.kind == kind).count()
    }
}
