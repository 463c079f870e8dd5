//! The shape of files: short, named for what they hold, no stray white space.

use crate::Finding;
use crate::tree::File;

/// A longer file is read by nobody whole, so mistakes live in it. There are no exemptions; split by noun instead.
const FILE_LINES_MAX: usize = 500;

/// Kinds written by a tool, or tables of data: their length is not ours to choose.
const DATA_KINDS: &[&str] = &["lock", "json", "sql"];

/// Pinned dependencies are a lock file, whatever the name ends with; and the SDKs' types are written by a tool.
const DATA_NAMES: &[&str] = &["requirements.txt", "requirements-dev.txt", "schema.ts", "schema.py"];

/// Names that say nothing, so that everything ends up in them.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "manager", "managers", "common"];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        let data = DATA_KINDS.contains(&file.extension()) || DATA_NAMES.contains(&file.name());
        if lines > FILE_LINES_MAX && !data {
            let says = format!("{lines} lines, at most {FILE_LINES_MAX}: split it by noun");
            findings.push(Finding::at(&file.path, says));
        }
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or(part).to_lowercase();
            if EMPTY_NAMES.contains(&stem.as_str()) {
                let says = format!("`{part}` says nothing: name it after the noun it holds");
                findings.push(Finding::at(&file.path, says));
            }
        }
        if file.extension() == "rs" {
            findings.extend(white_space(file));
        }
    }
    findings
}

fn white_space(file: &File) -> impl Iterator<Item = Finding> {
    file.text.lines().enumerate().filter_map(|(index, line)| {
        let says = if line.ends_with([' ', '\t']) {
            "white space at the end of the line"
        } else if line.contains('\t') {
            "a tab: indent with spaces, and write `\\t` in a string"
        } else {
            return None;
        };
        Some(Finding::at_line(&file.path, index, says))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_the_limit_and_not_one_more() {
        let longest = "x\n".repeat(FILE_LINES_MAX);
        assert_eq!(check(&[File::new("a.rs", &longest)]), []);
        assert_eq!(check(&[File::new("a.md", &format!("{longest}x"))]).len(), 1);
        assert_eq!(check(&[File::new("Cargo.lock", &format!("{longest}x"))]), []);
    }

    #[test]
    fn names_that_say_nothing_are_found_at_any_depth() {
        for path in ["src/utils.rs", "crates/helpers/src/lib.rs", "tests/common/mod.rs", "Manager.ts"] {
            assert_eq!(check(&[File::new(path, "")]).len(), 1, "{path}");
        }
        assert_eq!(check(&[File::new("src/commons_fund.rs", "")]), []);
    }

    #[test]
    fn white_space_is_found_in_rust() {
        let findings = check(&[File::new("a.rs", "fine\nends \n\tindented\n")]);
        let places: Vec<_> = findings.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["a.rs:2", "a.rs:3"]);
    }
}
