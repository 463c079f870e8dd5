//! Chance as a value: where random bytes come from.

use std::fmt;
use std::sync::Mutex;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Where random bytes come from. Production has [`SystemRng`]; tests have [`SeededRng`].
pub trait Rng: Send + Sync + fmt::Debug {
    /// Fills `bytes` with random bytes, in production from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]);

    /// A random number in `0..bound`; 0 when `bound` is 0. The bias of the modulo is below 2⁻³² for small bounds.
    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0_u8; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
    }
}

/// The operating system's randomness, stretched per thread by ChaCha.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        #[allow(clippy::disallowed_methods)] // the one door through which chance comes in
        rand::rng().fill_bytes(bytes);
    }
}

/// Random bytes that are the same for the same seed. For tests and simulations, never for secrets.
#[derive(Debug)]
pub struct SeededRng(Mutex<StdRng>);

impl SeededRng {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> SeededRng {
        SeededRng(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }
}
