//! The npm package in a project of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{fresh_folder, must, sdks};

/// An empty project into which the packed package was installed, with the test's own files beside it.
pub struct Project {
    dir: PathBuf,
}

/// Packed and installed once for all tests of this process.
pub fn project() -> &'static Project {
    static PROJECT: OnceLock<Project> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let dir = fresh_folder("sdk-typescript");
        must(Command::new("node").arg(source().join("build.mjs")));
        let packed = must(npm(&source()).args(["pack", "--silent", "--pack-destination"]).arg(&dir));
        let name = String::from_utf8(packed.stdout).unwrap();
        std::fs::write(dir.join("package.json"), r#"{ "private": true, "type": "module" }"#).unwrap();
        must(npm(&dir).args(["install", "--offline", "--no-audit", "--no-fund"]).arg(name.trim()));
        for file in std::fs::read_dir(source().join("tests")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
        }
        Project { dir }
    })
}

impl Project {
    /// A script of the project, run by this program.
    pub fn run(&self, program: &str, script: &str) -> Command {
        let mut command = Command::new(program);
        command.arg(script).current_dir(&self.dir);
        command
    }

    /// Compiles what uses the package, for Node and for browsers, without leaving out what the package declares.
    pub fn compile(&self) {
        for settings in ["tsconfig.node.json", "tsconfig.browser.json"] {
            let tsc = source().join("node_modules/typescript/bin/tsc");
            let types = source().join("node_modules/@types");
            let mut node = Command::new("node");
            node.arg(tsc).args(["--noEmit", "--project", settings, "--typeRoots"]).arg(types);
            must(node.current_dir(&self.dir));
        }
    }
}

/// Another program that runs JavaScript.
pub fn bun() -> String {
    source().join("node_modules/.bin/bun").display().to_string()
}

fn source() -> PathBuf {
    sdks().join("typescript")
}

fn npm(dir: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(dir);
    npm
}
