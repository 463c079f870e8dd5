//! The script's card network: it asks from many tills at once, and tells of each authorisation in its order, as a server
//! does that reads each of them in one job.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bursar_base::{Rng as _, SeededRng};
use bursar_money::funnel::{Authorize, Command, Facts};
use bursar_money::policies::RailName;
use bursar_money::transactions::Status;
use futures_util::future::join_all;

use super::Stage;
use crate::fixture::{Known, authorize, usd};

/// The network's books. Each authorisation has a lock, which is kept while the network asks or tells about it.
#[derive(Debug, Default)]
pub struct Tills(Mutex<BTreeMap<String, Book>>);

type Book = Arc<tokio::sync::Mutex<Known>>;

impl Tills {
    fn begin(&self, known: Known) -> Book {
        let (reference, book) = (known.asked.reference.clone(), Arc::new(tokio::sync::Mutex::new(known)));
        self.0.lock().unwrap().insert(reference, book.clone());
        book
    }

    fn any(&self, rng: &SeededRng) -> Option<Book> {
        let all = self.0.lock().unwrap();
        all.values().nth(rng.below(all.len().max(1) as u64) as usize).cloned()
    }
}

impl Stage {
    /// One thing happens at a till, or at the network behind it.
    pub async fn at_the_till(&self, rng: &SeededRng, process: usize, place: usize) {
        match rng.below(12) {
            0..4 => {
                let amounts = [0, usd(1), usd(3), 7_650_000, usd(9), usd(15)];
                let mut a = authorize(
                    &self.world,
                    &self.agents[place],
                    &self.cards[place],
                    amounts[rng.below(amounts.len() as u64) as usize],
                );
                let merchants = ["shop.example.com", "casino.example", "other.example"];
                a.merchant_key = merchants[rng.below(3) as usize].to_owned();
                a.category =
                    [None, Some("travel"), Some("book_stores")][rng.below(3) as usize].map(str::to_owned);
                let book = self.tills.begin(Known::new(a.clone()));
                self.question(rng, process, &book, a).await;
            }
            4..6 => self.try_what_was_reserved(rng, process).await,
            6 => {
                let unasked = authorize(&self.world, &self.agents[place], &self.cards[place], 1);
                let book = self.tills.begin(Known::unasked(unasked));
                self.news(rng, process, &book).await;
            }
            7 => {
                let Some(book) = self.tills.any(rng) else { return };
                let mut more = book.lock().await.asked.clone();
                // The same question once more, or a further one.
                if rng.below(2) == 0 {
                    more.request = format!("evt_more_{:08}", self.world.next());
                    more.amount.micros = usd(rng.below(6) as i64);
                }
                self.question(rng, process, &book, more).await;
            }
            _ => {
                let Some(book) = self.tills.any(rng) else { return };
                self.news(rng, process, &book).await;
            }
        }
    }

    /// A purchase that passes, and is captured.
    pub async fn buy_at_the_till(&self) {
        let a = authorize(&self.world, &self.agents[0], &self.cards[0], usd(1));
        let mut known = Known::new(a.clone());
        let told = self.tell(0, Command::Authorize(Box::new(a.clone()))).await;
        known.hear(&a, told.as_ref());
        known.captures.insert("ipi_first".to_owned(), usd(1));
        known.end("closed");
        let facts = Facts { actor: "network:first".to_owned(), ..known.says(&self.world) };
        self.tell(0, Command::Facts(Box::new(facts))).await;
        self.tills.begin(known);
    }

    /// A purchase that fits what an agent has reserved, or what a human was asked about.
    async fn try_what_was_reserved(&self, rng: &SeededRng, process: usize) {
        let open = |status| matches!(status, Status::Pending | Status::Approved);
        let reserved =
            self.any(rng, |t| t.rail == RailName::Card && t.tolerance_micros.is_some() && open(t.status));
        let Some(t) = reserved else { return };
        let Some(place) = self.agents.iter().position(|agent| agent.id == t.agent_id) else { return };
        let below = [0, 0, 1, usd(1)][rng.below(4) as usize];
        let micros = (t.amount_micros - below).max(1);
        let mut a = authorize(&self.world, &self.agents[place], &self.cards[place], micros);
        a.merchant_key.clone_from(&t.merchant_key);
        let book = self.tills.begin(Known::new(a.clone()));
        self.question(rng, process, &book, a).await;
    }

    /// Asks; sometimes the same question arrives several times at once, at several processes.
    async fn question(&self, rng: &SeededRng, process: usize, book: &Book, a: Authorize) {
        let mut known = book.lock().await;
        let copies = if rng.below(5) == 0 { 3 } else { 1 };
        let command = Command::Authorize(Box::new(a.clone()));
        for told in
            join_all((0..copies).map(|copy| self.tell(self.beside(process, copy), command.clone()))).await
        {
            known.hear(&a, told.as_ref());
        }
    }

    /// Something happens at the network, and it tells of it: perhaps twice at once, perhaps later, perhaps of nothing new.
    async fn news(&self, rng: &SeededRng, process: usize, book: &Book) {
        let mut known = book.lock().await;
        let id = format!("ipi_{:08}", self.world.next());
        match rng.below(8) {
            0..4 if known.is_open() => known.goes_on(rng, &id),
            0..4 if known.captured() > 0 => known.comes_back(rng, &id),
            // A merchant captures or gives back although nobody allowed anything, or after the end.
            4 if known.ended.is_some() => _ = known.captures.insert(id, usd(rng.below(6) as i64)),
            5 => _ = known.refunds.insert(id, usd(4)),
            _ => {}
        }
        if rng.below(4) == 0 {
            return;
        }
        let copies = if rng.below(4) == 0 { 2 } else { 1 };
        let told = (0..copies).map(|copy| {
            let actor = format!("network:{}", self.world.next());
            let facts = Facts { actor, ..known.says(&self.world) };
            self.tell(self.beside(process, copy), Command::Facts(Box::new(facts)))
        });
        join_all(told).await;
    }
}
