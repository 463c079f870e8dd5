//! Windows, recomputed from transfers.

use std::collections::{BTreeMap, HashMap};

use bursar_money::holds::{Budget, Window, WindowKind};
use bursar_money::ledger::TransferKind;
use bursar_money::policies::Policy;
use bursar_money::transactions::Transaction;
use bursar_store::{Columns as _, Tx};

use super::{Books, unasked};

/// What is held and spent, and what of that nobody here allowed: captured without a hold, or held because the network
/// had allowed it by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    held: i64,
    spent: i64,
    unallowed: i64,
}

impl Used {
    fn add(&mut self, kind: TransferKind, micros: i64, is_asked: bool) {
        let (held, spent) = match kind {
            TransferKind::Hold => (micros, 0),
            TransferKind::Release => (-micros, 0),
            TransferKind::Post | TransferKind::Capture => (0, micros),
            TransferKind::Deposit | TransferKind::Refund | TransferKind::Dispute => (0, 0),
        };
        self.held += held;
        self.spent += spent;
        if !is_asked || kind == TransferKind::Capture {
            self.unallowed += held + spent;
        }
    }
}

/// Every window counts what its transfers say, and none was overspent by what was allowed.
pub async fn assert_recomputed(tx: &mut Tx, books: &Books) {
    let by_id: HashMap<&str, &Transaction> = books.transactions.iter().map(|t| (t.id.as_str(), t)).collect();
    let unasked = unasked(&books.events);
    for budget in &books.budgets {
        let windows = windows_of(tx, budget).await;
        let limits = Limits::read(tx, budget).await;
        let mut used: BTreeMap<(WindowKind, i64), Used> = BTreeMap::new();
        let mut lifetime = Used::default();
        for moved in &books.transfers {
            let Some(t) = moved.transaction.as_deref().map(|id| by_id[id]) else {
                continue;
            };
            if t.agent_id != budget.agent_id {
                continue;
            }
            let is_asked = !unasked.contains(t.id.as_str());
            lifetime.add(moved.kind, moved.micros, is_asked);
            for kind in WindowKind::ALL {
                let start = match (moved.kind, kind) {
                    (TransferKind::Capture, _) => containing(&windows, kind, moved.at),
                    (_, WindowKind::Day) => t.day_start.0,
                    (_, WindowKind::Week) => t.week_start.0,
                    (_, WindowKind::Month) => t.month_start.0,
                };
                used.entry((kind, start)).or_default().add(moved.kind, moved.micros, is_asked);
            }
        }
        for (&(kind, start), window) in &windows {
            let used = used.remove(&(kind, start)).unwrap_or_default();
            let stored = (window.held, window.spent);
            let place = format!("{kind:?} from {start} of {}", budget.agent_id);
            assert_eq!(stored, (used.held, used.spent), "{place}");
            limits.assert_within(&limits.of(kind), used, &place);
        }
        used.retain(|_, used| *used != Used::default() && (used.held, used.spent) != (0, 0));
        assert!(used.is_empty(), "windows that are counted nowhere: {used:?}");
        let stored = (budget.lifetime.held, budget.lifetime.spent);
        assert_eq!(stored, (lifetime.held, lifetime.spent), "lifetime of {}", budget.agent_id);
        limits.assert_within(&limits.lifetime, lifetime, "lifetime");
    }
}

fn containing(windows: &BTreeMap<(WindowKind, i64), Window>, kind: WindowKind, at: i64) -> i64 {
    let found = windows.iter().find(|((of, start), window)| *of == kind && *start <= at && at < window.end.0);
    found.map_or(i64::MIN, |((_, start), _)| *start)
}

async fn windows_of(tx: &mut Tx, budget: &Budget) -> BTreeMap<(WindowKind, i64), Window> {
    let mut windows = BTreeMap::new();
    for kind in WindowKind::ALL {
        let current = *budget.window(kind);
        windows.insert((kind, current.start.0), current);
    }
    let sql = "SELECT * FROM past_windows WHERE agent_id = $1";
    for row in tx.rows(sql, &[budget.agent_id.as_str().into()]).await.unwrap() {
        let kind = WindowKind::parse(&row.text("kind").unwrap()).unwrap();
        let window = Window {
            start: row.time("start_us").unwrap(),
            end: row.time("end_us").unwrap(),
            held: row.int("held").unwrap(),
            spent: row.int("spent").unwrap(),
        };
        assert!(window.end > window.start, "{kind:?} {window:?} has a length");
        let twice = windows.insert((kind, window.start.0), window);
        assert!(twice.is_none(), "{kind:?} {window:?} is both past and current");
    }
    windows
}

/// The most that any version of a policy allowed; `None` where one had no limit.
struct Limits {
    day: Option<i64>,
    week: Option<i64>,
    month: Option<i64>,
    lifetime: Option<i64>,
}

impl Limits {
    async fn read(tx: &mut Tx, budget: &Budget) -> Limits {
        let sql = "SELECT document FROM policies WHERE agent_id = $1";
        let rows = tx.rows(sql, &[budget.agent_id.as_str().into()]).await.unwrap();
        let policies: Vec<Policy> =
            rows.iter().map(|row| Policy::from_json(&row.text("document").unwrap()).unwrap()).collect();
        let most = |limit: fn(&Policy) -> Option<i64>| -> Option<i64> {
            let all: Option<Vec<i64>> = policies.iter().map(limit).collect();
            all.map(|all| all.into_iter().max().unwrap_or(0))
        };
        Limits {
            day: most(|policy| policy.daily),
            week: most(|policy| policy.weekly),
            month: most(|policy| policy.monthly),
            lifetime: most(|policy| policy.lifetime),
        }
    }

    fn of(&self, kind: WindowKind) -> Option<i64> {
        match kind {
            WindowKind::Day => self.day,
            WindowKind::Week => self.week,
            WindowKind::Month => self.month,
        }
    }

    fn assert_within(&self, limit: &Option<i64>, used: Used, place: &str) {
        if let Some(limit) = limit {
            let allowed = used.held + used.spent - used.unallowed;
            assert!(allowed <= *limit, "{place} was overspent: {allowed} of {limit}");
        }
    }
}
