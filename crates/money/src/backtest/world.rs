//! Windows and wallet as they would have been.

use std::collections::HashMap;

use bursar_base::TimeUs;

use super::history::History;
use crate::holds::WindowKind;
use crate::policies::Usage;

/// What counts in an agent's windows, and what its wallet has left. In sums that cannot overflow: what never happened
/// may be more than the ledger can hold.
#[derive(Debug, Clone, Default)]
pub struct World {
    used: HashMap<(WindowKind, TimeUs), i128>,
    lifetime: i128,
    available: i128,
}

impl World {
    /// As the record begins: as it ends, less all that is on it.
    pub fn before(history: &History, windows: &[[TimeUs; 3]]) -> World {
        let mut world = World {
            used: history.used.iter().map(|(&window, &micros)| (window, i128::from(micros))).collect(),
            lifetime: i128::from(history.budget.lifetime.used()),
            available: i128::from(history.available),
        };
        for (entry, current) in history.entries.iter().zip(windows) {
            world.count(&entry.windows, -i128::from(entry.remembered));
            world.count(current, -i128::from(entry.forced));
            world.pay(-i128::from(entry.wallet));
        }
        world
    }

    /// Counts so much in the windows of these starts, and for ever.
    pub fn count(&mut self, windows: &[TimeUs; 3], micros: i128) {
        if micros == 0 {
            return;
        }
        for (kind, &start) in WindowKind::ALL.into_iter().zip(windows) {
            *self.used.entry((kind, start)).or_insert(0) += micros;
        }
        self.lifetime += micros;
    }

    /// Puts so much into the wallet; less than zero takes it out.
    pub fn pay(&mut self, micros: i128) {
        self.available += micros;
    }

    /// What counts in the windows of these starts.
    pub fn usage(&self, windows: &[TimeUs; 3]) -> Usage {
        let [day, week, month] = windows;
        let used = |kind, start: &TimeUs| self.used.get(&(kind, *start)).copied().map_or(0, clamped);
        Usage {
            day: used(WindowKind::Day, day),
            week: used(WindowKind::Week, week),
            month: used(WindowKind::Month, month),
            lifetime: clamped(self.lifetime),
        }
    }

    /// What the wallet has left.
    pub fn available(&self) -> i64 {
        clamped(self.available)
    }
}

/// The nearest number of micros that there can be.
pub fn clamped(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(if micros > 0 { i64::MAX } else { i64::MIN })
}
