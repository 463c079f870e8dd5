//! What a walk along the chains found.

use std::fmt;

use serde::Serialize;

/// How many broken chains a report lists at most; all are counted.
pub const LISTED_MAX: usize = 1_000;

/// What is wrong with a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wrong {
    /// Entries are missing: the next one has a higher number.
    Gap {
        /// The number that comes next.
        found: i64,
    },
    /// The entry stands before the first.
    Stray,
    /// The entry's content does not have the hash it is stored with, after the entry before it: one of the two was
    /// changed.
    Hash {
        /// What is stored.
        stored: String,
        /// What the content has.
        recomputed: String,
    },
    /// The entry is older than the one before it.
    Time {
        /// Its time, in microseconds since the epoch.
        at_us: i64,
        /// The time of the one before.
        before_us: i64,
    },
    /// The chain has a head and ends before it: its last entries are gone.
    Truncated {
        /// The number of the last entry there is.
        last: i64,
    },
    /// The head names another entry than the last.
    Head {
        /// The number it names, if there is a head.
        head: Option<i64>,
        /// What differs.
        field: &'static str,
    },
    /// A checkpoint signed another hash for this entry: the chain was rewritten from here or before.
    Checkpoint {
        /// What was signed.
        signed: String,
        /// What the chain has; nothing when the entry is gone.
        found: Option<String>,
    },
    /// A checkpoint's signature is not good.
    Signature {
        /// Why.
        why: String,
    },
}

/// The first broken link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The chain.
    pub org_id: String,
    /// The number of the first entry that is wrong or missing.
    pub seq: i64,
    /// What is wrong.
    #[serde(flatten)]
    pub wrong: Wrong,
}

/// What a walk along the chains found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// How many chains.
    pub chains: u64,
    /// How many entries.
    pub entries: u64,
    /// How many checkpoints, stored and kept elsewhere.
    pub checkpoints: u64,
    /// The first broken link of each of the first [`LISTED_MAX`] broken chains.
    pub broken: Vec<Broken>,
    /// How many chains are broken.
    pub broken_count: u64,
}

impl VerifyReport {
    /// Whether every chain is whole.
    pub fn is_clean(&self) -> bool {
        self.broken_count == 0
    }

    pub(super) fn add(&mut self, broken: Broken) {
        self.broken_count += 1;
        if self.broken.len() < LISTED_MAX {
            self.broken.push(broken);
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { org_id, seq, wrong } = self;
        write!(f, "chain {org_id}, entry {seq}: ")?;
        match wrong {
            Wrong::Gap { found } => write!(f, "missing; the next one is {found}"),
            Wrong::Stray => write!(f, "it stands before the first; chains begin with 1"),
            Wrong::Hash { stored, recomputed } => write!(
                f,
                "its content, or the hash of the entry before it, was changed (stored hash {stored}, recomputed \
                 {recomputed})"
            ),
            Wrong::Time { at_us, before_us } => {
                write!(f, "its time goes backwards, from {before_us} to {at_us} microseconds since the epoch")
            }
            Wrong::Truncated { last } => {
                write!(f, "missing, as is all after it; the last one there is is {last}")
            }
            Wrong::Head { head: None, .. } => write!(f, "the chain has no head"),
            Wrong::Head { head: Some(head), field } => {
                write!(f, "it is the last, but the head, at {head}, has another {field}")
            }
            Wrong::Checkpoint { signed, found: Some(found) } => write!(
                f,
                "a checkpoint signed the hash {signed}, the chain has {found}: it was rewritten, here or before"
            ),
            Wrong::Checkpoint { signed, found: None } => {
                write!(f, "a checkpoint signed it with the hash {signed}, and it is gone")
            }
            Wrong::Signature { why } => write!(f, "a checkpoint of it is not genuine: {why}"),
        }
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Recomputed {} audit entries of {} chains and compared {} checkpoints.",
            self.entries, self.chains, self.checkpoints
        )?;
        if self.is_clean() {
            return writeln!(f, "Every chain is whole: nothing was changed, removed or slipped in.");
        }
        writeln!(f, "{} chains are broken; the first broken link of each:", self.broken_count)?;
        for broken in &self.broken {
            writeln!(f, "  {broken}")?;
        }
        let listed = u64::try_from(self.broken.len()).unwrap_or(u64::MAX);
        if self.broken_count > listed {
            writeln!(f, "  … and {} more", self.broken_count - listed)?;
        }
        Ok(())
    }
}
