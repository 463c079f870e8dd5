//! Card purchases: what the till is told, and what the network makes of it afterwards.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{CardId, limits};
use bursar_money::funnel::{Authorize, Command, Facts, Funnel, Outcome, RailOutcome, Refusal, Step};
use bursar_money::ledger;
use bursar_money::policies::{RailName, Reason};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::{Engine, jobs};
use futures_util::future::join_all;

use crate::fixture::{
    Agent, World, answer, authorize, cancel, decide, deposit, done, expire, facts, freeze, gone, paid,
    refused, reserve, settle, submit, usd,
};
use crate::{books, on_both_engines};

/// A shop's till, an agent with a card and a hundred dollars.
pub struct Till {
    pub world: World,
    pub funnel: Funnel,
    pub agent: Agent,
    pub card: CardId,
}

impl Till {
    pub async fn new(engine: Engine, policy: &str) -> Till {
        let world = World::new(engine).await;
        let funnel = world.funnel().await;
        let org = world.org("UTC", false).await;
        let agent = world.agent(&org, Some(policy)).await;
        let card = world.card(&agent).await;
        submit(&funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
        Till { world, funnel, agent, card }
    }

    pub fn purchase(&self, micros: i64) -> Authorize {
        authorize(&self.world, &self.agent, &self.card, micros)
    }

    pub async fn ask(&self, a: &Authorize) -> Outcome {
        submit(&self.funnel, Command::Authorize(Box::new(a.clone()))).await
    }

    pub async fn bought(&self, micros: i64) -> Authorize {
        let a = self.purchase(micros);
        let (t, approved) = answer(self.ask(&a).await);
        assert!(approved, "{t:?}");
        assert_eq!((t.status, t.held_micros), (Status::Executing, micros));
        a
    }

    /// More is asked for, under the same authorisation.
    pub async fn more(&self, a: &Authorize, micros: i64) -> bool {
        let mut more = a.clone();
        more.amount.micros = micros;
        more.request = self.purchase(micros).request;
        answer(self.ask(&more).await).1
    }

    pub async fn tell(&self, facts: &Facts) -> Arc<Transaction> {
        done(submit(&self.funnel, Command::Facts(Box::new(facts.clone()))).await)
    }

    pub async fn assert_right(&self) {
        books::assert_right(self.world.db()).await;
        let report = ledger::check(self.world.db(), &mut |_| {}).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }

    pub async fn spent(&self) -> (i64, i64) {
        let mut tx = self.world.db().read().await.unwrap();
        let budgets = bursar_money::budgets::of_org(&mut tx, &self.agent.org).await.unwrap();
        (budgets[0].day.held, budgets[0].day.spent)
    }
}

pub fn sums(t: &Transaction) -> (Status, i64, i64, i64) {
    (t.status, t.held_micros, t.posted_micros, t.refunded_micros)
}

async fn a_yes_holds_at_once_and_only_the_network_ends_it(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let a = till.bought(usd(20)).await;
    let again = answer(till.ask(&a).await);
    assert!(again.1, "asked again, the answer is the same");
    let t = again.0;
    assert_eq!((t.rail, &t.key_id, t.card_id.as_ref()), (RailName::Card, &None, Some(&till.card)));
    assert_eq!(t.category.as_deref(), Some("book_stores"));
    assert_eq!(till.spent().await, (usd(20), 0));
    till.world.clock.advance(Duration::from_secs(90 * 86_400));
    assert!(gone(&submit(&till.funnel, cancel(&t, "member")).await));
    // Nor is anybody else's word about it taken, however it came about.
    let unknown = RailOutcome::Unknown { why: "no answer".to_owned(), reference: None };
    for outcome in [paid(&t, usd(20)), refused(&t), unknown] {
        assert!(gone(&submit(&till.funnel, settle(&t, "rail:card", outcome)).await));
    }
    submit(&till.funnel, freeze(&till.agent, "member")).await.unwrap();
    let still = done(submit(&till.funnel, expire(&t, "worker")).await);
    assert_eq!((still.status, still.held_micros), (Status::Executing, usd(20)));
    let mut over = facts(&till.world, &a, 0);
    over.ended = Some("expired".to_owned());
    assert_eq!(sums(&*till.tell(&over).await), (Status::Failed, 0, 0, 0));
    till.assert_right().await;
}
on_both_engines!(a_yes_holds_at_once_and_only_the_network_ends_it);

async fn what_the_policy_refuses_is_refused_at_the_till(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"\n[categories]\nblock = [\"casinos\"]").await;
    let mut casino = till.purchase(usd(5));
    casino.category = Some("casinos".to_owned());
    let (t, approved) = answer(till.ask(&casino).await);
    assert_eq!((t.decline_reason(), approved), (Some(Reason::CategoryBlocked), false));
    let (t, approved) = answer(till.ask(&till.purchase(usd(51))).await);
    assert_eq!((t.decline_reason(), approved), (Some(Reason::DailyExceeded), false));
    till.world.set_card(&till.agent, &till.card, "frozen").await;
    let (t, approved) = answer(till.ask(&till.purchase(usd(5))).await);
    assert_eq!((t.decline_reason(), approved), (Some(Reason::CardNotActive), false));
    till.assert_right().await;
}
on_both_engines!(what_the_policy_refuses_is_refused_at_the_till);

