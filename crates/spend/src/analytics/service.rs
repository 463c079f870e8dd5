//! Adding up.

use bursar_base::{Currency, OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::sql;

/// What sums are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The org's days.
    Day,
    /// Agents.
    Agent,
    /// Merchants.
    Merchant,
    /// Categories of payees and of the card network.
    Category,
    /// Rails.
    Rail,
}

impl By {
    /// All of them.
    pub const ALL: [By; 5] = [By::Day, By::Agent, By::Merchant, By::Category, By::Rail];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Day => "day",
            By::Agent => "agent",
            By::Merchant => "merchant",
            By::Category => "category",
            By::Rail => "rail",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<By> {
        By::ALL.into_iter().find(|by| by.as_str() == text)
    }

    fn statement(self) -> &'static str {
        match self {
            By::Day => sql::BY_DAY,
            By::Agent => sql::BY_AGENT,
            By::Merchant => sql::BY_MERCHANT,
            By::Category => sql::BY_CATEGORY,
            By::Rail => sql::BY_RAIL,
        }
    }
}

/// What is added up.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// By what.
    pub by: By,
    /// Not asked for before.
    pub from: TimeUs,
    /// Asked for before.
    pub until: TimeUs,
    /// One agent's alone.
    pub agent: Option<&'a str>,
    /// At most so many sums, the greatest.
    pub limit: i64,
}

/// One sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The day's start in microseconds, the agent's id, the merchant, the category or the rail.
    pub key: String,
    /// What it is called, where that is something else.
    pub name: String,
    /// Of the amounts.
    pub currency: Currency,
    /// How many payments; days do not count them.
    pub payments: Option<i64>,
    /// What left, in micros.
    pub posted: i64,
    /// What of it came back, in micros; of days that is not known.
    pub refunded: Option<i64>,
}

/// The sums, the greatest first; of days, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn read(tx: &mut Tx, org: &OrgId, wanted: Wanted<'_>) -> Result<Vec<Sum>, StoreError> {
    let arguments = [
        org.as_str().into(),
        wanted.from.0.into(),
        wanted.until.0.into(),
        wanted.agent.unwrap_or_default().into(),
        wanted.limit.into(),
    ];
    let rows = tx.rows(wanted.by.statement(), &arguments).await?;
    let mut sums = rows.iter().map(sum).collect::<Result<Vec<_>, _>>()?;
    if wanted.by == By::Day {
        sums.sort_by_key(|sum| sum.key.parse::<i64>().unwrap_or_default());
    }
    Ok(sums)
}

fn sum(row: &Row) -> Result<Sum, StoreError> {
    let currency = row.text("currency")?;
    Ok(Sum {
        key: row.text("key")?,
        name: row.text("name")?,
        currency: Currency::parse(&currency)
            .map_err(|_| StoreError::Damaged(format!("transactions.currency: {currency:?}")))?,
        payments: row.opt_int("payments")?,
        posted: row.int("posted")?,
        refunded: row.opt_int("refunded")?,
    })
}
