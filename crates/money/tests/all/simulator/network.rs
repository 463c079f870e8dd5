//! A card network with books of its own: it asks, obeys what it heard, and moves money with and without having asked.

use std::collections::BTreeMap;

use bursar_base::Rng as _;
use bursar_money::funnel::{Authorize, Command, Facts, Outcome, Reply};
use bursar_money::transactions::Transaction;
use bursar_store::jobs::{self, NewJob};

use super::Sim;
use crate::fixture::{Known, authorize, usd};

/// The network's books, by its own ids.
#[derive(Debug, Default)]
pub struct Network {
    known: BTreeMap<String, Known>,
}

impl Network {
    /// What moved and is disputed of a card purchase, by the authorisation it is booked under.
    pub fn of(&self, t: &Transaction) -> (i64, i64, i64) {
        let known = t.rail_reference.as_ref().and_then(|reference| self.known.get(reference));
        known.map_or((0, 0, 0), |known| (known.captured(), known.refunded(), known.disputed))
    }

    /// All that ever moved.
    pub fn moved(&self) -> (i64, i64) {
        let all = self.known.values();
        (all.clone().map(Known::captured).sum(), all.map(Known::refunded).sum())
    }
}

impl Sim {
    /// Somebody pays with a card, or a shop looks whether it is good; now and then the answer is lost, which the network takes for a no.
    pub async fn swipe(&mut self) {
        let place = self.pick(self.agents.len());
        let (agent, card) = (self.agents[place].clone(), self.cards[place].clone());
        let amounts = [0, usd(2), usd(9), usd(15), usd(30)];
        let mut a = authorize(&self.world, &agent, &card, amounts[self.pick(amounts.len())]);
        let merchants = ["known.example", "other.example"];
        a.merchant_key = merchants[self.pick(merchants.len())].to_owned();
        let reference = a.reference.clone();
        self.network.known.insert(reference.clone(), Known::new(a.clone()));
        self.question(&reference, a).await;
    }

    /// More is asked for, or the same question is asked again.
    pub async fn ask_network_again(&mut self) {
        let Some(reference) = self.any_authorization(|known| !known.heard.is_empty()) else { return };
        let known = self.network.known[&reference].clone();
        let mut a = known.asked.clone();
        if self.rng.below(3) == 0 {
            let told = self.submit(Command::Authorize(Box::new(a.clone()))).await;
            if let Some(Ok(Reply::Authorization { approved, .. })) = told {
                assert_eq!(Some(&approved), known.heard.get(&a.request), "the same question, another answer");
            }
            return;
        }
        if known.ended.is_none() {
            a.request = format!("evt_more_{}", self.world.next());
            a.amount.micros = usd(1 + self.rng.below(6) as i64);
            self.question(&reference, a).await;
        }
    }

    async fn question(&mut self, reference: &str, a: Authorize) {
        let told = self.submit(Command::Authorize(Box::new(a.clone()))).await;
        self.network.known.get_mut(reference).unwrap().hear(&a, told.as_ref());
        if self.rng.below(3) > 0 {
            self.event(reference).await;
        }
    }

    /// Something happens at the network, and mostly it tells of it, perhaps twice.
    pub async fn network_moves(&mut self) {
        let id = format!("ipi_{:08}", self.world.next());
        let open = self.any_authorization(Known::is_open);
        let any = self.any_authorization(|known| known.captured() > 0);
        let reference = match (self.rng.below(12), open, any) {
            (0..6, Some(open), _) => {
                self.network.known.get_mut(&open).unwrap().goes_on(&self.rng, &id);
                open
            }
            (6..9, _, Some(any)) => {
                self.network.known.get_mut(&any).unwrap().comes_back(&self.rng, &id);
                any
            }
            (9, _, _) => self.unasked(|known, id| {
                known.captures.insert(id, usd(7));
            }),
            (10, _, _) => self.unasked(|known, id| {
                known.refunds.insert(id, usd(4));
            }),
            // A merchant captures although it was told no, or after the end.
            _ => match self.any_authorization(|known| known.ended.is_some()) {
                Some(ended) => {
                    let known = self.network.known.get_mut(&ended).unwrap();
                    known.captures.insert(id, usd(5));
                    ended
                }
                None => return,
            },
        };
        for _ in 0..self.rng.below(3) {
            self.event(&reference).await;
        }
    }

    fn unasked(&mut self, moves: impl Fn(&mut Known, String)) -> String {
        let place = self.pick(self.agents.len());
        let (agent, card) = (self.agents[place].clone(), self.cards[place].clone());
        let mut known = Known::unasked(authorize(&self.world, &agent, &card, 1));
        let reference = known.asked.reference.clone();
        moves(&mut known, reference.clone());
        self.network.known.insert(reference.clone(), known);
        reference
    }

    fn any_authorization(&self, wanted: impl Fn(&Known) -> bool) -> Option<String> {
        let fit: Vec<&String> =
            self.network.known.iter().filter(|(_, known)| wanted(known)).map(|(id, _)| id).collect();
        (!fit.is_empty()).then(|| fit[self.pick(fit.len())].clone())
    }

    /// The network tells that something happened: its news is read soon, and by whoever reads now not written.
    pub async fn event(&mut self, reference: &str) {
        let mut tx = self.db.write().await.unwrap();
        let now = tx.now(&self.world.clock).await.unwrap();
        let job = NewJob {
            org_id: self.network.known[reference].asked.org_id.to_string(),
            kind: jobs::READ_AUTHORIZATION,
            payload: reference.to_owned(),
            run_at: now,
            dedupe_key: Some(jobs::reading_key(reference)),
        };
        jobs::enqueue_anew(&mut tx, &job, now, &self.rng).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What the network says when it is asked.
    pub fn read_network(&self, reference: &str) -> Facts {
        self.network.known[reference].says(&self.world)
    }

    /// Everything open expires, and the network tells of everything once more.
    pub async fn network_closes(&mut self) {
        let all: Vec<String> = self.network.known.keys().cloned().collect();
        for reference in all {
            let known = self.network.known.get_mut(&reference).unwrap();
            if known.ended.is_none() {
                known.end("expired");
            }
            self.event(&reference).await;
        }
    }
}

/// Whether an outcome says that the job is another's by now, or the process died before it came.
pub fn is_lost(outcome: Option<&Outcome>) -> bool {
    outcome.is_none_or(super::steps::lease_lost)
}
