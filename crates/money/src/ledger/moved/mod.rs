//! What moved in wallets, entry by entry: for telling, not for deciding anything.

mod sql;

use bursar_base::OrgId;
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::{AccountId, TransferKind};

pub use sql::ALL as STATEMENTS;

/// A change of what can be spent from a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// By which entry of the org's chain.
    pub seq: i64,
    /// Which wallet.
    pub wallet: AccountId,
    /// By how much, in micros; less than zero when it left or was set aside.
    pub micros: i64,
}

/// What moved in an org's wallets behind entry `after` up to `to`, in the order of the entries.
///
/// # Errors
/// [`StoreError`].
pub async fn in_wallets(tx: &mut Tx, org: &OrgId, after: i64, to: i64) -> Result<Vec<Moved>, StoreError> {
    let rows = tx.rows(sql::MOVED, &[org.as_str().into(), after.into(), to.into()]).await?;
    let mut moved = Vec::new();
    for row in &rows {
        let (from, into) = sides(row)?;
        moved.extend([from, into].into_iter().flatten());
    }
    Ok(moved)
}

/// What a movement changes on its two sides, where they are wallets: the same as [`super::apply`] does to
/// [`super::Account::available`].
fn sides(row: &Row) -> Result<(Option<Moved>, Option<Moved>), StoreError> {
    let (seq, micros) = (row.int("seq")?, row.int("amount_micros")?);
    let kind = row.text("kind")?;
    let kind =
        TransferKind::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("transfers.kind: {kind:?}")))?;
    let moved = |account: String, micros: i64| {
        account.starts_with("wallet:").then(|| Moved { seq, wallet: AccountId(account.into()), micros })
    };
    let (debit, credit) = (row.text("debit_account")?, row.text("credit_account")?);
    Ok(match kind {
        TransferKind::Hold => (moved(debit, -micros), None),
        TransferKind::Release => (moved(debit, micros), None),
        TransferKind::Post
        | TransferKind::Deposit
        | TransferKind::Refund
        | TransferKind::Capture
        | TransferKind::Dispute => (moved(debit, -micros), moved(credit, micros)),
    })
}
