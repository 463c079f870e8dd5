//! The quick starts, run as they stand there: every block of `sh` of a page, in order, in one shell, in an empty folder, with
//! the built binary in the path; other blocks that name a file become that file. Nothing of this machine's settings is seen
//! but a port that is free. `./test` installs what the SDKs need.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What the shell does beside what the page says: it ends at the first command that fails, and takes the server with it.
const BEFORE: &str = "set -euo pipefail\ntrap 'kill $(jobs -p) || true; wait' EXIT\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A block of a page: what stands behind its fence, and what is in it.
struct Block {
    heading: String,
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let path = root().join("docs/quickstart").join(page);
    let page = std::fs::read_to_string(&path).unwrap();
    let (mut found, mut open, mut heading) = (Vec::new(), None::<Block>, String::new());
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block { heading: heading.clone(), info: info.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {
                if let Some(name) = line.strip_prefix("## ") {
                    heading = name.to_owned();
                }
            }
        }
    }
    assert!(open.is_none() && !found.is_empty(), "a block of {} has no end", path.display());
    found
}

/// Runs blocks as the page says, and gives what they said.
fn run(name: &str, blocks: &[Block]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    let here = folder.path().join("here");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::create_dir_all(&here).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_bursar"), bin.join("bursar")).unwrap();
    let mut script = String::from(BEFORE);
    for block in blocks {
        match block.info.split_once(' ') {
            Some((_, file)) => std::fs::write(here.join(file), &block.text).unwrap(),
            None if block.info == "sh" => script.push_str(&block.text),
            None => panic!("{name}: a block of {:?} is neither a file nor run", block.info),
        }
    }
    let mut bash = Command::new("bash");
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BURSAR_"))
    {
        bash.env_remove(variable);
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    bash.env("PATH", path)
        .env("BURSAR_LISTEN", "127.0.0.1:0")
        .env("CLONE", root())
        .env("NO_PROXY", "localhost");
    let began = Instant::now();
    let output = bash.args(["-c", &script]).current_dir(&here).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed:\n{said}\n{error}");
    println!("{name}: {:?}", began.elapsed());
    said
}

/// The server of the first page, and then a page.
fn after_the_start(page: &str) -> String {
    let start = blocks("shell.md").into_iter().filter(|block| block.heading == "Start a server");
    run(page, &start.chain(blocks(page)).collect::<Vec<_>>())
}

/// One of the words after the other.
fn says(said: &str, words: &[&str]) {
    let mut rest = said;
    for word in words {
        let found = rest.split_once(word);
        rest = found.unwrap_or_else(|| panic!("{word:?} is not said, or not in its place: {said}")).1;
    }
}

/// What `bursar ledger check` says.
const IN_ORDER: &str = "All is as it must be";

#[test]
fn the_shell_page_leads_to_a_payment_that_waited() {
    let said = run("shell.md", &blocks("shell.md"));
    says(&said, &["/first-run/", "500.00", "\"status\":\"pending\"", "\"status\":\"completed\"", IN_ORDER]);
}

#[test]
fn the_typescript_page_leads_to_a_payment_that_waited() {
    says(&after_the_start("typescript.md"), &["pending\n", "completed\n", IN_ORDER]);
}

#[test]
fn the_python_page_leads_to_a_payment_that_waited() {
    says(&after_the_start("python.md"), &["pending\n", "completed\n", IN_ORDER]);
}

#[test]
fn the_mcp_page_leads_to_a_payment_that_waited() {
    says(&after_the_start("mcp.md"), &["\"pending\"", "\"completed\"", IN_ORDER]);
}
