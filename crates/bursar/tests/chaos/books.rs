//! The rail's own books against the ledger.

use std::collections::BTreeMap;

use bursar_testkit::stripe::{Books, Operation, StripeSim};

use crate::payer::Row;

/// Micros in a cent.
const CENT: i64 = 10_000;

/// Every transaction was charged at most once, and both books say the same of each: paid, given back, and how it ended.
pub fn assert_equal(books: &Books, rows: &BTreeMap<String, Row>) {
    assert_eq!(books.charged_twice(), Vec::<String>::new(), "charged twice");
    for row in rows.values() {
        let (paid, refunded) = (books.paid_cents(&row.id) * CENT, books.refunded_cents(&row.id) * CENT);
        assert_eq!((row.posted, row.refunded), (paid, refunded), "{row:?}: here and at the rail");
        let fits = match row.status.as_str() {
            "completed" => paid > 0 && (refunded < paid),
            "refunded" => paid > 0 && refunded == paid,
            // What came after a void is on both books, and the status stays.
            "failed" => paid == 0 || refunded < paid,
            "unknown" => paid == 0,
            other => panic!("{row:?} cannot be {other} in the end"),
        };
        assert!(fits, "{row:?}, but the rail was paid {paid} and gave back {refunded}");
    }
    for transaction in books.paid_by_transaction().keys() {
        assert!(
            rows.values().any(|row| row.id == *transaction),
            "{transaction} was paid and is not on our books"
        );
    }
}

/// How often payments were asked of the rail.
pub fn payments_asked(sim: &StripeSim) -> usize {
    asked(sim, Operation::CreatePayment)
}

/// How often refunds were asked of the rail.
pub fn refunds_asked(sim: &StripeSim) -> usize {
    asked(sim, Operation::CreateRefund)
}

fn asked(sim: &StripeSim, operation: Operation) -> usize {
    let requests = sim.requests();
    requests
        .iter()
        .filter(|request| format!("{} {}", request.method, request.target) == operation.name())
        .count()
}
