//! The release archive: one binary and what belongs beside it, `bursar-VERSION-TARGET.tar.gz`.
//!
//! The archive is the same for the same binary: names are sorted, owners and times are fixed.

mod notices;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::CheckError;
use crate::tree::{root, run};
use notices::Metadata;

/// What the archive holds beside the binary and what is written for it: from the repository root, and as it is there.
const KEPT: &[(&str, &str)] = &[
    ("LICENSE", "LICENSE"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("deploy/bursar.service", "deploy/bursar.service"),
    ("deploy/grafana.json", "deploy/grafana.json"),
    ("deploy/alerts.yaml", "deploy/alerts.yaml"),
];
const BINARY: &str = "bursar";
const NOTICES: &str = "NOTICES.txt";
const SUMS: &str = "SHA256SUMS";
/// The time of every file in the archive: the binary's own time would make each archive another one.
const FILE_TIME: &str = "@0";

/// Where the binary comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binary {
    /// Built here, with this profile of cargo's.
    Build(String),
    /// One that is there already.
    At(PathBuf),
}

/// Makes the archive in `output`, and `SHA256SUMS` beside it. Answers with the archive's path.
///
/// # Errors
/// When cargo, `tar` or a file fails.
pub fn make(binary: &Binary, output: &Path) -> Result<PathBuf, CheckError> {
    let target = host()?;
    let metadata = notices::metadata(&target)?;
    let binary = match binary {
        Binary::At(path) => path.clone(),
        Binary::Build(profile) => build(profile, &metadata)?,
    };
    let name = format!("bursar-{}-{target}", metadata.version_of(BINARY)?);
    fs::create_dir_all(output).map_err(|error| unreadable(output, error))?;
    let folder = output.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| unreadable(&folder, error))?;
    }
    let mut files = vec![BINARY, NOTICES];
    copy(&binary, &folder.join(BINARY))?;
    for (from, to) in KEPT {
        copy(&root().join(from), &folder.join(to))?;
        files.push(to);
    }
    write(&folder.join(NOTICES), &notices::text(&metadata, BINARY)?)?;
    files.sort_unstable();
    write(&folder.join(SUMS), &sums(&folder, &files)?)?;
    let archive = format!("{name}.tar.gz");
    pack(output, &name, &archive)?;
    write(&output.join(SUMS), &sums(output, &[&archive])?)?;
    fs::remove_dir_all(&folder).map_err(|error| unreadable(&folder, error))?;
    Ok(output.join(archive))
}

/// The platform that this machine builds for, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String, CheckError> {
    let answer = run("rustc", &["-vV"])?;
    let host = answer.lines().find_map(|line| line.strip_prefix("host: "));
    let why = || CheckError::Form { what: "`rustc -vV`".to_owned(), why: "it names no host".to_owned() };
    host.map(str::to_owned).ok_or_else(why)
}

fn build(profile: &str, metadata: &Metadata) -> Result<PathBuf, CheckError> {
    let arguments = ["build", "--locked", "--package", BINARY, "--bin", BINARY, "--profile", profile];
    run("cargo", &arguments)?;
    // Cargo keeps what `dev` makes in a folder of another name.
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(metadata.target_directory().join(folder).join(BINARY))
}

/// Packs a folder: the same files make the same archive.
fn pack(output: &Path, folder: &str, archive: &str) -> Result<(), CheckError> {
    let mut tar = Command::new("tar");
    tar.current_dir(output)
        .args(["--create", "--file", archive, "--use-compress-program", "gzip -9n", "--format", "gnu"])
        .args(["--sort", "name", "--owner", "0", "--group", "0", "--numeric-owner", "--mtime", FILE_TIME])
        .args(["--mode", "u=rwX,go=rX", folder]);
    let command = format!("tar --create --file {archive}");
    let output = tar.output().map_err(|source| CheckError::Start { command: command.clone(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(CheckError::Failed { command, stderr })
}

/// Lines as `sha256sum --check` reads them.
fn sums(folder: &Path, files: &[&str]) -> Result<String, CheckError> {
    let line = |file: &&str| {
        let path = folder.join(file);
        let content = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        Ok(format!("{}  {file}\n", hex::encode(Sha256::digest(content))))
    };
    files.iter().map(line).collect()
}

fn copy(from: &Path, to: &Path) -> Result<(), CheckError> {
    make_folder_of(to)?;
    // The rights come along: a binary stays one that can be run.
    fs::copy(from, to).map_err(|error| unreadable(from, error))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), CheckError> {
    make_folder_of(path)?;
    fs::write(path, text).map_err(|error| unreadable(path, error))
}

fn make_folder_of(file: &Path) -> Result<(), CheckError> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).map_err(|error| unreadable(folder, error))
}

fn unreadable(path: &Path, source: std::io::Error) -> CheckError {
    CheckError::Read { path: path.display().to_string(), source }
}
