//! What drafts make of what is on record, by example: tills, intents, the circuit breaker.

use std::time::Duration;

use bursar_base::TransactionId;
use bursar_money::backtest::{Outcome, Report};
use bursar_money::funnel::{Command, Facts, Funnel, Reserve, Then, Waiting};
use bursar_money::policies::Figure;
use bursar_store::Engine;

use crate::backtest::{history, policy, report};
use crate::fixture::{Agent, World, answer, authorize, deposit, done, facts, reserve, submit, unfreeze, usd};
use crate::on_both_engines;

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

    /// The id of what came of a request.
    async fn ask(&self, r: Reserve) -> TransactionId {
        done(submit(&self.funnel, Command::Reserve(Box::new(r))).await).id.clone()
    }

    fn request(&self, micros: i64) -> Reserve {
        reserve(&self.world, &self.agent, micros)
    }

    /// The record reproduces itself; what a draft makes of it.
    async fn under(&self, draft: &str) -> Report {
        let (history, _) = history(self.world.db(), &self.agent, u32::MAX).await.unwrap();
        let found = report(&history, &policy(draft));
        assert_eq!(found.not_reproduced, 0, "{found:#?}");
        found
    }
}

/// What flips, in order: which, to what, by which rule, and what that rule found used.
fn flips(report: &Report) -> Vec<(TransactionId, Outcome, String, Option<Figure>)> {
    let flip = |flip: &bursar_money::backtest::Flip| {
        let rule = flip.after.rule.clone();
        let (name, used) = rule.map_or_else(Default::default, |check| (check.rule.to_string(), check.used));
        (flip.transaction_id.clone(), flip.after.outcome, name, used)
    };
    report.flips.iter().map(flip).collect()
}

fn used(dollars: i64) -> Option<Figure> {
    Some(Figure::Amount(usd(dollars)))
}

async fn a_purchase_at_a_till_that_a_draft_refuses_leaves_nothing_behind(engine: Engine) {
    let house = House::new(engine, "daily = \"90.00\"").await;
    let card = house.world.card(&house.agent).await;
    let asked = authorize(&house.world, &house.agent, &card, usd(30));
    let (bought, approved) = answer(submit(&house.funnel, Command::Authorize(Box::new(asked.clone()))).await);
    assert!(approved);
    // More than was allowed is captured, an hour later.
    house.world.clock.advance(Duration::from_secs(3_600));
    let captured = Facts {
        ended: Some("closed".to_owned()),
        captures: [("ipi_1".to_owned(), usd(40))].into(),
        ..facts(&house.world, &asked, 0)
    };
    done(submit(&house.funnel, Command::Facts(Box::new(captured))).await);
    let last = house.ask(house.request(usd(35))).await;
    assert_eq!(flips(&house.under("daily = \"90.00\"").await), []);
    // 40.00 count and not 30.00, so the last one does not fit into 70.00.
    let seventy = house.under("daily = \"70.00\"").await;
    assert_eq!(flips(&seventy), [(last, Outcome::Declined, "daily".to_owned(), used(40))]);
    // Refused at the till it is never captured either, and the last one fits into 50.00.
    let fifty = house.under("daily = \"50.00\"\nrails = [\"sandbox\"]").await;
    assert_eq!(flips(&fifty), [(bought.id.clone(), Outcome::Declined, "rails".to_owned(), None)]);
}
on_both_engines!(a_purchase_at_a_till_that_a_draft_refuses_leaves_nothing_behind);

async fn a_purchase_follows_its_reservation(engine: Engine) {
    let house = House::new(engine, "daily = \"90.00\"").await;
    let waiting = Waiting { within: Duration::from_secs(600), tolerance_micros: usd(10) };
    let intent = house.ask(Reserve { then: Then::Wait(waiting), ..house.request(usd(30)) }).await;
    house.ask(Reserve { then: Then::TakeUp(intent.clone()), ..house.request(usd(25)) }).await;
    let last = house.ask(house.request(usd(40))).await;
    let same = house.under("daily = \"90.00\"").await;
    assert_eq!(same.before[&Outcome::Approved].requests, 2, "the purchase was decided with its reservation");
    // Only what was bought counts, and neither of the two where the reservation is refused.
    let sixty = house.under("daily = \"60.00\"").await;
    assert_eq!(flips(&sixty), [(last, Outcome::Declined, "daily".to_owned(), used(25))]);
    let refused = house.under("daily = \"40.00\"\n[merchants]\nblock = [\"shop.example.com\"]").await;
    assert_eq!(refused.flips.len(), 2);
    assert_eq!(refused.after[&Outcome::Declined].micros, usd(70));
    assert_eq!(refused.flips[0].transaction_id, intent);
}
on_both_engines!(a_purchase_follows_its_reservation);

async fn the_drafts_breaker_freezes_until_a_human_let_the_agent_go_on(engine: Engine) {
    let house = House::new(engine, "breaker = { requests = 3, seconds = 60 }").await;
    let mut asked = Vec::new();
    // The fourth trips the breaker that was in force.
    for _ in 0..4 {
        asked.push(house.ask(house.request(usd(1))).await);
    }
    submit(&house.funnel, unfreeze(&house.agent, "cli")).await.unwrap();
    for _ in 0..2 {
        asked.push(house.ask(house.request(usd(1))).await);
    }
    let tight = house.under("breaker = { requests = 1, seconds = 60 }").await;
    let declined = |place: usize, rule: &str| (asked[place].clone(), Outcome::Declined, rule.to_owned());
    let found: Vec<_> = flips(&tight).into_iter().map(|(id, outcome, rule, _)| (id, outcome, rule)).collect();
    // The fourth is declined either way: here because the agent is frozen already.
    assert_eq!(found, [declined(1, "breaker"), declined(2, "agent"), declined(5, "breaker")]);
    let loose = house.under("breaker = { requests = 100, seconds = 60 }").await;
    assert_eq!(flips(&loose).len(), 1);
    assert_eq!(
        (&loose.flips[0].transaction_id, loose.flips[0].after.outcome),
        (&asked[3], Outcome::Approved)
    );
}
on_both_engines!(the_drafts_breaker_freezes_until_a_human_let_the_agent_go_on);