async fn a_card_for_one_merchant_is_refused_at_another(engine: Engine) {
    let till = Till::new(engine, "").await;
    for (only, approved) in [("example.com", true), ("other.example", false), ("[", false)] {
        till.world.lock_card(&till.card, only).await;
        let (t, told) = answer(till.ask(&till.purchase(usd(1))).await);
        assert_eq!(told, approved, "{only}: {t:?}");
        assert_eq!(t.decline_reason(), (!approved).then_some(Reason::MerchantBlocked));
    }
    till.assert_right().await;
}
on_both_engines!(a_card_for_one_merchant_is_refused_at_another);

async fn what_is_unclear_is_refused_and_nothing_is_written(engine: Engine) {
    let till = Till::new(engine, "").await;
    let other = till.world.agent(&till.agent.org, Some("")).await;
    let good = till.purchase(usd(5));
    let bad = [
        Authorize { live: true, ..good.clone() },
        Authorize { card_id: CardId::from_store("card_unknown"), ..good.clone() },
        Authorize { agent_id: other.id, ..good.clone() },
    ];
    for a in bad {
        assert_eq!(till.ask(&a).await.unwrap_err(), Refusal::NotFound("card"), "{a:?}");
    }
    let by_request = reserve(&till.world, &till.agent, usd(1));
    let by_request = bursar_money::funnel::Reserve { rail: Some(RailName::Card), ..by_request };
    let refused = submit(&till.funnel, Command::Reserve(Box::new(by_request))).await;
    assert_eq!(refused.unwrap_err(), Refusal::CardAtTill);
    assert_eq!(till.spent().await, (0, 0));
    till.assert_right().await;
}
on_both_engines!(what_is_unclear_is_refused_and_nothing_is_written);

async fn a_retry_within_ten_minutes_after_the_yes_passes(engine: Engine) {
    let till = Till::new(engine, "approve_above = \"10.00\"").await;
    let first = till.purchase(usd(20));
    let (asked, approved) = answer(till.ask(&first).await);
    assert_eq!((asked.status, asked.held_micros, approved), (Status::Pending, usd(20), false));
    let early = till.purchase(usd(20));
    let (same, approved) = answer(till.ask(&early).await);
    assert_eq!((&same.id, approved), (&asked.id, false), "no second question while one is open");
    let yes = done(submit(&till.funnel, decide(&asked, true, "member")).await);
    assert_eq!(yes.status, Status::Approved);
    for told in [&first, &early] {
        assert!(!answer(till.ask(told).await).1, "who was told no is told no again");
    }
    let stranger = till.world.card(&till.agent).await;
    let other_card = Authorize { card_id: stranger, ..till.purchase(usd(20)) };
    let (other, approved) = answer(till.ask(&other_card).await);
    assert_eq!((other.status, approved), (Status::Pending, false), "another card is another purchase");
    let (other, approved) = answer(till.ask(&till.purchase(usd(19))).await);
    assert_eq!((other.status, approved), (Status::Pending, false), "another amount is another purchase");
    till.world.clock.advance(limits::CARD_RETRY_WITHIN - Duration::from_secs(1));
    let retry = till.purchase(usd(20));
    let (t, approved) = answer(till.ask(&retry).await);
    assert_eq!((&t.id, t.status, approved), (&asked.id, Status::Executing, true));
    assert_eq!((t.held_micros, t.rail_reference.as_ref()), (usd(20), Some(&retry.reference)));
    let (other, approved) = answer(till.ask(&till.purchase(usd(20))).await);
    assert!(!approved && other.id != asked.id, "one yes is one purchase");
    till.assert_right().await;
}
on_both_engines!(a_retry_within_ten_minutes_after_the_yes_passes);

