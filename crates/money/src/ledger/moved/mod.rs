//! What moved, entry by entry: for telling and for playing it through again, not for deciding anything.

mod sql;

use bursar_base::{OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::{AccountId, TransferKind};

pub use sql::ALL as STATEMENTS;

/// One movement between two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// By which entry of the org's chain.
    pub seq: i64,
    /// When.
    pub at: TimeUs,
    /// What it does.
    pub kind: TransferKind,
    /// Where the money comes from.
    pub debit: AccountId,
    /// Where it goes.
    pub credit: AccountId,
    /// How much, in micros; greater than zero.
    pub micros: i64,
}

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

impl Movement {
    /// What it changes on its two sides, debit first: the same as [`super::apply`] does to
    /// [`super::Account::available`].
    fn sides(&self) -> [(&AccountId, i64); 2] {
        let (from, into) = match self.kind {
            TransferKind::Hold => (-self.micros, 0),
            TransferKind::Release => (self.micros, 0),
            TransferKind::Post
            | TransferKind::Deposit
            | TransferKind::Refund
            | TransferKind::Capture
            | TransferKind::Dispute => (-self.micros, self.micros),
        };
        [(&self.debit, from), (&self.credit, into)]
    }

    /// By how much it changes what can be spent from a wallet, in micros.
    pub fn in_wallet(&self, wallet: &AccountId) -> i64 {
        self.sides().into_iter().filter(|(account, _)| *account == wallet).map(|(_, micros)| micros).sum()
    }
}

/// Everything that moved in an org behind entry `after` up to `to`, in the order of the entries.
///
/// # Errors
/// [`StoreError`].
pub async fn movements(tx: &mut Tx, org: &OrgId, after: i64, to: i64) -> Result<Vec<Movement>, StoreError> {
    let rows = tx.rows(sql::MOVED, &[org.as_str().into(), after.into(), to.into()]).await?;
    rows.iter().map(movement).collect()
}

/// What moved in an org's wallets behind entry `after` up to `to`, in the order of the entries.
///
/// # Errors
/// [`StoreError`].
pub async fn in_wallets(tx: &mut Tx, org: &OrgId, after: i64, to: i64) -> Result<Vec<Moved>, StoreError> {
    let all = movements(tx, org, after, to).await?;
    let moved = all.iter().flat_map(|one| one.sides().map(|side| (one.seq, side)));
    let in_a_wallet =
        moved.filter(|(_, (account, micros))| *micros != 0 && account.as_str().starts_with("wallet:"));
    Ok(in_a_wallet.map(|(seq, (wallet, micros))| Moved { seq, wallet: wallet.clone(), micros }).collect())
}

fn movement(row: &Row) -> Result<Movement, StoreError> {
    let kind = row.text("kind")?;
    Ok(Movement {
        seq: row.int("seq")?,
        at: row.time("at_us")?,
        kind: TransferKind::parse(&kind)
            .ok_or_else(|| StoreError::Damaged(format!("transfers.kind: {kind:?}")))?,
        debit: AccountId(row.text("debit_account")?.into()),
        credit: AccountId(row.text("credit_account")?.into()),
        micros: row.int("amount_micros")?,
    })
}
