//! Receipts: money that came into a wallet from outside, each under a reference that is unique in the ledger.
//!
//! Invariants: a reference is credited once, however often it is heard of, because its row is looked for and written
//! under the org's lock in the transaction that moves the money. What goes back is kept as absolute figures, so news of
//! it may come twice and late. Changing a receipt is the funnel's alone.

pub mod sql;

use bursar_base::{AgentId, Currency, OrgId, TimeUs};
use bursar_store::{Columns, StoreError, Tx};

use crate::ledger::AccountId;

/// Money that came in, and what of it went back. Amounts in micros of `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who sent it knows it by this; for a top-up the id of Stripe's Checkout session.
    pub reference: String,
    /// Whose it is.
    pub org_id: OrgId,
    /// The agent it was for, where it was for one.
    pub agent_id: Option<AgentId>,
    /// Where it went.
    pub wallet: AccountId,
    /// The id of what it was paid for.
    pub about: String,
    /// How much.
    pub micros: i64,
    /// Of what.
    pub currency: Currency,
    /// The audit entry that it came with.
    pub seq: i64,
    /// What was given back in all, and what of it failed later: it never shrinks.
    pub refunded_micros: i64,
    /// What came back again of that, because it failed: it never shrinks either.
    pub returned_micros: i64,
    /// What a bank has taken back by now.
    pub disputed_micros: i64,
    /// When it came.
    pub received: TimeUs,
}

impl Receipt {
    /// What was given back and stayed so, in micros.
    pub fn given_back(&self) -> i64 {
        self.refunded_micros - self.returned_micros
    }
}

/// What came in for an org since then, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn since(tx: &mut Tx, org: &OrgId, since: TimeUs) -> Result<Vec<Receipt>, StoreError> {
    tx.rows(sql::SINCE, &[org.as_str().into(), since.into()]).await?.iter().map(from_row).collect()
}

/// One receipt.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, reference: &str) -> Result<Option<Receipt>, StoreError> {
    tx.row(sql::FIND, &[reference.into()]).await?.as_ref().map(from_row).transpose()
}

/// Reads a row of receipts.
pub(crate) fn from_row(row: &impl Columns) -> Result<Receipt, StoreError> {
    let currency = row.text("currency")?;
    Ok(Receipt {
        reference: row.text("reference")?,
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
        wallet: AccountId(row.text("wallet")?.into()),
        about: row.text("about")?,
        micros: row.int("amount_micros")?,
        currency: Currency::parse(&currency)
            .map_err(|_| StoreError::Damaged(format!("receipts.currency: {currency:?}")))?,
        seq: row.int("seq")?,
        refunded_micros: row.int("refunded_micros")?,
        returned_micros: row.int("returned_micros")?,
        disputed_micros: row.int("disputed_micros")?,
        received: row.time("received_us")?,
    })
}
