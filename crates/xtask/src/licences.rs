//! Keeps `deny.toml` true without another tool: every dependency has a licence from its allow list and comes from a
//! source it names. `cargo deny check bans licenses sources` reads the same file and agrees.

use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::tree::{File, run};
use crate::{CheckError, Finding};

const PAGE: &str = "deny.toml";

/// The part of `deny.toml` that the check reads.
#[derive(Debug, Deserialize)]
pub struct Rules {
    licenses: Licenses,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate alone may have.
#[derive(Debug, Deserialize)]
struct Exception {
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
    allow_git: Vec<String>,
}

/// The part of `cargo metadata` that the check reads.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for a crate of the workspace.
    source: Option<String>,
}

/// Holds the dependencies of all platforms against `deny.toml`.
///
/// # Errors
/// When cargo cannot be asked or `deny.toml` cannot be read.
pub fn check_repository(files: &[File]) -> Result<Vec<Finding>, CheckError> {
    let page = files.iter().find(|file| file.path == PAGE).map_or("", |file| file.text.as_str());
    let rules = toml::from_str(page)
        .map_err(|error| CheckError::Form { what: PAGE.to_owned(), why: error.to_string() })?;
    let answer = run("cargo", &["metadata", "--format-version", "1", "--locked"])?;
    let metadata = serde_json::from_str(&answer)
        .map_err(|error| CheckError::Form { what: "`cargo metadata`".to_owned(), why: error.to_string() })?;
    Ok(check(&rules, &metadata))
}

fn excepted(rules: &Rules, crate_name: &str, license: &str) -> bool {
    let own = rules.licenses.exceptions.iter().filter(|exception| exception.name == crate_name);
    own.flat_map(|exception| &exception.allow).any(|allowed| allowed == license)
}

/// Every dependency that the rules refuse, and every allowed licence that nothing needs any more.
pub fn check(rules: &Rules, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = vec![false; rules.licenses.allow.len()];
    for package in &metadata.packages {
        let place = format!("{} {}", package.name, package.version);
        if let Some(source) = package.source.as_deref().filter(|source| !comes_from(&rules.sources, source)) {
            findings.push(Finding::at(&place, format!("comes from `{source}`, which {PAGE} does not name")));
        }
        let Some(license) = &package.license else {
            findings.push(Finding::at(&place, "has no licence"));
            continue;
        };
        match Expression::parse_mode(license, ParseMode::LAX) {
            Err(error) => findings.push(Finding::at(&place, format!("`{license}`: {}", error.reason))),
            Ok(expression) => {
                let granted = expression.evaluate(|wanted| {
                    // As `deny.toml` writes it, with its exception where there is one.
                    let name = wanted.to_string();
                    let at = rules.licenses.allow.iter().position(|allowed| *allowed == name);
                    at.inspect(|at| used[*at] = true).is_some() || excepted(rules, &package.name, &name)
                });
                if !granted {
                    findings.push(Finding::at(&place, format!("`{license}` is not allowed by {PAGE}")));
                }
            }
        }
    }
    for exception in &rules.licenses.exceptions {
        if !metadata.packages.iter().any(|package| package.name == exception.name) {
            let says = format!("`{}` is excepted and nothing needs it: take it out", exception.name);
            findings.push(Finding::at(PAGE, says));
        }
    }
    for (license, _) in rules.licenses.allow.iter().zip(used).filter(|(_, used)| !used) {
        findings.push(Finding::at(PAGE, format!("`{license}` is allowed and nothing has it: take it out")));
    }
    findings
}

/// `registry+URL` and `git+URL#commit` are cargo's ways to write a source.
fn comes_from(sources: &Sources, source: &str) -> bool {
    if let Some(registry) = source.strip_prefix("registry+") {
        return sources.allow_registry.iter().any(|allowed| allowed == registry);
    }
    let git = source.strip_prefix("git+").and_then(|url| url.split(['?', '#']).next());
    git.is_some_and(|url| sources.allow_git.iter().any(|allowed| allowed == url))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn says(license: Option<&str>, source: &str) -> Vec<String> {
        let rules: Rules = toml::from_str(
            "[licenses]\nallow = [\"MIT\"]\n[sources]\nallow-git = [\"https://example.com/a\"]\n\
             allow-registry = [\"https://github.com/rust-lang/crates.io-index\"]\n",
        )
        .unwrap();
        let package = |license: Option<&str>, source: Option<&str>| Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
        };
        // The second one is ours and keeps the allowed licence in use.
        let metadata =
            Metadata { packages: vec![package(license, Some(source)), package(Some("MIT"), None)] };
        check(&rules, &metadata).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn allowed_licences_and_sources_pass() {
        for license in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "MIT AND (Zlib OR MIT)"] {
            assert_eq!(says(Some(license), REGISTRY), [""; 0], "{license}");
        }
        assert_eq!(says(Some("MIT"), "git+https://example.com/a?rev=1#2"), [""; 0]);
    }

    #[test]
    fn other_licences_and_sources_are_found() {
        for license in [Some("GPL-3.0"), Some("MIT AND Zlib"), Some("MIT WITH"), None] {
            assert_eq!(says(license, REGISTRY).len(), 1, "{license:?}");
        }
        for source in ["registry+https://example.com/index", "git+https://example.com/b#1", "sparse"] {
            assert_eq!(says(Some("MIT"), source).len(), 1, "{source}");
        }
    }

    #[test]
    fn an_exception_is_for_one_crate_and_goes_with_it() {
        let findings = |name: &str| {
            let rules = format!(
                "[licenses]\nallow = []\nexceptions = [{{ name = \"{name}\", allow = [\"MPL-2.0\"] }}]\n\
                 [sources]\nallow-git = []\nallow-registry = [\"https://github.com/rust-lang/crates.io-index\"]\n"
            );
            let package = Package {
                name: "a".to_owned(),
                version: "1.0.0".to_owned(),
                license: Some("MPL-2.0".to_owned()),
                source: Some(REGISTRY.to_owned()),
            };
            check(&toml::from_str(&rules).unwrap(), &Metadata { packages: vec![package] }).len()
        };
        assert_eq!(findings("a"), 0);
        // Neither is `a` allowed, nor is there a `b`.
        assert_eq!(findings("b"), 2);
    }

    #[test]
    fn an_allowed_licence_that_nothing_has_is_found() {
        let rules = "[licenses]\nallow = [\"ISC\"]\n[sources]\nallow-git = []\nallow-registry = []\n";
        let findings = check(&toml::from_str(rules).unwrap(), &Metadata { packages: Vec::new() });
        assert_eq!(findings.len(), 1);
    }
}
