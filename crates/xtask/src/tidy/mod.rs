//! Rules over the text of our files, one small file per rule.

mod crates;
mod decisions;
mod links;
mod migrations;
mod shape;
mod sql;
mod words;

use crate::Finding;
use crate::tree::File;

/// All text rules over all files.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, rule) in RULES {
        findings.extend(rule(files));
    }
    findings
}

/// A rule looks at all files and says what is broken.
pub type Rule = fn(&[File]) -> Vec<Finding>;

/// The rules by name, so that a test can say which one failed.
pub const RULES: &[(&str, Rule)] = &[
    ("words", words::check),
    ("shape", shape::check),
    ("crates", crates::check),
    ("migrations", migrations::check),
    ("decisions", decisions::check),
    ("links", links::check),
    ("sql", sql::check),
];
