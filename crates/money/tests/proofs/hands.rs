//! What a hand on the database changes, row by row.

use crate::story::{RECEIPT, Story, Told};

/// One change by hand, the change back, and what must be found in between.
pub struct Hand {
    /// The statement; `$1` is the id.
    pub change: &'static str,
    /// Undoes it.
    pub back: &'static str,
    /// Of which row.
    pub id: String,
    /// What a check finds in between, as `what field`, sorted.
    pub finds: &'static [&'static str],
}

impl Hand {
    fn new(change: &'static str, back: &'static str, id: &str, finds: &'static [&'static str]) -> Hand {
        let id = id.to_owned();
        Hand { change, back, id, finds }
    }
}

/// One change for every kind of value that is recomputed.
pub fn all(story: &Story, told: &Told) -> Vec<Hand> {
    let wallet = format!("wallet:{}", story.org);
    let (agent, paid, pending) = (story.agent.as_str(), told.paid.as_str(), told.pending.as_str());
    vec![
        Hand::new(
            "UPDATE accounts SET debits_posted = debits_posted + 7 WHERE id = $1",
            "UPDATE accounts SET debits_posted = debits_posted - 7 WHERE id = $1",
            &wallet,
            &["account debits_posted", "org posted debits against credits"],
        ),
        Hand::new(
            "UPDATE accounts SET debits_pending = debits_pending - 7 WHERE id = $1",
            "UPDATE accounts SET debits_pending = debits_pending + 7 WHERE id = $1",
            &wallet,
            &[
                "account debits_pending",
                "holds on account debits_pending",
                "org pending debits against credits",
            ],
        ),
        Hand::new(
            "UPDATE budgets SET day_held = day_held - 1 WHERE agent_id = $1",
            "UPDATE budgets SET day_held = day_held + 1 WHERE agent_id = $1",
            agent,
            &["window held"],
        ),
        Hand::new(
            "UPDATE budgets SET lifetime_spent = lifetime_spent - 1 WHERE agent_id = $1",
            "UPDATE budgets SET lifetime_spent = lifetime_spent + 1 WHERE agent_id = $1",
            agent,
            &["window spent"],
        ),
        Hand::new(
            "UPDATE past_windows SET spent = spent - 1 WHERE agent_id = $1 AND kind = 'day'",
            "UPDATE past_windows SET spent = spent + 1 WHERE agent_id = $1 AND kind = 'day'",
            agent,
            &["window spent"],
        ),
        Hand::new(
            "UPDATE budgets SET decisions = decisions - 1 WHERE agent_id = $1",
            "UPDATE budgets SET decisions = decisions + 1 WHERE agent_id = $1",
            agent,
            &["agent decisions against the last number", "agent decisions against transactions"],
        ),
        Hand::new(
            "UPDATE transactions SET posted_micros = posted_micros - 1 WHERE id = $1",
            "UPDATE transactions SET posted_micros = posted_micros + 1 WHERE id = $1",
            paid,
            &["transaction posted_micros"],
        ),
        Hand::new(
            "UPDATE transactions SET refunded_micros = 0 WHERE id = $1",
            "UPDATE transactions SET refunded_micros = 5000000 WHERE id = $1",
            paid,
            &["transaction refunded_micros"],
        ),
        Hand::new(
            "UPDATE transactions SET disputed_micros = 0 WHERE id = $1",
            "UPDATE transactions SET disputed_micros = 1000000 WHERE id = $1",
            paid,
            &["transaction disputed_micros"],
        ),
        Hand::new(
            "UPDATE transactions SET status = 'refunded' WHERE id = $1",
            "UPDATE transactions SET status = 'completed' WHERE id = $1",
            paid,
            &["transaction status"],
        ),
        Hand::new(
            "UPDATE transactions SET status = 'cancelled' WHERE id = $1",
            "UPDATE transactions SET status = 'pending' WHERE id = $1",
            pending,
            &["hold of transaction held_micros for its status", "transaction status"],
        ),
        Hand::new(
            "UPDATE transactions SET held_micros = 0 WHERE id = $1",
            "UPDATE transactions SET held_micros = 80000000 WHERE id = $1",
            pending,
            &[
                "hold of transaction held_micros for its status",
                "holds on account credits_pending",
                "holds on account debits_pending",
                "transaction held_micros",
            ],
        ),
        Hand::new(
            "UPDATE transactions SET amount_micros = amount_micros - 1 WHERE id = $1",
            "UPDATE transactions SET amount_micros = amount_micros + 1 WHERE id = $1",
            paid,
            &["transaction amount_micros"],
        ),
        Hand::new(
            "UPDATE refunds SET status = 'requested' WHERE id = $1",
            "UPDATE refunds SET status = 'completed' WHERE id = $1",
            &told.refund,
            &["refunds of transaction completed"],
        ),
        Hand::new(
            "UPDATE transfers SET kind = 'post' WHERE kind = 'capture' AND transaction_id = $1",
            "UPDATE transfers SET kind = 'capture' WHERE kind = 'post' AND amount_micros = 7000000 AND transaction_id = $1",
            told.captured.as_str(),
            &["window spent"],
        ),
        Hand::new(
            "UPDATE transfers SET credit_account = debit_account WHERE kind = 'post' AND transaction_id = $1",
            "UPDATE transfers SET credit_account = (SELECT 'rail:' || t.rail || ':' || t.org_id FROM transactions t WHERE t.id = $1) \
             WHERE kind = 'post' AND transaction_id = $1",
            paid,
            &["account credits_posted", "transfer kind or accounts"],
        ),
        Hand::new(
            "UPDATE events SET held_for = held_from WHERE action = 'payment.approved' AND transaction_id = $1",
            "UPDATE events SET held_for = (SELECT 'rail:' || t.rail || ':' || t.org_id FROM transactions t WHERE t.id = $1) \
             WHERE action = 'payment.approved' AND transaction_id = $1",
            paid,
            &["account credits_pending", "transfer kind or accounts"],
        ),
        Hand::new(
            "UPDATE events SET detail = 'no JSON at all' WHERE action = 'payment.dispute_won' AND transaction_id = $1",
            "UPDATE events SET detail = (SELECT detail FROM events p WHERE p.action = 'payment.disputed' \
             AND p.transaction_id = $1) WHERE action = 'payment.dispute_won' AND transaction_id = $1",
            paid,
            &[],
        ),
        Hand::new(
            "UPDATE events SET amount_micros = amount_micros + 1 WHERE action = 'payment.refunded' AND transaction_id = $1",
            "UPDATE events SET amount_micros = amount_micros - 1 WHERE action = 'payment.refunded' AND transaction_id = $1",
            paid,
            &["entry transfers against its amount"],
        ),
        Hand::new(
            "UPDATE receipts SET amount_micros = amount_micros + 1 WHERE reference = $1",
            "UPDATE receipts SET amount_micros = amount_micros - 1 WHERE reference = $1",
            RECEIPT,
            &["receipt amount_micros"],
        ),
        Hand::new(
            "UPDATE receipts SET refunded_micros = 0 WHERE reference = $1",
            "UPDATE receipts SET refunded_micros = 5000000 WHERE reference = $1",
            RECEIPT,
            &["receipts of refunded_micros"],
        ),
        Hand::new(
            "UPDATE receipts SET disputed_micros = 0 WHERE reference = $1",
            "UPDATE receipts SET disputed_micros = 2000000 WHERE reference = $1",
            RECEIPT,
            &["receipts of disputed_micros"],
        ),
        Hand::new(
            "UPDATE receipts SET wallet = 'x' || wallet WHERE reference = $1",
            "UPDATE receipts SET wallet = substr(wallet, 2) WHERE reference = $1",
            RECEIPT,
            &["receipt amount_micros", "receipts of disputed_micros", "receipts of refunded_micros"],
        ),
        Hand::new(
            "UPDATE events SET action = 'wallet.deposited' WHERE action = 'wallet.received' AND org_id = $1",
            "UPDATE events SET action = 'wallet.received' WHERE action = 'wallet.deposited' AND org_id = $1 \
             AND detail LIKE '%topup_1%'",
            story.org.as_str(),
            &["transfer audit entry"],
        ),
        Hand::new(
            "UPDATE heads SET hash = 'x' || hash WHERE org_id = $1",
            "UPDATE heads SET hash = substr(hash, 2) WHERE org_id = $1",
            story.org.as_str(),
            &["chain head"],
        ),
    ]
}