async fn a_retry_that_comes_too_late_asks_again(engine: Engine) {
    let till = Till::new(engine, "approve_above = \"10.00\"").await;
    let (asked, _) = answer(till.ask(&till.purchase(usd(20))).await);
    done(submit(&till.funnel, decide(&asked, true, "member")).await);
    let begun = done(submit(&till.funnel, crate::fixture::begin(&asked, "worker")).await);
    assert_eq!(begun.status, Status::Approved, "no job pays a reservation");
    till.world.clock.advance(limits::CARD_RETRY_WITHIN);
    let (again, approved) = answer(till.ask(&till.purchase(usd(20))).await);
    assert_eq!((again.status, approved), (Status::Pending, false));
    assert_ne!(again.id, asked.id);
    let over = done(submit(&till.funnel, expire(&asked, "worker")).await);
    assert_eq!((over.status, over.held_micros), (Status::Cancelled, 0));
    till.assert_right().await;
}
on_both_engines!(a_retry_that_comes_too_late_asks_again);

async fn what_a_human_allowed_ends_with_its_card_or_its_agent(engine: Engine) {
    let till = Till::new(engine, "approve_above = \"10.00\"").await;
    let (asked, _) = answer(till.ask(&till.purchase(usd(20))).await);
    till.world.set_card(&till.agent, &till.card, "frozen").await;
    let late = done(submit(&till.funnel, decide(&asked, true, "member")).await);
    assert_eq!((late.status, late.reason.as_deref()), (Status::Cancelled, Some("card_not_active")));
    till.world.set_card(&till.agent, &till.card, "active").await;
    let (asked, _) = answer(till.ask(&till.purchase(usd(30))).await);
    done(submit(&till.funnel, decide(&asked, true, "member")).await);
    submit(&till.funnel, freeze(&till.agent, "member")).await.unwrap();
    let (t, approved) = answer(till.ask(&till.purchase(usd(30))).await);
    assert_eq!((t.decline_reason(), approved), (Some(Reason::AgentFrozen), false));
    till.assert_right().await;
}
on_both_engines!(what_a_human_allowed_ends_with_its_card_or_its_agent);

async fn an_increase_is_decided_too(engine: Engine) {
    let till =
        Till::new(engine, "daily = \"50.00\"\nper_transaction = \"45.00\"\napprove_above = \"44.00\"").await;
    let a = till.bought(usd(20)).await;
    assert!(till.more(&a, usd(15)).await);
    assert_eq!(till.spent().await, (usd(35), 0));
    assert!(!till.more(&a, usd(16)).await, "the day has 15 dollars left");
    assert!(!till.more(&a, usd(11)).await, "one purchase may be 45 dollars");
    assert!(!till.more(&a, usd(10)).await, "nobody can be asked while the merchant waits");
    assert!(till.more(&a, usd(9)).await);
    let t = till.tell(&facts(&till.world, &a, usd(44))).await;
    assert_eq!((t.amount_micros, t.held_micros), (usd(44), usd(44)));
    let refused = till.purchase(usd(60));
    assert!(!answer(till.ask(&refused).await).1);
    assert!(!till.more(&refused, usd(1)).await, "what was refused does not grow");
    till.assert_right().await;
}
on_both_engines!(an_increase_is_decided_too);

