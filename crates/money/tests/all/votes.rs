//! Several have to say yes: each counts once, one no is the end, and whoever comes at once, there is one ending.

use std::collections::BTreeSet;
use std::sync::Arc;

use bursar_base::{MemberId, Rng as _, SeededRng};
use bursar_money::funnel::{Command, Funnel, Options, Refusal};
use bursar_money::policies::{self, Document, SetPolicyError};
use bursar_money::transactions::{Status, Transaction, find};
use bursar_money::votes;
use bursar_store::{Columns as _, Engine};

use crate::fixture::{APPROVERS, World, approver, decide_as, deposit, done, reserve, submit, usd};
use crate::{books, on_both_engines};

const TWO: &str = "approve_above = \"5.00\"\napprovals = 2";
const ROUNDS: u64 = 30;

async fn pending(world: &World, funnel: &Funnel, policy: &str) -> Arc<Transaction> {
    let org = world.org("UTC", false).await;
    let agent = world.agent(&org, Some(policy)).await;
    submit(funnel, deposit(&org, None, usd(100), "cli")).await.unwrap();
    let request = reserve(world, &agent, usd(10));
    let t = done(submit(funnel, Command::Reserve(Box::new(request))).await);
    assert_eq!((t.status, votes::needed(&t)), (Status::Pending, 2));
    t
}

async fn given(world: &World, t: &Transaction) -> usize {
    let mut tx = world.db().read().await.unwrap();
    let t = find(&mut tx, &t.id).await.unwrap().unwrap();
    votes::of(&mut tx, &t).await.unwrap().len()
}

fn yes(t: &Transaction, number: u8) -> Command {
    decide_as(t, true, &approver(&t.org_id, number), &format!("member:{number}"))
}

