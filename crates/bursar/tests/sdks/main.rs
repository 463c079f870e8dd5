//! The SDKs: packed, installed from the package into an empty project, and run against the app on both engines, by one
//! table of what they do (`sdks/behaviour.json`), through a proxy that loses connections. `./test` installs what they
//! are built and checked with.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

mod proxy;
mod python;
mod typescript;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use proxy::Proxy;

on_both_engines!(
    the_typescript_sdk_does_what_the_table_says,
    the_typescript_sdk_does_what_the_table_says_in_bun,
    the_python_sdk_does_what_the_table_says_waiting,
    the_python_sdk_does_what_the_table_says_awaiting,
);

/// Runs a program of an SDK against a fresh app.
async fn against(engine: Engine, program: impl FnOnce() -> Command) {
    let proxy = Proxy::start(TestApp::start(engine).await).await;
    let mut command = program();
    command.arg(sdks().join("behaviour.json")).arg(&proxy.url);
    // The app runs on this runtime, so nobody may block it.
    tokio::task::spawn_blocking(move || must(&mut command)).await.unwrap();
    proxy.must_balance().await;
}

async fn the_typescript_sdk_does_what_the_table_says(engine: Engine) {
    let project = tokio::task::spawn_blocking(typescript::project).await.unwrap();
    against(engine, || project.run("node", "behaviour.mjs")).await;
    against(engine, || project.run("node", "consumer.cjs")).await;
}

async fn the_typescript_sdk_does_what_the_table_says_in_bun(engine: Engine) {
    let project = tokio::task::spawn_blocking(typescript::project).await.unwrap();
    against(engine, || project.run(&typescript::bun(), "behaviour.mjs")).await;
}

async fn the_python_sdk_does_what_the_table_says_waiting(engine: Engine) {
    let project = tokio::task::spawn_blocking(python::project).await.unwrap();
    against(engine, || project.python(&["behaviour.py", "sync"])).await;
}

async fn the_python_sdk_does_what_the_table_says_awaiting(engine: Engine) {
    let project = tokio::task::spawn_blocking(python::project).await.unwrap();
    against(engine, || project.python(&["behaviour.py", "async"])).await;
}

#[test]
fn the_types_are_those_of_openapi_json() {
    must(Command::new(python::interpreter()).arg(sdks().join("generate.py")).arg("--check"));
}

#[test]
fn a_typescript_project_that_uses_the_package_compiles() {
    typescript::project().compile();
}

#[test]
fn a_python_project_that_uses_the_package_passes_mypy() {
    python::project().check_types();
}

/// Where the SDKs are.
fn sdks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdks").canonicalize().unwrap()
}

/// An empty folder of this name among what the build makes.
fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a program that must succeed.
fn must(command: &mut Command) -> Output {
    let advice = "run `./test`, which installs what the SDKs need";
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed; {advice}\n{out}\n{err}");
    output
}
