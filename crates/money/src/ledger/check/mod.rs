//! Recomputing the ledger: every row that changes follows from rows that never do.
//!
//! Transfers and audit entries are insert-only; accounts, windows, the sums and the status of a transaction are kept
//! beside them only to be read fast. Here each is computed again and compared, in one snapshot of the database. The
//! database adds up and returns only what differs, so memory does not grow with the number of rows; what it sorts,
//! it sorts on disk. Transfers are compared with audit entries too, so the hash chain vouches for the money as well.
//!
//! What cannot be recomputed here: the limits that a policy set, which are decided and not derived, and the ends of
//! windows, which follow the time zone that an org had when they began.

mod report;

use bursar_base::money::decimal;
use bursar_store::{Columns, Db, Row, StoreError, Tx};

use super::sql;

pub use report::{CheckReport, Counts, Difference, LISTED_MAX, Unknown};

/// What a number is of.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// Micros of a currency.
    Micros,
    /// Things.
    Count,
}

/// How the rows of a comparison look.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// `id` and, for each field in turn, a stored number and what it must be.
    Numbers(&'static [(&'static str, Unit)]),
    /// `id`, `field` and two texts.
    Texts,
    /// Like texts, what it must be standing in an audit entry's detail.
    Statuses,
}

/// One statement that returns what differs.
struct Comparison {
    what: &'static str,
    sql: &'static str,
    form: Form,
    /// How many rows it looks at, for showing progress.
    rows: fn(&Counts) -> u64,
}

use Unit::{Count, Micros};

const COMPARISONS: &[Comparison] = &[
    Comparison {
        what: "account",
        sql: sql::ACCOUNTS,
        form: Form::Numbers(&[
            ("debits_pending", Micros),
            ("debits_posted", Micros),
            ("credits_pending", Micros),
            ("credits_posted", Micros),
        ]),
        rows: |counts| counts.accounts + 2 * counts.transfers,
    },
    Comparison {
        what: "org",
        sql: sql::SIDES,
        form: Form::Numbers(&[
            ("pending debits against credits", Micros),
            ("posted debits against credits", Micros),
        ]),
        rows: |counts| counts.accounts,
    },
    Comparison {
        what: "holds on account",
        sql: sql::HOLDS_BY_ACCOUNT,
        form: Form::Numbers(&[("debits_pending", Micros), ("credits_pending", Micros)]),
        rows: |counts| counts.accounts + counts.transactions,
    },
    Comparison {
        what: "transaction",
        sql: sql::TRANSACTIONS,
        form: Form::Numbers(&[
            ("held_micros", Micros),
            ("posted_micros", Micros),
            ("refunded_micros", Micros),
            ("disputed_micros", Micros),
            ("amount_micros", Micros),
        ]),
        rows: |counts| counts.transactions + counts.transfers,
    },
    Comparison {
        what: "hold of transaction",
        sql: sql::HOLDS_BY_STATUS,
        form: Form::Numbers(&[("held_micros for its status", Micros)]),
        rows: |counts| counts.transactions,
    },
    Comparison {
        what: "transaction",
        sql: sql::STATUSES,
        form: Form::Statuses,
        rows: |counts| counts.transactions + counts.entries,
    },
    Comparison {
        what: "agent",
        sql: sql::DECISIONS,
        form: Form::Numbers(&[
            ("decisions against transactions", Count),
            ("decisions against the last number", Count),
        ]),
        rows: |counts| counts.agents + counts.transactions,
    },
    Comparison {
        what: "window",
        sql: sql::WINDOWS,
        form: Form::Numbers(&[("held", Micros), ("spent", Micros)]),
        rows: |counts| 4 * counts.agents + counts.past_windows + counts.transfers,
    },
    Comparison {
        what: "capture",
        sql: sql::CAPTURES,
        form: Form::Numbers(&[("windows it arrived in", Count)]),
        rows: |counts| counts.transfers,
    },
    Comparison { what: "transfer", sql: sql::TRANSFERS, form: Form::Texts, rows: |counts| counts.transfers },
    Comparison {
        what: "entry",
        sql: sql::ENTRIES,
        form: Form::Numbers(&[("transfers against its amount", Micros)]),
        rows: |counts| counts.entries + counts.transfers,
    },
    Comparison {
        what: "refunds of transaction",
        sql: sql::REFUNDS,
        form: Form::Numbers(&[("completed", Micros)]),
        rows: |counts| counts.refunds + counts.transfers,
    },
    Comparison {
        what: "receipt",
        sql: sql::RECEIPTS,
        form: Form::Numbers(&[("amount_micros", Micros)]),
        rows: |counts| counts.transfers,
    },
    Comparison {
        what: "receipts of",
        sql: sql::GONE_BACK,
        form: Form::Numbers(&[("refunded_micros", Micros), ("disputed_micros", Micros)]),
        rows: |counts| counts.transfers,
    },
    Comparison {
        what: "card purchase",
        sql: sql::AUTHORIZATIONS,
        form: Form::Numbers(&[("captured_micros", Micros), ("refunded_micros", Micros)]),
        rows: |counts| counts.transactions,
    },
    Comparison { what: "chain", sql: sql::HEADS, form: Form::Texts, rows: |counts| counts.entries },
];

