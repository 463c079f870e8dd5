//! What clients were told, to be held against what stands in the end.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::payer::{NoAnswer, Row, Shown, Wish};

/// What became of one wish, as far as its client knows.
#[derive(Debug, Clone)]
struct Known {
    wish: Wish,
    /// The last answer, if there was one.
    shown: Option<Shown>,
}

/// What all clients were told, by idempotency key.
#[derive(Debug, Default)]
pub struct Heard(Mutex<BTreeMap<String, Known>>);

/// Whether a payment that was `before` can be `now`.
fn may_become(before: &str, now: &str) -> bool {
    let further: &[&str] = match before {
        "pending" => &["pending", "approved", "declined", "timed_out", "cancelled"],
        "approved" => &["approved", "executing", "unknown", "completed", "failed", "cancelled", "refunded"],
        "executing" => &["executing", "unknown", "completed", "failed", "refunded"],
        "unknown" => &["unknown", "completed", "failed", "refunded"],
        "completed" => &["completed", "refunded"],
        "declined" => &["declined"],
        "failed" => &["failed"],
        other => panic!("no status that a request is answered with: {other}"),
    };
    further.contains(&now)
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes down what one request was answered, and holds it against earlier answers to the same key.
    pub fn note(&self, wish: &Wish, answer: &Result<Shown, NoAnswer>) {
        let mut known = self.lock();
        let before =
            known.entry(wish.key.clone()).or_insert_with(|| Known { wish: wish.clone(), shown: None });
        let Ok(shown) = answer else { return };
        if let Some(first) = &before.shown {
            assert_eq!(first.id, shown.id, "{} is two payments", wish.key);
        }
        before.shown = Some(shown.clone());
    }

    /// Wishes that were never answered.
    pub fn unanswered(&self) -> Vec<Wish> {
        let known = self.lock();
        known.values().filter(|known| known.shown.is_none()).map(|known| known.wish.clone()).collect()
    }

    /// How many wishes were answered.
    pub fn answered(&self) -> usize {
        self.lock().values().filter(|known| known.shown.is_some()).count()
    }

    /// How many were admitted, pending ones included.
    pub fn admitted(&self) -> usize {
        let known = self.lock();
        known
            .values()
            .filter_map(|known| known.shown.as_ref())
            .filter(|shown| shown.status != "declined")
            .count()
    }

    /// Every answered payment is there, as answered or further.
    pub fn assert_kept(&self, rows: &BTreeMap<String, Row>) {
        for (key, known) in self.lock().iter() {
            let Some(shown) = &known.shown else { continue };
            let row = rows.get(key).unwrap_or_else(|| panic!("{key} was answered {shown:?} and is gone"));
            assert_eq!(row.id, shown.id, "{key} was answered as another payment");
            let (before, now) = (&shown.status, &row.status);
            assert!(may_become(before, now), "{key} was answered {before} and is {now}");
        }
    }

    /// Nothing is there that nobody asked for, and every wish is there as it was asked for.
    pub fn assert_complete(&self, rows: &BTreeMap<String, Row>) {
        let known = self.lock();
        let asked: Vec<&String> = known.keys().collect();
        assert_eq!(asked, rows.keys().collect::<Vec<_>>(), "payments are not what was asked for");
        for (key, Known { wish, .. }) in known.iter() {
            assert_eq!(rows[key].amount, wish.cents * 10_000, "{key} is another amount");
        }
    }

    /// The wish behind a key.
    pub fn wish(&self, key: &str) -> Wish {
        self.lock()[key].wish.clone()
    }
}
