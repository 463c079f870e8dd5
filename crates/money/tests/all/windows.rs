//! Windows across midnight, clock changes, time zones and policies.

use std::time::Duration;

use bursar_base::TimeUs;
use bursar_money::budgets;
use bursar_money::funnel::{Command, Funnel};
use bursar_money::holds::Window;
use bursar_money::policies::{Document, Reason};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::Engine;

use crate::fixture::{Agent, World, begin, cancel, done, paid, reserve, settle, submit, usd};
use crate::{books, on_both_engines};

async fn ask(world: &World, funnel: &Funnel, agent: &Agent, micros: i64) -> std::sync::Arc<Transaction> {
    let request = reserve(world, agent, micros);
    done(submit(funnel, Command::Reserve(Box::new(request))).await)
}

async fn day_of(world: &World, agent: &Agent) -> Window {
    let mut tx = world.db().read().await.unwrap();
    budgets::find(&mut tx, &agent.id).await.unwrap().unwrap().day
}

fn at(text: &str) -> TimeUs {
    TimeUs::parse_rfc3339(text).unwrap()
}

async fn what_was_held_before_midnight_is_released_and_spent_before_midnight(engine: Engine) {
    let world = World::at(engine, "2026-11-20T23:59:00Z").await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"")).await;
    let funnel = world.funnel().await;
    let (spent, dropped) =
        (ask(&world, &funnel, &agent, usd(6)).await, ask(&world, &funnel, &agent, usd(4)).await);
    world.clock.advance(Duration::from_secs(120));
    let today = ask(&world, &funnel, &agent, usd(10)).await;
    assert_eq!(today.status, Status::Approved, "a new day has its own room");
    done(submit(&funnel, cancel(&dropped, "agent")).await);
    done(submit(&funnel, begin(&spent, "worker")).await);
    done(submit(&funnel, settle(&spent, "worker", paid(&spent, usd(6)))).await);
    let more = ask(&world, &funnel, &agent, 10_000).await;
    assert_eq!(more.decline_reason(), Some(Reason::DailyExceeded), "yesterday's release makes no room today");
    let day = day_of(&world, &agent).await;
    assert_eq!((day.held, day.spent), (usd(10), 0));
    books::assert_right(world.db()).await;
}
on_both_engines!(what_was_held_before_midnight_is_released_and_spent_before_midnight);

async fn what_is_captured_above_the_hold_counts_when_it_arrives(engine: Engine) {
    let world = World::at(engine, "2026-11-20T23:59:00Z").await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"")).await;
    let funnel = world.funnel().await;
    let t = ask(&world, &funnel, &agent, usd(6)).await;
    done(submit(&funnel, begin(&t, "worker")).await);
    world.clock.advance(Duration::from_secs(120));
    done(submit(&funnel, settle(&t, "worker", paid(&t, usd(15)))).await);
    let day = day_of(&world, &agent).await;
    assert_eq!((day.held, day.spent), (0, usd(9)), "six yesterday, nine today");
    assert_eq!(ask(&world, &funnel, &agent, usd(2)).await.status, Status::Declined);
    books::assert_right(world.db()).await;
}
on_both_engines!(what_is_captured_above_the_hold_counts_when_it_arrives);

