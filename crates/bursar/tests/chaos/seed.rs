//! The chance of a test, to be replayed.

use bursar_base::{Rng as _, SeededRng, SystemRng};

/// Replays a seed.
const SEED_VARIABLE: &str = "BURSAR_CHAOS_SEED";
/// How many rounds a test goes, where it goes in rounds.
const ROUNDS_VARIABLE: &str = "BURSAR_CHAOS_ROUNDS";

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text:?} is no whole number")))
}

/// A test's seed, and the chance that comes of it. It is printed, and libtest shows it where the test fails.
pub fn chance(test: &str) -> (u64, SeededRng) {
    let seed = number(SEED_VARIABLE).unwrap_or_else(|| SystemRng.below(1_000_000));
    println!("{test}: replay with {SEED_VARIABLE}={seed}");
    (seed, SeededRng::new(seed))
}

/// How many rounds to go.
pub fn rounds(usually: u64) -> u64 {
    number(ROUNDS_VARIABLE).unwrap_or(usually)
}
