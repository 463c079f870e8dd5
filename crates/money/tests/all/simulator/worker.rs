//! The worker: claims jobs and does them in steps between which it may die.

use bursar_money::funnel::{Command, Facts, JobProof, Outcome, RailOutcome, Reply, Step};
use bursar_money::transactions::{Status, Transaction};
use bursar_store::StoreError;
use bursar_store::jobs::{self, Claimed};

use super::Sim;
use super::network::is_lost;
use super::steps::{change, lease_lost};

/// A job in the worker's memory, and how far it is.
pub struct Held {
    job: Claimed,
    next: Next,
}

enum Next {
    Begin,
    /// The attempt is committed; the rail comes next.
    Call(Box<Transaction>),
    /// The network was read; that is not written yet.
    Tell(Box<Facts>),
    /// The rail has answered; that is not written yet.
    Write(Box<Transaction>, RailOutcome),
}

impl Sim {
    /// Goes one step on with a job, or claims one. `false` when there is nothing to do.
    pub async fn work(&mut self) -> bool {
        if self.held.len() < 2 && (self.held.is_empty() || self.pick(2) == 0) {
            let claimed = jobs::claim(&self.db, &self.world.clock, 1).await.unwrap();
            let something = !claimed.is_empty();
            let begin = |job| Held { job, next: Next::Begin };
            self.held.extend(claimed.into_iter().map(begin));
            if something || self.held.is_empty() {
                return something;
            }
        }
        let place = self.pick(self.held.len());
        let held = self.held.remove(place);
        if let Some(next) = self.go_on(&held.job, held.next).await {
            let job = held.job;
            self.held.push(Held { job, next });
        }
        true
    }

    async fn go_on(&mut self, job: &Claimed, next: Next) -> Option<Next> {
        match next {
            Next::Begin => self.begin(job).await,
            Next::Call(t) => {
                // Whoever lost its lease does not call.
                match jobs::heartbeat(&self.db, &self.world.clock, job).await {
                    Ok(()) => {}
                    Err(StoreError::LeaseLost) => return None,
                    Err(error) => panic!("{error}"),
                }
                let now = self.find(t.id.as_str()).await.unwrap();
                assert_eq!(now.status, Status::Executing, "the rail is called only then: {now:?}");
                let answer = self.rail.call(&now, &self.rng);
                Some(Next::Write(t, answer))
            }
            Next::Tell(mut facts) => {
                facts.job = Some(JobProof { id: job.id.clone(), fence: job.fence });
                let told = self.submit(Command::Facts(facts)).await;
                assert!(is_lost(told.as_ref()) || matches!(told, Some(Ok(_))), "{told:?}");
                None
            }
            Next::Write(t, answer) => {
                self.prove(job, &t, Step::Settle(answer)).await;
                None
            }
        }
    }

    async fn begin(&mut self, job: &Claimed) -> Option<Next> {
        match job.kind.as_str() {
            "execute" => {
                let t = self.find(&job.payload).await.unwrap();
                let began = self.prove(job, &t, Step::BeginAttempt).await?;
                let Ok(Reply::Transaction { transaction, replayed }) = began else {
                    return None;
                };
                if transaction.status != Status::Executing {
                    return None;
                }
                let t = Box::new((*transaction).clone());
                if !replayed {
                    return Some(Next::Call(t));
                }
                // Somebody began and was not heard of again: perhaps the rail was called.
                let nobody_knows =
                    RailOutcome::Unknown { why: "the worker was lost".to_owned(), reference: None };
                Some(Next::Write(t, nobody_knows))
            }
            jobs::READ_AUTHORIZATION => Some(Next::Tell(Box::new(self.read_network(&job.payload)))),
            "expire" => {
                let t = self.find(&job.payload).await.unwrap();
                self.prove(job, &t, Step::Expire).await;
                None
            }
            "freeze" => {
                for t in self.transactions().await {
                    if matches!(t.status, Status::Pending | Status::Approved) {
                        self.submit(change(&t, Step::Withdraw)).await;
                    }
                }
                self.finish(job).await;
                None
            }
            "refund" => {
                let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap();
                let text = |name: &str| payload[name].as_str().unwrap().to_owned();
                let t = self.find(&text("transaction_id")).await.unwrap();
                let (refund_id, micros) = (text("refund_id"), payload["micros"].as_i64().unwrap());
                let given = self.rail.refund(t.id.as_str(), &refund_id, micros);
                let reference = given.then(|| format!("re_{refund_id}"));
                self.prove(job, &t, Step::SettleRefund { refund_id, reference }).await;
                None
            }
            _ => {
                self.finish(job).await;
                None
            }
        }
    }

    /// A step with the proof that the job is still ours.
    async fn prove(&mut self, job: &Claimed, t: &Transaction, step: Step) -> Option<Outcome> {
        let mut command = change(t, step);
        if let Command::Change { job: proof, .. } = &mut command {
            *proof = Some(JobProof { id: job.id.clone(), fence: job.fence });
        }
        self.submit(command).await.filter(|outcome| !lease_lost(outcome))
    }

    async fn finish(&self, job: &Claimed) {
        let mut tx = self.db.write().await.unwrap();
        match jobs::finish(&mut tx, job).await {
            Ok(()) => tx.commit().await.unwrap(),
            Err(StoreError::LeaseLost) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
