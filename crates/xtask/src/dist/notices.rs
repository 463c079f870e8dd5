//! The licences of everything that is in the binary, each text once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use spdx::{Expression, ParseMode};

use super::unreadable;
use crate::CheckError;
use crate::tree::run;

/// What files with a licence or a notice are called, up to the first sign that is no letter.
const NAMES: &[&str] = &["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
/// What such files end with, or nothing.
const KINDS: &[&str] = &["", "md", "txt", "rst"];
/// A folder whose files are licences, whatever they are called.
const FOLDER: &str = "LICENSES";

const HEAD: &str = "\
Bursar is licensed under the Apache License 2.0; its text is in LICENSE. The binary has parts made by others. This file
names each part with its version, its licence and where its source is, and after the list come the texts of all licences
and notices, each once, with the parts that it came with. Where a part says `A OR B`, it is used under one of the two.
The embedded database is SQLite, which is in the public domain.
";

/// The part of `cargo metadata` that is read.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    authors: Vec<String>,
    manifest_path: PathBuf,
    /// Nothing for a crate of the workspace.
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    /// Nothing for what becomes part of the binary; `dev` and `build` do not.
    kind: Option<String>,
}

/// Asks cargo what is built for `target`.
///
/// # Errors
/// When cargo cannot be asked.
pub(super) fn metadata(target: &str) -> Result<Metadata, CheckError> {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target];
    let answer = run("cargo", &arguments)?;
    serde_json::from_str(&answer)
        .map_err(|error| CheckError::Form { what: "`cargo metadata`".to_owned(), why: error.to_string() })
}

impl Metadata {
    /// The version of one of our crates.
    ///
    /// # Errors
    /// When there is no such crate.
    pub(super) fn version_of(&self, name: &str) -> Result<&str, CheckError> {
        Ok(&self.own(name)?.version)
    }

    /// Where cargo puts what it builds.
    pub(super) fn target_directory(&self) -> &Path {
        &self.target_directory
    }

    fn own(&self, name: &str) -> Result<&Package, CheckError> {
        let found = self.packages.iter().find(|package| package.name == name && package.source.is_none());
        let why =
            || CheckError::Form { what: "`cargo metadata`".to_owned(), why: format!("there is no {name}") };
        found.ok_or_else(why)
    }

    /// Everything of others that becomes part of `name`, by name and version.
    fn parts_of(&self, name: &str) -> Result<Vec<&Package>, CheckError> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (&*node.id, node)).collect();
        let mut found = BTreeSet::new();
        let mut left = vec![self.own(name)?.id.as_str()];
        while let Some(id) = left.pop() {
            if !found.insert(id) {
                continue;
            }
            let dependencies = nodes.get(id).map_or(&[][..], |node| &node.deps);
            let built_in = |d: &&Dependency| d.dep_kinds.iter().any(|kind| kind.kind.is_none());
            left.extend(dependencies.iter().filter(built_in).map(|d| d.pkg.as_str()));
        }
        let of_others = |p: &&Package| p.source.is_some() && found.contains(p.id.as_str());
        let mut parts: Vec<&Package> = self.packages.iter().filter(of_others).collect();
        parts.sort_by_key(|part| (&part.name, &part.version));
        Ok(parts)
    }
}

/// The page for the binary of our crate `name`.
///
/// # Errors
/// When a part has no licence, or its files cannot be read.
pub(super) fn text(metadata: &Metadata, name: &str) -> Result<String, CheckError> {
    let mut page = HEAD.to_owned();
    let mut texts: BTreeMap<String, Text> = BTreeMap::new();
    for part in metadata.parts_of(name)? {
        let title = format!("{} {}", part.name, part.version);
        let license = part.license.as_deref().unwrap_or_default();
        let source = format!("https://crates.io/crates/{}/{}", part.name, part.version);
        let repository = part.repository.as_deref().map(|url| format!(", {url}")).unwrap_or_default();
        page.push_str(&format!("\n{title}\n    {license}\n    {source}{repository}\n"));
        for text in texts_of(part)? {
            // The same words with other breaks of lines are the same text.
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let entry = texts.entry(words).or_insert(Text { text, parts: Vec::new() });
            if entry.parts.last() != Some(&title) {
                entry.parts.push(title.clone());
            }
        }
    }
    let mut texts: Vec<Text> = texts.into_values().collect();
    texts.sort_by(|one, other| one.parts.cmp(&other.parts));
    for Text { text, parts } in texts {
        let line = "-".repeat(80);
        page.push_str(&format!("\n{line}\n{}\n{line}\n\n{}\n", parts.join(", "), text.trim_end()));
    }
    Ok(page)
}

/// A licence or a notice, and what it came with.
struct Text {
    text: String,
    parts: Vec<String>,
}

/// The texts that a part brings; where it brings none, those of the licences it names, under its authors' names.
fn texts_of(part: &Package) -> Result<Vec<String>, CheckError> {
    let mut files = Vec::new();
    let folder = part.manifest_path.parent().unwrap_or(&part.manifest_path);
    collect(folder, &mut files).map_err(|error| unreadable(folder, error))?;
    files.sort();
    if files.is_empty() {
        return standard_texts(part);
    }
    let read = |file: &PathBuf| fs::read(file).map_err(|error| unreadable(file, error));
    files.iter().map(|file| Ok(String::from_utf8_lossy(&read(file)?).into_owned())).collect()
}

fn standard_texts(part: &Package) -> Result<Vec<String>, CheckError> {
    let wrong = |why: String| CheckError::Form { what: format!("the licence of {}", part.name), why };
    let named = part.license.as_deref().ok_or_else(|| wrong("it names none and brings none".to_owned()))?;
    let expression =
        Expression::parse_mode(named, ParseMode::LAX).map_err(|error| wrong(error.reason.to_string()))?;
    let ids = expression.requirements().filter_map(|wanted| wanted.req.license.id());
    Ok(ids.map(|id| format!("{}, by {}:\n\n{}", part.name, part.authors.join(", "), id.text())).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let all_are = folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case(FOLDER));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if all_are || is_notice(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_notice(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
    let begins = name.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let (_, kind) = name.rsplit_once('.').unwrap_or((&name, ""));
    // What follows a dash, such as LICENSE-APACHE-2.0, is no kind of file.
    let kind_is_known = KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) || kind == "0";
    NAMES.contains(&begins) && kind_is_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_and_notices_are_known_by_their_names() {
        for name in
            ["LICENSE", "license-mit", "LICENSE-APACHE.md", "Copying.txt", "NOTICE", "LICENSE-APACHE-2.0"]
        {
            assert!(is_notice(Path::new(name)), "{name}");
        }
        for name in ["license.rs", "notices.py", "LICENSING", "Cargo.toml", "src"] {
            assert!(!is_notice(Path::new(name)), "{name}");
        }
    }
}
