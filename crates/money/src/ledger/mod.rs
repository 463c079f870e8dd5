//! The double-entry ledger: accounts, and transfers between them.
//!
//! Invariants: every transfer debits one account and credits another by the same amount; transfers are insert-only; an
//! account's sums are what its transfers add up to. `docs/decisions/0004-accounts.md` tables which accounts each rail
//! moves. An account's id says what it is: `wallet:org_…`, `rail:sandbox:org_…`.

pub mod check;
pub mod moved;
mod sql;
pub mod totals;

use std::sync::Arc;

use bursar_base::{Currency, OrgId, TimeUs};

use crate::policies::RailName;

pub use check::check;
pub use sql::ALL as STATEMENTS;

/// An account's id. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub Arc<str>);

impl AccountId {
    /// The wallet of an org or, with an agent's id, of that agent.
    pub fn wallet(owner: &str) -> AccountId {
        AccountId(format!("wallet:{owner}").into())
    }

    /// Where money goes that leaves by `rail`.
    pub fn rail(rail: RailName, org: &OrgId) -> AccountId {
        AccountId(format!("rail:{}:{org}", rail.as_str()).into())
    }

    /// The org's own money outside of Bursar, which direct rails charge.
    pub fn payment_method(org: &OrgId) -> AccountId {
        AccountId(format!("payment_method:{org}").into())
    }

    /// Where deposits come from.
    pub fn deposits(org: &OrgId) -> AccountId {
        AccountId(format!("deposits:{org}").into())
    }

    /// Where money comes from that is paid on a page of Stripe's.
    pub fn checkout(org: &OrgId) -> AccountId {
        AccountId(format!("checkout:{org}").into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Sums over an account's transfers, in micros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its org.
    pub org_id: OrgId,
    /// What it holds.
    pub currency: Currency,
    /// Held, to be taken from it.
    pub debits_pending: i64,
    /// Taken from it.
    pub debits_posted: i64,
    /// Held, to be given to it.
    pub credits_pending: i64,
    /// Given to it.
    pub credits_posted: i64,
}

impl Account {
    /// An account without transfers.
    pub fn empty(id: AccountId, org_id: OrgId, currency: Currency) -> Account {
        Account {
            id,
            org_id,
            currency,
            debits_pending: 0,
            debits_posted: 0,
            credits_pending: 0,
            credits_posted: 0,
        }
    }

    /// What can still be spent from it: posted credits less posted and pending debits, in micros. Negative only after
    /// something arrived that was never authorised.
    pub fn available(&self) -> i64 {
        self.credits_posted.saturating_sub(self.debits_posted).saturating_sub(self.debits_pending)
    }
}

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferKind {
    /// Sets money aside: pending sums grow.
    Hold,
    /// Ends a hold: pending sums shrink.
    Release,
    /// Moves money that was held.
    Post,
    /// Money comes in.
    Deposit,
    /// Money comes back.
    Refund,
    /// Money left that was not held: a capture above or without a hold.
    Capture,
    /// A bank took money back, or gave it again.
    Dispute,
}

impl TransferKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            TransferKind::Hold => "hold",
            TransferKind::Release => "release",
            TransferKind::Post => "post",
            TransferKind::Deposit => "deposit",
            TransferKind::Refund => "refund",
            TransferKind::Capture => "capture",
            TransferKind::Dispute => "dispute",
        }
    }

    /// The inverse of [`TransferKind::as_str`].
    pub fn parse(text: &str) -> Option<TransferKind> {
        Some(match text {
            "hold" => TransferKind::Hold,
            "release" => TransferKind::Release,
            "post" => TransferKind::Post,
            "deposit" => TransferKind::Deposit,
            "refund" => TransferKind::Refund,
            "capture" => TransferKind::Capture,
            "dispute" => TransferKind::Dispute,
            _ => return None,
        })
    }
}

/// One movement between two accounts of an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The org.
    pub org_id: OrgId,
    /// The audit entry it belongs to.
    pub seq: i64,
    /// Its place among the transfers of that entry.
    pub part: i64,
    /// What it does.
    pub kind: TransferKind,
    /// The transaction it belongs to.
    pub transaction_id: Option<String>,
    /// Where the money comes from.
    pub debit: AccountId,
    /// Where it goes.
    pub credit: AccountId,
    /// How much, in micros; greater than zero.
    pub micros: i64,
    /// Of what.
    pub currency: Currency,
    /// When.
    pub at: TimeUs,
}

/// A sum left the range of 64 bits of micros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ledger sum would overflow")]
pub struct Overflow;

/// Adds a transfer to the sums of its two accounts; on error both are as they were.
///
/// # Errors
/// [`Overflow`].
pub fn apply(
    kind: TransferKind,
    micros: i64,
    debit: &mut Account,
    credit: &mut Account,
) -> Result<(), Overflow> {
    let sum = |at: i64, by: i64| at.checked_add(by).ok_or(Overflow);
    match kind {
        TransferKind::Hold | TransferKind::Release => {
            let by = if kind == TransferKind::Hold { micros } else { -micros };
            let (debits, credits) = (sum(debit.debits_pending, by)?, sum(credit.credits_pending, by)?);
            debit.debits_pending = debits;
            credit.credits_pending = credits;
        }
        TransferKind::Post
        | TransferKind::Deposit
        | TransferKind::Refund
        | TransferKind::Capture
        | TransferKind::Dispute => {
            let (debits, credits) = (sum(debit.debits_posted, micros)?, sum(credit.credits_posted, micros)?);
            debit.debits_posted = debits;
            credit.credits_posted = credits;
        }
    }
    Ok(())
}
