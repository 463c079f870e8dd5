//! Every crate says what it is and takes the lints of the workspace.

use crate::Finding;
use crate::tree::File;

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    files.iter().filter(|file| is_crate_manifest(&file.path)).flat_map(manifest).collect()
}

fn is_crate_manifest(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "Cargo.toml"])
}

fn manifest(file: &File) -> Vec<Finding> {
    let table: toml::Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::at(&file.path, format!("not TOML: {error}"))],
    };
    let mut findings = Vec::new();
    let description = table.get("package").and_then(|package| package.get("description"));
    if description.and_then(toml::Value::as_str).is_none_or(|text| text.trim().is_empty()) {
        findings.push(Finding::at(&file.path, "no `description`: say in one sentence what the crate is for"));
    }
    let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
    if lints.and_then(toml::Value::as_bool) != Some(true) {
        findings.push(Finding::at(&file.path, "no `[lints] workspace = true`"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_manifest_lacks_both() {
        let bare = File::new("crates/a/Cargo.toml", "[package]\nname = \"a\"\n");
        assert_eq!(check(&[bare]).len(), 2);
        let blank = "[package]\ndescription = \" \"\n[lints]\nworkspace = false\n";
        assert_eq!(check(&[File::new("crates/a/Cargo.toml", blank)]).len(), 2);
    }

    #[test]
    fn a_whole_manifest_passes_and_the_workspace_is_left_alone() {
        let whole = "[package]\ndescription = \"A.\"\n[lints]\nworkspace = true\n";
        assert_eq!(check(&[File::new("crates/a/Cargo.toml", whole), File::new("Cargo.toml", "")]), []);
    }
}
