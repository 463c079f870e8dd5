//! Rules of this repository that a compiler does not check.
//!
//! Each rule is a pure function from what was read to a list of [`Finding`]s, so every rule is tried on a bad
//! example in its own file. `tests/tidy.rs` applies all of them to the real tree; `cargo xtask check` prints the
//! same findings without a test run.
//!
//! **Architecture Invariant:** no check changes a file. A check that repairs what it finds hides the finding.

pub mod dist;
pub mod edges;
pub mod licences;
pub mod tidy;
pub mod tree;

use std::fmt;

/// One broken rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A path from the repository root, with `:line` where a line is to blame.
    pub place: String,
    /// The rule in one sentence.
    pub says: String,
}

impl Finding {
    /// A finding about a whole file, crate or table row.
    pub fn at(place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { place: place.into(), says: says.into() }
    }

    /// A finding about one line; `index` counts from zero, as `enumerate` does.
    pub fn at_line(path: &str, index: usize, says: impl Into<String>) -> Self {
        Self::at(format!("{path}:{}", index + 1), says)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.says)
    }
}

/// Why the repository could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A program that the checks ask (`git`, `cargo`) did not start.
    #[error("cannot run `{command}`: {source}")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program that the checks ask answered with an error.
    #[error("`{command}` failed: {stderr}")]
    Failed {
        /// The command line.
        command: String,
        /// What it printed.
        stderr: String,
    },
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// A path from the repository root.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or an answer is not of the form that the checks expect.
    #[error("cannot understand {what}: {why}")]
    Form {
        /// What was being read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Every check over the real repository, in the order in which they are explained in STYLE.md.
///
/// # Errors
/// When the tree, the manifests or cargo's answer cannot be read.
pub fn check_all() -> Result<Vec<Finding>, CheckError> {
    let files = tree::files()?;
    let mut findings = tidy::check(&files);
    findings.extend(edges::check_repository(&files)?);
    findings.extend(licences::check_repository(&files)?);
    Ok(findings)
}
