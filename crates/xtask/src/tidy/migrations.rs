//! Both engines have the same migrations: one number, one name, two files.

use std::collections::BTreeMap;

use crate::Finding;
use crate::tree::File;

const ENGINES: &[&str] = &["sqlite", "postgres"];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut by_engine: BTreeMap<&str, BTreeMap<u32, &str>> =
        ENGINES.iter().map(|engine| (*engine, BTreeMap::new())).collect();
    for file in files {
        let Some((engine, name)) =
            file.path.strip_prefix("migrations/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let Some(known) = by_engine.get_mut(engine) else {
            findings.push(Finding::at(&file.path, format!("`{engine}` is no engine of ours")));
            continue;
        };
        match number(name) {
            None => findings.push(Finding::at(&file.path, "a migration is named `0001_what_it_does.sql`")),
            Some(number) => {
                if let Some(other) = known.insert(number, name) {
                    findings.push(Finding::at(&file.path, format!("`{other}` has the same number")));
                }
            }
        }
    }
    for (engine, known) in &by_engine {
        for twin in ENGINES.iter().filter(|twin| *twin != engine) {
            findings.extend(without_twin(engine, known, twin, &by_engine[twin]));
        }
        findings.extend(gaps(engine, known));
    }
    findings
}

/// `0001_name.sql` has the number 1.
fn number(name: &str) -> Option<u32> {
    let (digits, rest) = name.split_once('_')?;
    let well_formed = digits.len() == 4 && rest.len() > ".sql".len() && rest.ends_with(".sql");
    if well_formed && digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn without_twin(
    engine: &str,
    known: &BTreeMap<u32, &str>,
    twin: &str,
    twins: &BTreeMap<u32, &str>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, name) in known {
        if twins.get(number) != Some(name) {
            let says = format!("no `migrations/{twin}/{name}` beside it");
            findings.push(Finding::at(format!("migrations/{engine}/{name}"), says));
        }
    }
    findings
}

fn gaps(engine: &str, known: &BTreeMap<u32, &str>) -> Option<Finding> {
    let (found, expected) = known.keys().copied().zip(1..).find(|(found, expected)| found != expected)?;
    let says = format!("number {expected:04} is missing before {found:04}");
    Some(Finding::at(format!("migrations/{engine}"), says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(paths: &[&str]) -> Vec<String> {
        let files: Vec<File> = paths.iter().map(|path| File::new(path, "")).collect();
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn twins_pass() {
        assert_eq!(says(&["migrations/sqlite/0001_a.sql", "migrations/postgres/0001_a.sql"]), [""; 0]);
        assert_eq!(says(&["docs/a.md"]), [""; 0]);
    }

    #[test]
    fn a_missing_or_misnamed_twin_is_found() {
        assert_eq!(says(&["migrations/sqlite/0001_a.sql"]).len(), 1);
        assert_eq!(says(&["migrations/sqlite/0001_a.sql", "migrations/postgres/0001_b.sql"]).len(), 2);
    }

    #[test]
    fn bad_names_gaps_and_doubles_are_found() {
        assert_eq!(says(&["migrations/sqlite/1_a.sql"]).len(), 1);
        assert_eq!(says(&["migrations/mysql/0001_a.sql"]).len(), 1);
        let both = ["sqlite", "postgres"].map(|engine| format!("migrations/{engine}/0002_a.sql"));
        assert_eq!(says(&[&both[0], &both[1]]).len(), 2);
        let doubled = says(&["migrations/sqlite/0001_a.sql", "migrations/sqlite/0001_b.sql"]);
        assert!(doubled[0].contains("same number"));
    }
}