/// Recomputes the whole ledger in one snapshot and compares. `progress` hears how many rows were looked at so far; a
/// row is looked at by several comparisons.
///
/// # Errors
/// [`StoreError`] when the database cannot be read, also when a sum no longer fits 64 bits of micros.
pub async fn check(db: &Db, progress: &mut (dyn FnMut(u64) + Send)) -> Result<CheckReport, StoreError> {
    let mut tx = db.snapshot().await?;
    let mut report = CheckReport { counts: counts(&mut tx).await?, ..CheckReport::default() };
    let mut looked_at = 0;
    for comparison in COMPARISONS {
        compare(&mut tx, comparison, &mut report).await?;
        looked_at += (comparison.rows)(&report.counts);
        progress(looked_at);
    }
    unknown(&mut tx, &mut report).await?;
    Ok(report)
}

async fn counts(tx: &mut Tx) -> Result<Counts, StoreError> {
    let Some(row) = tx.row(sql::COUNTS, &[]).await? else {
        return Ok(Counts::default());
    };
    let count = |column: &str| row.int(column).map(|n| u64::try_from(n).unwrap_or(0));
    Ok(Counts {
        accounts: count("accounts")?,
        transfers: count("transfers")?,
        transactions: count("transactions")?,
        entries: count("entries")?,
        agents: count("agents")?,
        past_windows: count("past_windows")?,
        refunds: count("refunds")?,
    })
}

async fn compare(tx: &mut Tx, comparison: &Comparison, report: &mut CheckReport) -> Result<(), StoreError> {
    let mut each = |row: Row| match comparison.form {
        Form::Numbers(fields) => numbers(&row, comparison.what, fields, report),
        Form::Texts => {
            let recomputed = row.text("recomputed")?;
            texts(&row, comparison.what, recomputed, report)
        }
        Form::Statuses => {
            let recomputed = status_in(&row.text("recomputed")?);
            texts(&row, comparison.what, recomputed, report)
        }
    };
    tx.for_each(comparison.sql, &[], &mut each).await
}

/// The columns of the fields, in their order: stored, and what it must be.
const NUMBER_COLUMNS: [(&str, &str); 5] =
    [("s1", "n1"), ("s2", "n2"), ("s3", "n3"), ("s4", "n4"), ("s5", "n5")];

fn numbers(
    row: &Row,
    what: &'static str,
    fields: &[(&str, Unit)],
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    for ((field, unit), (stored, recomputed)) in fields.iter().zip(NUMBER_COLUMNS) {
        let (stored, recomputed) = (row.int(stored)?, row.int(recomputed)?);
        if stored == recomputed {
            continue;
        }
        let show = |number: i64| match unit {
            Micros => decimal(number),
            Count => number.to_string(),
        };
        report.add(Difference {
            what,
            id: row.text("id")?,
            field: (*field).to_owned(),
            stored: show(stored),
            recomputed: show(recomputed),
        });
    }
    Ok(())
}

fn texts(
    row: &Row,
    what: &'static str,
    recomputed: String,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    report.add(Difference {
        what,
        id: row.text("id")?,
        field: row.text("field")?,
        stored: row.text("stored")?,
        recomputed,
    });
    Ok(())
}

/// The field `status` of an audit entry's detail.
fn status_in(detail: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(detail).ok();
    let status = value.as_ref().and_then(|value| value.get("status")?.as_str());
    status.unwrap_or("not in any audit entry").to_owned()
}

async fn unknown(tx: &mut Tx, report: &mut CheckReport) -> Result<(), StoreError> {
    let limit = i64::try_from(LISTED_MAX).unwrap_or(i64::MAX);
    for row in tx.rows(sql::UNKNOWN, &[limit.into()]).await? {
        report.unknown_count = u64::try_from(row.int("found")?).unwrap_or(0);
        report.unknown.push(Unknown {
            transaction_id: row.text("id")?,
            org_id: row.text("org_id")?,
            agent_id: row.text("agent_id")?,
            amount: decimal(row.int("held_micros")?),
            currency: row.text("currency")?,
            rail: row.text("rail")?,
            since: row.time("since_us")?,
        });
    }
    Ok(())
}
