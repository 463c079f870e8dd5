//! A rail with books of its own, which it never gets wrong, and an uncertain way of telling about them.

use std::collections::BTreeMap;

use bursar_base::Rng;
use bursar_money::funnel::RailOutcome;
use bursar_money::transactions::Transaction;

/// What the rail knows of one payment.
#[derive(Debug, Default)]
struct Payment {
    charged: i64,
    /// Will be charged later, whatever was said before.
    on_its_way: i64,
    refunds: BTreeMap<String, i64>,
    refunded_by_itself: i64,
}

/// The rail's books.
#[derive(Debug, Default)]
pub struct Rail {
    payments: BTreeMap<String, Payment>,
}

impl Rail {
    /// Pays, or does not, and answers, or does not. It has no idempotency: being called twice is a fault of ours.
    pub fn call(&mut self, t: &Transaction, rng: &dyn Rng) -> RailOutcome {
        let amount = t.amount_micros;
        let silence = RailOutcome::Unknown { why: "no answer".to_owned(), reference: None };
        let (charged, on_its_way, answer) = match rng.below(10) {
            0..3 => (amount, 0, None),
            3 => (amount / 2, 0, None),
            4 => (amount + 1_000_000, 0, None),
            5 => (0, 0, None),
            // It refuses, and pays later all the same.
            6 => (0, amount, None),
            7 => (amount, 0, Some(silence)),
            8 => (0, amount, Some(silence)),
            _ => (0, 0, Some(silence)),
        };
        let payment = Payment { charged, on_its_way, ..Payment::default() };
        let twice = self.payments.insert(t.id.to_string(), payment);
        assert!(twice.is_none(), "the rail was called twice for {t:?}");
        answer.unwrap_or_else(|| self.look_up(t))
    }

    /// What the rail says when it is asked. What is on its way it does not know yet.
    pub fn look_up(&self, t: &Transaction) -> RailOutcome {
        let reference = Some(format!("pi_{}", t.id));
        match self.charged(t.id.as_str()) {
            0 => RailOutcome::Refused { code: "card_declined".to_owned(), reference },
            micros => RailOutcome::Paid { micros, charge: None, reference },
        }
    }

    /// Money that was on its way arrives.
    pub fn money_arrives(&mut self, id: &str) {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.charged += std::mem::take(&mut payment.on_its_way);
        }
    }

    pub fn all_money_arrives(&mut self) {
        for payment in self.payments.values_mut() {
            payment.charged += std::mem::take(&mut payment.on_its_way);
        }
    }

    /// Gives money back, once per refund; `false` when there is not so much left.
    pub fn refund(&mut self, id: &str, refund: &str, micros: i64) -> bool {
        let left = self.charged(id) - self.refunded(id);
        let Some(payment) = self.payments.get_mut(id) else {
            return false;
        };
        if payment.refunds.contains_key(refund) {
            return true;
        }
        if micros > left {
            return false;
        }
        payment.refunds.insert(refund.to_owned(), micros);
        true
    }

    /// Somebody gives money back at the rail itself.
    pub fn refund_by_itself(&mut self, id: &str, micros: i64) {
        let left = self.charged(id) - self.refunded(id);
        if let Some(payment) = self.payments.get_mut(id) {
            payment.refunded_by_itself += micros.min(left).max(0);
        }
    }

    pub fn charged(&self, id: &str) -> i64 {
        self.payments.get(id).map_or(0, |payment| payment.charged)
    }

    /// What was given back without being asked for by us.
    pub fn refunded_by_itself(&self, id: &str) -> i64 {
        self.payments.get(id).map_or(0, |payment| payment.refunded_by_itself)
    }

    pub fn refunded(&self, id: &str) -> i64 {
        self.payments
            .get(id)
            .map_or(0, |payment| payment.refunded_by_itself + payment.refunds.values().sum::<i64>())
    }
}
