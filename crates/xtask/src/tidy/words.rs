//! Words that may not be in our files: unfinished work, tests switched off, paths of one machine.

use crate::Finding;
use crate::tree::File;

/// Kinds of files that are program text. Pages about the code may name what the code may not contain.
const PROGRAM_KINDS: &[&str] =
    &["rs", "py", "ts", "js", "mjs", "html", "css", "sql", "sh", "toml", "yml", "yaml"];

/// Rust that says "not now". In two halves, so that this list does not find itself.
const UNFINISHED_RUST: &[(&str, &str)] = &[
    (concat!("to", "do!"), "finish it, or leave it out and say so in the docs"),
    (concat!("unimplem", "ented!"), "finish it, or leave it out and say so in the docs"),
    (concat!("db", "g!"), "remove it; what is worth seeing is a log line"),
    (concat!("#[ig", "nore"), "a test that never runs proves nothing: make it fast or delete it"),
];

/// Notes to a later self, matched as whole words.
const NOTES: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X")];

/// Folders that exist on one machine only.
const MACHINE_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let program = PROGRAM_KINDS.contains(&file.extension());
        for (index, line) in file.text.lines().enumerate() {
            if file.extension() == "rs" {
                for (word, advice) in UNFINISHED_RUST {
                    if starts_a_word(line, word) {
                        findings.push(Finding::at_line(&file.path, index, format!("`{word}`: {advice}")));
                    }
                }
            }
            for note in NOTES.iter().filter(|note| program && is_a_word(line, note)) {
                let says = format!("`{note}`: do it now or open an issue");
                findings.push(Finding::at_line(&file.path, index, says));
            }
            for folder in MACHINE_FOLDERS.iter().filter(|folder| starts_a_word(line, folder)) {
                let says = format!("`{folder}` is a folder of one machine: use a relative path");
                findings.push(Finding::at_line(&file.path, index, says));
            }
        }
    }
    findings
}

/// Whether `word` is in `line` with nothing of a longer name before it.
fn starts_a_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(part_of_a_name))
}

/// Whether `word` is in `line` with nothing of a longer name on either side. Right after a quotation mark it is data:
/// one of the notes is also the ISO code for "no currency".
fn is_a_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_a_name)
            && !line[..at].ends_with('"')
            && !line[at + word.len()..].starts_with(part_of_a_name)
    })
}

fn part_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_once() {
        let unfinished = UNFINISHED_RUST.iter().map(|(word, _)| *word);
        for word in unfinished.chain(NOTES.iter().copied()).chain(MACHINE_FOLDERS.iter().copied()) {
            let findings = check(&[File::new("a.rs", &format!("fine\n    {word}"))]);
            assert_eq!(findings.len(), 1, "{word}");
            assert_eq!(findings[0].place, "a.rs:2");
        }
    }

    #[test]
    fn longer_words_and_pages_are_fine() {
        let longer = format!("mktemp a.{0}{0}; \"{0}\"; net{1}x", NOTES[1], MACHINE_FOLDERS[0]);
        assert_eq!(check(&[File::new("a.rs", &longer)]), []);
        let page = format!("We write no {} and no `{}`.", NOTES[0], UNFINISHED_RUST[0].0);
        assert_eq!(check(&[File::new("STYLE.md", &page)]), []);
    }
}
