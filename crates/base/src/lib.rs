//! Words every other crate shares: [`Money`], ids, [`TimeUs`] and [`Clock`], [`Rng`], and the named [`limits`].
//!
//! Invariant: `base` performs no I/O and knows no async. Time and chance are arguments everywhere else, so a whole
//! system can be replayed from a seed.

pub mod clock;
pub mod ids;
pub mod language;
pub mod limits;
pub mod mode;
pub mod money;
pub mod rng;

pub use clock::{Clock, ManualClock, SystemClock, TimeUs};
pub use ids::*;
pub use language::{Language, UnknownLanguage};
pub use mode::Mode;
pub use money::{Currency, Money, MoneyError};
pub use rng::{Rng, SeededRng, SystemRng};
