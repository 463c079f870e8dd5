//! Backtests against random lives: under the policies of the record, every recorded decision comes out again.

use std::sync::Arc;

use bursar_base::{Rng as _, SeededRng, TimeUs};
use bursar_money::backtest::{Bounds, Decided, History, Outcome, Report, Rules, compare, read, replay};
use bursar_money::funnel::Options;
use bursar_money::policies::{self, Document, Policy, Verdict};
use bursar_store::{Db, Engine};

use crate::fixture::{Agent, usd};
use crate::on_both_engines;
use crate::script::Stage;

/// What agents are given while they go on asking: every rule comes up.
const POLICIES: &[&str] = &[
    "daily = \"60.00\"\nweekly = \"90.00\"\napprove_above = \"8.00\"\napprovals = 2\nbreaker = { requests = 20, seconds = 60 }",
    "per_transaction = \"12.00\"\nmonthly = \"170.00\"\nvelocity = { requests = 9, seconds = 60 }\nrecurring = \"ask\"",
    "lifetime = \"300.00\"\nrails = [\"sandbox\"]\n[merchants]\nblock = [\"casino.example\"]\n[categories]\nask = [\"travel\"]",
    "duplicates = { seconds = 900, action = \"decline\" }\n[merchants]\nallow = [\"example.com\"]\nunknown = \"ask\"",
    "ask = \"everything\"\n[[hours]]\ndays = [\"sat\", \"sun\"]\nfrom = \"23:00\"\nto = \"00:30\"",
    "weekly = \"200.00\"\nbreaker = { requests = 40, seconds = 300 }\n[categories]\nblock = [\"travel\"]",
    "",
];

/// Reads an agent's record; `None` where there is nothing on it.
pub async fn history(db: &Db, agent: &Agent, requests: u32) -> Option<(History, i64)> {
    // Looks back at everything, so that no recorded rule looks back further.
    let draft = policy("recurring = \"ask\"");
    let bounds = Bounds { since: TimeUs(0), requests };
    let breaker = Options::default().breaker;
    let recorded = read(db, &agent.id, bounds, &draft, breaker, &mut |_| {}).await.unwrap().unwrap();
    recorded.history.map(|history| (history, recorded.left_out))
}

pub fn policy(text: &str) -> Policy {
    Policy::compile(&Document::from_toml(text).unwrap()).unwrap()
}

pub fn report(history: &History, draft: &Policy) -> Report {
    let breaker = Options::default().breaker;
    let on_record = replay(history, Rules::OnRecord, breaker);
    let under = replay(history, Rules::Draft(draft), breaker);
    let answers = |id: &_| history.answers.get(id).cloned().unwrap_or_default();
    compare(&on_record, &under, answers, history.currency())
}

fn assert_is_on_record(decided: &Decided<'_>) {
    let Decided { asked, decision, .. } = decided;
    assert_eq!(
        (decision.verdict, decision.reason.map(|reason| reason.as_str()), &decision.checks),
        (asked.verdict, asked.reason.as_deref(), &asked.checks),
        "decided again: {asked:#?}"
    );
}

/// What must hold of every agent's record, from whatever request on it is read. How many decisions were looked at.
pub async fn assert_reproduced(db: &Db, agents: &[Agent]) -> usize {
    let mut looked_at = 0;
    for agent in agents {
        for requests in [u32::MAX, 40, 7, 1] {
            let Some((history, left_out)) = history(db, agent, requests).await else { continue };
            let on_record = replay(&history, Rules::OnRecord, Options::default().breaker);
            on_record.iter().for_each(assert_is_on_record);
            looked_at += on_record.len();
            if requests == u32::MAX {
                assert_eq!(left_out, 0);
            }
        }
    }
    looked_at
}

async fn any_life_is_decided_again_as_it_was(engine: Engine) {
    let (seeds, bursts) = match engine {
        Engine::Sqlite => (40..46, 8),
        Engine::Postgres => (50..52, 5),
    };
    let mut looked_at = 0;
    for seed in seeds {
        let stage = Arc::new(Stage::new(engine, 2).await);
        let rng = SeededRng::new(seed);
        println!("seed {seed}");
        for burst in 0..bursts {
            stage.play(seed * 100 + burst, 12, 4).await;
            // A new policy for some of them, and now and then another time zone.
            for agent in &stage.agents {
                if rng.below(3) == 0 {
                    let text = POLICIES[rng.below(POLICIES.len() as u64) as usize];
                    put_in_force(&stage, agent, text).await;
                }
            }
            if rng.below(4) == 0 {
                let zone = ["Asia/Tokyo", "UTC", "America/Sao_Paulo"][rng.below(3) as usize];
                stage.world.move_org(&stage.agents[0].org, zone).await;
            }
        }
        looked_at += assert_reproduced(stage.world.db(), &stage.agents).await;
    }
    assert!(looked_at > 100, "only {looked_at} decisions");
}
on_both_engines!(any_life_is_decided_again_as_it_was);

async fn put_in_force(stage: &Stage, agent: &Agent, text: &str) {
    let document = Document::from_toml(text).unwrap();
    let mut tx = stage.world.db().write_in_turn().await.unwrap();
    policies::set(&mut tx, &stage.world.clock, &agent.org, &agent.id, &document, None, "fixture")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Under the policy that was in force all the time there is nothing to tell.
async fn the_policy_in_force_flips_nothing(engine: Engine) {
    let stage = Arc::new(Stage::new(engine, 1).await);
    for burst in 0..4 {
        stage.play(7_000 + burst, 12, 4).await;
    }
    let mut requests = 0;
    for agent in &stage.agents {
        let mut tx = stage.world.db().read().await.unwrap();
        let current = policies::current(&mut tx, &agent.id).await.unwrap().unwrap();
        drop(tx);
        let Some((history, _)) = history(stage.world.db(), agent, u32::MAX).await else { continue };
        let found = report(&history, &Policy::compile(&current.document).unwrap());
        assert_eq!((&found.flips, &found.flows, found.not_reproduced), (&vec![], &vec![], 0));
        assert_eq!(found.before, found.after);
        requests += found.before.values().map(|tally| tally.requests).sum::<u64>();
    }
    assert!(requests > 50, "only {requests} requests");
}
on_both_engines!(the_policy_in_force_flips_nothing);

/// A draft that refuses everything leaves nothing in its windows: each request finds the same emptiness.
async fn what_a_draft_refuses_counts_nowhere(engine: Engine) {
    let stage = Arc::new(Stage::new(engine, 1).await);
    for burst in 0..4 {
        stage.play(9_000 + burst, 12, 4).await;
    }
    let draft = policy("daily = \"0.00\"\nbreaker = { requests = 100000, seconds = 1 }");
    for agent in &stage.agents {
        let Some((history, _)) = history(stage.world.db(), agent, u32::MAX).await else { continue };
        for decided in replay(&history, Rules::Draft(&draft), Options::default().breaker) {
            // No limit stands in the way of a till that only looks whether a card is good.
            if decided.asked.amount.micros == 0 {
                continue;
            }
            assert_eq!((decided.decision.verdict, decided.outcome), (Verdict::Decline, Outcome::Declined));
            let daily = decided.decision.checks.iter().find(|check| check.rule == "daily");
            let forced = history.entries.iter().any(|entry| entry.forced > 0);
            if let (Some(check), false) = (daily, forced) {
                assert_eq!(check.used, Some(bursar_money::policies::Figure::Amount(usd(0))), "{decided:#?}");
            }
        }
    }
}
on_both_engines!(what_a_draft_refuses_counts_nowhere);
