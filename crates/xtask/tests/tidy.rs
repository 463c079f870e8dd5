//! The rules of the house, held against the real repository. Each test prints what is broken and where.

use bursar_xtask::{CheckError, Finding, edges, licences, tidy, tree};

fn assert_none(rule: &str, findings: &[Finding]) {
    let listed: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
    assert!(findings.is_empty(), "{} broken in `{rule}`:\n{}", findings.len(), listed.join("\n"));
}

#[test]
fn texts_are_tidy() -> Result<(), CheckError> {
    let files = tree::files()?;
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the listing is not of this repository");
    assert_none("tidy", &tidy::check(&files));
    Ok(())
}

#[test]
fn edges_are_those_of_the_architecture_page() -> Result<(), CheckError> {
    assert_none("edges", &edges::check_repository(&tree::files()?)?);
    Ok(())
}

#[test]
fn dependencies_are_those_deny_toml_allows() -> Result<(), CheckError> {
    assert_none("licences", &licences::check_repository(&tree::files()?)?);
    Ok(())
}
