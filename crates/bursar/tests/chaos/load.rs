//! Clients that send as fast as they are answered, some of their requests again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bursar_base::{Rng as _, SeededRng};
use tokio::task::JoinSet;

use crate::heard::Heard;
use crate::payer::{NoAnswer, Payer, Wish};

/// Merchants of the sandbox, and how much of a hundred cents each takes.
const MERCHANTS: &[(&str, i64)] = &[
    ("shop.example", 100),
    ("books.example", 100),
    ("declines.test", 0),
    ("captures-part.test", 50),
    ("captures-more.test", 125),
];
/// Amounts up to this many cents; a multiple of four, so that every share of them is whole.
const CENTS_MAX: u64 = 5_000;
/// Of how many requests one repeats an earlier one.
const REPEAT_ONE_IN: u64 = 4;

/// How much of an amount the merchant takes in the end, in micros.
pub fn taken(merchant: &str, amount: i64) -> i64 {
    let share = MERCHANTS.iter().find(|(name, _)| *name == merchant).map_or(100, |(_, share)| *share);
    amount / 100 * share
}

/// Makes wishes: which they are follows from the number alone, so that a repeat is the same to the letter.
fn wish(number: u64) -> Wish {
    let chance = SeededRng::new(number);
    let at = usize::try_from(chance.below(MERCHANTS.len() as u64)).unwrap();
    let cents = i64::try_from(4 + chance.below(CENTS_MAX / 4) * 4).unwrap();
    Wish { key: format!("wish-{number:06}"), cents, merchant: MERCHANTS[at].0, rail: "sandbox" }
}

/// Clients at work.
pub struct Load {
    clients: JoinSet<()>,
    enough: Arc<AtomicBool>,
}

/// Numbers wishes over all rounds of a test.
#[derive(Debug, Default)]
pub struct Wishes(AtomicU64);

impl Load {
    /// Starts clients, who are spread over the payers. Each goes on until its server is gone or somebody says enough.
    pub fn start(
        payers: &[Payer],
        clients: u64,
        wishes: &Arc<Wishes>,
        heard: &Arc<Heard>,
        seed: u64,
    ) -> Load {
        let enough = Arc::new(AtomicBool::new(false));
        let mut load = Load { clients: JoinSet::new(), enough: enough.clone() };
        for client in 0..clients {
            let payer = payers[usize::try_from(client).unwrap() % payers.len()].clone();
            let chance = SeededRng::new(seed.wrapping_mul(1_000).wrapping_add(client));
            let (enough, wishes, heard) = (enough.clone(), wishes.clone(), heard.clone());
            load.clients.spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    let wish = wishes.next(&chance);
                    let answer = payer.ask(&wish).await;
                    heard.note(&wish, &answer);
                    if matches!(answer, Err(NoAnswer::Silence(_))) {
                        return;
                    }
                }
            });
        }
        load
    }

    /// Lets each client finish the request it waits for.
    pub fn enough(&self) {
        self.enough.store(true, Ordering::SeqCst);
    }

    /// Waits until every client has ended.
    pub async fn ended(mut self) {
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
    }
}

impl Wishes {
    /// A new one, or an earlier one once more.
    fn next(&self, chance: &SeededRng) -> Wish {
        let made = self.0.load(Ordering::SeqCst);
        if made > 0 && chance.below(REPEAT_ONE_IN) == 0 {
            // Mostly young ones, so that some are still on their way.
            return wish(made - 1 - chance.below(made.min(20)));
        }
        wish(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
