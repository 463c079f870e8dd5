//! The hash chain, and the arrows that a transaction's entries tell of.

use std::collections::BTreeMap;

use bursar_base::OrgId;
use bursar_money::transactions::Status;
use bursar_money::transactions::transition::allowed;
use bursar_store::events::{Event, GENESIS};
use bursar_store::{Columns as _, Tx};

use super::Books;

pub async fn read(tx: &mut Tx, org: &OrgId) -> Vec<Event> {
    let sql = "SELECT * FROM events WHERE org_id = $1 ORDER BY seq";
    let rows = tx.rows(sql, &[org.as_str().into()]).await.unwrap();
    rows.iter().map(|row| Event::from_row(row).unwrap()).collect()
}

/// Numbers without gaps, times that never go back, every hash right, and a head that is the last entry.
pub async fn assert_unbroken(tx: &mut Tx, books: &Books) {
    let (mut hash, mut at, mut seq) = (GENESIS.to_owned(), 0, 0);
    for event in &books.events {
        assert_eq!(event.seq, seq + 1, "the numbers of {} have no gap", books.org);
        assert!(event.at.0 >= at, "entry {} is older than the one before", event.seq);
        assert_eq!(event.hash, event.hash_after(&hash), "entry {} of {}", event.seq, books.org);
        (hash, at, seq) = (event.hash.clone(), event.at.0, event.seq);
    }
    let sql = "SELECT seq, hash FROM heads WHERE org_id = $1";
    let head = tx.row(sql, &[books.org.as_str().into()]).await.unwrap().unwrap();
    assert_eq!(
        (head.int("seq").unwrap(), head.text("hash").unwrap()),
        (seq, hash),
        "the head is the last entry"
    );
}

/// Each transaction went by known arrows to where it stands, to its rail at most once, and never after its end.
pub fn assert_only_known_arrows(books: &Books) {
    let mut ways: BTreeMap<&str, (Vec<Status>, usize)> = BTreeMap::new();
    for event in &books.events {
        let Some(id) = event.transaction_id.as_deref() else {
            continue;
        };
        let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
        let status = Status::parse(detail["status"].as_str().unwrap()).unwrap();
        let (way, attempts) = ways.entry(id).or_default();
        *attempts += usize::from(event.action == "payment.executing");
        match way.last() {
            None => assert!(
                matches!(status, Status::Declined | Status::Pending | Status::Approved)
                    || (event.actor.starts_with("card:") && status == Status::Executing)
                    || (event.actor.starts_with("network")
                        && matches!(status, Status::Executing | Status::Completed | Status::Refunded)),
                "{id} began as {status:?}"
            ),
            Some(&last) if last == status => continue,
            Some(&last) => assert!(allowed(last, status), "{id}: {last:?} to {status:?}"),
        }
        way.push(status);
    }
    assert_eq!(ways.len(), books.transactions.len(), "every transaction has its entries");
    for t in &books.transactions {
        let (way, attempts) = &ways[t.id.as_str()];
        assert_eq!(way.last(), Some(&t.status), "where {} stands", t.id);
        // A yes at the till is the attempt itself.
        let began = usize::from(t.attempt.is_some() && way.first() != Some(&Status::Executing));
        assert_eq!(*attempts, began, "attempts of {}", t.id);
    }
}