async fn an_increase_after_midnight_counts_where_its_purchase_counts(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let a = till.bought(usd(40)).await;
    till.world.clock.advance(Duration::from_secs(20 * 3_600));
    assert!(till.more(&a, usd(8)).await);
    assert!(!till.more(&a, usd(5)).await, "yesterday has two dollars left");
    till.bought(usd(49)).await;
    assert!(!till.more(&a, usd(2)).await, "today has one dollar left");
    till.assert_right().await;
}
on_both_engines!(an_increase_after_midnight_counts_where_its_purchase_counts);

async fn captures_in_parts_post_part_of_the_hold(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let a = till.bought(usd(40)).await;
    till.world.clock.advance(limits::CARD_ANSWER_SETTLES);
    let mut now = facts(&till.world, &a, usd(25));
    now.captures.insert("ipi_1".to_owned(), usd(15));
    for _ in 0..2 {
        assert_eq!(sums(&*till.tell(&now).await), (Status::Executing, usd(25), usd(15), 0));
    }
    let reversed = Facts { held_micros: usd(20), ..now.clone() };
    assert_eq!(sums(&*till.tell(&reversed).await), (Status::Executing, usd(20), usd(15), 0));
    assert_eq!(till.spent().await, (usd(20), usd(15)));
    now.held_micros = 0;
    now.ended = Some("closed".to_owned());
    now.captures.insert("ipi_2".to_owned(), usd(20));
    assert_eq!(sums(&*till.tell(&now).await), (Status::Completed, 0, usd(35), 0));
    // Readings that are older, and news of money that comes later still.
    assert_eq!(sums(&*till.tell(&reversed).await), (Status::Completed, 0, usd(35), 0));
    now.captures.insert("ipi_3".to_owned(), usd(30));
    now.refunds.insert("ipi_4".to_owned(), usd(5));
    assert_eq!(sums(&*till.tell(&now).await), (Status::Completed, 0, usd(65), usd(5)));
    assert_eq!(till.spent().await, (0, usd(65)), "a refund gives no window back");
    now.refunds.insert("ipi_5".to_owned(), usd(60));
    assert_eq!(sums(&*till.tell(&now).await), (Status::Refunded, 0, usd(65), usd(65)));
    till.assert_right().await;
}
on_both_engines!(captures_in_parts_post_part_of_the_hold);

async fn more_than_was_held_is_accepted_counted_and_told(engine: Engine) {
    let till = Till::new(engine, "daily = \"100.00\"").await;
    let a = till.bought(usd(90)).await;
    let mut now = facts(&till.world, &a, 0);
    now.ended = Some("closed".to_owned());
    now.captures.insert("ipi_1".to_owned(), usd(120));
    assert_eq!(sums(&*till.tell(&now).await), (Status::Completed, 0, usd(120), 0));
    let (t, approved) = answer(till.ask(&till.purchase(usd(1))).await);
    assert_eq!((t.decline_reason(), approved), (Some(Reason::DailyExceeded), false));
    now.disputed_micros = usd(120);
    assert_eq!(till.tell(&now).await.disputed_micros, usd(120));
    now.disputed_micros = 0;
    assert_eq!(till.tell(&now).await.disputed_micros, 0);
    let all = jobs::claim(till.world.db(), &till.world.clock, 50).await.unwrap();
    assert_eq!(all.iter().filter(|job| job.kind == "captured").count(), 1);
    till.assert_right().await;
}
on_both_engines!(more_than_was_held_is_accepted_counted_and_told);

