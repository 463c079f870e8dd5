//! Records of decisions: a number of their own, and the three parts a reader looks for.

use std::collections::BTreeMap;

use crate::Finding;
use crate::tree::File;

const FOLDER: &str = "docs/decisions";
const HEADINGS: &[&str] = &["## Context", "## Decision", "## Consequences"];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers: BTreeMap<&str, &str> = BTreeMap::new();
    let records = files.iter().filter(|file| file.folder() == FOLDER && file.name() != "README.md");
    for file in records {
        match number(file.name()) {
            None => findings.push(Finding::at(&file.path, "a record is named `0001-what-was-decided.md`")),
            Some(number) => {
                if let Some(other) = numbers.insert(number, file.name()) {
                    findings.push(Finding::at(&file.path, format!("`{other}` has the same number")));
                }
            }
        }
        findings.extend(headings(file));
    }
    findings
}

fn number(name: &str) -> Option<&str> {
    let (digits, rest) = name.split_once('-')?;
    let well_formed = digits.len() == 4 && rest.len() > ".md".len() && rest.ends_with(".md");
    (well_formed && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The three headings are there, in their order.
fn headings(file: &File) -> Option<Finding> {
    let mut lines = file.text.lines().map(str::trim_end);
    let missing = HEADINGS.iter().find(|heading| !lines.any(|line| line == **heading))?;
    Some(Finding::at(&file.path, format!("no `{missing}` in its place ({})", HEADINGS.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# A\n\n## Context\nc\n## Decision\nd\n## Consequences\ne\n";

    #[test]
    fn a_whole_record_passes() {
        assert_eq!(check(&[File::new("docs/decisions/0001-a.md", WHOLE)]), []);
    }

    #[test]
    fn names_numbers_and_headings_are_checked() {
        assert_eq!(check(&[File::new("docs/decisions/one.md", WHOLE)]).len(), 1);
        let doubled =
            [File::new("docs/decisions/0001-a.md", WHOLE), File::new("docs/decisions/0001-b.md", WHOLE)];
        assert_eq!(check(&doubled).len(), 1);
        let disordered = WHOLE.replace("## Context", "## Decision");
        assert_eq!(check(&[File::new("docs/decisions/0001-a.md", &disordered)]).len(), 1);
    }
}
