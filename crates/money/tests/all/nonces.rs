//! A signature is good for one request.

use bursar_base::TimeUs;
use bursar_money::funnel::{Command, Nonce, Options, Refusal, Reserve, Step};
use bursar_money::transactions::intent_hash;
use bursar_store::Engine;
use futures_util::future::join_all;

use crate::fixture::{World, approver, done, reserve, submit, usd};
use crate::{books, on_both_engines};

async fn a_nonce_shown_many_times_at_once_is_taken_once(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("require_signature = true")).await;
    let (one, other) = (world.funnel().await, world.funnel().await);
    let nonce =
        |name: &str| Some(Nonce { created: TimeUs(1), key_id: agent.key.clone(), nonce: name.to_owned() });
    // Different requests: were the nonce taken twice, both would be paid.
    let requests = (0..20).map(|place| {
        let request = Reserve { nonce: nonce("once"), ..reserve(&world, &agent, usd(1)) };
        let funnel = if place % 2 == 0 { &one } else { &other };
        submit(funnel, Command::Reserve(Box::new(request)))
    });
    let outcomes = join_all(requests).await;
    let (taken, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1);
    assert!(refused.into_iter().all(|outcome| outcome.unwrap_err() == Refusal::NonceUsed));

    let unsigned = Command::Reserve(Box::new(reserve(&world, &agent, usd(1))));
    assert_eq!(submit(&one, unsigned).await.unwrap_err(), Refusal::SignatureRequired);
    let dry = Reserve { nonce: nonce("dry"), dry_run: true, ..reserve(&world, &agent, usd(1)) };
    for _ in 0..2 {
        let answer = submit(&one, Command::Reserve(Box::new(dry.clone()))).await;
        assert!(answer.is_ok(), "a dry run uses up no nonce: {answer:?}");
    }
    books::assert_right(world.db()).await;
}
on_both_engines!(a_nonce_shown_many_times_at_once_is_taken_once);

async fn a_refused_command_has_used_its_nonce_up(engine: Engine) {
    let world = World::new(engine).await;
    let org = world.org("UTC", true).await;
    let agent = world.agent(&org, Some("")).await;
    let funnel = world.funnel().await;
    let t = done(submit(&funnel, Command::Reserve(Box::new(reserve(&world, &agent, usd(1))))).await);
    let signed = |step| Command::Change {
        org_id: org.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: "key".to_owned(),
        job: None,
        nonce: Some(Nonce { created: TimeUs(1), key_id: agent.key.clone(), nonce: "n".to_owned() }),
    };
    let member = approver(&org, 0);
    let yes = Step::Decide { member, approve: true, intent_hash: intent_hash(&t), reason: None };
    let refused = submit(&funnel, signed(yes)).await;
    assert!(matches!(refused, Err(Refusal::WrongStatus(_))), "nobody was asked: {refused:?}");
    let again = submit(&funnel, signed(Step::Cancel { reason: None })).await;
    assert_eq!(again.unwrap_err(), Refusal::NonceUsed);
    // Also after a restart, and one by one.
    drop(funnel);
    let options = Options { max_batch: 1, in_flight: 1, ..Options::default() };
    let funnel = world.funnel_with(options).await;
    let again = submit(&funnel, signed(Step::Cancel { reason: None })).await;
    assert_eq!(again.unwrap_err(), Refusal::NonceUsed);
}
on_both_engines!(a_refused_command_has_used_its_nonce_up);
