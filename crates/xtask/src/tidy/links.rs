//! Relative links in our pages lead to files that everybody has.

use std::collections::BTreeSet;

use crate::Finding;
use crate::tree::File;

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let known = known_places(files);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        for (index, line) in prose(&file.text) {
            for target in targets(&line) {
                let Some(path) = local_path(&target) else { continue };
                if resolve(file.folder(), path).is_none_or(|place| !known.contains(place.as_str())) {
                    let says = format!("the link `{target}` leads to no file of the repository");
                    findings.push(Finding::at_line(&file.path, index, says));
                }
            }
        }
    }
    findings
}

/// All files and all folders they are in; the root is the empty path.
fn known_places(files: &[File]) -> BTreeSet<&str> {
    let mut known = BTreeSet::from([""]);
    for file in files {
        let mut place = file.path.as_str();
        while known.insert(place) {
            place = place.rsplit_once('/').map_or("", |(folder, _)| folder);
        }
    }
    known
}

/// The lines outside code blocks, with the code spans in them blanked.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            return None;
        }
        let outside_spans = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        (!in_code).then_some((index, outside_spans))
    })
}

/// What `[text](target "title")` and `[name]: target` point at.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let reference = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    inline
        .chain(reference)
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// The path of a link into the repository; nothing for a link elsewhere or within the page.
fn local_path(target: &str) -> Option<&str> {
    let path = target.split('#').next().unwrap_or(target);
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    (!elsewhere && !path.is_empty()).then_some(path)
}

/// `path` seen from `folder`, as a path from the root; nothing when it leaves the repository.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&[File::new("docs/a.md", text), File::new("docs/b/c.md", ""), File::new("d.rs", "")]).len()
    }

    #[test]
    fn good_links_pass() {
        assert_eq!(count("[c](b/c.md#x) [folder](b/) [d](../d.rs \"title\") [root](..)\n[r]: b/c.md"), 0);
        assert_eq!(count("[out](https://example.com/x) [here](#here) [m](mailto:a@example.com)"), 0);
    }

    #[test]
    fn links_to_nothing_are_found() {
        for text in ["[x](c.md)", "[x](../../d.rs)", "[x](/d.rs)", "[r]: nothing.md", "[a](b/c.md) [x](e)"] {
            assert_eq!(count(text), 1, "{text}");
        }
    }

    #[test]
    fn code_is_no_link() {
        assert_eq!(count("`[x](nothing)`\n```\n[x](nothing)\n```\n"), 0);
    }
}
