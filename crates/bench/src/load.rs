//! Sending load: as fast as so many connections go, or at a given rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::Failure;
use crate::cards;
use crate::client::Connection;
use crate::requests::{Keys, Sender, request};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Asks {
    /// Payments, of agents.
    Payments {
        /// How keys are made.
        keys: Keys,
        /// Whether requests are signed.
        signed: bool,
    },
    /// Authorisations of their cards, of the card network.
    Cards,
}

impl Asks {
    /// One request, ready to be sent.
    fn request(self, sender: &Sender, turn: usize) -> Result<Vec<u8>, Failure> {
        match self {
            Asks::Payments { keys, signed } => request(sender, keys, signed),
            Asks::Cards => Ok(cards::request(sender, turn)),
        }
    }

    /// Whether an answer is the one that was wished for: a card is told no with the same status as yes.
    fn is_wished(self, status: u16, body: &[u8]) -> bool {
        const YES: &[u8] = br#""approved":true"#;
        let approved = || body.windows(YES.len()).any(|part| part == YES);
        status == 200 && (matches!(self, Asks::Payments { .. }) || approved())
    }
}

/// What to send.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where to, `host:port`.
    pub address: String,
    /// Who sends, in turn.
    pub senders: Vec<Sender>,
    /// What they ask.
    pub asks: Asks,
    /// How many connections.
    pub connections: usize,
    /// How long.
    pub lasting: Duration,
    /// All together a second; as fast as they go when unset.
    pub rate: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Answered as wished.
    pub answered: u64,
    /// Answered otherwise.
    pub refused: u64,
    /// Requests a second.
    pub per_second: u64,
    /// Half of the answers came within.
    pub p50: Duration,
    /// 99 of 100 answers came within.
    pub p99: Duration,
}

/// Requests that are made in one go, before their time is measured.
const PREPARED: usize = 64;

/// Sends a load and measures it.
pub async fn send(load: &Load) -> Result<Outcome, Failure> {
    // All connect before the clock starts: one whose handshake is repeated would be late by a second.
    let mut connections = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        connections.push(Connection::open(&load.address).await?);
    }
    let begun = Instant::now();
    let end = begun + load.lasting;
    let refused = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(place, connection)| {
            tokio::spawn(one(connection, load.clone(), place, begun, end, refused.clone()))
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let took = begun.elapsed();
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let answered = u64::try_from(times.len())?;
    let micros = u64::try_from(took.as_micros())?.max(1);
    Ok(Outcome {
        answered,
        refused: refused.load(Ordering::Relaxed),
        per_second: answered * 1_000_000 / micros,
        p50: at(50),
        p99: at(99),
    })
}

async fn one(
    mut connection: Connection,
    load: Load,
    place: usize,
    begun: Instant,
    end: Instant,
    refused: Arc<AtomicU64>,
) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    let pause =
        load.rate.map(|rate| Duration::from_nanos(1_000_000_000 * load.connections as u64 / rate.max(1)));
    // Connections of a paced load begin evenly spread.
    let mut due = begun + pause.unwrap_or_default().mul_f64(fraction(place, load.connections));
    let mut turn = place;
    loop {
        let mut prepared = Vec::with_capacity(PREPARED);
        for _ in 0..if load.rate.is_some() { 1 } else { PREPARED.min(16) } {
            prepared.push(
                load.asks.request(&load.senders[turn % load.senders.len()], turn / load.senders.len())?,
            );
            turn += load.connections;
        }
        for bytes in prepared {
            if let Some(pause) = pause {
                sleep_until(due).await;
                due += pause;
            }
            if Instant::now() >= end {
                return Ok(times);
            }
            // A paced request is late from the moment it was due: waiting for the one before is part of its time.
            let sent = if pause.is_some() { due - pause.unwrap_or_default() } else { Instant::now() };
            let (status, body) = connection.send(&bytes).await?;
            if load.asks.is_wished(status, body) {
                times.push(sent.elapsed());
            } else {
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

#[allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // a place on the clock face, not money
fn fraction(place: usize, of: usize) -> f64 {
    place as f64 / of.max(1) as f64
}
