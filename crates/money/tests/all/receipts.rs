//! Money that comes in under a reference: once, whoever says it and however often; and what of it goes back, in any order.

use bursar_base::{Money, OrgId};
use bursar_money::budgets;
use bursar_money::funnel::{Command, Funnel, GoneBack, Receive, Refusal};
use bursar_money::ledger::{self, AccountId};
use bursar_store::Engine;
use futures_util::future::join_all;

use crate::fixture::{Agent, World, submit, usd};
use crate::{books, on_both_engines};

fn received(org: &OrgId, agent: Option<&Agent>, micros: i64, reference: &str) -> Command {
    Command::Receive(Box::new(Receive {
        org_id: org.clone(),
        agent_id: agent.map(|agent| agent.id.clone()),
        amount: Money::usd_micros(micros),
        reference: reference.to_owned(),
        about: "topup_1".to_owned(),
        note: "a test".to_owned(),
        actor: "rail:stripe".to_owned(),
    }))
}

async fn gone(funnel: &Funnel, org: &OrgId, reference: &str, gone: GoneBack) {
    let command = Command::GiveBack {
        org_id: org.clone(),
        reference: reference.to_owned(),
        gone,
        actor: "rail:stripe".to_owned(),
    };
    submit(funnel, command).await.unwrap();
}

async fn left(world: &World, owner: &str) -> i64 {
    let mut tx = world.db().read().await.unwrap();
    budgets::wallet(&mut tx, &AccountId::wallet(owner))
        .await
        .unwrap()
        .map_or(0, |account| account.available())
}

/// By the tests' own sums, and by `ledger check`.
async fn right(world: &World) {
    books::assert_right(world.db()).await;
    let report = ledger::check(world.db(), &mut |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report}");
}

async fn a_reference_is_credited_once_however_often_it_is_heard_of_at_once(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", false).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    let heard = (0..20).map(|i| {
        let funnel = if i % 2 == 0 || engine == Engine::Sqlite { &one } else { &other };
        submit(funnel, received(&org, None, usd(25), "cs_1"))
    });
    for answer in join_all(heard).await {
        answer.unwrap();
    }
    submit(&one, received(&org, None, usd(5), "cs_2")).await.unwrap();
    assert_eq!(left(&world, org.as_str()).await, usd(30));
    let other_sum = submit(&one, received(&org, None, usd(26), "cs_1")).await;
    assert_eq!(other_sum.unwrap_err(), Refusal::ReferenceTaken);
    let elsewhere = world.org("UTC", false).await;
    let other_org = submit(&one, received(&elsewhere, None, usd(25), "cs_1")).await;
    assert_eq!(other_org.unwrap_err(), Refusal::ReferenceTaken);
    let nothing = submit(&one, received(&org, None, 0, "cs_3")).await;
    assert_eq!(nothing.unwrap_err(), Refusal::NotPositive);
    let euros = Money { currency: bursar_base::Currency::parse("EUR").unwrap(), ..Money::usd_micros(1) };
    let Command::Receive(mut foreign) = received(&org, None, 1, "cs_4") else { unreachable!() };
    foreign.amount = euros;
    assert_eq!(submit(&one, Command::Receive(foreign)).await.unwrap_err(), Refusal::CurrencyMismatch);
    assert_eq!(left(&world, org.as_str()).await, usd(30));
    right(&world).await;
}
on_both_engines!(a_reference_is_credited_once_however_often_it_is_heard_of_at_once);

async fn what_goes_back_is_booked_by_absolute_figures_and_may_make_a_wallet_negative(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some("daily = \"50.00\"")).await;
    let funnel = world.funnel().await;
    submit(&funnel, received(&org, Some(&agent), usd(25), "cs_1")).await.unwrap();
    for (back, expected) in [
        (GoneBack::Refunded { gross: usd(5), failed: 0 }, usd(20)),
        (GoneBack::Refunded { gross: usd(5), failed: 0 }, usd(20)),
        (GoneBack::Refunded { gross: usd(2), failed: 0 }, usd(20)),
        (GoneBack::Disputed(usd(25)), usd(-5)),
        (GoneBack::Disputed(usd(25)), usd(-5)),
        (GoneBack::Disputed(-1), usd(-5)),
        (GoneBack::Disputed(0), usd(20)),
        (GoneBack::Refunded { gross: usd(25), failed: 0 }, 0),
        // What failed is there again; a reading of before changes nothing any more.
        (GoneBack::Refunded { gross: usd(25), failed: usd(20) }, usd(20)),
        (GoneBack::Refunded { gross: usd(25), failed: 0 }, usd(20)),
        (GoneBack::Refunded { gross: usd(5), failed: 0 }, usd(20)),
        (GoneBack::Refunded { gross: usd(28), failed: usd(20) }, usd(17)),
        // Both at once, as it is heard where the refund had failed before anybody heard of it.
        (GoneBack::Refunded { gross: usd(30), failed: usd(22) }, usd(17)),
    ] {
        gone(&funnel, &org, "cs_1", back).await;
        assert_eq!(left(&world, org.as_str()).await, expected, "{back:?}");
    }
    let unheard = Command::GiveBack {
        org_id: org.clone(),
        reference: "cs_2".to_owned(),
        gone: GoneBack::Refunded { gross: 1, failed: 0 },
        actor: "rail:stripe".to_owned(),
    };
    assert_eq!(submit(&funnel, unheard).await.unwrap_err(), Refusal::NotFound("receipt"));
    let mut tx = world.db().read().await.unwrap();
    let entries = books::Books::read(&mut tx, &org).await.events;
    let said: Vec<_> = entries.iter().rev().take(2).map(|e| (e.action.as_str(), e.amount_micros)).collect();
    assert_eq!(said, [("wallet.refund_failed", Some(usd(2))), ("wallet.refunded", Some(usd(2)))]);
    drop(tx);
    right(&world).await;
}
on_both_engines!(what_goes_back_is_booked_by_absolute_figures_and_may_make_a_wallet_negative);
