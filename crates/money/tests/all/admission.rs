//! However many ask at once, what is left is given out exactly once.

use std::collections::HashSet;

use bursar_money::funnel::{Command, Funnel, Outcome, Refusal, Reply, Reserve};
use bursar_money::policies::Reason;
use bursar_money::transactions::Status;
use bursar_store::Engine;
use futures_util::future::join_all;

use crate::fixture::{World, deposit, done, reserve, submit, usd};
use crate::{books, on_both_engines};

/// Sends all at once, in turn to each of the funnels.
async fn at_once(funnels: &[&Funnel], requests: Vec<Reserve>) -> Vec<Outcome> {
    let sent = requests.into_iter().enumerate().map(|(place, request)| {
        let funnel = funnels[place % funnels.len()].clone();
        tokio::spawn(async move { submit(&funnel, Command::Reserve(Box::new(request))).await })
    });
    let answers = join_all(sent).await;
    answers.into_iter().map(Result::unwrap).collect()
}

/// How many were approved, and that all others have this reason.
fn approved(outcomes: Vec<Outcome>, otherwise: Reason) -> usize {
    let answers: Vec<_> = outcomes.into_iter().map(done).collect();
    for t in answers.iter().filter(|t| t.status != Status::Approved) {
        assert_eq!(t.decline_reason(), Some(otherwise), "{t:?}");
    }
    answers.iter().filter(|t| t.status == Status::Approved).count()
}

const CALM: &str = "breaker = { requests = 1000, seconds = 1 }\n";

async fn a_hot_agent_gets_exactly_what_its_day_has_room_for(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some(&format!("{CALM}daily = \"70.00\""))).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    let requests = (0..100).map(|_| reserve(&world, &agent, usd(10))).collect();
    let outcomes = at_once(&[&one, &other], requests).await;
    assert_eq!(approved(outcomes, Reason::DailyExceeded), 7);
    books::assert_right(world.db()).await;
}
on_both_engines!(a_hot_agent_gets_exactly_what_its_day_has_room_for);

async fn agents_of_one_wallet_get_exactly_what_it_holds(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", false).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    submit(&one, deposit(&org, None, usd(55), "cli")).await.unwrap();
    let mut requests = Vec::new();
    for _ in 0..20 {
        let agent = world.agent(&org, Some(CALM)).await;
        requests.extend((0..3).map(|_| reserve(&world, &agent, usd(5))));
    }
    let outcomes = at_once(&[&one, &other], requests).await;
    assert_eq!(approved(outcomes, Reason::InsufficientFunds), 11);
    books::assert_right(world.db()).await;
}
on_both_engines!(agents_of_one_wallet_get_exactly_what_it_holds);

async fn one_idempotency_key_fifty_times_at_once_is_one_transaction(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("")).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    let first = reserve(&world, &agent, usd(10));
    // Each attempt has an id of its own, as each HTTP request would.
    let requests = (0..50)
        .map(|_| Reserve { transaction_id: reserve(&world, &agent, 1).transaction_id, ..first.clone() })
        .collect();
    let outcomes = at_once(&[&one, &other], requests).await;
    let new =
        outcomes.iter().filter(|outcome| matches!(outcome, Ok(Reply::Transaction { replayed: false, .. })));
    assert_eq!(new.count(), 1);
    let ids: HashSet<_> = outcomes.into_iter().map(|outcome| done(outcome).id.clone()).collect();
    assert_eq!(ids.len(), 1);
    let other_body = Reserve { fingerprint: "another".to_owned(), ..first };
    let refused = submit(&one, Command::Reserve(Box::new(other_body))).await;
    assert_eq!(refused.unwrap_err(), Refusal::IdempotencyConflict);
    books::assert_right(world.db()).await;
}
on_both_engines!(one_idempotency_key_fifty_times_at_once_is_one_transaction);

async fn an_agent_of_another_org_is_not_found(engine: Engine) {
    let world = World::new(engine).await;
    let (ours, theirs) = (world.org("UTC", true).await, world.org("UTC", true).await);
    let agent = world.agent(&theirs, Some("")).await;
    let funnel = world.funnel().await;
    let mine = reserve(&world, &agent, usd(1));
    let request = Reserve { org_id: ours, ..mine.clone() };
    let refused = submit(&funnel, Command::Reserve(Box::new(request.clone()))).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound("agent"));
    done(submit(&funnel, Command::Reserve(Box::new(mine))).await);
    let replayed = submit(&funnel, Command::Reserve(Box::new(request))).await;
    assert_eq!(replayed.unwrap_err(), Refusal::NotFound("transaction"));
}
on_both_engines!(an_agent_of_another_org_is_not_found);

async fn nothing_and_less_than_nothing_cannot_be_moved(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"1.00\"")).await;
    let funnel = world.funnel().await;
    for micros in [0, -usd(5), i64::MIN] {
        let request = Command::Reserve(Box::new(reserve(&world, &agent, micros)));
        assert_eq!(submit(&funnel, request).await.unwrap_err(), Refusal::NotPositive);
        let refused = submit(&funnel, deposit(&org, None, micros, "cli")).await;
        assert_eq!(refused.unwrap_err(), Refusal::NotPositive);
    }
    books::assert_right(world.db()).await;
}
on_both_engines!(nothing_and_less_than_nothing_cannot_be_moved);
