//! What is in the repository: the files git knows or would take, never what is built or ignored.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::CheckError;

/// One file of ours. `text` is empty for what is not UTF-8, such as an image.
#[derive(Debug, Clone)]
pub struct File {
    /// From the repository root, with `/` between the parts.
    pub path: String,
    /// The whole content.
    pub text: String,
}

impl File {
    /// A file for an example in a test.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What the name ends with after its last dot, or nothing.
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The folder that the file is in; empty at the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// The repository root: two levels above this crate.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// All files, committed or not yet, that git does not ignore, in the order of their paths.
///
/// # Errors
/// When git cannot be asked or a file cannot be read.
pub fn files() -> Result<Vec<File>, CheckError> {
    let listing = run("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut paths: Vec<&str> = listing.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let full = root().join(path);
        // Deleted but not yet committed, or a link into nowhere: there is nothing of it to check.
        if !full.is_file() {
            continue;
        }
        let bytes =
            std::fs::read(&full).map_err(|source| CheckError::Read { path: path.to_owned(), source })?;
        files.push(File { path: path.to_owned(), text: String::from_utf8(bytes).unwrap_or_default() });
    }
    Ok(files)
}

/// The standard output of a program run in the repository root.
///
/// # Errors
/// When it does not start, fails, or prints what is not UTF-8.
pub fn run(program: &str, arguments: &[&str]) -> Result<String, CheckError> {
    let command = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|source| CheckError::Start { command: command.clone(), source })?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(CheckError::Failed { command, stderr });
    }
    String::from_utf8(output.stdout).map_err(|error| CheckError::Form {
        what: format!("the output of `{command}`"),
        why: error.to_string(),
    })
}
