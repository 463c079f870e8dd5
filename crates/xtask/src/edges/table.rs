//! Reads the edge table: `| crate | level | may depend on |` between two marks.

use std::collections::BTreeSet;

const BEGIN: &str = "<!-- edges -->";
const END: &str = "<!-- /edges -->";
/// What a cell says when there is nothing to say.
const NOTHING: &str = "–";
/// What stands in the last cell of a crate that is not part of the product.
const ANYTHING: &str = "anything";

/// One crate of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Without `bursar-`.
    pub name: String,
    /// Nothing for what is no part of the product.
    pub level: Option<u8>,
    /// Which crates it may use.
    pub allowed: Allowed,
}

/// The last cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// No limit: a crate that tests or builds the product.
    Anything,
    /// Only these, without `bursar-`.
    Only(BTreeSet<String>),
}

impl Allowed {
    /// Whether an edge to this crate is in the table.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

/// The rows of the table, or what is wrong with it.
///
/// # Errors
/// When a mark is missing or a row is not of the three cells.
pub fn parse(page: &str) -> Result<Vec<Row>, String> {
    let (_, rest) = page.split_once(BEGIN).ok_or_else(|| format!("no `{BEGIN}`"))?;
    let (table, _) = rest.split_once(END).ok_or_else(|| format!("no `{END}` after `{BEGIN}`"))?;
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    // The heading and the line under it are the first two.
    lines.skip(2).map(row).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let cells: Vec<String> =
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    let [name, level, allowed] = cells.as_slice() else {
        return Err(format!("`{line}` has not three cells"));
    };
    let level = match level.as_str() {
        NOTHING => None,
        digits => Some(digits.parse().map_err(|_| format!("`{digits}` is no level"))?),
    };
    let allowed = match allowed.as_str() {
        ANYTHING => Allowed::Anything,
        NOTHING => Allowed::Only(BTreeSet::new()),
        names => Allowed::Only(names.split(',').map(|name| name.trim().to_owned()).collect()),
    };
    Ok(Row { name: name.clone(), level, allowed })
}