async fn days_have_23_and_25_hours_where_the_clocks_change(engine: Engine) {
    let world = World::at(engine, "2026-03-28T23:30:00Z").await;
    let org = world.org("Europe/Berlin", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"")).await;
    let funnel = world.funnel().await;
    ask(&world, &funnel, &agent, usd(10)).await;
    let day = day_of(&world, &agent).await;
    assert_eq!((day.start, day.end), (at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")));
    world.clock.set(at("2026-03-29T21:59:59Z"));
    assert_eq!(ask(&world, &funnel, &agent, usd(1)).await.status, Status::Declined);
    world.clock.set(at("2026-03-29T22:00:00Z"));
    assert_eq!(ask(&world, &funnel, &agent, usd(10)).await.status, Status::Approved);
    world.clock.set(at("2026-10-24T22:00:00Z"));
    ask(&world, &funnel, &agent, usd(10)).await;
    let day = day_of(&world, &agent).await;
    assert_eq!(day.end, at("2026-10-25T23:00:00Z"), "25 hours");
    books::assert_right(world.db()).await;
}
on_both_engines!(days_have_23_and_25_hours_where_the_clocks_change);

async fn moving_to_another_time_zone_empties_no_window(engine: Engine) {
    let world = World::at(engine, "2026-11-20T12:00:00Z").await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"\nweekly = \"20.00\"")).await;
    let funnel = world.funnel().await;
    ask(&world, &funnel, &agent, usd(10)).await;
    // There it is Saturday already, and there Friday has just begun: neither is a new day here.
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        world.move_org(&org, zone).await;
        let more = ask(&world, &funnel, &agent, usd(1)).await;
        assert_eq!(more.decline_reason(), Some(Reason::DailyExceeded), "{zone}");
    }
    world.clock.set(at("2026-11-21T00:00:00Z"));
    assert_eq!(ask(&world, &funnel, &agent, usd(10)).await.status, Status::Approved);
    let day = day_of(&world, &agent).await;
    assert_eq!(
        (day.start, day.end),
        (at("2026-11-21T00:00:00Z"), at("2026-11-21T11:00:00Z")),
        "from the old zone's midnight to the new zone's next"
    );
    world.clock.set(at("2026-11-21T11:00:00Z"));
    let more = ask(&world, &funnel, &agent, usd(1)).await;
    assert_eq!(more.decline_reason(), Some(Reason::WeeklyExceeded));
    books::assert_right(world.db()).await;
}
on_both_engines!(moving_to_another_time_zone_empties_no_window);

async fn a_clock_that_goes_back_opens_no_window_again(engine: Engine) {
    let world = World::at(engine, "2026-11-21T00:00:01Z").await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"")).await;
    let funnel = world.funnel().await;
    let first = ask(&world, &funnel, &agent, usd(10)).await;
    world.clock.set(at("2026-11-20T12:00:00Z"));
    let second = ask(&world, &funnel, &agent, usd(1)).await;
    assert_eq!(second.decline_reason(), Some(Reason::DailyExceeded));
    assert_eq!(second.created, first.created, "never earlier than the org's last entry");
    books::assert_right(world.db()).await;
}
on_both_engines!(a_clock_that_goes_back_opens_no_window_again);

async fn a_new_policy_counts_what_is_already_used_and_is_seen_at_once(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("daily = \"10.00\"")).await;
    let funnel = world.funnel().await;
    ask(&world, &funnel, &agent, usd(10)).await;
    for (daily, left) in [("15.00", 5), ("9.00", 0), ("18.00", 3)] {
        let document = Document::from_toml(&format!("daily = \"{daily}\"")).unwrap();
        let mut tx = world.db().write().await.unwrap();
        bursar_money::policies::set(&mut tx, &world.clock, &org, &agent.id, &document, None, "member")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let too_much = ask(&world, &funnel, &agent, usd(left) + 10_000).await;
        assert_eq!(too_much.decline_reason(), Some(Reason::DailyExceeded), "{daily}");
        if left > 0 {
            assert_eq!(ask(&world, &funnel, &agent, usd(left)).await.status, Status::Approved);
        }
    }
    books::assert_right(world.db()).await;
}
on_both_engines!(a_new_policy_counts_what_is_already_used_and_is_seen_at_once);

/// A process whose clock is ahead begins a new day in its mind only, as long as the trail knows nothing of it.
async fn a_clock_that_is_ahead_ends_no_window_by_what_changes_nothing(engine: Engine) {
    let world = World::at(engine, "2026-11-20T23:00:00Z").await;
    let org = world.org("UTC", true).await;
    let (agent, other) = (world.agent(&org, Some("daily = \"10.00\"")).await, world.org("UTC", true).await);
    let funnel = world.funnel().await;
    let t = ask(&world, &funnel, &agent, usd(6)).await;
    world.clock.set(at("2026-11-21T00:30:00Z"));
    // Nothing becomes of the first; that the second commits with it writes no new day either.
    let nothing = settle(&t, "worker", paid(&t, usd(6)));
    let something = crate::fixture::deposit(&other, None, usd(1), "cli");
    let (refused, done) = tokio::join!(submit(&funnel, nothing), submit(&funnel, something));
    assert!(refused.is_err() && done.is_ok(), "{refused:?} {done:?}");
    world.clock.set(at("2026-11-20T23:10:00Z"));
    let more = ask(&world, &funnel, &agent, usd(5)).await;
    assert_eq!(more.decline_reason(), Some(Reason::DailyExceeded), "by the trail it is the same day");
    assert_eq!(more.day_start, t.day_start);
    books::assert_right(world.db()).await;
}
on_both_engines!(a_clock_that_is_ahead_ends_no_window_by_what_changes_nothing);
