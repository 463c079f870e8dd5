//! Which crate may use which: the table in ARCHITECTURE.md, held against what cargo says.
//!
//! **Architecture Invariant:** edges lead strictly downward and siblings never import each other, so a change in one
//! capability cannot break the one beside it.

mod table;

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::tree::{File, run};
use crate::{CheckError, Finding};
pub use table::{Allowed, Row, parse};

const PAGE: &str = "ARCHITECTURE.md";
const PREFIX: &str = "bursar-";
/// Every crate may test itself with it; it is never part of the product.
const TESTKIT: &str = "testkit";

/// The part of `cargo metadata` that the check reads.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// Nothing for a normal one, else `dev` or `build`.
    kind: Option<String>,
    /// Only a crate of the workspace has a path.
    path: Option<String>,
}

/// Compares the page and cargo.
///
/// # Errors
/// When cargo cannot be asked or the page has no readable table.
pub fn check_repository(files: &[File]) -> Result<Vec<Finding>, CheckError> {
    let answer = run("cargo", &["metadata", "--format-version", "1", "--no-deps", "--offline"])?;
    let metadata: Metadata = serde_json::from_str(&answer)
        .map_err(|error| CheckError::Form { what: "`cargo metadata`".to_owned(), why: error.to_string() })?;
    let page = files.iter().find(|file| file.path == PAGE).map_or("", |file| file.text.as_str());
    let rows = parse(page).map_err(|why| CheckError::Form { what: PAGE.to_owned(), why })?;
    Ok(check(&rows, &metadata))
}

/// Every difference between the table and the manifests, and every row that breaks the order of levels.
pub fn check(rows: &[Row], metadata: &Metadata) -> Vec<Finding> {
    let mut findings = order(rows);
    let existing: BTreeSet<&str> = metadata.packages.iter().map(|package| short(&package.name)).collect();
    for row in rows.iter().filter(|row| !existing.contains(row.name.as_str())) {
        findings.push(Finding::at(PAGE, format!("`{}` is in the edge table and is no crate", row.name)));
    }
    for package in &metadata.packages {
        let name = short(&package.name);
        match rows.iter().find(|row| row.name == name) {
            None => findings.push(Finding::at(PAGE, format!("`{name}` is not in the edge table"))),
            Some(row) => findings.extend(edges_of(row, package)),
        }
    }
    findings
}

fn edges_of(row: &Row, package: &Package) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
        let to = short(&dependency.name);
        let tests_only = dependency.kind.as_deref() == Some("dev");
        if (tests_only && to == TESTKIT) || row.allowed.contains(to) {
            continue;
        }
        let says = format!("depends on `{to}`, which {PAGE} does not allow");
        findings.push(Finding::at(format!("crates/{}/Cargo.toml", row.name), says));
    }
    findings
}

/// The table itself obeys its rule: a crate with a level may use only crates of lower levels.
fn order(rows: &[Row]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if rows[..at].iter().any(|earlier| earlier.name == row.name) {
            findings.push(Finding::at(PAGE, format!("`{}` is in the edge table twice", row.name)));
        }
        let Allowed::Only(names) = &row.allowed else {
            if row.level.is_some() {
                let says = format!("`{}` has a level, so its edges must be named one by one", row.name);
                findings.push(Finding::at(PAGE, says));
            }
            continue;
        };
        for name in names {
            let to = rows.iter().find(|other| other.name == *name);
            let downward = match (row.level, to.and_then(|to| to.level)) {
                (Some(from), Some(to)) => to < from,
                (None, _) => to.is_some(),
                (Some(_), None) => false,
            };
            if !downward {
                findings.push(Finding::at(PAGE, format!("`{}` → `{name}` does not lead downward", row.name)));
            }
        }
    }
    findings
}

/// `bursar-store` is `store` in the table; the binary is `bursar`.
fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

#[cfg(test)]
mod tests;