async fn money_that_nobody_asked_about_has_a_transaction_of_its_own(engine: Engine) {
    let till = Till::new(engine, "approve_above = \"10.00\"").await;
    let forced = |micros| {
        let mut facts = facts(&till.world, &till.purchase(usd(1)), 0);
        facts.ended = Some("closed".to_owned());
        let sums = if micros > 0 { &mut facts.captures } else { &mut facts.refunds };
        sums.insert(facts.reference.clone(), i64::abs(micros));
        facts
    };
    let captured = forced(usd(130));
    let t = till.tell(&captured).await;
    assert_eq!(sums(&t), (Status::Completed, 0, usd(130), 0));
    assert_eq!(till.tell(&captured).await.id, t.id, "told twice it is one");
    assert_eq!(till.spent().await, (0, usd(130)));
    assert_eq!(sums(&*till.tell(&forced(-usd(30))).await), (Status::Refunded, 0, 0, usd(30)));
    // A merchant captures although the till was told no: what a human is asked about goes on being asked.
    submit(&till.funnel, deposit(&till.agent.org, None, usd(100), "cli")).await.unwrap();
    let a = till.purchase(usd(20));
    let (asked, _) = answer(till.ask(&a).await);
    let mut anyway = facts(&till.world, &a, 0);
    anyway.ended = Some("closed".to_owned());
    let nothing = submit(&till.funnel, Command::Facts(Box::new(anyway.clone()))).await;
    assert_eq!(done(nothing).status, Status::Pending);
    anyway.captures.insert("ipi_9".to_owned(), usd(20));
    let t = till.tell(&anyway).await;
    assert_ne!(t.id, asked.id);
    assert_eq!(sums(&t), (Status::Completed, 0, usd(20), 0));
    assert_eq!(done(submit(&till.funnel, decide(&asked, true, "member")).await).status, Status::Approved);
    till.assert_right().await;
}
on_both_engines!(money_that_nobody_asked_about_has_a_transaction_of_its_own);

async fn what_the_network_allows_by_itself_is_held_beyond_the_budget(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"").await;
    let unasked = till.purchase(usd(60));
    let mut now = facts(&till.world, &unasked, usd(60));
    for _ in 0..2 {
        assert_eq!(sums(&*till.tell(&now).await), (Status::Executing, usd(60), 0, 0));
    }
    assert_eq!(till.spent().await, (usd(60), 0));
    assert!(!answer(till.ask(&till.purchase(usd(1))).await).1, "what is held counts");
    // The question that comes after all finds the purchase there, and is no second one.
    let late = till.purchase(usd(60));
    let late = Authorize { reference: unasked.reference.clone(), ..late };
    assert!(!answer(till.ask(&late).await).1);
    assert_eq!(till.spent().await, (usd(60), 0));
    // Part of it had left before it was first heard of.
    let other = till.purchase(usd(20));
    let mut part = facts(&till.world, &other, usd(15));
    part.captures.insert("ipi_1".to_owned(), usd(5));
    assert_eq!(sums(&*till.tell(&part).await), (Status::Executing, usd(15), usd(5), 0));
    // A no of ours stays one; what the network allowed all the same stands beside it.
    let refused = till.purchase(usd(70));
    let (no, approved) = answer(till.ask(&refused).await);
    assert!(!approved);
    let anyway = till.tell(&facts(&till.world, &refused, usd(70))).await;
    assert_ne!(anyway.id, no.id);
    assert_eq!(sums(&anyway), (Status::Executing, usd(70), 0, 0));
    assert!(!answer(till.ask(&refused).await).1, "who was told no is told no again");
    assert_eq!(till.spent().await, (usd(145), usd(5)));
    till.assert_right().await;
    let all = jobs::claim(till.world.db(), &till.world.clock, 50).await.unwrap();
    let count = |kind: &str| all.iter().filter(|job| job.kind == kind).count();
    assert_eq!((count("unasked"), count("captured")), (3, 1));
    now.ended = Some("reversed".to_owned());
    now.held_micros = 0;
    assert_eq!(sums(&*till.tell(&now).await), (Status::Failed, 0, 0, 0));
    now.held_micros = usd(60);
    now.ended = None;
    assert_eq!(sums(&*till.tell(&now).await), (Status::Failed, 0, 0, 0), "what ended stays ended");
    till.assert_right().await;
}
on_both_engines!(what_the_network_allows_by_itself_is_held_beyond_the_budget);

