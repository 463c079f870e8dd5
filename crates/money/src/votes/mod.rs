//! Votes: who said yes to a payment that waits, and how many of them it takes.
//!
//! Invariants: a member counts once for one payment, by the member and never by the link or the page they came through.
//! Only a yes is a vote; one no ends the payment. Who is no longer an owner or approver when votes are counted does not
//! count, and somebody who joins again is another member. Votes are written and counted by the funnel alone, under the
//! lock of the org.

pub mod sql;

use bursar_base::{MemberId, OrgId, TimeUs, TransactionId};
use bursar_store::{Columns, StoreError, Tx};

use crate::policies::{Check, Figure};
use crate::transactions::Transaction;

/// The rule among a transaction's checks that keeps how many have to say yes.
pub(crate) const RULE: &str = "approvals";

/// One yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// To which payment.
    pub transaction_id: TransactionId,
    /// Whose.
    pub member_id: MemberId,
    /// In which org.
    pub org_id: OrgId,
    /// As the audit trail names them.
    pub actor: String,
    /// What they said.
    pub reason: Option<String>,
    /// When.
    pub at: TimeUs,
}

/// How many members have to say yes to a payment: what its policy said when the question was asked. What cannot be read
/// is a number that nobody reaches.
pub fn needed(t: &Transaction) -> u32 {
    needed_by(&t.checks)
}

/// The same of the rules that were looked at.
pub(crate) fn needed_by(checks: &[Check]) -> u32 {
    let Some(check) = checks.iter().find(|check| check.rule == RULE) else { return 1 };
    match &check.limit {
        Some(Figure::Words(words)) => words.parse().unwrap_or(u32::MAX),
        Some(Figure::Amount(_)) | None => u32::MAX,
    }
}

/// The votes for a payment, oldest first: of those who may decide by now, or of whoever gave one.
///
/// # Errors
/// [`StoreError`].
pub async fn of(tx: &mut Tx, t: &Transaction) -> Result<Vec<Vote>, StoreError> {
    let counting = t.status == crate::transactions::Status::Pending;
    let sql = if counting { sql::COUNTING } else { sql::OF_TRANSACTION };
    tx.rows(sql, &[t.id.as_str().into()]).await?.iter().map(from_row).collect()
}

/// How many members of an org can decide.
///
/// # Errors
/// [`StoreError`].
pub async fn possible(tx: &mut Tx, org: &OrgId) -> Result<u32, StoreError> {
    let row = tx.row(sql::DECIDERS, &[org.as_str().into()]).await?;
    let count = row.map_or(Ok(0), |row| row.int("deciders"))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Reads a row of votes.
pub(crate) fn from_row(row: &impl Columns) -> Result<Vote, StoreError> {
    Ok(Vote {
        transaction_id: TransactionId::from_store(&row.text("transaction_id")?),
        member_id: MemberId::from_store(&row.text("member_id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        actor: row.text("actor")?,
        reason: row.opt_text("reason")?,
        at: row.time("at_us")?,
    })
}
