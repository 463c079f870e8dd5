//! Only `sql.rs` has SQL: whoever changes a table knows every statement that may break.

use crate::Finding;
use crate::tree::File;

/// Where SQL may stand under another name than `sql.rs`: the store itself, the funnel's two engines, and the crates
/// that test and measure from outside.
const HOMES: &[&str] = &[
    "crates/store/",
    "crates/money/src/funnel/sqlite.rs",
    "crates/money/src/funnel/postgres.rs",
    "crates/money/src/funnel/sqlite/",
    "crates/money/src/funnel/postgres/",
    "crates/testkit/",
    "crates/xtask/",
];

/// How far behind `UPDATE` its `SET` can stand: a table, `AS`, a short name.
const UPDATE_WORDS_MAX: usize = 4;

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "rs" && !is_home(file)) {
        let (words, lines) = words_of(&file.text);
        for at in 0..words.len() {
            if let Some(statement) = statement_at(&words[at..]) {
                let says = format!("`{statement}`: only sql.rs has SQL");
                findings.push(Finding::at_line(&file.path, lines[at], says));
            }
        }
    }
    findings
}

fn is_home(file: &File) -> bool {
    let in_tests = file.path.split('/').any(|part| matches!(part, "tests" | "tests.rs"));
    file.name() == "sql.rs" || in_tests || HOMES.iter().any(|home| file.path.starts_with(home))
}

/// The words of the code with their lines, without comments and without what is compiled for tests only.
fn words_of(text: &str) -> (Vec<&str>, Vec<usize>) {
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let code = product.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(index, line)| {
        let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
        words.filter(|word| !word.is_empty()).map(move |word| (word, index))
    })
    .unzip()
}

/// The statement that begins with the first of these words.
fn statement_at(words: &[&str]) -> Option<&'static str> {
    match words {
        ["SELECT", ..] => Some("SELECT"),
        ["INSERT", "INTO", ..] | ["INSERT", "OR", _, "INTO", ..] => Some("INSERT INTO"),
        ["DELETE", "FROM", ..] => Some("DELETE FROM"),
        ["UPDATE", rest @ ..] if rest.iter().take(UPDATE_WORDS_MAX).any(|word| *word == "SET") => {
            Some("UPDATE … SET")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[File::new(path, text)]).len()
    }

    #[test]
    fn statements_are_found_across_lines() {
        let api = "crates/money/src/holds/api.rs";
        assert_eq!(count(api, "query(\"SELECT 1\")"), 1);
        assert_eq!(count(api, "\"INSERT\n  INTO holds\"; \"INSERT OR REPLACE INTO holds\""), 2);
        assert_eq!(count(api, "\"UPDATE holds AS h\n SET x = 1\"; \"DELETE FROM holds\""), 2);
    }

    #[test]
    fn sql_is_at_home_in_its_own_places() {
        for path in [
            "crates/money/src/holds/sql.rs",
            "crates/money/src/holds/tests.rs",
            "crates/money/tests/oracle.rs",
            "crates/money/src/funnel/postgres.rs",
            "crates/money/src/funnel/sqlite/write.rs",
            "crates/store/src/jobs.rs",
        ] {
            assert_eq!(count(path, "\"SELECT 1\""), 0, "{path}");
        }
    }

    #[test]
    fn prose_comments_and_inner_tests_are_no_sql() {
        let api = "crates/money/src/holds/api.rs";
        assert_eq!(count(api, "// SELECT nothing\n\"Select one\"; Method::DELETE; \"UPDATE is refused\""), 0);
        assert_eq!(count(api, "fn a() {}\n#[cfg(test)]\nmod tests { \"SELECT 1\" }"), 0);
    }
}