async fn an_older_reading_is_refused_once_a_newer_may_have_begun(engine: Engine) {
    let till = Till::new(engine, "").await;
    let a = till.bought(usd(40)).await;
    till.world.clock.advance(limits::CARD_READ_FIRST);
    let job = jobs::claim(till.world.db(), &till.world.clock, 9).await.unwrap();
    let job = job.iter().find(|job| job.kind == jobs::READ_AUTHORIZATION).unwrap();
    let mut old = facts(&till.world, &a, usd(30));
    old.job = Some(bursar_money::funnel::JobProof { id: job.id.clone(), fence: job.fence });
    assert!(till.more(&a, usd(10)).await);
    let refused = submit(&till.funnel, Command::Facts(Box::new(old))).await;
    assert_eq!(refused.unwrap_err(), Refusal::LeaseLost);
    // The network's own figure may be behind its question for a moment.
    assert_eq!(till.tell(&facts(&till.world, &a, usd(40))).await.held_micros, usd(50));
    till.world.clock.advance(limits::CARD_ANSWER_SETTLES);
    assert_eq!(till.tell(&facts(&till.world, &a, usd(40))).await.held_micros, usd(40));
    let mut tx = till.world.db().read().await.unwrap();
    let left = jobs::list(&mut tx, "ready", 50).await.unwrap();
    drop(tx);
    let readings = left.iter().filter(|job| job.kind == jobs::READ_AUTHORIZATION).count();
    assert_eq!(readings, 1, "there is one reading of each authorisation: {left:?}");
    till.assert_right().await;
}
on_both_engines!(an_older_reading_is_refused_once_a_newer_may_have_begun);

async fn readings_without_news_commit_together_and_come_again(engine: Engine) {
    let till = Till::new(engine, "").await;
    let bought = [till.bought(usd(10)).await, till.bought(usd(20)).await];
    for a in &bought {
        assert!(till.more(a, usd(1)).await);
    }
    for _ in 0..3 {
        till.world.clock.advance(limits::CARD_READ_MAX);
        let due = jobs::claim(till.world.db(), &till.world.clock, 9).await.unwrap();
        let readings: Vec<_> = due.iter().filter(|job| job.kind == jobs::READ_AUTHORIZATION).collect();
        assert_eq!(readings.len(), 2, "each authorisation is read again: {due:?}");
        let told = readings.iter().map(|job| {
            let a = bought.iter().find(|a| a.reference == job.payload).unwrap();
            let mut facts = facts(&till.world, a, a.amount.micros + usd(1));
            facts.job = Some(bursar_money::funnel::JobProof { id: job.id.clone(), fence: job.fence });
            facts
        });
        let mut all: Vec<Facts> = told.collect();
        // Each twice: the second time its job is not its own any more.
        all.extend(all.clone());
        let told =
            join_all(all.iter().map(|f| submit(&till.funnel, Command::Facts(Box::new(f.clone()))))).await;
        assert_eq!(told.iter().filter(|outcome| outcome.is_ok()).count(), 2, "{told:?}");
        assert!(told.iter().filter_map(|outcome| outcome.as_ref().err()).all(|e| *e == Refusal::LeaseLost));
    }
    till.assert_right().await;
}
on_both_engines!(readings_without_news_commit_together_and_come_again);

async fn fifty_at_once_never_exceed_one_budget(engine: Engine) {
    let till = Till::new(engine, "daily = \"50.00\"\nbreaker = { requests = 1000, seconds = 1 }").await;
    let all: Vec<Authorize> = (0..50).map(|_| till.purchase(usd(3))).collect();
    let told = join_all(all.iter().map(|a| till.ask(a))).await;
    let yes = told.into_iter().filter(|outcome| answer(outcome.clone()).1).count();
    assert_eq!(yes, 16, "sixteen times three dollars fit into fifty");
    assert_eq!(till.spent().await, (usd(48), 0));
    till.assert_right().await;
}
on_both_engines!(fifty_at_once_never_exceed_one_budget);

async fn an_owner_cannot_refund_what_a_merchant_sold(engine: Engine) {
    let till = Till::new(engine, "").await;
    let a = till.bought(usd(10)).await;
    let mut now = facts(&till.world, &a, 0);
    now.ended = Some("closed".to_owned());
    now.captures.insert("ipi_1".to_owned(), usd(10));
    let t = till.tell(&now).await;
    let step = Step::RequestRefund {
        refund_id: "ref_1".to_owned(),
        micros: None,
        idempotency_key: "1".to_owned(),
        reason: "sent back".to_owned(),
    };
    let command = Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: "member".to_owned(),
        job: None,
        nonce: None,
    };
    assert_eq!(submit(&till.funnel, command).await.unwrap_err(), Refusal::MerchantRefunds);
}
on_both_engines!(an_owner_cannot_refund_what_a_merchant_sold);
