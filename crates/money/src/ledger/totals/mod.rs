//! What is held, unknown and paid, by rail and currency, over all orgs: for the metrics, not for deciding anything.

mod sql;

use std::collections::BTreeMap;

use bursar_base::{Currency, money::MoneyError};
use bursar_store::{Columns as _, Row, StoreError, Tx};

pub use sql::ALL as STATEMENTS;

/// Sums of one rail and currency, in micros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Payments whose rail was called and has not answered for certain.
    pub unsettled_payments: i64,
    /// Held for them.
    pub held: i64,
    /// The part of it that is held for unknown outcomes.
    pub unknown: i64,
    /// Paid, less what came back.
    pub posted: i64,
}

/// The sums of every rail and currency that ever moved something.
///
/// # Errors
/// [`StoreError`].
pub async fn totals(tx: &mut Tx) -> Result<BTreeMap<(String, Currency), Totals>, StoreError> {
    let mut found: BTreeMap<(String, Currency), Totals> = BTreeMap::new();
    for row in tx.rows(sql::BY_RAIL, &[]).await? {
        let totals = found.entry(place(&row)?).or_default();
        totals.posted = row.int("posted")?;
        totals.held = row.int("held")?;
    }
    for row in tx.rows(sql::UNSETTLED, &[]).await? {
        let totals = found.entry(place(&row)?).or_default();
        totals.unsettled_payments = row.int("payments")?;
        totals.unknown = row.int("unknown")?;
    }
    Ok(found)
}

fn place(row: &Row) -> Result<(String, Currency), StoreError> {
    let currency = row.text("currency")?;
    let damaged = |_: MoneyError| StoreError::Damaged(format!("currency: {currency:?}"));
    Ok((row.text("rail")?, Currency::parse(&currency).map_err(damaged)?))
}
