//! The ledger's check against a hand on the database.

use bursar_money::ledger::check;
use bursar_store::{Arg, Columns as _, Db};

use crate::engine::Scratch;
use crate::hands::{self, Hand};
use crate::on_both_engines;
use crate::story::{Story, usd};

on_both_engines!(
    a_true_ledger_is_clean,
    every_change_by_hand_is_named,
    missing_rows_are_named,
    an_empty_ledger_is_clean,
    a_snapshot_stays_as_it_was,
);

/// What a check finds, as `what field`, each once.
async fn found(db: &Db) -> Vec<String> {
    let report = check(db, &mut |_| {}).await.unwrap();
    assert_eq!(report.is_clean(), report.differences.is_empty());
    let mut names: Vec<_> = report
        .differences
        .iter()
        .map(|difference| format!("{} {}", difference.what, difference.field))
        .collect();
    names.sort();
    names.dedup();
    names
}

async fn an_empty_ledger_is_clean(scratch: &Scratch) {
    assert_eq!(found(&scratch.db).await, [""; 0]);
}

async fn a_true_ledger_is_clean(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    let told = story.tell().await;
    let (mut calls, mut last) = (0, 0);
    let report = check(&scratch.db, &mut |rows| {
        assert!(rows >= last, "progress went back");
        (calls, last) = (calls + 1, rows);
    })
    .await
    .unwrap();
    assert!(report.is_clean(), "{report}");
    assert!(calls > 5 && last > 0, "nobody was told of the progress");
    assert_eq!(report.counts.transactions, 12);
    assert_eq!(report.counts.refunds, 2);
    assert!(report.counts.past_windows >= 1, "{report}");
    // An unknown outcome is listed, and is no error.
    assert_eq!(report.unknown_count, 1);
    assert_eq!(report.unknown[0].transaction_id, told.unknown.as_str());
    assert_eq!(report.unknown[0].amount, "25.00");
    let text = report.to_string();
    assert!(text.contains("All is as it must be") && text.contains("unknown since"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["difference_count"], 0);
}

async fn every_change_by_hand_is_named(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    let told = story.tell().await;
    scratch.drop_triggers().await;
    for Hand { change, back, id, finds } in &hands::all(&story, &told) {
        let args: [Arg<'_>; 1] = [id.into()];
        scratch.force(change, &args).await;
        assert_eq!(&found(&scratch.db).await, finds, "{change}");
        scratch.force(back, &args).await;
        assert_eq!(found(&scratch.db).await, [""; 0], "{back}");
    }
}

async fn missing_rows_are_named(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    let told = story.tell().await;
    scratch.drop_triggers().await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    // All that a thief would change who spent 12 dollars unseen: the post, the accounts, the sums and every window.
    let sql =
        "SELECT transaction_id AS value FROM transfers WHERE kind = 'post' AND amount_micros = 12000000";
    let stolen = scratch.text(sql, &[]).await;
    let paid: [Arg<'_>; 1] = [(&stolen).into()];
    scratch.force("DELETE FROM transfers WHERE kind = 'post' AND transaction_id = $1", &paid).await;
    scratch.force("UPDATE transactions SET posted_micros = 0 WHERE id = $1", &paid).await;
    let sql = "UPDATE accounts SET debits_posted = debits_posted - 12000000 WHERE id = 'wallet:' || $1";
    scratch.force(sql, &org).await;
    let sql =
        "UPDATE accounts SET credits_posted = credits_posted - 12000000 WHERE id = 'rail:sandbox:' || $1";
    scratch.force(sql, &org).await;
    let sql = "UPDATE budgets SET lifetime_spent = lifetime_spent - 12000000, week_spent = week_spent - 12000000 \
        WHERE org_id = $1";
    scratch.force(sql, &org).await;
    // The month of the hold is over as well, so it is among the past ones.
    let sql =
        "UPDATE past_windows SET spent = spent - 12000000 WHERE org_id = $1 AND kind IN ('day', 'month')";
    scratch.force(sql, &org).await;
    // The audit trail remembers what was moved.
    assert_eq!(found(&scratch.db).await, ["entry transfers against its amount"]);
    let report = check(&scratch.db, &mut |_| {}).await.unwrap();
    assert_eq!((report.difference_count, report.differences[0].stored.as_str()), (1, "0.00"));
    assert_eq!(report.differences[0].recomputed, "12.00");
    let text = report.to_string();
    assert!(text.contains("is stored as 0.00, recomputed it is 12.00"), "{text}");
    assert_eq!(usd(12), 12_000_000);

    let declined: [Arg<'_>; 1] = [told.declined.as_str().into()];
    scratch.force("DELETE FROM transactions WHERE id = $1", &declined).await;
    let finds = found(&scratch.db).await;
    assert!(finds.contains(&"agent decisions against transactions".to_owned()), "{finds:?}");
    let gone: [Arg<'_>; 1] = [told.paid.as_str().into()];
    scratch.force("DELETE FROM transactions WHERE id = $1", &gone).await;
    let finds = found(&scratch.db).await;
    for find in ["transfer transaction", "transaction posted_micros", "window spent"] {
        assert!(finds.contains(&find.to_owned()), "{find}: {finds:?}");
    }
    scratch.force("DELETE FROM accounts WHERE id = 'wallet:' || $1", &org).await;
    scratch.force("DELETE FROM heads WHERE org_id = $1", &org).await;
    let finds = found(&scratch.db).await;
    for find in ["account debits_posted", "chain head", "org posted debits against credits"] {
        assert!(finds.contains(&find.to_owned()), "{find}: {finds:?}");
    }
}

async fn a_snapshot_stays_as_it_was(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    let count = "SELECT COUNT(*) AS value FROM transfers";
    let mut snapshot = scratch.db.snapshot().await.unwrap();
    for _ in 0..2 {
        let row = snapshot.row(count, &[]).await.unwrap().unwrap();
        assert_eq!(row.int("value").unwrap(), 0, "one state for all statements");
        story.deposit(1).await;
    }
    let written = snapshot.execute("UPDATE heads SET seq = 0", &[]).await;
    assert!(written.is_err(), "a snapshot is for reading");
    drop(snapshot);
    let row = scratch.db.read().await.unwrap().row(count, &[]).await.unwrap().unwrap();
    assert_eq!(row.int("value").unwrap(), 2);
}
