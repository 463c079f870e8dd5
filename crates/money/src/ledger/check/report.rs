//! What a check of the ledger found.

use std::fmt;

use bursar_base::TimeUs;
use serde::Serialize;

/// How many differences, and how many unknown outcomes, a report lists at most; all are counted.
pub const LISTED_MAX: usize = 1_000;

/// How many rows were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Ledger accounts.
    pub accounts: u64,
    /// Transfers.
    pub transfers: u64,
    /// Transactions.
    pub transactions: u64,
    /// Audit entries.
    pub entries: u64,
    /// Agents, each with its current windows.
    pub agents: u64,
    /// Windows that have ended.
    pub past_windows: u64,
    /// Refunds that were asked for.
    pub refunds: u64,
}

/// One value that is stored and is not what follows from the insert-only tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The kind of row, such as `account`.
    pub what: &'static str,
    /// Which row. A window is named by agent, kind and start in microseconds; an entry by chain and number; a transfer
    /// by chain, number and part.
    pub id: String,
    /// Which of its values.
    pub field: String,
    /// What is stored; amounts as decimal texts.
    pub stored: String,
    /// What it must be.
    pub recomputed: String,
}

/// A transaction whose outcome nobody knows. It is no error: its hold stays until the rail or a human knows more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The transaction.
    pub transaction_id: String,
    /// Its org.
    pub org_id: String,
    /// Its agent.
    pub agent_id: String,
    /// What is held for it.
    pub amount: String,
    /// Of what.
    pub currency: String,
    /// Who must be asked.
    pub rail: String,
    /// When the rail was called.
    pub since: TimeUs,
}

/// What a check of the ledger found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// How many rows were looked at.
    pub counts: Counts,
    /// The first [`LISTED_MAX`] differences.
    pub differences: Vec<Difference>,
    /// How many differences there are.
    pub difference_count: u64,
    /// The oldest [`LISTED_MAX`] unknown outcomes.
    pub unknown: Vec<Unknown>,
    /// How many unknown outcomes there are.
    pub unknown_count: u64,
}

impl CheckReport {
    /// Whether everything stored is what follows from the insert-only tables.
    pub fn is_clean(&self) -> bool {
        self.difference_count == 0
    }

    pub(super) fn add(&mut self, difference: Difference) {
        self.difference_count += 1;
        if self.differences.len() < LISTED_MAX {
            self.differences.push(difference);
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { what, id, field, stored, recomputed } = self;
        write!(f, "{what} {id}: {field} is stored as {stored}, recomputed it is {recomputed}")
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unknown { transaction_id, amount, currency, rail, since, .. } = self;
        write!(f, "{transaction_id}: {amount} {currency} on {rail}, unknown since {since}")
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        writeln!(
            f,
            "Recomputed {} accounts, {} transactions, {} refunds and the windows of {} agents from {} transfers and {} \
             audit entries.",
            counts.accounts,
            counts.transactions,
            counts.refunds,
            counts.agents,
            counts.transfers,
            counts.entries
        )?;
        if self.is_clean() {
            writeln!(f, "All is as it must be: debits equal credits, and every hold is accounted for.")?;
        } else {
            writeln!(f, "{} stored values are wrong:", self.difference_count)?;
            for difference in &self.differences {
                writeln!(f, "  {difference}")?;
            }
            rest(f, self.difference_count, self.differences.len())?;
        }
        if self.unknown_count > 0 {
            writeln!(
                f,
                "{} payments have an unknown outcome and stay held until `bursar reconcile` or a human settles them, \
                 oldest first:",
                self.unknown_count
            )?;
            for unknown in &self.unknown {
                writeln!(f, "  {unknown}")?;
            }
            rest(f, self.unknown_count, self.unknown.len())?;
        }
        Ok(())
    }
}

fn rest(f: &mut fmt::Formatter<'_>, found: u64, listed: usize) -> fmt::Result {
    let more = found.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
    if more > 0 {
        writeln!(f, "  … and {more} more")?;
    }
    Ok(())
}
