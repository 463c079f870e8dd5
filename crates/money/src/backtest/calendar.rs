//! Which windows were the current ones at each entry: the same under any policy.

use bursar_base::TimeUs;

use super::history::{Entry, History, Origin, What};
use crate::holds::{Budget, Window, WindowKind, next_start};

/// The starts of the current windows at each entry, in the order of [`WindowKind::ALL`].
pub fn windows_at(history: &History) -> Vec<[TimeUs; 3]> {
    let b = &history.budget;
    let mut budget = Budget::new(b.agent_id.clone(), b.org_id.clone(), b.wallet.clone(), b.currency);
    let mut zone = history.zone.clone();
    let mut all = Vec::with_capacity(history.entries.len());
    for entry in &history.entries {
        if let What::Zone(new) = &entry.what {
            zone = new.clone();
        }
        budget.roll(entry.at, &zone);
        if is_put_in_current(entry) {
            for (kind, start) in WindowKind::ALL.into_iter().zip(entry.windows) {
                // What is on record is right where a change of zone has left windows of another length.
                if budget.window(kind).start != start {
                    let end = next_start(kind, entry.at, &zone);
                    *budget.window_mut(kind) = Window { start, end, held: 0, spent: 0 };
                }
            }
        }
        all.push(WindowKind::ALL.map(|kind| budget.window(kind).start));
    }
    all
}

/// A purchase that takes up a reservation counts where that was put, all others in the windows of the moment.
fn is_put_in_current(entry: &Entry) -> bool {
    match &entry.what {
        What::Asked(asked) => !matches!(asked.origin, Origin::TookUp(_)),
        What::Went { .. } | What::AgentFrozen(_) | What::OrgFrozen(_) | What::Zone(_) | What::Other => false,
    }
}
