//! The release archive, unpacked the way people unpack it, and what lies beside it under `deploy/`.

use std::path::Path;
use std::process::Command;

use bursar_xtask::CheckError;
use bursar_xtask::dist::{self, Binary};
use bursar_xtask::tree::{root, run};

/// Runs a program that must succeed.
fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What the workspace's manifest says of itself.
fn manifest() -> toml::Table {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    text.parse().expect("TOML")
}

#[test]
fn the_archive_holds_a_binary_that_runs_its_notices_and_sums_that_are_right() -> Result<(), CheckError> {
    let place = tempfile::tempdir().expect("a folder");
    // Any program will do: what matters is that it comes out as it went in.
    let binary = std::env::current_exe().expect("this program");
    let archive = dist::make(&Binary::At(binary.clone()), place.path())?;
    let name = archive.file_name().expect("a name").to_string_lossy().into_owned();
    let version = manifest()["workspace"]["package"]["version"].as_str().expect("a version").to_owned();
    assert!(name.starts_with(&format!("bursar-{version}-")) && name.ends_with("-linux-gnu.tar.gz"), "{name}");
    succeed(Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(place.path()));

    succeed(Command::new("tar").arg("-xzf").arg(&archive).current_dir(place.path()));
    let unpacked = place.path().join(name.trim_end_matches(".tar.gz"));
    succeed(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&unpacked));
    assert_eq!(std::fs::read(unpacked.join("bursar")).expect("it"), std::fs::read(&binary).expect("it"));
    assert!(succeed(Command::new(unpacked.join("bursar")).arg("--list")).contains("the_archive_holds"));
    let listed = std::fs::read_to_string(unpacked.join("SHA256SUMS")).expect("sums");
    for file in
        succeed(Command::new("find").args([".", "-type", "f", "-printf", "%P\n"]).current_dir(&unpacked))
            .lines()
    {
        assert!(file == "SHA256SUMS" || listed.contains(&format!("  {file}\n")), "{file} has no sum");
    }

    let notices = std::fs::read_to_string(unpacked.join("NOTICES.txt")).expect("notices");
    let tree = ["tree", "--locked", "-p", "bursar", "-e", "normal", "--prefix", "none", "--format", "{p}"];
    for line in run("cargo", &tree)?.lines().filter(|line| !line.contains("(/")) {
        let title = line.replacen(" v", " ", 1).replace(" (proc-macro)", "").replace(" (*)", "");
        assert!(notices.contains(&format!("\n{title}\n")), "{title} is not in the notices");
    }
    for words in
        ["Permission is hereby granted", "Mozilla Public License", "Apache License", "crypto-glue, by"]
    {
        assert!(notices.contains(words), "{words} is not in the notices");
    }
    Ok(())
}

#[test]
fn the_same_binary_makes_the_same_archive() -> Result<(), CheckError> {
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let binary = Binary::At(root().join("Cargo.toml"));
    let read = |place: &Path| -> Result<Vec<u8>, CheckError> {
        Ok(std::fs::read(dist::make(&binary, place)?).expect("an archive"))
    };
    assert_eq!(read(one.path())?, read(other.path())?);
    Ok(())
}

#[test]
fn the_container_is_built_with_a_rust_that_can_build_us() {
    let wanted = manifest()["workspace"]["package"]["rust-version"].as_str().expect("a version").to_owned();
    let page = std::fs::read_to_string(root().join("Containerfile")).expect("a Containerfile");
    assert!(
        page.contains(&format!("/rust:{wanted}-")),
        "Containerfile builds with another Rust than {wanted}"
    );
}
