//! Intents: what an agent reserved is taken up once, by its purchase and by nothing else.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::TransactionId;
use bursar_money::budgets;
use bursar_money::funnel::{Command, Funnel, Outcome, Refusal, Reserve, Step, Then, Waiting};
use bursar_money::ledger;
use bursar_money::policies::{self, Document, RailName, Reason};
use bursar_money::transactions::{Status, Transaction, find};
use bursar_store::{Columns as _, Engine};
use futures_util::future::join_all;

use crate::fixture::{
    Agent, World, answer, authorize, decide, deposit, done, expire, freeze, reserve, submit, unfreeze, usd,
};
use crate::{books, on_both_engines};

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// An agent with a hundred dollars.
struct House {
    world: World,
    funnel: Funnel,
    agent: Agent,
}

impl House {
    async fn new(engine: Engine, policy: &str) -> House {
        let world = World::new(engine).await;
        let funnel = world.funnel().await;
        let org = world.org("UTC", false).await;
        let agent = world.agent(&org, Some(policy)).await;
        submit(&funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
        House { world, funnel, agent }
    }

    async fn ask(&self, request: Reserve) -> Outcome {
        submit(&self.funnel, Command::Reserve(Box::new(request))).await
    }

    fn wish(&self, micros: i64, tolerance_micros: i64) -> Reserve {
        let waiting = Waiting { within: TEN_MINUTES, tolerance_micros };
        Reserve { then: Then::Wait(waiting), ..reserve(&self.world, &self.agent, micros) }
    }

    fn purchase(&self, intent: &TransactionId, micros: i64) -> Reserve {
        Reserve { then: Then::TakeUp(intent.clone()), ..reserve(&self.world, &self.agent, micros) }
    }

    async fn intended(&self, micros: i64, tolerance: i64) -> Arc<Transaction> {
        let t = done(self.ask(self.wish(micros, tolerance)).await);
        assert_eq!((t.status, t.held_micros), (Status::Approved, micros), "{t:?}");
        t
    }

    async fn now(&self, id: &TransactionId) -> Transaction {
        find(&mut self.world.db().read().await.unwrap(), id).await.unwrap().unwrap()
    }

    /// What is held today, and what of yesterday is held still.
    async fn held(&self) -> (i64, i64) {
        let mut tx = self.world.db().read().await.unwrap();
        let budgets = budgets::of_org(&mut tx, &self.agent.org).await.unwrap();
        let sql =
            "SELECT CAST(COALESCE(SUM(held), 0) AS BIGINT) AS held FROM past_windows WHERE kind = 'day'";
        let past = tx.row(sql, &[]).await.unwrap().unwrap();
        (budgets[0].day.held, past.int("held").unwrap())
    }

    async fn set_policy(&self, toml: &str) {
        let (clock, agent, document) = (&self.world.clock, &self.agent, Document::from_toml(toml).unwrap());
        let mut tx = self.world.db().write().await.unwrap();
        policies::set(&mut tx, clock, &agent.org, &agent.id, &document, None, "member").await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn jobs(&self, kind: &str) -> i64 {
        let sql = "SELECT COUNT(*) AS jobs FROM jobs WHERE kind = $1";
        let row = self.world.db().read().await.unwrap().row(sql, &[kind.into()]).await.unwrap();
        row.unwrap().int("jobs").unwrap()
    }

    async fn assert_right(&self) {
        books::assert_right(self.world.db()).await;
        let report = ledger::check(self.world.db(), &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }
}

fn refusal(outcome: Outcome) -> Refusal {
    outcome.expect_err("it is refused")
}

async fn a_purchase_takes_up_what_was_reserved_and_holds_no_more_than_it_needs(engine: Engine) {
    let house = House::new(engine, "daily = \"25.00\"").await;
    let intent = house.intended(usd(22), usd(4)).await;
    assert_eq!((house.jobs("execute").await, house.held().await.0), (0, usd(22)));
    // No room is left for both, and none is needed.
    let request = house.purchase(&intent.id, usd(19));
    let t = done(house.ask(request.clone()).await);
    assert_eq!((t.status, t.held_micros), (Status::Approved, usd(19)));
    assert_eq!((house.jobs("execute").await, house.held().await.0), (1, usd(19)));
    let over = house.now(&intent.id).await;
    let ended = (over.status, over.reason.as_deref(), over.held_micros);
    assert_eq!(ended, (Status::Cancelled, Some("taken_up"), 0));
    // The same again is the same purchase; another is one too many.
    assert_eq!(done(house.ask(request).await).id, t.id);
    assert_eq!(refusal(house.ask(house.purchase(&intent.id, usd(19))).await), Refusal::IntentOver);
    house.assert_right().await;
}

async fn what_differs_from_the_intent_is_refused_and_changes_nothing(engine: Engine) {
    let house = House::new(engine, "").await;
    let intent = house.intended(usd(22), usd(4)).await;
    let stranger = house.world.agent(&house.agent.org, Some("")).await;
    let good = house.purchase(&intent.id, usd(20));
    let elsewhere = Reserve { merchant_key: "other.example".to_owned(), ..good.clone() };
    let other_rail = Reserve { rail: Some(RailName::Stripe), ..good.clone() };
    let (more, less) = (house.purchase(&intent.id, usd(22) + 1), house.purchase(&intent.id, usd(18) - 1));
    for request in [elsewhere, other_rail, more, less] {
        assert_eq!(refusal(house.ask(request).await), Refusal::IntentDiffers);
    }
    let theirs = Reserve { agent_id: stranger.id, key_id: stranger.key, ..good.clone() };
    assert_eq!(refusal(house.ask(theirs).await), Refusal::NotFound("intent"));
    let plain = done(house.ask(reserve(&house.world, &house.agent, usd(1))).await);
    let no_intent = Reserve { then: Then::TakeUp(plain.id.clone()), ..good.clone() };
    assert_eq!(refusal(house.ask(no_intent).await), Refusal::NotFound("intent"));
    assert_eq!(house.now(&intent.id).await, *intent);
    assert_eq!(done(house.ask(good).await).status, Status::Approved, "its key was not used up");
    house.assert_right().await;
}

async fn of_many_purchases_at_once_one_takes_it_up(engine: Engine) {
    let house = House::new(engine, "daily = \"20.00\"").await;
    let intent = house.intended(usd(20), 0).await;
    let outcomes = join_all((0..12).map(|_| house.ask(house.purchase(&intent.id, usd(20))))).await;
    let passed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(passed, 1, "{outcomes:?}");
    assert_eq!(house.held().await.0, usd(20));
    house.assert_right().await;
}

async fn it_ends_by_itself_and_after_a_yes_it_is_good_for_ten_minutes(engine: Engine) {
    let house = House::new(engine, "approve_above = \"10.00\"").await;
    let short = house.intended(usd(5), 0).await;
    let asked = done(house.ask(house.wish(usd(50), 0)).await);
    assert_eq!(asked.status, Status::Pending);
    assert_eq!(refusal(house.ask(house.purchase(&asked.id, usd(50))).await), Refusal::IntentPending);
    house.world.clock.advance(TEN_MINUTES);
    assert_eq!(refusal(house.ask(house.purchase(&short.id, usd(5))).await), Refusal::IntentOver);
    let ended = done(submit(&house.funnel, expire(&short, "worker")).await);
    assert_eq!((ended.status, ended.held_micros), (Status::Cancelled, 0));
    let yes = done(submit(&house.funnel, decide(&asked, true, "member:ann")).await);
    assert_eq!((yes.status, house.jobs("execute").await), (Status::Approved, 0));
    let late = done(house.ask(house.wish(usd(50), 0)).await);
    let late = done(submit(&house.funnel, decide(&late, true, "member:ann")).await);
    let bought = done(house.ask(house.purchase(&asked.id, usd(50))).await);
    assert_eq!(bought.status, Status::Approved, "a human has decided already");
    house.world.clock.advance(TEN_MINUTES);
    assert_eq!(refusal(house.ask(house.purchase(&late.id, usd(50))).await), Refusal::IntentOver);
    house.assert_right().await;
}

async fn it_counts_where_it_was_reserved_also_when_it_is_bought_after_midnight(engine: Engine) {
    let world = World::at(engine, "2026-11-20T23:55:00Z").await;
    let funnel = world.funnel().await;
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("daily = \"20.00\"")).await;
    submit(&funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
    let house = House { world, funnel, agent };
    let intent = house.intended(usd(20), usd(5)).await;
    house.world.clock.advance(Duration::from_secs(6 * 60));
    // All of the new day is used before the purchase comes.
    assert_eq!(done(house.ask(reserve(&house.world, &house.agent, usd(20))).await).status, Status::Approved);
    assert_eq!(done(house.ask(house.purchase(&intent.id, usd(18))).await).status, Status::Approved);
    assert_eq!(house.held().await, (usd(20), usd(18)));
    house.assert_right().await;
}

async fn a_card_that_takes_it_up_after_midnight_gives_back_where_it_was_reserved(engine: Engine) {
    let world = World::at(engine, "2026-11-20T23:55:00Z").await;
    let funnel = world.funnel().await;
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("daily = \"20.00\"")).await;
    let card = world.card(&agent).await;
    submit(&funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
    let house = House { world, funnel, agent };
    let wish = Reserve { rail: Some(RailName::Card), ..house.wish(usd(20), usd(5)) };
    let intent = done(house.ask(wish).await);
    house.world.clock.advance(Duration::from_secs(6 * 60));
    // Its day is over, and written down as such, before the card is used.
    assert_eq!(done(house.ask(reserve(&house.world, &house.agent, usd(20))).await).status, Status::Approved);
    let bought = Command::Authorize(Box::new(authorize(&house.world, &house.agent, &card, usd(18))));
    let (t, approved) = answer(submit(&house.funnel, bought).await);
    assert_eq!((&t.id, approved, t.held_micros), (&intent.id, true, usd(18)));
    assert_eq!(house.held().await, (usd(20), usd(18)));
    house.assert_right().await;
}

/// What was intended by another rail is not what a card takes up; a human hears that it was bought in another way.
async fn a_card_leaves_what_was_intended_by_another_rail(engine: Engine) {
    let house = House::new(engine, "").await;
    let card = house.world.card(&house.agent).await;
    let intent = house.intended(usd(20), 0).await;
    let a = authorize(&house.world, &house.agent, &card, usd(20));
    let (t, approved) = answer(submit(&house.funnel, Command::Authorize(Box::new(a))).await);
    assert!(approved && t.id != intent.id, "{t:?}");
    assert_eq!((t.rail, house.jobs("drift").await), (RailName::Card, 1));
    assert_eq!(done(house.ask(house.purchase(&intent.id, usd(20))).await).status, Status::Approved);
    house.assert_right().await;
}

async fn a_freeze_and_a_new_block_stand_in_the_way(engine: Engine) {
    let house = House::new(engine, "").await;
    let intent = house.intended(usd(20), 0).await;
    submit(&house.funnel, freeze(&house.agent, "member")).await.unwrap();
    let declined = done(house.ask(house.purchase(&intent.id, usd(20))).await);
    assert_eq!(declined.decline_reason(), Some(Reason::AgentFrozen));
    submit(&house.funnel, unfreeze(&house.agent, "member")).await.unwrap();
    house.set_policy("[merchants]\nblock = [\"example.com\"]").await;
    let declined = done(house.ask(house.purchase(&intent.id, usd(20))).await);
    assert_eq!(declined.decline_reason(), Some(Reason::MerchantBlocked));
    assert_eq!(house.now(&intent.id).await.status, Status::Approved, "it waits on, and ends in time");
    house.assert_right().await;
}

async fn a_card_takes_up_what_was_intended_for_it(engine: Engine) {
    let house = House::new(engine, "daily = \"25.00\"").await;
    let card = house.world.card(&house.agent).await;
    let wish = Reserve { rail: Some(RailName::Card), ..house.wish(usd(22), usd(4)) };
    let intent = done(house.ask(wish).await);
    assert_eq!((intent.status, intent.rail), (Status::Approved, RailName::Card));
    // A request cannot: the card is used at the till.
    assert_eq!(refusal(house.ask(house.purchase(&intent.id, usd(20))).await), Refusal::IntentDiffers);
    let till = |micros| Command::Authorize(Box::new(authorize(&house.world, &house.agent, &card, micros)));
    // Something else at the same shop is looked at on its own, and a human hears of it.
    let (other, approved) = answer(submit(&house.funnel, till(usd(24))).await);
    assert_eq!((other.decline_reason(), approved), (Some(Reason::DailyExceeded), false));
    assert_eq!(house.jobs("drift").await, 1);
    let (t, approved) = answer(submit(&house.funnel, till(usd(19))).await);
    assert_eq!((t.id.clone(), t.status, t.held_micros), (intent.id.clone(), Status::Executing, usd(19)));
    assert!(approved);
    assert_eq!(house.jobs("drift").await, 1);
    // It is the merchant's to give back, like anything that is bought with a card.
    let step = Step::RequestRefund {
        refund_id: "ref_1".to_owned(),
        micros: None,
        idempotency_key: "1".to_owned(),
        reason: "sent back".to_owned(),
    };
    let back = Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: "member".to_owned(),
        job: None,
        nonce: None,
    };
    assert_eq!(refusal(submit(&house.funnel, back).await), Refusal::MerchantRefunds);
    house.assert_right().await;
}

/// The block lists are looked at again, as they are for a payment request; also with the network's word on what is sold.
async fn a_new_block_stands_in_the_way_of_a_card_too(engine: Engine) {
    let house = House::new(engine, "").await;
    let card = house.world.card(&house.agent).await;
    let wish = Reserve { rail: Some(RailName::Card), ..house.wish(usd(20), 0) };
    let intent = done(house.ask(wish).await);
    assert_eq!((intent.status, &intent.category), (Status::Approved, &None));
    let cases = [
        ("[merchants]\nblock = [\"example.com\"]", Reason::MerchantBlocked),
        ("[categories]\nblock = [\"book_stores\"]", Reason::CategoryBlocked),
        ("rails = [\"sandbox\"]", Reason::RailBlocked),
    ];
    for (policy, reason) in cases {
        house.set_policy(policy).await;
        let a = authorize(&house.world, &house.agent, &card, usd(20));
        let (t, approved) = answer(submit(&house.funnel, Command::Authorize(Box::new(a))).await);
        assert_eq!((t.decline_reason(), approved), (Some(reason), false), "{policy}");
        assert_eq!(house.now(&intent.id).await.status, Status::Approved, "it waits on, and ends in time");
    }
    assert_eq!(house.jobs("drift").await, 0, "it was the purchase that was intended");
    // A question that is open is no way around it either.
    house.set_policy("approve_above = \"30.00\"").await;
    let ask = || authorize(&house.world, &house.agent, &card, usd(40));
    let (asked, _) = answer(submit(&house.funnel, Command::Authorize(Box::new(ask()))).await);
    assert_eq!(asked.status, Status::Pending);
    house.set_policy("[merchants]\nblock = [\"example.com\"]").await;
    let (t, _) = answer(submit(&house.funnel, Command::Authorize(Box::new(ask()))).await);
    assert_eq!(t.decline_reason(), Some(Reason::MerchantBlocked));
    house.set_policy("").await;
    let a = authorize(&house.world, &house.agent, &card, usd(20));
    let (t, approved) = answer(submit(&house.funnel, Command::Authorize(Box::new(a))).await);
    assert_eq!((&t.id, approved), (&intent.id, true), "the block is gone");
    house.assert_right().await;
}

on_both_engines!(a_purchase_takes_up_what_was_reserved_and_holds_no_more_than_it_needs);
on_both_engines!(what_differs_from_the_intent_is_refused_and_changes_nothing);
on_both_engines!(of_many_purchases_at_once_one_takes_it_up);
on_both_engines!(it_ends_by_itself_and_after_a_yes_it_is_good_for_ten_minutes);
on_both_engines!(it_counts_where_it_was_reserved_also_when_it_is_bought_after_midnight);
on_both_engines!(a_card_that_takes_it_up_after_midnight_gives_back_where_it_was_reserved);
on_both_engines!(a_card_leaves_what_was_intended_by_another_rail);
on_both_engines!(a_freeze_and_a_new_block_stand_in_the_way);
on_both_engines!(a_new_block_stands_in_the_way_of_a_card_too);
on_both_engines!(a_card_takes_up_what_was_intended_for_it);
