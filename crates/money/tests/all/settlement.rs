//! What a rail says, late, twice, above or below the hold; and refunds that race.

use bursar_money::funnel::{Command, Funnel, RailOutcome, Refusal, Step};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::Engine;
use futures_util::future::join_all;

use crate::fixture::{
    World, begin, cancel, deposit, done, gone, paid, refused, reserve, settle, submit, usd,
};
use crate::{books, on_both_engines};

/// Ten dollars from a wallet with a hundred, its rail called.
async fn executing(world: &World, funnel: &Funnel) -> Transaction {
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("daily = \"50.00\"")).await;
    submit(funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
    let request = reserve(world, &agent, usd(10));
    let t = done(submit(funnel, Command::Reserve(Box::new(request))).await);
    (*done(submit(funnel, begin(&t, "worker")).await)).clone()
}

fn step(t: &Transaction, step: Step) -> Command {
    Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: "worker".to_owned(),
        job: None,
        nonce: None,
    }
}

async fn a_payment_is_posted_once_however_often_it_is_heard_of(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = executing(&world, &funnel).await;
    for _ in 0..3 {
        let paid = done(submit(&funnel, settle(&t, "worker", paid(&t, usd(7)))).await);
        assert_eq!((paid.status, paid.posted_micros), (Status::Completed, usd(7)));
    }
    let late = done(submit(&funnel, settle(&t, "worker", refused(&t))).await);
    assert_eq!(late.status, Status::Completed, "late news changes nothing");
    let more = done(submit(&funnel, settle(&t, "worker", paid(&t, usd(12)))).await);
    assert_eq!(more.posted_micros, usd(12), "what was captured above is booked");
    books::assert_right(world.db()).await;
}
on_both_engines!(a_payment_is_posted_once_however_often_it_is_heard_of);

async fn a_success_after_a_void_is_booked_and_the_status_stays(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = executing(&world, &funnel).await;
    done(submit(&funnel, settle(&t, "worker", refused(&t))).await);
    for _ in 0..2 {
        let late = done(submit(&funnel, settle(&t, "rail", paid(&t, usd(10)))).await);
        assert_eq!((late.status, late.posted_micros), (Status::Failed, usd(10)));
    }
    books::assert_right(world.db()).await;
}
on_both_engines!(a_success_after_a_void_is_booked_and_the_status_stays);

async fn an_unknown_outcome_keeps_its_hold_against_time_and_everyone(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = executing(&world, &funnel).await;
    let nobody_knows = RailOutcome::Unknown { why: "timeout".to_owned(), reference: None };
    done(submit(&funnel, settle(&t, "worker", nobody_knows)).await);
    world.clock.advance(std::time::Duration::from_secs(90 * 86_400));
    assert!(gone(&submit(&funnel, cancel(&t, "member")).await));
    let still = done(submit(&funnel, step(&t, Step::Expire)).await);
    assert_eq!((still.status, still.held_micros), (Status::Unknown, usd(10)));
    let resolve = Step::Resolve { outcome: refused(&t), evidence: "the bank says no".to_owned() };
    let ended = done(submit(&funnel, step(&t, resolve.clone())).await);
    assert_eq!((ended.status, ended.held_micros), (Status::Failed, 0));
    let again = submit(&funnel, step(&t, resolve)).await;
    assert_eq!(again.unwrap_err(), Refusal::WrongStatus(Status::Failed));
    books::assert_right(world.db()).await;
}
on_both_engines!(an_unknown_outcome_keeps_its_hold_against_time_and_everyone);

fn refund(t: &Transaction, key: usize, micros: Option<i64>) -> Command {
    step(
        t,
        Step::RequestRefund {
            refund_id: format!("ref_{key}"),
            micros,
            idempotency_key: format!("refund-{key}"),
            reason: "sent back".to_owned(),
        },
    )
}

async fn refunds_asked_for_at_once_never_give_back_more_than_was_paid(engine: Engine) {
    let world = World::new(engine).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    let t = executing(&world, &one).await;
    done(submit(&one, settle(&t, "worker", paid(&t, usd(10)))).await);
    let asked = (0..20).map(|key| {
        let funnel = if key % 2 == 0 { &one } else { &other };
        submit(funnel, refund(&t, key / 2, Some(usd(3))))
    });
    let outcomes = join_all(asked).await;
    let granted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(granted, 6, "three refunds, each asked for twice with its key");
    let left = Refusal::RefundTooLarge { left: usd(1) };
    assert!(outcomes.into_iter().filter_map(Result::err).all(|refusal| refusal == left));
    let keys = (0..10).map(|key| {
        let settled =
            Step::SettleRefund { refund_id: format!("ref_{key}"), reference: Some(format!("re_{key}")) };
        step(&t, settled)
    });
    // The rail says each twice, and its total too.
    let said: Vec<Command> = keys.clone().chain(keys).collect();
    for command in said {
        drop(submit(&one, command).await);
    }
    let total = done(submit(&one, step(&t, Step::RefundedInAll { micros: usd(9) })).await);
    assert_eq!((total.status, total.refunded_micros), (Status::Completed, usd(9)));
    let rest = done(submit(&one, step(&t, Step::RefundedInAll { micros: usd(10) })).await);
    assert_eq!((rest.status, rest.refunded_micros), (Status::Refunded, usd(10)));
    assert!(gone(&submit(&one, refund(&t, 99, None)).await));
    books::assert_right(world.db()).await;
}
on_both_engines!(refunds_asked_for_at_once_never_give_back_more_than_was_paid);

async fn what_would_leave_64_bits_is_refused_and_harms_nobody_else(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("")).await;
    let funnel = world.funnel().await;
    submit(&funnel, deposit(&org, None, i64::MAX - usd(50), "cli")).await.unwrap();
    let all = (0..30).map(|place| {
        let command = if place % 3 == 0 {
            deposit(&org, None, usd(40), "cli")
        } else {
            Command::Reserve(Box::new(reserve(&world, &agent, 1)))
        };
        submit(&funnel, command)
    });
    let outcomes = join_all(all).await;
    let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (21, 9), "one deposit more fits, and every request");
    assert!(refused.into_iter().all(|outcome| outcome.unwrap_err() == Refusal::Overflow));
    books::assert_right(world.db()).await;
}
on_both_engines!(what_would_leave_64_bits_is_refused_and_harms_nobody_else);
