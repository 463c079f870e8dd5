//! What a rail says, late, twice, above or below the hold; and refunds that race.

use std::time::Duration;

use bursar_base::{Clock as _, TimeUs, limits};
use bursar_money::funnel::{Command, Funnel, RailOutcome, Refusal, Step};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::{Columns as _, Engine, Row};
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
    // The rail says each twice.
    let said: Vec<Command> = keys.clone().chain(keys).collect();
    for command in said {
        drop(submit(&one, command).await);
    }
    let known = done(submit(&one, step(&t, Step::RefundedElsewhere { micros: 0 })).await);
    assert_eq!((known.status, known.refunded_micros), (Status::Completed, usd(9)));
    let rest = done(submit(&one, step(&t, Step::RefundedElsewhere { micros: usd(1) })).await);
    assert_eq!((rest.status, rest.refunded_micros), (Status::Refunded, usd(10)));
    assert!(gone(&submit(&one, refund(&t, 99, None)).await));
    books::assert_right(world.db()).await;
}
on_both_engines!(refunds_asked_for_at_once_never_give_back_more_than_was_paid);

/// Every order of `0..length`.
fn orders(length: usize) -> Vec<Vec<usize>> {
    let Some(last) = length.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let longer = |order: Vec<usize>| {
        (0..length).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    orders(last).into_iter().flat_map(longer).collect()
}

async fn refunds_add_up_in_whatever_order_the_news_of_them_comes(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    // Two refunds are asked for here, four dollars go back at the rail itself, by one and by three.
    let asked = [usd(3), usd(2)];
    for succeeds in [[true, true], [true, false], [false, true], [false, false]] {
        for order in orders(4) {
            let t = executing(&world, &funnel).await;
            done(submit(&funnel, settle(&t, "worker", paid(&t, usd(10)))).await);
            let id = |key: usize| format!("ref_{}_{key}", t.id);
            for (key, micros) in asked.into_iter().enumerate() {
                let request = Step::RequestRefund {
                    refund_id: id(key),
                    micros: Some(micros),
                    idempotency_key: key.to_string(),
                    reason: "sent back".to_owned(),
                };
                done(submit(&funnel, step(&t, request)).await);
            }
            let mut last = t.clone();
            for news in &order {
                let news = match *news {
                    key @ (0 | 1) => Step::SettleRefund {
                        refund_id: id(key),
                        reference: succeeds[key].then(|| format!("re_{key}")),
                    },
                    2 => Step::RefundedElsewhere { micros: usd(1) },
                    _ => Step::RefundedElsewhere { micros: usd(4) },
                };
                last = (*done(submit(&funnel, step(&t, news)).await)).clone();
            }
            let here: i64 =
                asked.into_iter().zip(succeeds).filter_map(|(micros, yes)| yes.then_some(micros)).sum();
            assert_eq!(last.refunded_micros, usd(4) + here, "{order:?} with {succeeds:?}");
        }
    }
    books::assert_right(world.db()).await;
}
on_both_engines!(refunds_add_up_in_whatever_order_the_news_of_them_comes);

/// The jobs of these kinds, by kind.
async fn jobs(world: &World, kinds: [&str; 3]) -> Vec<(String, String, TimeUs)> {
    let mut tx = world.db().read().await.unwrap();
    let sql = "SELECT kind, payload, run_at_us FROM jobs WHERE kind IN ($1, $2, $3) ORDER BY kind, payload";
    let rows = tx.rows(sql, &kinds.map(Into::into)).await.unwrap();
    let job =
        |row: &Row| (row.text("kind").unwrap(), row.text("payload").unwrap(), row.time("run_at_us").unwrap());
    rows.iter().map(job).collect()
}

/// Nothing runs here that could enqueue a job behind the commit.
async fn what_must_follow_is_enqueued_with_what_it_follows_from(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let kinds = ["look_up", "refund_failed", "second_word"];
    let nobody_knows = || RailOutcome::Unknown { why: "timeout".to_owned(), reference: None };
    let asked_about = executing(&world, &funnel).await;
    for _ in 0..2 {
        done(submit(&funnel, settle(&asked_about, "worker", nobody_knows())).await);
    }
    let after = limits::LOOK_UP_AFTER_PREPAID;
    let now = world.clock.now();
    let look_up = ("look_up".to_owned(), asked_about.id.to_string(), now.plus(after));
    assert_eq!(jobs(&world, kinds).await, std::slice::from_ref(&look_up));

    let speaks_twice = executing(&world, &funnel).await;
    let again_after = Duration::from_secs(7);
    let settled_before = executing(&world, &funnel).await;
    done(submit(&funnel, settle(&settled_before, "rail", paid(&settled_before, usd(10)))).await);
    for t in [&speaks_twice, &speaks_twice, &settled_before] {
        let for_now = Step::SettleForNow { outcome: paid(t, usd(10)), again_after };
        done(submit(&funnel, step(t, for_now)).await);
    }
    let second_word = ("second_word".to_owned(), speaks_twice.id.to_string(), now.plus(again_after));
    assert_eq!(jobs(&world, kinds).await, [look_up.clone(), second_word.clone()]);

    let refund = |key: usize| refund(&speaks_twice, key, Some(usd(2)));
    for (key, reference) in [(1, None), (2, Some("re_2".to_owned()))] {
        done(submit(&funnel, refund(key)).await);
        for _ in 0..2 {
            let settled =
                Step::SettleRefund { refund_id: format!("ref_{key}"), reference: reference.clone() };
            done(submit(&funnel, step(&speaks_twice, settled)).await);
        }
    }
    let all = jobs(&world, kinds).await;
    assert_eq!((&all[0], &all[2], all.len()), (&look_up, &second_word, 3), "{all:?}");
    let notice: serde_json::Value = serde_json::from_str(&all[1].1).unwrap();
    assert_eq!(notice, serde_json::json!({ "transaction_id": speaks_twice.id, "micros": usd(2) }));
    books::assert_right(world.db()).await;
}
on_both_engines!(what_must_follow_is_enqueued_with_what_it_follows_from);

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
