//! Circuit breaker, velocity and duplicates: what is counted, across batches and restarts.

use std::time::Duration;

use bursar_money::funnel::{Command, Funnel, Reply, Reserve};
use bursar_money::policies::{Figure, Reason};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::Engine;
use futures_util::future::join_all;

use crate::fixture::{Agent, World, cancel, decide, done, reserve, submit, unfreeze, usd};
use crate::on_both_engines;

async fn ask(world: &World, funnel: &Funnel, agent: &Agent) -> std::sync::Arc<Transaction> {
    let request = reserve(world, agent, usd(1));
    done(submit(funnel, Command::Reserve(Box::new(request))).await)
}

async fn the_21st_new_request_within_a_minute_freezes_the_agent(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("")).await;
    let funnel = world.funnel().await;
    let first = reserve(&world, &agent, usd(1));
    let same = || Command::Reserve(Box::new(first.clone()));
    done(submit(&funnel, same()).await);
    world.clock.advance(Duration::from_secs(10));
    let requests: Vec<Reserve> = (0..19).map(|_| reserve(&world, &agent, usd(1))).collect();
    let all = requests.into_iter().map(|request| submit(&funnel, Command::Reserve(Box::new(request))));
    for outcome in join_all(all).await {
        assert_eq!(done(outcome).status, Status::Approved);
    }
    // What is not new does not count.
    for _ in 0..30 {
        done(submit(&funnel, same()).await);
        let dry = Reserve { dry_run: true, ..reserve(&world, &agent, usd(1)) };
        let preview = submit(&funnel, Command::Reserve(Box::new(dry))).await;
        assert!(matches!(preview, Ok(Reply::Preview(_))), "{preview:?}");
    }
    // One microsecond before the first is a minute old.
    world.clock.advance(Duration::from_micros(49_999_999));
    let refused = ask(&world, &funnel, &agent).await;
    assert_eq!(refused.decline_reason(), Some(Reason::AgentFrozen));
    assert_eq!(refused.checks.last().unwrap().rule, "breaker");
    assert_eq!(refused.number, 21);

    // Time alone does not unfreeze; a human does, and the count begins anew.
    world.clock.advance(Duration::from_secs(3_600));
    let frozen = ask(&world, &funnel, &agent).await;
    assert_eq!(frozen.checks.last().unwrap().rule, "agent");
    submit(&funnel, unfreeze(&agent, "member")).await.unwrap();
    for _ in 0..20 {
        assert_eq!(ask(&world, &funnel, &agent).await.status, Status::Approved);
    }
    assert_eq!(ask(&world, &funnel, &agent).await.status, Status::Declined);
}
on_both_engines!(the_21st_new_request_within_a_minute_freezes_the_agent);

async fn twenty_a_minute_may_go_on_for_ever(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("")).await;
    let funnel = world.funnel().await;
    for number in 1..=65 {
        let t = ask(&world, &funnel, &agent).await;
        assert_eq!(t.status, Status::Approved, "request {number}");
        world.clock.advance(Duration::from_secs(3));
    }
}
on_both_engines!(twenty_a_minute_may_go_on_for_ever);

async fn a_burst_in_one_batch_trips_the_policys_own_breaker_exactly(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let policy = "breaker = { requests = 5, seconds = 60 }";
    let agent = world.agent(&org, Some(policy)).await;
    let funnel = world.funnel().await;
    let all = (0..12).map(|_| ask(&world, &funnel, &agent));
    let answers = join_all(all).await;
    let approved = answers.iter().filter(|t| t.status == Status::Approved);
    assert_eq!(approved.count(), 5);
    let tripped = answers.iter().filter(|t| t.checks.last().is_some_and(|check| check.rule == "breaker"));
    assert_eq!(tripped.count(), 1, "it trips once; the rest finds a frozen agent");
}
on_both_engines!(a_burst_in_one_batch_trips_the_policys_own_breaker_exactly);

async fn velocity_slides_and_declines_count_too(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("velocity = { requests = 3, seconds = 60 }")).await;
    let funnel = world.funnel().await;
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(ask(&world, &funnel, &agent).await.decline_reason());
        world.clock.advance(Duration::from_secs(25));
    }
    let no = Some(Reason::VelocityExceeded);
    // At 0, 25, 50 s yes. At 75 s those of 25 and 50 count, and so on: never three within the minute before.
    assert_eq!(answers, [None; 8]);
    for _ in 0..3 {
        answers.push(ask(&world, &funnel, &agent).await.decline_reason());
    }
    // Two within the last minute; so one more, then none.
    assert_eq!(answers[8..], [None, no, no]);
    // A declined one counts as a decision: a minute after the approved one it is still too many.
    world.clock.advance(Duration::from_secs(59));
    assert_eq!(ask(&world, &funnel, &agent).await.decline_reason(), no);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(ask(&world, &funnel, &agent).await.decline_reason(), None);
}
on_both_engines!(velocity_slides_and_declines_count_too);

async fn buy(world: &World, funnel: &Funnel, agent: &Agent) -> std::sync::Arc<Transaction> {
    let request = Reserve { purpose: "a book".to_owned(), ..reserve(world, agent, usd(9)) };
    done(submit(funnel, Command::Reserve(Box::new(request))).await)
}

async fn a_no_to_a_repetition_makes_no_room_for_a_third(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let policy = "duplicates = { seconds = 600, action = \"ask\" }";
    let agent = world.agent(&org, Some(policy)).await;
    let funnel = world.funnel().await;
    let first = buy(&world, &funnel, &agent).await;
    assert_eq!(first.status, Status::Approved);
    let second = buy(&world, &funnel, &agent).await;
    assert_eq!(second.status, Status::Pending, "the same again is asked about");
    done(submit(&funnel, decide(&second, false, "member")).await);
    let third = buy(&world, &funnel, &agent).await;
    assert_eq!(third.status, Status::Pending, "the no still stands");
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(buy(&world, &funnel, &agent).await.status, Status::Approved);
}
on_both_engines!(a_no_to_a_repetition_makes_no_room_for_a_third);

async fn what_was_withdrawn_may_be_tried_again(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let policy = "duplicates = { seconds = 600, action = \"decline\" }";
    let agent = world.agent(&org, Some(policy)).await;
    let funnel = world.funnel().await;
    let first = buy(&world, &funnel, &agent).await;
    let again = buy(&world, &funnel, &agent).await;
    assert_eq!(again.decline_reason(), Some(Reason::Duplicate));
    assert_eq!(again.checks.last().unwrap().used, Some(Figure::words(first.id.as_str())));
    done(submit(&funnel, cancel(&first, "member")).await);
    assert_eq!(buy(&world, &funnel, &agent).await.status, Status::Approved);
    // Both at once, in one batch: one of them.
    let (one, other) = (world.agent(&org, Some(policy)).await, &funnel);
    let answers = join_all((0..4).map(|_| buy(&world, other, &one))).await;
    assert_eq!(answers.iter().filter(|t| t.status == Status::Approved).count(), 1);
}
on_both_engines!(what_was_withdrawn_may_be_tried_again);