async fn remove(world: &World, member: &MemberId) {
    let mut tx = world.db().write().await.unwrap();
    tx.execute("DELETE FROM members WHERE id = $1", &[member.as_str().into()]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_member_counts_once_however_often_they_say_yes(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = pending(&world, &funnel, TWO).await;
    let first = done(submit(&funnel, yes(&t, 0)).await);
    assert_eq!((first.status, &first.decided_by), (Status::Pending, &None));
    for _ in 0..2 {
        assert_eq!(submit(&funnel, yes(&t, 0)).await.unwrap_err(), Refusal::AlreadyVoted);
    }
    assert_eq!(given(&world, &t).await, 1);
    let second = done(submit(&funnel, yes(&t, 1)).await);
    assert_eq!((second.status, second.decided_by.as_deref()), (Status::Approved, Some("member:1")));
    assert_eq!(given(&world, &t).await, 2);
    let late = submit(&funnel, yes(&t, 2)).await;
    assert_eq!(late.unwrap_err(), Refusal::WrongStatus(Status::Approved));
    books::assert_right(world.db()).await;
}
on_both_engines!(a_member_counts_once_however_often_they_say_yes);

async fn a_no_ends_it_also_of_somebody_who_said_yes(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = pending(&world, &funnel, TWO).await;
    done(submit(&funnel, yes(&t, 0)).await);
    let no = decide_as(&t, false, &approver(&t.org_id, 0), "member:0");
    assert_eq!(done(submit(&funnel, no).await).status, Status::Declined);
    assert_eq!(submit(&funnel, yes(&t, 1)).await.unwrap_err(), Refusal::WrongStatus(Status::Declined));
    books::assert_right(world.db()).await;
}
on_both_engines!(a_no_ends_it_also_of_somebody_who_said_yes);

async fn who_left_does_not_count_and_decides_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = pending(&world, &funnel, TWO).await;
    done(submit(&funnel, yes(&t, 0)).await);
    remove(&world, &approver(&t.org_id, 0)).await;
    assert_eq!(given(&world, &t).await, 0);
    assert_eq!(submit(&funnel, yes(&t, 0)).await.unwrap_err(), Refusal::MayNotDecide);
    let second = done(submit(&funnel, yes(&t, 1)).await);
    assert_eq!(second.status, Status::Pending, "the yes of somebody who left is none");
    let stranger = decide_as(&t, true, &MemberId::from_store("mem_of_nobody"), "member:x");
    assert_eq!(submit(&funnel, stranger).await.unwrap_err(), Refusal::MayNotDecide);
    assert_eq!(done(submit(&funnel, yes(&t, 2)).await).status, Status::Approved);
    books::assert_right(world.db()).await;
}
on_both_engines!(who_left_does_not_count_and_decides_nothing);

async fn more_than_there_are_is_refused_and_a_changed_policy_changes_no_question(engine: Engine) {
    let world = World::new(engine).await;
    let funnel = world.funnel().await;
    let t = pending(&world, &funnel, TWO).await;
    let set = |text: &str| {
        let document = Document::from_toml(text).unwrap();
        let (world, t) = (&world, &t);
        async move {
            let mut tx = world.db().write().await.unwrap();
            let set =
                policies::set(&mut tx, &world.clock, &t.org_id, &t.agent_id, &document, None, "cli").await;
            if set.is_ok() {
                tx.commit().await.unwrap();
            }
            set
        }
    };
    let too_many = set("approvals = 4").await.unwrap_err();
    assert!(matches!(too_many, SetPolicyError::TooFewApprovers { needed: 4, possible: 3 }), "{too_many}");
    for wrong in ["approvals = 0", "approvals = 21"] {
        let refused = set(wrong).await.unwrap_err();
        assert!(refused.to_string().contains("approvals"), "{refused}");
    }
    set("approve_above = \"5.00\"").await.unwrap();
    assert_eq!(done(submit(&funnel, yes(&t, 0)).await).status, Status::Pending);
    assert_eq!(done(submit(&funnel, yes(&t, 1)).await).status, Status::Approved);
}
on_both_engines!(more_than_there_are_is_refused_and_a_changed_policy_changes_no_question);

async fn endings(world: &World, t: &Transaction) -> Vec<String> {
    let mut tx = world.db().read().await.unwrap();
    let sql =
        "SELECT action FROM events WHERE transaction_id = $1 AND action <> 'approval.asked' ORDER BY seq";
    let rows = tx.rows(sql, &[t.id.as_str().into()]).await.unwrap();
    rows.iter().map(|row| row.text("action").unwrap()).collect()
}

async fn two_yes_and_one_no_at_once_have_one_ending(engine: Engine) {
    let world = World::new(engine).await;
    let other = match world.db().engine() {
        Engine::Sqlite => world.db().clone(),
        Engine::Postgres => world.data.reopen().await,
    };
    let clock = Arc::new(world.clock.clone());
    let funnels = [world.funnel().await, Funnel::start(&other, clock, Options::default()).await.unwrap()];
    let rng = SeededRng::new(5);
    let mut seen = BTreeSet::new();
    for _ in 0..ROUNDS {
        let t = pending(&world, &funnels[0], TWO).await;
        let mut hands: Vec<u8> = (0..APPROVERS).chain(0..APPROVERS).collect();
        for place in (1..hands.len()).rev() {
            hands.swap(place, rng.below(place as u64 + 1) as usize);
        }
        let mut racing = tokio::task::JoinSet::new();
        for number in hands {
            let says_yes = number != 2;
            let command = decide_as(&t, says_yes, &approver(&t.org_id, number), &format!("member:{number}"));
            let funnel = funnels[rng.below(2) as usize].clone();
            racing.spawn(async move { submit(&funnel, command).await.is_ok() });
        }
        let mut taken = 0;
        while let Some(ended) = racing.join_next().await {
            taken += usize::from(ended.unwrap());
        }
        let ends = endings(&world, &t).await;
        assert_eq!(taken, ends.len(), "one entry for each word that was taken: {ends:?}");
        let last = ends.last().unwrap().clone();
        assert!(["approval.approved", "approval.declined"].contains(&last.as_str()), "{ends:?}");
        assert!(ends[..ends.len() - 1].iter().all(|action| action == "approval.voted"), "{ends:?}");
        assert!(ends.len() <= 2, "{ends:?}");
        if last == "approval.approved" {
            assert_eq!((ends.len(), given(&world, &t).await), (2, 2));
        }
        seen.insert(last);
    }
    assert_eq!(seen.len(), 2, "both endings come about: {seen:?}");
    books::assert_right(world.db()).await;
}
on_both_engines!(two_yes_and_one_no_at_once_have_one_ending);
