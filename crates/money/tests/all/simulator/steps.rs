//! What may happen next.

use std::time::Duration;

use bursar_base::{Clock as _, Rng as _};
use bursar_money::funnel::{Command, Outcome, Reply, Step};
use bursar_money::policies::{self, Document};
use bursar_money::transactions::{Status, Transaction};

use super::Sim;
use crate::fixture::{
    APPROVERS, approver, cancel, decide_as, deposit, freeze, reserve, settle, unfreeze, usd,
};

/// What agents are given, at first and later.
pub const POLICIES: &[&str] = &[
    "daily = \"60.00\"\nweekly = \"250.00\"\nmonthly = \"400.00\"\napprove_above = \"8.00\"",
    "per_transaction = \"20.00\"\nlifetime = \"500.00\"\nbreaker = { requests = 6, seconds = 60 }",
    "approve_above = \"0.00\"\napprovals = 2\napproval_minutes = 30\ndaily = \"90.00\"\n\
     duplicates = { seconds = 3600, action = \"decline\" }",
    "daily = \"40.00\"\nvelocity = { requests = 4, seconds = 600 }\n[merchants]\nunknown = \"ask\"",
    "[merchants]\nblock = [\"other.example\"]\n[categories]\nallow = [\"books\"]",
];

const ZONES: &[&str] = &["Europe/Berlin", "UTC", "Pacific/Kiritimati", "America/Los_Angeles"];

impl Sim {
    /// One thing happens.
    pub async fn step(&mut self) {
        match self.rng.below(100) {
            0..12 => self.ask().await,
            12..15 => self.ask_again().await,
            15..21 => self.swipe().await,
            21..24 => self.ask_network_again().await,
            24..30 => self.network_moves().await,
            30..62 => drop(self.work().await),
            62..72 => self.answer().await,
            72..74 => {
                if let Some(t) = self.any_transaction(|t| t.status.holds()).await {
                    self.submit(cancel(&t, "member")).await;
                }
            }
            74..76 => {
                let agent = self.any_agent();
                let frozen = self.rng.below(3) == 0;
                let command = if frozen { freeze } else { unfreeze };
                self.submit(command(&agent, "member")).await;
            }
            76..78 => {
                let agent = self.any_agent();
                self.submit(deposit(&agent.org, None, usd(20), "cli")).await;
            }
            78..80 => self.change_policy().await,
            80..81 => {
                let agent = self.any_agent();
                self.world.move_org(&agent.org, ZONES[self.pick(ZONES.len())]).await;
            }
            81..86 => self.ask_for_refund().await,
            86..92 => self.news().await,
            92..97 => self.time_passes(),
            _ => self.crash().await,
        }
    }

    async fn ask(&mut self) {
        let agent = self.any_agent();
        let amounts = [usd(2), usd(5), usd(9), usd(15), usd(30)];
        let mut request = reserve(&self.world, &agent, amounts[self.pick(amounts.len())]);
        let merchants = ["known.example", "other.example", "third.example"];
        request.merchant_key = merchants[self.pick(merchants.len())].to_owned();
        if self.rng.below(3) == 0 {
            request.purpose = "the usual".to_owned();
        }
        self.sent.push((request, None));
        self.send(self.sent.len() - 1).await;
    }

    /// The same key again: for want of an answer, or for no reason.
    async fn ask_again(&mut self) {
        if !self.sent.is_empty() {
            self.send(self.pick(self.sent.len())).await;
        }
    }

    async fn send(&mut self, place: usize) {
        let mut request = self.sent[place].0.clone();
        let agent = self.agents[0].clone();
        request.transaction_id = reserve(&self.world, &agent, 1).transaction_id;
        let answer = self.submit(Command::Reserve(Box::new(request))).await;
        let Some(Ok(Reply::Transaction { transaction, replayed })) = answer else {
            return;
        };
        let known = &mut self.sent[place].1;
        assert!(known.is_none() || replayed, "one key is one payment: {transaction:?}");
        let id = known.get_or_insert_with(|| transaction.id.to_string());
        assert_eq!(*id, transaction.id.as_str());
    }

    /// A human answers a question, perhaps too late.
    async fn answer(&mut self) {
        if let Some(t) = self.any_transaction(|t| t.status == Status::Pending).await {
            let yes = self.rng.below(4) > 0;
            let member = approver(&t.org_id, self.pick(usize::from(APPROVERS)) as u8);
            self.submit(decide_as(&t, yes, &member, "member")).await;
        }
    }

    async fn change_policy(&mut self) {
        let agent = self.any_agent();
        let document = Document::from_toml(POLICIES[self.pick(POLICIES.len())]).unwrap();
        let mut tx = self.db.write().await.unwrap();
        policies::set(&mut tx, &self.world.clock, &agent.org, &agent.id, &document, None, "member")
            .await
            .unwrap();
        if self.rng.below(4) > 0 {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
            self.crash().await;
        }
    }

    async fn ask_for_refund(&mut self) {
        if let Some(t) = self.any_transaction(|t| t.status == Status::Completed && t.card_id.is_none()).await
        {
            if self.rng.below(4) == 0 {
                self.rail.refund_by_itself(t.id.as_str(), usd(1));
                return;
            }
            let key = self.rng.below(3);
            let step = Step::RequestRefund {
                refund_id: format!("ref_{}_{key}", t.id),
                micros: (key > 0).then_some(usd(2)),
                idempotency_key: key.to_string(),
                reason: "sent back".to_owned(),
            };
            self.submit(change(&t, step)).await;
        }
    }

    /// The rail tells of something on its own, or is asked; perhaps for the second time.
    async fn news(&mut self) {
        if let Some(t) = self.any_transaction(|t| t.attempt.is_some() && t.card_id.is_none()).await {
            if self.rng.below(3) == 0 {
                self.rail.money_arrives(t.id.as_str());
            }
            if self.rng.below(2) == 0 {
                self.hear_refunds(&t).await;
            } else {
                self.hear_from_rail(&t).await;
            }
        }
    }

    /// As reconciliation does: only what was called can be asked about, and while a worker may still call, it is not.
    pub async fn hear_from_rail(&mut self, t: &Transaction) {
        let being_called = t.status == Status::Executing;
        let paid = self.rail.charged(t.id.as_str()) > 0;
        if t.attempt.is_some() && (paid || !being_called) {
            let news = self.rail.look_up(t);
            self.submit(settle(t, "rail", news)).await;
        }
    }

    /// What was given back at the rail itself.
    pub async fn hear_refunds(&mut self, t: &Transaction) {
        let micros = self.rail.refunded_by_itself(t.id.as_str());
        if micros > 0 {
            self.submit(change(t, Step::RefundedElsewhere { micros })).await;
        }
    }

    fn time_passes(&self) {
        let clock = &self.world.clock;
        match self.rng.below(12) {
            0..4 => clock.advance(Duration::from_secs(5)),
            4..7 => clock.advance(Duration::from_secs(70)),
            7..9 => clock.advance(Duration::from_secs(20 * 60)),
            9 => clock.advance(Duration::from_secs(7 * 3_600)),
            10 => clock.advance(Duration::from_secs(26 * 3_600)),
            _ => clock.set(clock.now().minus(Duration::from_secs(3_600))),
        }
    }
}

/// A change on the worker's behalf.
pub fn change(t: &Transaction, step: Step) -> Command {
    Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: "worker".to_owned(),
        job: None,
        nonce: None,
    }
}

/// Whether an answer says that the job is another's by now.
pub fn lease_lost(outcome: &Outcome) -> bool {
    matches!(outcome, Err(bursar_money::funnel::Refusal::LeaseLost))
}
